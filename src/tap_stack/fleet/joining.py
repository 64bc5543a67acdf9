"""How members come: launched into the emptiest zone, Pending while they boot, then InService.

Sources: AWS, "Distribute instances across Availability Zones" ("attempting to launch new instances in the Availability
Zone with the fewest instances ... If the attempt fails ... in another Availability Zone until it succeeds"); "Suspend
and resume processes" (administrative suspension after 24 hours of failed launches). How fast failed launches are tried
again is an assumption: exponential backoff.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tap_stack.fleet import health, warmup
from tap_stack.fleet.activities import StatusCode
from tap_stack.fleet.events import What
from tap_stack.fleet.machines import LaunchFailed
from tap_stack.fleet.members import Lifecycle, Member, Verdict
from tap_stack.fleet.state import Process, Spoil, State

GIVES_UP_AFTER = timedelta(hours=24)
GAVE_UP = "Administrative suspension: the group failed to launch instances for over 24 hours"


def launch(state: State, cause: str, zones: Sequence[str]) -> Member | None:
    """Launch one member into the first of `zones` that has a machine; None, and a pause, if none of them has."""
    for zone in zones:
        member = launch_into(state, cause, zone)
        if member is not None:
            return member
    if zones:
        _pause(state)
    return None


def emptiest_first(state: State) -> list[str]:
    """The zones that may get members, the emptiest first; equal ones in the group's own order."""
    sizes = state.zone_sizes()
    return sorted(state.open_zones(), key=lambda zone: sizes[zone])


def launch_into(state: State, cause: str, zone: str) -> Member | None:
    """Launch one member into this zone; None if it has no machine."""
    version = state.template_version
    state.ages.setdefault(version, len(state.ages))
    try:
        instance_id = state.machines.launch(zone, version, state.now)
    except LaunchFailed as failure:
        _record_failure(state, cause, zone, str(failure))
        return None
    member = Member(instance_id, zone, version, state.now, protected=state.settings.protect_new)
    activity = state.log.begin(state.now, state.words.launch.format(id=instance_id), cause, zone, instance_id)
    activity.status = StatusCode.PRE_IN_SERVICE
    state.launching[instance_id] = activity
    state.roster.add(member)
    state.timeline.at(state.now + _boot_time(state), lambda: _booted(state, member))
    state.tell(What.LAUNCHED, member)
    return member


def _record_failure(state: State, cause: str, zone: str, reason: str) -> None:
    message = f"{reason.rstrip('.')}. Launching EC2 instance failed."
    activity = state.log.begin(state.now, state.words.launch_failed, cause, zone)
    state.log.finish(activity, state.now, StatusCode.FAILED, message)
    state.tell(What.LAUNCH_FAILED, zone=zone, detail=message, activity=activity)


def _boot_time(state: State) -> timedelta:
    jitter = state.timings.boot_jitter
    return state.timings.boot + (jitter * state.rng.random() if jitter else jitter)


def _pause(state: State) -> None:
    """Wait before the next launch, twice as long after each further failure."""
    state.failures += 1
    state.failing_since = state.failing_since or state.now
    if state.now - state.failing_since >= GIVES_UP_AFTER:
        state.suspended.setdefault(Process.LAUNCH, GAVE_UP)
    backoff = min(state.timings.first_backoff * 2 ** min(state.failures - 1, 20), state.timings.max_backoff)
    state.paused_until = state.now + backoff
    state.timeline.at(state.paused_until, lambda: None)


def _booted(state: State, member: Member) -> None:
    if member.lifecycle is not Lifecycle.PENDING or not member.running:
        return
    spoil = state.spoiled.get(member.template_version)
    if spoil is not None and spoil.check is None:
        _never_booted(state, member)
        return
    with state.roster.change(member):
        member.lifecycle, member.in_service_at = Lifecycle.IN_SERVICE, state.now
    state.failures, state.failing_since = 0, None
    activity = state.launching.pop(member.id)
    state.log.finish(activity, state.now)
    state.tell(What.IN_SERVICE, member, activity=activity)
    _find_faults(state, member, spoil)
    warmup.begin(state, member)


def _find_faults(state: State, member: Member, spoil: Spoil | None) -> None:
    """Let a member from a bad template version fail its check; as of its launch (API: ImpairedSince)."""
    if spoil is not None and spoil.check is not None:
        health.fail(state, member, spoil.check, member.launched_at)
    else:
        health.watch(state, member)


def _never_booted(state: State, member: Member) -> None:
    """The machine gave up: AWS cancels the launch activity, and the group counts a failed launch."""
    activity = state.launching.pop(member.id)
    state.log.finish(activity, state.now, StatusCode.CANCELLED, state.words.never_healthy)
    with state.roster.change(member):
        member.running = False
    health.condemn(state, member, Verdict.STOPPED)
    state.tell(What.LAUNCH_FAILED, member, detail=state.words.never_healthy, activity=activity)
    _pause(state)
