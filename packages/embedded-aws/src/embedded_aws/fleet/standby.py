"""Standby, detach, scale-in protection and termination by request.

Sources: AWS, "Temporarily remove instances" (standby), "Detach or attach instances", "Use instance scale-in
protection", API TerminateInstanceInAutoScalingGroup. The way back from standby takes no time here (assumed), and where
instances have weights the desired capacity moves by them (assumed as well).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from embedded_aws.fleet import applications, balancing, causes, health, leaving, warmpool
from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.errors import invalid, no_such_instance
from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import Lifecycle, Member
from embedded_aws.fleet.state import Process, State

LETS_GO = frozenset({Lifecycle.IN_SERVICE, Lifecycle.STANDBY})


def members(state: State, instance_ids: Sequence[str], states: frozenset[Lifecycle]) -> list[Member]:
    """The members with these ids.

    Raises:
        Refused: `ValidationError`, an id is unknown or its member in another lifecycle state.
    """
    found = []
    for instance_id in instance_ids:
        member = state.roster.get(instance_id)
        if member is None:
            raise no_such_instance(instance_id)
        if member.lifecycle not in states:
            names = " or ".join(lifecycle.value for lifecycle in Lifecycle if lifecycle in states)
            raise invalid(f"The instance {instance_id} is not in {names}.")
        found.append(member)
    return found


def enter(state: State, instance_ids: Sequence[str], *, decrement: bool) -> list[Activity]:
    """EnterStandby. Raises Refused: `ValidationError`, also where the group would fall below its minimum size."""
    chosen = members(state, instance_ids, frozenset({Lifecycle.IN_SERVICE}))
    if decrement:
        _leave_room(state, chosen, "place into standby")
    done = []
    for member in chosen:
        sizes = _step(state, -member.weight if decrement else 0)
        _stop_serving(state, member, Lifecycle.STANDBY)
        state.tell(What.STANDBY, member)
        done.append(_done(state, member, state.words.to_standby, "moved to standby", sizes))
    return done


def leave(state: State, instance_ids: Sequence[str]) -> list[Activity]:
    """ExitStandby: back in service, and the desired capacity grows by as many.

    Raises:
        Refused: `ValidationError`, also while Launch is suspended or where the group would exceed its maximum size.
    """
    chosen = members(state, instance_ids, frozenset({Lifecycle.STANDBY}))
    if state.is_suspended(Process.LAUNCH):
        raise invalid(f"Launch process is suspended for AutoScalingGroup {state.name}: instances stay in Standby.")
    if state.settings.desired + _weight(chosen) > state.settings.max_size:
        raise invalid(_sizes(state, len(chosen), "exit standby"))
    done = []
    for member in chosen:
        sizes = _step(state, member.weight)
        with state.roster.change(member):
            member.lifecycle = Lifecycle.IN_SERVICE
        state.tell(What.IN_SERVICE, member)
        if not member.running:
            health.stopped(state, member)
        health.watch(state, member)
        applications.watch(state, member)
        balancing.watch(state, member)
        done.append(_done(state, member, state.words.from_standby, "moved out of standby", sizes))
    return done


def detach(state: State, instance_ids: Sequence[str], *, decrement: bool) -> list[Activity]:
    """DetachInstances: out of the group, and running on. Raises Refused: `ValidationError`."""
    chosen = members(state, instance_ids, LETS_GO)
    if decrement:
        _leave_room(state, chosen, "detach")
    done = []
    for member in chosen:
        sizes = _step(state, -member.weight if decrement else 0)
        _stop_serving(state, member, Lifecycle.DETACHED)
        state.roster.remove(member)
        state.tell(What.DETACHED, member)
        done.append(_done(state, member, state.words.detach, "detached", sizes))
    return done


def terminate(state: State, member: Member, *, decrement: bool) -> Activity:
    """TerminateInstanceInAutoScalingGroup: at once, in the grace period too. Raises Refused: `ValidationError`."""
    least = state.settings.min_size
    if member.lifecycle is Lifecycle.TERMINATING:
        raise invalid(f"The instance {member.id} is not in InService or Standby.")
    if decrement and state.settings.desired - member.weight < least:
        raise invalid(
            f"Currently, desiredSize equals minSize ({least}). Terminating instance without replacement will violate "
            "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's "
            "min size."
        )
    sizes = _step(state, -member.weight if decrement else 0)
    cause = causes.by_user(state.words, state.now, member.id, "taken out of service", sizes)
    return leaving.terminate(state, member, cause)


def terminate_warmed(state: State, member: Member) -> Activity:
    """TerminateInstanceInAutoScalingGroup of an instance in the warm pool, which is filled again.

    Raises:
        Refused: `ValidationError`, it terminates already.
    """
    if member.lifecycle is Lifecycle.WARMED_TERMINATING:
        raise invalid(f"The instance {member.id} is not in the warm pool.")
    size = len(state.pool)
    return warmpool.terminate(
        state, member, causes.by_user(state.words, state.now, member.id, "taken out of service", (size, size))
    )


def protect(state: State, instance_ids: Sequence[str], *, protected: bool) -> None:
    """SetInstanceProtection. Raises Refused: `ValidationError`."""
    for member in members(state, instance_ids, LETS_GO):
        with state.roster.change(member):
            member.protected = protected


def _weight(chosen: Sequence[Member]) -> int:
    return sum(member.weight for member in chosen)


def _leave_room(state: State, chosen: Sequence[Member], what: str) -> None:
    if state.settings.desired - _weight(chosen) < state.settings.min_size:
        raise invalid(_sizes(state, len(chosen), what))


def _sizes(state: State, number: int, what: str) -> str:
    limits = f"min-size={state.settings.min_size}, max-size={state.settings.max_size}"
    instances = "instance" if number == 1 else "instances"
    return (
        f"AutoScalingGroup {state.name} has {limits}, and desired-size={state.settings.desired}. "
        f"To {what} {number} {instances}, please update the AutoScalingGroup sizes appropriately."
    )


def _step(state: State, change: int) -> tuple[int, int]:
    """Move the desired capacity by `change`; what it was and what it is."""
    have = state.settings.desired
    state.settings = replace(state.settings, desired=have + change)
    return have, have + change


def _stop_serving(state: State, member: Member, lifecycle: Lifecycle) -> None:
    flight = member.leaves_by
    leaving.forget_replacements(state, member)
    with state.roster.change(member):
        member.lifecycle, member.retiring, member.leaves_by = lifecycle, False, None
    if flight is not None and flight.arriving is None:
        state.flights.close(flight)


def _done(state: State, member: Member, description: str, what: str, sizes: tuple[int, int]) -> Activity:
    cause = causes.by_user(state.words, state.now, member.id, what, sizes)
    activity = state.log.begin(state.now, description.format(id=member.id), cause, member.zone, member.id)
    state.log.finish(activity, state.now, StatusCode.SUCCESSFUL)
    return activity
