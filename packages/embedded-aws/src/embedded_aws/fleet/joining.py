"""How members join: launched into the emptiest zone, Pending while they boot and hooks hold them, then InService.

A launch takes a warmed instance first, wherever the warm pool has one (AWS, "Decrease latency ... using warm pools":
"the Auto Scaling group can draw on the warm pool"; that it prefers one in a fuller zone to a cold start is assumed).

Sources: AWS, "Distribute instances across Availability Zones" ("attempting to launch new instances in the Availability
Zone with the fewest instances ... If the attempt fails ... in another Availability Zone until it succeeds"); "Suspend
and resume processes" (administrative suspension after 24 hours of failed launches). How fast failed launches are tried
again is an assumption: exponential backoff; so is that a launch which a lifecycle hook ended counts as failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from embedded_aws.fleet import applications, balancing, causes, health, leaving, waiting
from embedded_aws.fleet.activities import StatusCode
from embedded_aws.fleet.events import What
from embedded_aws.fleet.hooks import LifecycleTransition, Side
from embedded_aws.fleet.machines import LaunchFailed
from embedded_aws.fleet.members import WARMED, Lifecycle, Member, UnhealthyReason
from embedded_aws.fleet.settings import Override
from embedded_aws.fleet.state import Process, Spoil, State

NO_OVERRIDE = Override()
GIVES_UP_AFTER = timedelta(hours=24)
GAVE_UP = "Administrative suspension: the group failed to launch instances for over 24 hours"


def launch(state: State, cause: str, zones: Sequence[str]) -> Member | None:
    """Launch one member into the first of `zones` that has a warmed instance, or else a machine.

    Returns:
        None, after a pause has begun, if none of them has any.
    """
    for bring in (_wake, _start) if state.pool else (_start,):
        for zone in zones:
            member = bring(state, cause, zone)
            if member is not None:
                return member
    if zones:
        pause(state)
    return None


def emptiest_first(state: State) -> list[str]:
    """The zones that may get members, the emptiest first; equal ones in the group's own order."""
    sizes = state.zone_sizes()
    return sorted(state.open_zones(), key=lambda zone: sizes[zone])


def launch_into(state: State, cause: str, zone: str) -> Member | None:
    """Launch one member into this zone; None if it has no machine."""
    return _wake(state, cause, zone) or _start(state, cause, zone)


def _start(state: State, cause: str, zone: str) -> Member | None:
    """Start a machine in this zone; None if it has none."""
    member = get_machine(state, cause, zone, state.words.launch_failed)
    if member is not None:
        _come(state, member, state.words.launch, cause, boot_time(state), origin=Side.EC2)
    return member


def _wake(state: State, cause: str, zone: str) -> Member | None:
    """Take a warmed instance of this zone; None if there is none. EC2's launch time is when it was started last."""
    # An instance refresh wants nothing older than what it launches from (assumed).
    wanted = None if state.refresh is None else state.current_versions
    ready = (
        each
        for each in state.pool.values()
        if each.zone == zone and each.lifecycle in WARMED and (wanted is None or each.template_version in wanted)
    )
    member = next(ready, None)
    if member is not None:
        del state.pool[member.id]
        member.launched_at = member.launched_at if member.running else state.now
        member.lifecycle, member.running = Lifecycle.PENDING, True
        _come(state, member, state.words.from_pool, cause, state.timings.warm_start, origin=Side.POOL)
    return member


def _come(state: State, member: Member, description: str, cause: str, boot: timedelta, *, origin: Side) -> None:
    member.protected = state.settings.protect_new
    activity = state.log.begin(state.now, description.format(id=member.id), cause, member.zone, member.id)
    activity.status = StatusCode.PRE_IN_SERVICE
    state.launching[member.id] = activity
    state.roster.add(member)
    state.timeline.at(state.now + boot, lambda: _booted(state, member, origin))
    state.tell(What.LAUNCHED, member)


