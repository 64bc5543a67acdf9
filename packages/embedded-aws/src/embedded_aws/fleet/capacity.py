"""As many members as are desired: scale out, scale in, and the limits between which the desired capacity may move.

Sources: AWS, "Set scaling limits"; "Configure termination policies": they apply only to instances that the group does
not consider unhealthy, so that those go first (`termination` has the policies); "Use instance scale-in protection";
"Scaling cooldowns"; "How simple scaling policies work".

"Configure an Auto Scaling group to use instance weights": capacity is then in units, launches go on until what is
desired is there, "even if this results in an overage" (API LaunchTemplateOverrides), and nothing goes that would leave
less. Whom a scale-in takes where the one whom the policies choose weighs too much is not documented: here it is the
next one by the same policies that does not. Assumed too: an overage in which a member fits does not stay.

Observed, not documented: a scale-in also takes an unhealthy instance that serves until its replacement is ready.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from embedded_aws.fleet import causes, joining, leaving, termination, warmpool
from embedded_aws.fleet.activities import StatusCode
from embedded_aws.fleet.errors import Refused, invalid
from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import Flight, Kind, Lifecycle, Member, UnhealthyReason
from embedded_aws.fleet.state import Process, State

FOR_HEALTH = (Kind.STOPPED, Kind.MARKED, Kind.NATIVE)
RANKS = {verdict: rank for rank, verdict in enumerate(UnhealthyReason)}


class Adjustment(Enum):
    """AdjustmentType of a simple scaling policy."""

    CHANGE = "ChangeInCapacity"
    EXACT = "ExactCapacity"
    PERCENT = "PercentChangeInCapacity"


@dataclass(frozen=True)
class SimplePolicy:
    """A simple scaling policy.

    Attributes:
        cooldown: None takes the group's own.
        at_least: MinAdjustmentMagnitude, for percentages.
    """

    name: str
    adjustment: Adjustment
    amount: int
    cooldown: timedelta | None = None
    at_least: int = 0

    def applied_to(self, desired: int) -> int:
        """The capacity that the policy asks for, before the group's limits.

        AWS, "Scaling adjustment types": a percentage between 0 and 1 in size rounds away from zero, others towards it.
        """
        if self.adjustment is Adjustment.EXACT:
            return self.amount
        if self.adjustment is Adjustment.CHANGE:
            return desired + self.amount
        step = desired * self.amount / 100
        whole = math.trunc(step) if abs(step) >= 1 else math.copysign(math.ceil(abs(step)), step)
        return desired + int(math.copysign(max(abs(whole), self.at_least), self.amount))


def ask(state: State, desired: int, who: str) -> None:
    """Change the desired capacity; `who` is the beginning of the Cause, such as "a user request ..."."""
    before = state.settings.desired
    if desired == before:
        return
    state.settings = replace(state.settings, desired=desired)
    state.request = causes.at(state.words, state.now, f"{who} changing the desired capacity from {before} to {desired}")
    state.tell(What.CAPACITY, detail=f"from {before} to {desired}")


def is_cooling(state: State) -> bool:
    """Whether simple scaling pauses: in a cooldown, or while lifecycle hooks hold an instance.

    AWS, "Amazon EC2 Auto Scaling lifecycle hooks", considerations: the cooldown begins when the instance is in service.
    """
    held = state.held_cooldown is not None and bool(state.waits)
    return held or (state.cooling_until is not None and state.now < state.cooling_until)


def refuse_in_cooldown(state: State) -> None:
    """Refuse while a cooldown runs (API: HonorCooldown). Raises Refused: `ScalingActivityInProgress`."""
    if is_cooling(state):
        raise Refused(
            "ScalingActivityInProgress",
            f"You cannot execute a scaling policy during a cooldown period for AutoScalingGroup: {state.name}",
        )


def set_desired(state: State, desired: int) -> None:
    """SetDesiredCapacity. Raises Refused: `ValidationError`, outside of the group's limits."""
    least, most = state.settings.min_size, state.settings.max_size
    if desired > most:
        raise invalid(f"New SetDesiredCapacity value {desired} is above max value {most} for the AutoScalingGroup.")
    if desired < least:
        raise invalid(f"New SetDesiredCapacity value {desired} is below min value {least} for the AutoScalingGroup.")
    ask(state, desired, "a user request explicitly set group desired capacity")


