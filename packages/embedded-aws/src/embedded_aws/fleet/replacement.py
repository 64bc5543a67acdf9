"""Replacing members: who may go now, in which order old and new come and go, and how many at a time.

Sources: AWS, "Health checks", section "How Amazon EC2 Auto Scaling minimizes downtime": not running or marked with
set-instance-health is replaced immediately; others at most 10 percent of the desired capacity at a time, one at a time
in small groups, not while a scaling activity is in progress and the group is 10 percent or more below its desired
capacity, and waiting for warm-up. "Suspend and resume processes": with Launch suspended unhealthy members are still
terminated; with Terminate or ReplaceUnhealthy suspended they pile up and go at once on resume. "Instance maintenance
policies": launch before terminate, within the percentages. "Auto Scaling group zonal shift": ignore or replace there.

Assumed: marks follow an instance maintenance policy where there is one; percentages round up; under a policy that
allows nothing, one at a time goes on, so that a small group is not stuck; a machine that is not running goes at once
under any policy, since there is nothing to keep.
"""

from __future__ import annotations

import math
from enum import Enum

from embedded_aws.fleet import balancing, causes, leaving
from embedded_aws.fleet.flights import OF_VERDICT
from embedded_aws.fleet.members import COUNTED, Flight, Kind, Lifecycle, Member, UnhealthyReason
from embedded_aws.fleet.settings import MaintenancePolicy
from embedded_aws.fleet.state import Process, State

BRAKED = frozenset({UnhealthyReason.IMPAIRED, UnhealthyReason.APPLICATION, UnhealthyReason.BALANCER})
"""Verdicts of the group's own checks: at most ten percent of the members are replaced for them at a time."""


class Order(Enum):
    """In which order one member is replaced, if now."""

    LAUNCH_FIRST = "launch before terminate"
    TERMINATE_FIRST = "terminate and launch"
    WAIT = "wait"


def begin(state: State, member: Member, kind: Kind, why: str, order: Order) -> None:
    """Open a replacement for a member."""
    first = order is Order.LAUNCH_FIRST
    flight = Flight(kind, member, why, launch_first=first)
    with state.roster.change(member):
        member.leaves_by, member.retiring = flight, first
    state.flights.open(flight)
    if not first:
        leaving.terminate(state, member, causes.taken_out(state.words, state.now, why))


def finish_landed(state: State) -> None:
    """End the replacements whose new member is warm; with Terminate suspended the old one stays for now."""
    for flight in list(state.flights.landed):
        if flight.launch_first and state.is_suspended(Process.TERMINATE):
            continue
        if flight.launch_first:
            leaving.terminate(state, flight.leaving, causes.taken_out(state.words, state.now, flight.why))
        state.flights.close(flight)


def replace_unhealthy(state: State) -> None:
    """Replace the unhealthy members that may go: stopped ones, marked ones, and a few of the impaired."""
    if not state.roster.unhealthy.size or state.is_suspended(Process.TERMINATE, Process.REPLACE_UNHEALTHY):
        return
    reached = {verdict for verdict, _ in state.roster.unhealthy.present()}
    for verdict in UnhealthyReason:
        if verdict in reached:
            _replace(state, verdict)


def _replace(state: State, verdict: UnhealthyReason) -> None:
    ignored = set() if state.settings.replace_in_impaired_zone else state.shifted
    zones = [zone for zone in state.zone_sizes() if zone not in ignored]
    for member in [member for zone in zones for member in state.roster.unhealthy.of((verdict, zone))]:
        if verdict in BRAKED and not (_takes_no_place(member) or _natively_possible(state)):
            continue
        if verdict in BRAKED and _came_for_one_that_stays(member):
            why = causes.of_verdict(state.words, member)
            leaving.terminate(state, member, causes.taken_out(state.words, state.now, why))
            continue
        order = _order(state, member, verdict)
        if order is Order.WAIT:
            return
        if verdict in BRAKED and member.arrives_by is not None and _takes_no_place(member):
            state.flights.close(member.arrives_by)  # its own replacement has that place now, in whatever order
        begin(state, member, OF_VERDICT[verdict], causes.of_verdict(state.words, member), order)


