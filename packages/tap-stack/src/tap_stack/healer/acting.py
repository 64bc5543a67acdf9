"""The healer's hands: what it does, and the log streams that are its only memory.

Its own log group holds three kinds of empty log streams. Creating one is atomic: of all that try, one succeeds.

    acting/<slot>/<1 to 3>          the claim: who holds the time from here on may mark, and nobody else
    known/<time>/marked/<ids>       written right before marks, so that they are counted whatever becomes of instances
                                    (`probe-of-<zone>` for marks that probe a zone, `failed` for bad replacements,
                                    `burst` for failures that began close together)
    told/<what>                     what a notice has told, so that it is told once

Only `known/` is read back. Without it the healer goes by the group's activities alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from . import replies
from .calls import (
    CALL_SECONDS,
    RESERVE_SECONDS,
    Blind,
    CallFailed,
    Calls,
    HealerError,
    Untrusted,
    is_already_there,
    is_contended,
    is_denied,
    is_gone,
    is_grace_refusal,
)
from .clients import Clients
from .confirm import impaired_since
from .model import Decision, Mark, Mode, Reason, Verdict

SLOT_SECONDS = 15  # of AWS's time; a claim is of one or two of them, and is extended while marks go on
HORIZON_SECONDS = CALL_SECONDS + 2  # how far ahead a claim must reach: a call, and what clocks differ by
RECORDED_AT_ONCE = 7  # marks that are written down before the first of them; the name of one log stream holds so many
VOTES, MAJORITY = 3, 2  # streams of a slot, and how many of them make it one's own


@dataclass(frozen=True)
class Outcomes:
    """What became of the marks of a decision: id to final reason, and what an operator should know besides.

    Attributes:
        refused: Ids of whom AWS has said that it did not mark them.
    """

    reasons: dict[str, Reason]
    notes: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()


class Apply(Protocol):
    """What is done with a decision: `LiveApply` marks, `ObserveApply` says that it would have."""

    @property
    def mode(self) -> Mode:
        """Live, observe or off."""

    def claim(self, ids: tuple[str, ...]) -> Outcomes | None:
        """Take the right to mark these, before the last look at the group; None if it is had, else why it is not."""

    def marks(self, decision: Decision) -> Outcomes:
        """Carry out the marks in order."""


@dataclass(frozen=True)
class ObserveApply:
    """Does nothing, and says of each mark that it would have been made."""

    mode: Mode = Mode.OBSERVE

    def claim(self, ids: tuple[str, ...]) -> Outcomes | None:  # noqa: ARG002 - the protocol
        """Who does nothing needs no right to."""
        return None

    def marks(self, decision: Decision) -> Outcomes:
        """Every id is `observed`."""
        return Outcomes(dict.fromkeys(decision.marks, Reason.OBSERVED))


@dataclass
class Claim:
    """The right to mark, of which there is exactly one, whatever event a run has come for.

    Lambda may run the same event twice at once, or two events, and AWS has no conditional mark. So a run that is about
    to mark takes the slots of time in which its call may take effect, and looks at the group after that. Another run
    that takes a slot later finds all the marks of the first in the group, or cannot take it.

    A slot is won by creating two of its three streams and hearing so. Where an answer is lost, the next try finds the
    stream there: whether by its own hand or another's nobody knows, so that stream is lost, and two are left.

    Attributes:
        held: Slots that this run has.
    """

    clients: Clients
    calls: Calls
    log_group: str
    held: set[int] = field(default_factory=set)

    def reaches(self) -> bool:
        """Whether this run has, or can take, the slots of a call that begins now.

        Raises:
            Blind: It cannot be known, so nothing may be done.
        """
        while missing := self._slots() - self.held:
            slot = min(missing)
            if not self._take(slot):
                return False
            self.held.add(slot)
        return True

    def _slots(self) -> set[int]:
        seconds = int(time_of(self.calls).timestamp())
        return {seconds // SLOT_SECONDS, (seconds + HORIZON_SECONDS) // SLOT_SECONDS}

    def _take(self, slot: int) -> bool:
        """Whether two of the slot's three streams were created by this very run."""
        won = 0
        last: CallFailed | None = None
        for number in range(1, VOTES + 1):
            try:
                create_stream(self.clients, self.calls, self.log_group, f"acting/{slot}/{number}")
                won += 1
            except CallFailed as error:
                if is_denied(error):
                    raise
                last = None if is_already_there(error) else error
            if won == MAJORITY:
                return True
        if last is not None:
            raise last
        return False