def get_machine(state: State, cause: str, zone: str, description: str) -> Member | None:
    """Get a machine in this zone, for the group or for its warm pool; None if there is none, which is recorded.

    A failure's activity says `description`.

    Raises:
        ValueError: the machines returned an id twice.
    """
    override = state.rng.choice(state.settings.overrides) if state.settings.overrides else NO_OVERRIDE
    version = state.templates.resolve(override.template) if override.template else state.template_version
    state.ages.setdefault(version, len(state.ages))
    try:
        instance_id = state.machines.launch(zone, version, state.now)
    except LaunchFailed as failure:
        message = f"{str(failure).rstrip('.')}. Launching EC2 instance failed."
        activity = state.log.begin(state.now, description, cause, zone)
        state.log.finish(activity, state.now, StatusCode.FAILED, message)
        state.tell(What.LAUNCH_FAILED, zone=zone, detail=message, activity=activity)
        return None
    if instance_id in state.pool:
        raise ValueError(f"{instance_id} is in the warm pool already: an instance id is never given out twice")
    weight = state.machines.weight(instance_id) or override.weight
    return Member(instance_id, zone, version, state.now, instance_type=override.instance_type, weight=weight)


def boot_time(state: State) -> timedelta:
    """How long a machine that is started now takes."""
    jitter = state.timings.boot_jitter
    return state.timings.boot + (jitter * state.rng.random() if jitter else jitter)


def pause(state: State) -> None:
    """Wait before the next launch, twice as long after each further failure."""
    state.failures += 1
    state.failing_since = state.failing_since or state.now
    if state.now - state.failing_since >= GIVES_UP_AFTER:
        state.suspended.setdefault(Process.LAUNCH, GAVE_UP)
    backoff = min(state.timings.first_backoff * 2 ** min(state.failures - 1, 20), state.timings.max_backoff)
    state.paused_until = state.now + backoff
    state.timeline.at(state.paused_until, lambda: None)


def _booted(state: State, member: Member, origin: Side) -> None:
    if member.lifecycle is not Lifecycle.PENDING or not member.running:
        return
    spoil = state.spoiled.get(member.template_version)
    ends = state.words.never_healthy if spoil is not None and spoil.check is None else None
    if (ends := ends or state.machines.ends_with(member.id)) is not None:
        _never_booted(state, member, ends)
        return
    waiting.hold(
        state,
        member,
        LifecycleTransition.LAUNCHING,
        way=(origin, Side.GROUP),
        activity=state.launching[member.id],
        onward=lambda: _enter_service(state, member, spoil),
        given_up=lambda why: _given_up(state, member, why),
    )


def _enter_service(state: State, member: Member, spoil: Spoil | None) -> None:
    with state.roster.change(member):
        member.lifecycle, member.in_service_at = Lifecycle.IN_SERVICE, state.now
    state.failures, state.failing_since = 0, None
    activity = state.launching.pop(member.id)
    state.log.finish(activity, state.now)
    state.tell(What.IN_SERVICE, member, activity=activity)
    if spoil is not None and spoil.check is not None:  # its check fails as of its launch (API: ImpairedSince)
        health.fail(state, member, spoil.check, member.launched_at)
    else:
        health.watch(state, member)
    applications.watch(state, member)
    balancing.watch(state, member)
    health.begin_warmup(state, member)


def _never_booted(state: State, member: Member, why: str) -> None:
    """The machine gave up: AWS cancels the launch activity, and the group counts a failed launch."""
    activity = state.launching.pop(member.id)
    state.log.finish(activity, state.now, StatusCode.CANCELLED, why)
    with state.roster.change(member):
        member.running = False
    health.mark_unhealthy(state, member, UnhealthyReason.STOPPED)
    state.tell(What.LAUNCH_FAILED, member, detail=why, activity=activity)
    pause(state)


def _given_up(state: State, member: Member, why: str) -> None:
    """A lifecycle hook ended the launch: its instance is terminated, and the group counts a failed launch."""
    activity = state.launching.pop(member.id)
    state.log.finish(activity, state.now, StatusCode.CANCELLED, why)
    state.tell(What.LAUNCH_FAILED, member, detail=why, activity=activity)
    leaving.terminate(state, member, causes.taken_out(state.words, state.now, state.words.given_up))
    pause(state)