def _takes_no_place(member: Member) -> bool:
    """Whether a member came as a replacement: if it is impaired itself, its own replacement takes no further place.

    Otherwise a bad image would occupy all the places for good.
    """
    return member.arrives_by is not None and member.arrives_by.kind is Kind.NATIVE


def _came_for_one_that_stays(member: Member) -> bool:
    """Whether the member that it replaces still serves: then it goes, and another comes for the same replacement."""
    return _takes_no_place(member) and member.arrives_by is not None and member.arrives_by.launch_first


def abandon(state: State, flight: Flight) -> None:
    """Call a replacement off; a member that has not gone yet stays."""
    with state.roster.change(flight.leaving) as member:
        member.leaves_by, member.retiring = None, False
    state.flights.close(flight)


def hurry_stopped(state: State) -> None:
    """A member that stopped running while its replacement is still on the way goes now."""
    if not state.roster.down.size or state.is_suspended(Process.TERMINATE, Process.REPLACE_UNHEALTHY):
        return
    for lifecycle in COUNTED:
        for member in state.roster.down.of(lifecycle):
            if member.retiring and member.verdict is UnhealthyReason.STOPPED:
                leaving.terminate(state, member, causes.taken_out(state.words, state.now, state.words.stopped))


def _order(state: State, member: Member, verdict: UnhealthyReason) -> Order:
    policy = state.settings.maintenance
    if policy is None or verdict is UnhealthyReason.STOPPED or member.lifecycle is Lifecycle.PENDING:
        return Order.TERMINATE_FIRST
    return within(state, policy, member)


def within(state: State, policy: MaintenancePolicy, member: Member) -> Order:
    """How a policy lets this member be replaced now."""
    desired = state.settings.desired
    floor, ceiling = math.ceil(desired * policy.min_healthy / 100), math.ceil(desired * policy.max_healthy / 100)
    # Members in service or booting, once everything that is missing is launched.
    expected = sum(state.roster.by_state.weight(lifecycle) for lifecycle in COUNTED) + max(state.missing, 0)
    if ceiling > desired and expected < ceiling:
        return Order.LAUNCH_FIRST
    ready = state.roster.ready.units - (member.weight if state.roster.ready.key(member) is not None else 0)
    return Order.TERMINATE_FIRST if ready >= floor or len(state.flights) == 0 else Order.WAIT


def ten_percent(state: State) -> int:
    """How many impaired members may be replaced at a time: 10 percent of the desired capacity, and at least one.

    With weights as many as are 10 percent if each is of the heaviest (assumed).

    It is one where load balancers call every member unhealthy: "might mark fewer instances unhealthy at a time" (user
    guide, "How Amazon EC2 Auto Scaling minimizes downtime"; how many fewer is not said, one is assumed).
    """
    serving = state.roster.by_state.count(Lifecycle.IN_SERVICE)
    if len(state.unhealthy_targets) >= serving > 0 and balancing.all_unhealthy(state):
        return 1
    return max(1, state.settings.desired // state.roster.capacity.weights()[1] // 10)


def _natively_possible(state: State) -> bool:
    if natives_in_progress(state) >= ten_percent(state):
        return False
    # Those who are unhealthy and wait serve still: the group is not short of them.
    short = state.settings.desired - state.roster.ready.units - state.roster.unhealthy.units
    launching = state.missing > 0 and not state.is_suspended(Process.LAUNCH)
    in_motion = state.roster.by_state.count(Lifecycle.TERMINATING) + state.roster.by_state.count(Lifecycle.PENDING)
    busy = in_motion > 0 or launching
    return not (busy and 10 * short >= state.settings.desired)


def natives_in_progress(state: State) -> int:
    """The group's own replacements under way; one that only waits for a suspended Launch is not under way."""
    parked = 0
    if state.is_suspended(Process.LAUNCH):
        parked = sum(
            flight.kind is Kind.NATIVE and flight.leaving.lifecycle is Lifecycle.TERMINATED
            for flight in state.flights.owed()
        )
    return state.flights.count(Kind.NATIVE) - parked
