"""The warm pool: instances that were launched before they are needed, beside the group and not counted in it.

Sources: AWS, "Decrease latency for applications with long boot times using warm pools" (size, states, an instance that
leaves the pool counts towards the desired capacity, the pool is filled again); API PutWarmPool and DeleteWarmPool;
"View health check status" (unhealthy instances are deleted from the pool and others created, no grace period, a stopped
one has no status checks, custom health checks count); "Suspend and resume processes" (a suspended Terminate applies
only to instances in service).

Assumed: the group is served before its pool; what is too many leaves in the order of the last who came; a return from
the group takes as long as a shutdown; where a refresh has succeeded, the pool's older instances are replaced at once.
"""

from __future__ import annotations

from datetime import datetime

from embedded_aws.fleet import causes, joining, leaving, waiting
from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.events import What
from embedded_aws.fleet.hooks import LifecycleTransition, Side
from embedded_aws.fleet.members import WARMED, Check, Health, Lifecycle, Member, UnhealthyReason
from embedded_aws.fleet.settings import PoolState
from embedded_aws.fleet.state import Process, Spoil, State

READY = {
    PoolState.STOPPED: Lifecycle.WARMED_STOPPED,
    PoolState.RUNNING: Lifecycle.WARMED_RUNNING,
    PoolState.HIBERNATED: Lifecycle.WARMED_HIBERNATED,
}


def fill(state: State) -> None:
    """Bring the pool to its size."""
    if state.settings.warm_pool is None and not state.pool:
        return
    staying, want = _staying(state), _size(state)
    have = _weight(staying)
    if have > want and state.missing <= 0:
        shrunk = state.words.pool_shrunk.format(have=have, want=want)
        why = state.words.pool_closed if state.settings.warm_pool is None else shrunk
        for member in _too_many(staying, want):
            terminate(state, member, causes.at(state.words, state.now, why))
    paused = state.paused_until is not None and state.now < state.paused_until
    if state.missing <= 0 and not paused and not state.is_suspended(Process.LAUNCH):
        _launch(state, staying, want)


def _weight(members: list[Member]) -> int:
    return sum(member.weight for member in members)


def _too_many(staying: list[Member], want: int) -> list[Member]:
    """The last who came, as long as what is left is enough."""
    rest, left = list(staying), _weight(staying)
    while rest and left - rest[-1].weight >= want:
        left -= rest.pop().weight
    return staying[len(rest) :]


def _staying(state: State) -> list[Member]:
    return [member for member in state.pool.values() if member.lifecycle is not Lifecycle.WARMED_TERMINATING]


def _size(state: State) -> int:
    pool, settings = state.settings.warm_pool, state.settings
    return 0 if pool is None else pool.size(settings.max_size, settings.desired)


def _launch(state: State, staying: list[Member], want: int) -> None:
    have = _weight(staying)
    cause = causes.at(state.words, state.now, state.words.pool_grown.format(have=have, want=want))
    sizes = state.zone_sizes()
    for member in staying:
        sizes[member.zone] += member.weight
    zones = state.open_zones()
    while have < want:
        zones.sort(key=lambda zone: sizes[zone])
        launched = _launch_one(state, cause, zones)
        if launched is None:
            return
        sizes[launched.zone] += launched.weight
        have += launched.weight


def _launch_one(state: State, cause: str, zones: list[str]) -> Member | None:
    for zone in zones:
        member = joining.get_machine(state, cause, zone, state.words.into_pool_failed)
        if member is not None:
            _come(state, member, cause)
            return member
    if zones:
        joining.pause(state)
    return None


def _come(state: State, member: Member, cause: str) -> None:
    if state.roster.get(member.id) is not None:
        raise ValueError(f"{member.id} is a member already: an instance id is never given out twice")
    member.lifecycle = Lifecycle.WARMED_PENDING
    state.pool[member.id] = member
    description = state.words.into_pool.format(id=member.id)
    activity = state.log.begin(state.now, description, cause, member.zone, member.id)
    activity.status = StatusCode.PRE_IN_SERVICE
    state.launching[member.id] = activity
    state.timeline.at(state.now + joining.boot_time(state), lambda: _settle(state, member))
    state.tell(What.POOL_LAUNCHED, member)


def _settle(state: State, member: Member, *, returned: bool = False) -> None:
    """A member is initialized: it waits from now on as the pool's instances do."""
    if member.lifecycle is not Lifecycle.WARMED_PENDING or state.settings.warm_pool is None:
        return
    if state.spoiled.get(member.template_version) == Spoil(None):
        _give_up(state, member, state.words.never_healthy, state.words.stopped)
    elif returned:  # it was held on its way out of the group
        _rest(state, member)
    else:
        waiting.hold(
            state,
            member,
            LifecycleTransition.LAUNCHING,
            way=(Side.EC2, Side.POOL),
            activity=state.launching[member.id],
            onward=lambda: _rest(state, member),
            given_up=lambda why: _give_up(state, member, why, state.words.given_up),
        )