def create_stream(clients: Clients, calls: Calls, log_group: str, name: str) -> None:
    """Create a log stream.

    Raises:
        CallFailed: It was not created, or nobody knows.
    """
    calls("CreateLogStream", clients.logs.create_log_stream, logGroupName=log_group, logStreamName=name)


def time_of(calls: Calls) -> datetime:
    """AWS's time now.

    Raises:
        Untrusted: No answer has told it.
    """
    now = calls.time()
    if now is None:
        raise Untrusted("AWS's answers have no Date header")
    return now


@dataclass(frozen=True)
class LiveApply:
    """Marks members through SetInstanceHealth.

    Attributes:
        held: The claim; None where there is no log group to claim in: then there is no record of marks either.
        stale: Why the event is too old for a further mark; "" while it is not.
    """

    clients: Clients
    calls: Calls
    held: Claim | None
    stale: Callable[[], str]
    mode: Mode = Mode.LIVE

    def claim(self, ids: tuple[str, ...]) -> Outcomes | None:
        """Take the slots of now; None if they are had."""
        try:
            self._may_begin()
        except (Held, Blind) as error:
            return _stopped(ids, error)
        return None

    def marks(self, decision: Decision) -> Outcomes:
        """Mark in order, until time is up, another run holds the time, or AWS says that it is not allowed."""
        verdicts = {verdict.member.id: verdict for verdict in decision.verdicts}
        reasons: dict[str, Reason] = {}
        notes: list[str] = []
        done = frozenset({Reason.MARKED, Reason.BLIND})  # made, or nobody knows
        try:
            for position, instance_id in enumerate(decision.marks):
                self._may_begin()
                if position % RECORDED_AT_ONCE == 0:
                    batch = decision.marks[position : position + RECORDED_AT_ONCE]
                    self._record([verdicts[each] for each in batch])
                    self._may_begin()  # writing it down may have taken long
                reasons[instance_id] = self._mark(instance_id, notes)
                if reasons[instance_id] is not Reason.MARKED:
                    self._record_refusal(instance_id)
        except (Held, Blind) as error:
            rest = _stopped(tuple(each for each in decision.marks if each not in reasons), error)
            return Outcomes(reasons | rest.reasons, (*notes, *rest.notes))
        refused = frozenset(each for each, reason in reasons.items() if reason not in done)
        return Outcomes(reasons, tuple(notes), refused)

    def _may_begin(self) -> None:
        """Whether a mark may be begun now.

        Raises:
            Held: The invocation or its event has no time left for it, or another run is acting.
            Blind: It cannot be known whether another run is.
        """
        if self.calls.remaining() < RESERVE_SECONDS:
            raise Held(f"less than {RESERVE_SECONDS:g} s of the invocation left")
        stale = self.stale()
        if stale:
            raise Held(stale)
        if self.held is not None and not self.held.reaches():
            raise Held("another run is acting")

    def _may_retry(self) -> bool:
        try:
            self._may_begin()
        except Held:
            return False
        return True

    def _record(self, verdicts: list[Verdict]) -> None:
        """Write down whom this run is about to mark.

        Raises:
            Blind: It could not be written: a mark that is not recorded might be forgotten.
        """
        if self.held is None:
            return
        now = time_of(self.calls)
        marks = (
            Mark(
                item.member.id,
                now,
                impaired_since(item.member, now),
                item.member.zone,
                item.probe,
                item.member.template,
            )
            for item in verdicts
        )
        _write_down(self.clients, self.calls, self.held.log_group, replies.stream_names(marks))

    def _record_refusal(self, instance_id: str) -> None:
        """Write down whose mark had no effect: for a while others go first. Not worth stopping if it cannot be done."""
        if self.held is None:
            return
        names = replies.stream_names([Mark(instance_id, time_of(self.calls))], replies.REFUSED)
        with suppress(Blind):
            _write_down(self.clients, self.calls, self.held.log_group, names)

    def _mark(self, instance_id: str, notes: list[str]) -> Reason:
        """Mark one, and say what became of it; what went wrong is added to the notes.

        Where an answer was lost and the next try finds the instance on its way out, the lost one was a mark.

        Raises:
            CallFailed: It is not allowed, so neither are the others.
        """
        unanswered = self.calls.unanswered
        try:
            self.calls.retried_if(
                self._may_retry,
                "SetInstanceHealth",
                self.clients.autoscaling.set_instance_health,
                InstanceId=instance_id,
                HealthStatus="Unhealthy",
                ShouldRespectGracePeriod=True,
            )
        except Blind as error:
            if isinstance(error, CallFailed) and is_denied(error):
                raise
            reason = _why_not(error)
            if reason is Reason.NOT_IN_SERVICE and self.calls.unanswered > unanswered:
                return Reason.MARKED
            notes.append(f"{instance_id}: {error}")
            return reason
        return Reason.MARKED