def execute(state: State, policy: SimplePolicy, who: str) -> None:
    """Apply a simple scaling policy, within the group's limits; its cooldown begins now (assumed: not at the end).

    A zonal shift blocks policies from decreasing the capacity (AWS, "Auto Scaling group zonal shift").
    """
    wished = max(state.settings.min_size, min(policy.applied_to(state.settings.desired), state.settings.max_size))
    if wished == state.settings.desired or (wished < state.settings.desired and state.shifted):
        return
    ask(state, wished, who)
    cooldown = state.settings.cooldown if policy.cooldown is None else policy.cooldown
    state.cooling_until, state.held_cooldown = state.now + cooldown, cooldown if state.hooks else None


def drop_needless_replacements(state: State) -> None:
    """Once capacity is as desired, launch no more replacements; members that waited for one may go."""
    if state.missing > 0:
        return
    for flight in state.flights.owed():
        if not flight.launch_first:
            state.flights.close(flight)
        elif not state.is_suspended(Process.TERMINATE):
            if flight.kind in FOR_HEALTH:  # one that was unhealthy is taken by a scale-in
                want = state.settings.desired
                have = want + flight.leaving.weight
                cause = _with_request(state, causes.shrunk(state.words, state.now, have, want, flight.leaving.id))
            else:
                cause = causes.taken_out(state.words, state.now, flight.why)
            leaving.terminate(state, flight.leaving, cause)
            state.flights.close(flight)


def scale_in(state: State) -> None:
    """Terminate members above the desired capacity."""
    if state.missing >= 0 or state.is_suspended(Process.TERMINATE):
        return
    have, want = state.roster.capacity.units, state.settings.desired
    while (extra := -state.missing) > 0 and (victim := _unhealthy(state, extra) or termination.selected(state, extra)):
        for member in (_awaiting_replacement(state), victim):
            if member is not None:
                cause = causes.shrunk(state.words, state.now, have, want, member.id)
                leave = warmpool.take_back if warmpool.has_room(state, member) else leaving.terminate
                leave(state, member, _with_request(state, cause))
    if state.missing < 0 and any(member.protected for member in state.roster.by_state.of(Lifecycle.IN_SERVICE)):
        _tell_of_protection(state)


def _tell_of_protection(state: State) -> None:
    """A scale-in that protection stops is an activity of its own, once for each request.

    Observed: aws-samples/aws-fault-injection-simulator-workshop 114 (read 2026-11-29).
    """
    if state.protection_told == (state.request or ""):
        return
    state.protection_told = state.request or ""
    cause = _with_request(state, causes.at(state.words, state.now, state.words.equilibrium))
    activity = state.log.begin(state.now, state.words.all_protected, cause, "")
    state.log.finish(activity, state.now, StatusCode.CANCELLED)


def _unhealthy(state: State, extra: int) -> Member | None:
    """The most urgent of the unhealthy that weigh no more than is too much: they bypass the termination policy.

    Protected ones stay here too.
    """
    if not state.roster.unhealthy.size:
        return None
    waiting = state.roster.unhealthy
    keys = sorted(waiting.present(), key=lambda key: (RANKS[key[0]], key[1]))
    found = (member for key in keys for member in waiting.of(key) if not member.protected)
    return next((member for member in found if member.weight <= extra), None)


def _awaiting_replacement(state: State) -> Member | None:
    """An unhealthy member that serves until its replacement is warm; it is not counted as capacity any more."""
    kept = (flight.leaving for kind in FOR_HEALTH for flight in state.flights.of(kind) if flight.launch_first)
    return next((member for member in kept if not member.protected), None)


def scale_out(state: State) -> None:
    """Launch what is missing, first for those who are being replaced."""
    if state.is_suspended(Process.LAUNCH) or (state.paused_until is not None and state.now < state.paused_until):
        return
    have, want = state.roster.capacity.units, state.settings.desired
    while state.missing > 0:
        flight = state.flights.next_owed()
        member = joining.launch(state, _launch_cause(state, flight, have, want), joining.emptiest_first(state))
        if member is None:
            if flight is not None:
                flight.failed = True
            return
        if flight is not None:
            state.flights.assign(flight, member)


def _launch_cause(state: State, flight: Flight | None, have: int, want: int) -> str:
    words, now = state.words, state.now
    if flight is None:
        return _with_request(state, causes.grown(words, now, have, want))
    why = causes.of_arrival(words, flight)
    return causes.relaunched(words, now, why, have, want) if flight.failed else causes.launched(words, now, why)


def _with_request(state: State, cause: str) -> str:
    return f"{state.request}  {cause}" if state.request else cause
