"""The referee: follows a history, and says which property of the healer was broken, when, and how.

It looks at the group itself and at the calls, never at what the healer says of itself; the one exception is property
20, which is about what the healer says.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tap_stack.healer.model import Reason
from tap_stack.in_process_aws.account import Account, Call
from tap_stack.in_process_aws.session import Session
from tap_stack.sim.function import Function
from tap_stack.sim.rules import AT_A_MARK, Mark, Scene, flight_cap
from tap_stack.sim.sightings import Past, Sweep, note_reply, question

QUIET_CALLS = 5
NEEDS_FILTER = frozenset({"DescribeInstanceStatus", "DescribeTags"})
REASONS = frozenset(Reason)
REPLACEMENT = 2  # the one that goes and the one that comes: what a single replacement has in flight


@dataclass(frozen=True)
class Violation:
    """One property broken."""

    property: int
    time: datetime
    what: str


@dataclass
class Referee:
    """Follows one function in one account.

    Attributes:
        observing: The healer is in observe mode: it may write nothing.
        violations: What was broken, in order of time.
        marks: Marks that took effect, in order of time.
        sweeps: What each sweep was told, by session.
    """

    account: Account
    function: Function
    observing: bool = False
    violations: list[Violation] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    sweeps: dict[int, Sweep] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.past = Past(self.account.world)
        self.account.witnesses.append(self)
        self.account.world.passing.append(self._settle)
        self.function.on_start = self._start
        self.function.on_end = self._end

    def _blame(self, number: int, what: str) -> None:
        if what:
            self.violations.append(Violation(number, self.account.world.now, what))

    # --- calls ---

    def _start(self, session: Session, due: datetime) -> None:
        now = session.strand.time
        self.sweeps[session.number] = Sweep(due, now, now + timedelta(seconds=self.function.seconds))

    def before_effect(self, call: Call) -> None:
        """Judge a mark in the world as it is when the mark arrives."""
        if call.action in NEEDS_FILTER and not (call.params.get("Filters") or call.params.get("InstanceIds")):
            self._blame(1, f"{call.action} without ids and filters")
        if call.action == "DescribeAutoScalingGroups" and not call.params.get("AutoScalingGroupNames"):
            self._blame(1, f"{call.action} without a name")
        if call.action == "SetInstanceHealth":
            self._judge(call)

    def _judge(self, call: Call) -> None:
        world, sweep = self.account.world, self.sweeps[call.session]
        instance_id = call.params["InstanceId"]
        mark = Mark(instance_id, world.now, call.sent, call.session, call.params, world.fleet.members.get(instance_id))
        if self.observing:
            self._blame(15, f"{instance_id} was marked in observe mode")
        retried = instance_id in sweep.marks[-1:]
        if retried and sweep.failed.get(question(call)) == "ValidationError":
            self._blame(8, f"the refusal to mark {instance_id} was tried again")
        if retried:
            return  # the same mark once more, because no answer came
        sweep.marks.append(instance_id)
        lag = timedelta(seconds=self.account.faults.lag_seconds)
        self.past.look(self.account.world.now)
        scene = Scene(self.past, sweep, mark, self.marks, lag)
        for number, rule in AT_A_MARK:
            if wrong := rule(scene):
                self._blame(number, f"{instance_id}: {wrong}")

    def sees(self, call: Call) -> None:
        """Take in what a call told its sweep, and a mark that took effect."""
        sweep = self.sweeps[call.session]
        note_reply(sweep, call)
        if call.action == "SetInstanceHealth" and call.took_effect is not None:
            instance_id = call.params["InstanceId"]
            if all(mark.id != instance_id or mark.session != call.session for mark in self.marks):
                member = self.account.world.fleet.members.get(instance_id)
                self.marks.append(Mark(instance_id, call.took_effect, call.sent, call.session, call.params, member))

    # --- time ---

    def _settle(self, now: datetime, _: datetime) -> None:
        """Property 3 at every moment, for what the healer itself has started.

        Where the replacement of a marked member came into service and fell again before that member had gone, the
        group launches another. It is not counted: not the mark has brought it about, but what befell the first.
        """
        recent = [mark.id for mark in self.marks if mark.time > now - timedelta(minutes=10)]
        if not recent:
            return
        ours, flying = set(recent), self.past.flying.before(now)
        roster = self.account.world.fleet.members
        arriving = {
            each for each in flying - ours if (member := roster.get(each)) and member.arrives_by is not None
            and member.arrives_by.leaving.id in ours - self.past.replaced
        }  # fmt: skip
        number = len(flying & ours) + len(arriving)
        cap = max(REPLACEMENT, flight_cap(max(self.past.desired_within(now - timedelta(minutes=10)))))
        if number > cap:
            self._blame(3, f"{number} in flight by the healer's marks, cap {cap}")

    # --- the end of a sweep ---

    def _end(self, session: Session, error: BaseException | None) -> None:
        sweep = self.sweeps[session.number]
        self._thrifty(sweep)
        lines = [json.loads(text) for number, text in self.function.lines if number == session.number]
        if error is None or lines:
            self._explained(sweep, lines)

    def _thrifty(self, sweep: Sweep) -> None:
        """Property 19: five calls in a quiet sweep, where AWS does not answer in more pages than it must."""
        faults, made = self.account.faults, sum(sweep.calls.values())
        in_bits = faults.page_size or faults.empty_page or faults.repeated_page or faults.overlapping_page
        if in_bits or sweep.first is None or _sees_broken(sweep, sweep.first["Instances"]):
            return
        if made - sweep.retries > QUIET_CALLS:
            self._blame(19, f"{made - sweep.retries} calls in a quiet sweep")
        if made > 2 * QUIET_CALLS:
            self._blame(19, f"{made} calls in a quiet sweep with its retries")

    def _explained(self, sweep: Sweep, lines: list[dict[str, Any]]) -> None:
        """Property 20: one line, and in it each impaired member with one reason of the list."""
        if len(lines) != 1:
            self._blame(20, f"{len(lines)} lines in a sweep")
            return
        reasons = lines[0].get("reasons")
        if reasons is None or lines[0]["result"] in {"blind", "settings"} or sweep.group is None:
            return
        told = Counter(each for ids in reasons.values() for each in ids)
        members = {entry["InstanceId"] for entry in sweep.group["Instances"]}
        expected = members & set(sweep.impaired)
        if set(told) != expected or any(number > 1 for number in told.values()):
            self._blame(20, f"reasons for {sorted(told)}, impaired are {sorted(expected)}")
        if not set(reasons) <= REASONS:
            self._blame(20, f"unknown reasons in {sorted(reasons)}")


def _sees_broken(sweep: Sweep, shown: list[dict[str, Any]]) -> bool:
    """Whether the sweep was told of a member in service that fails a check."""
    return any(entry["InstanceId"] in sweep.impaired and entry["LifecycleState"] == "InService" for entry in shown)