def _give_up(state: State, member: Member, message: str, why: str) -> None:
    activity = state.launching.pop(member.id)
    state.log.finish(activity, state.now, StatusCode.CANCELLED, message)
    state.tell(What.LAUNCH_FAILED, member, detail=message, activity=activity)
    terminate(state, member, causes.taken_out(state.words, state.now, why))
    joining.pause(state)


def _rest(state: State, member: Member) -> None:
    if state.settings.warm_pool is None:
        return
    activity, wanted = state.launching.pop(member.id), state.settings.warm_pool.state
    member.lifecycle, member.running = READY[wanted], wanted is PoolState.RUNNING
    member.phase = None
    state.log.finish(activity, state.now)
    state.tell(What.POOL_READY, member, activity=activity)


def close(state: State) -> None:
    """Terminate all instances of the pool: its group is deleted."""
    for member in _staying(state):
        terminate(state, member, causes.at(state.words, state.now, state.words.pool_closed))


def mark(state: State, member: Member, health: Health) -> None:
    """SetInstanceHealth of an instance in the pool."""
    if health is Health.UNHEALTHY:
        replace(state, member, UnhealthyReason.MARKED)


def has_room(state: State, member: Member) -> bool:
    """Whether a member that a scale-in chose goes back into the pool."""
    pool = state.settings.warm_pool
    fit = member.lifecycle is Lifecycle.IN_SERVICE and member.health is Health.HEALTHY and member.running
    return pool is not None and pool.reuse and fit and _weight(_staying(state)) < _size(state)


def take_back(state: State, member: Member, cause: str) -> None:
    """Send a member from the group back into the pool, once no hook holds it.

    AWS, "Use lifecycle hooks with a warm pool": this is a scale-in, and its hooks are those for terminations.
    """

    def shut_down() -> None:
        state.timeline.at(state.now + state.timings.shutdown, lambda: _settle(state, member, returned=True))

    waiting.drop(state, member)
    leaving.forget_replacements(state, member)
    with state.roster.change(member):
        member.lifecycle, member.retiring, member.leaves_by = Lifecycle.WARMED_PENDING, False, None
    state.roster.remove(member)
    member.in_service_at, member.warm, member.protected = None, False, False
    state.pool[member.id] = member
    description = state.words.returned.format(id=member.id)
    activity = state.log.begin(state.now, description, cause, member.zone, member.id)
    state.launching[member.id] = activity
    state.tell(What.POOL_RETURNED, member)
    way = (Side.GROUP, Side.POOL)
    waiting.hold(state, member, LifecycleTransition.TERMINATING, way=way, activity=activity, onward=shut_down)


def terminate(state: State, member: Member, cause: str) -> Activity:
    """Begin to terminate an instance of the pool; once no hook holds it, it is gone after the shutdown time."""

    def shut_down() -> None:
        state.machines.terminate(member.id, state.now)
        state.timeline.at(state.now + state.timings.shutdown, gone)

    def gone() -> None:
        del state.pool[member.id]
        member.lifecycle, member.phase = Lifecycle.TERMINATED, None
        state.log.finish(activity, state.now)
        state.tell(What.POOL_TERMINATED, member, activity=activity)

    waiting.drop(state, member)
    member.lifecycle = Lifecycle.WARMED_TERMINATING
    leaving.give_up_launch(state, member)
    description = state.words.out_of_pool.format(id=member.id)
    activity = state.log.begin(state.now, description, cause, member.zone, member.id)
    state.tell(What.POOL_TERMINATING, member, detail=cause)
    way = (Side.POOL, Side.EC2)
    waiting.hold(state, member, LifecycleTransition.TERMINATING, way=way, activity=activity, onward=shut_down)
    return activity


def replace(state: State, member: Member, verdict: UnhealthyReason) -> None:
    """Delete an unhealthy instance from the pool, which is filled again."""
    if member.lifecycle is Lifecycle.WARMED_TERMINATING:
        return
    member.verdict, member.health = verdict, Health.UNHEALTHY
    why = causes.of_verdict(state.words, member)
    terminate(state, member, causes.taken_out(state.words, state.now, why))


def fail(state: State, member: Member, check: Check, since: datetime) -> None:
    """Let a status check of an instance of the pool fail; one that is not running has none."""

    def examine() -> None:
        seen = not state.is_suspended(Process.HEALTH_CHECK)
        if seen and member.faults and member.lifecycle is Lifecycle.WARMED_RUNNING:
            replace(state, member, UnhealthyReason.IMPAIRED)

    if member.running and check not in member.faults:
        member.faults[check] = since
        state.timeline.at(state.now + state.timings.native_delay, examine)


def repair(member: Member, check: Check | None) -> None:
    """Let one status check of an instance of the pool, or all of them, pass again."""
    for healed in [check] if check else list(Check):
        member.faults.pop(healed, None)


def renew(state: State) -> None:
    """After an instance refresh: replace the instances of the pool that were launched from something else."""
    wanted = state.current_versions
    for member in _staying(state):
        if member.lifecycle in WARMED and member.template_version not in wanted:
            terminate(state, member, causes.taken_out(state.words, state.now, state.words.refresh))