class Held(HealerError):
    """No mark may be begun now, for a reason that has nothing to do with what AWS shows."""


def _stopped(ids: tuple[str, ...], error: HealerError) -> Outcomes:
    reason = Reason.BLIND if isinstance(error, Blind) else Reason.CAPPED_CALLS
    return Outcomes(dict.fromkeys(ids, reason), (str(error),))


def _why_not(error: Blind) -> Reason:
    """What a refused mark says about the member; where nobody can know whether it was made, `blind`."""
    if isinstance(error, CallFailed) and is_grace_refusal(error):
        return Reason.SKIPPED_GRACE
    if isinstance(error, CallFailed) and is_gone(error):
        return Reason.NOT_IN_SERVICE
    if isinstance(error, CallFailed) and is_contended(error):
        return Reason.CAPPED_CALLS
    return Reason.BLIND


def record_findings(clients: Clients, calls: Calls, log_group: str, decision: Decision) -> None:
    """Write down what later sweeps cannot see any more: replacements that have failed, and the burst that holds.

    Whatever becomes of such a replacement, it counts for a day. Where members recover while others fail, only the
    record tells that it is the same burst.

    Raises:
        CallFailed: It could not be written.
    """
    if not decision.failed and decision.begun is None:
        return
    now = time_of(calls)
    failed = (Mark(item.id, now, impaired_since(item, now), template=item.template) for item in decision.failed)
    burst = [replies.burst_stream(now, decision.begun)] if decision.begun else []
    _write_down(clients, calls, log_group, [*replies.stream_names(failed, replies.FAILED), *burst])


def _write_down(clients: Clients, calls: Calls, log_group: str, names: list[str]) -> None:
    """Create the streams of the record; one that is there is this run's own, of which the answer was lost."""
    for name in names:
        try:
            create_stream(clients, calls, log_group, name)
        except CallFailed as error:
            if not is_already_there(error):
                raise


@dataclass(frozen=True)
class Told:
    """What notices have told, so that each thing is told once, however far apart the sweeps are.

    Attributes:
        log_group: "" where nothing can be remembered: in observe mode, which writes nothing, and outside of Lambda.
    """

    clients: Clients
    calls: Calls
    log_group: str

    def first(self, what: str) -> bool | None:
        """Whether this is the first time that this is to be told; None where nobody knows.

        A lost answer counts as the first time: told twice is better than never.
        """
        if not self.log_group or self.calls.denied:
            return None
        unanswered = self.calls.unanswered
        try:
            create_stream(self.clients, self.calls, self.log_group, f"told/{what}")
        except CallFailed as error:
            return self.calls.unanswered > unanswered if is_already_there(error) else None
        return True
