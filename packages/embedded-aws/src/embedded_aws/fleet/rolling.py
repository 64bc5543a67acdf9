"""Instance refresh: replace every member, a few at a time, and roll back if that fails.

Sources: AWS, "Use an instance refresh to update instances", "Understand the default values" (90 and 100 percent unless
the group has an instance maintenance policy; warm-up from the group, else its grace period), "Add checkpoints", "Undo
changes with a rollback" (needs a desired configuration; an alarm that goes into ALARM is such a failure), "Cancel an
instance refresh"; API RefreshPreferences. AWS tries for an hour; that it fails after an hour without progress is an
assumption, and so are the words of its reasons, and that an alarm which is in ALARM already fails it at once.
"""

from __future__ import annotations

import math
from uuid import UUID

from embedded_aws.fleet import causes, leaving, replacement, warmpool
from embedded_aws.fleet.errors import Refused
from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import COUNTED, Kind, Lifecycle, Member
from embedded_aws.fleet.refreshes import Preferences, Refresh, RefreshStatus, Rollback, Unmovable
from embedded_aws.fleet.settings import MaintenancePolicy
from embedded_aws.fleet.state import Process, State
from embedded_aws.fleet.templates import follows

DEFAULT = MaintenancePolicy(90, 100)
NO_PROGRESS = "The refresh made no progress for too long: replacement instances did not become healthy."
ALARMED = "CloudWatch alarm in ALARM state: {alarm}."
FORWARD = frozenset({RefreshStatus.IN_PROGRESS, RefreshStatus.BAKING})
STARTED, CHECKPOINT, BAKES, ROLLS_BACK = "started", "checkpoint", "bakes", "rolls back"
"""What listeners are told, before a colon and more; of the end they are told its status."""


def start(state: State, preferences: Preferences, target: str | None) -> Refresh:
    """StartInstanceRefresh.

    Raises:
        Refused: `InstanceRefreshInProgress`, or `ValidationError` for a rollback with nothing to roll back to.
    """
    if state.refresh is not None:
        raise Refused(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
        )
    if preferences.auto_rollback and not _can_be_undone(state.settings.template_version, target):
        raise Refused("ValidationError", "A desired configuration is required to use auto rollback.")
    state.template_override = target
    of_group = state.settings.grace if state.settings.warmup is None else state.settings.warmup
    state.warmup_override = of_group if preferences.warmup is None else preferences.warmup
    todo = dict.fromkeys(member.id for member in state.roster if _concerns(state, preferences, member))
    identity = str(UUID(int=state.rng.getrandbits(128), version=4))
    source = state.settings.template_version
    refresh = Refresh(identity, preferences, state.now, source, target, todo, len(todo), state.now)
    state.refreshes.append(refresh)
    state.tell(What.REFRESH, detail=f"{STARTED}: {len(todo)} to replace")
    _expect_progress(state, refresh)
    return refresh


def cancel(state: State, *, wait: bool) -> Refresh:
    """CancelInstanceRefresh: what is under way is finished (unless `wait` is False), nothing more begins.

    Raises:
        Refused: `ActiveInstanceRefreshNotFound`.
    """
    refresh = _active(state)
    _call_off(state, refresh)
    refresh.status, refresh.reason = RefreshStatus.CANCELLING, "Cancelled due to user request."
    if not wait:
        _end(state, refresh, RefreshStatus.CANCELLED)
    return refresh


def roll_back(state: State, reason: str = "Rollback initiated by user request.") -> Refresh:
    """RollbackInstanceRefresh: replace what was replaced, from the configuration before.

    Raises:
        Refused: `ActiveInstanceRefreshNotFound`, or `IrreversibleInstanceRefresh` without a desired configuration.
    """
    refresh = _active(state)
    if not _can_be_undone(refresh.source, refresh.target) or refresh.status is RefreshStatus.ROLLING_BACK:
        raise Refused("IrreversibleInstanceRefresh", "The instance refresh has no desired configuration to undo.")
    refresh.rollback = Rollback(reason, state.now, refresh.percentage_complete, refresh.instances_to_update)
    _call_off(state, refresh)
    _undo_open(state)
    state.template_override = refresh.source
    new = [each for each in state.roster if each.template_version == refresh.target and each.lifecycle in COUNTED]
    refresh.todo = dict.fromkeys(member.id for member in new)
    refresh.rollback_total = len(refresh.todo)
    refresh.status, refresh.reason, refresh.held_until = RefreshStatus.ROLLING_BACK, reason, None
    state.tell(What.REFRESH, detail=f"{ROLLS_BACK}: {reason}")
    _progress(state, refresh)
    return refresh


def alarmed(state: State, alarm: str) -> None:
    """One of the alarms of the refresh under way is in ALARM: it fails, and is rolled back where that was asked for."""
    refresh = _active(state)
    if refresh.status not in FORWARD:
        return
    _fail(state, refresh, ALARMED.format(alarm=alarm))


def step(state: State) -> None:
    """Go on with the refresh under way as far as it may now."""
    refresh = state.refresh
    if refresh is None:
        return
    _count(state, refresh)
    if refresh.held_until is not None and state.now < refresh.held_until:
        return
    if not state.is_suspended(Process.INSTANCE_REFRESH, Process.LAUNCH, Process.TERMINATE):
        _replace_more(state, refresh)
    if not refresh.todo and not refresh.under_way:
        _arrive(state, refresh)


def _can_be_undone(source: str, target: str | None) -> bool:
    """AWS, "Undo changes with a rollback": not without a desired configuration, nor with `$Latest` or `$Default`."""
    return target is not None and not follows(target) and not follows(source)


def _concerns(state: State, preferences: Preferences, member: Member) -> bool:
    if preferences.skip_matching and member.template_version in state.current_versions:
        return False
    if member.lifecycle is Lifecycle.STANDBY:
        return preferences.standby is not Unmovable.IGNORE
    return member.lifecycle in COUNTED and not (member.protected and preferences.protected is Unmovable.IGNORE)


def _active(state: State) -> Refresh:
    if state.refresh is None:
        message = "No in progress or pending Instance Refresh found for Auto Scaling group " + state.name
        raise Refused("ActiveInstanceRefreshNotFound", message)
    return state.refresh


def _count(state: State, refresh: Refresh) -> None:
    """See how far it is: whatever has begun and is no longer open is done."""
    refresh.under_way = state.flights.count(Kind.REFRESH)
    total = refresh.rollback_total if refresh.rollback else refresh.total
    done = total - len(refresh.todo) - refresh.under_way
    if done > refresh.replaced and refresh.status is not RefreshStatus.CANCELLING:
        refresh.replaced = done
        _progress(state, refresh)
        _pause_at_checkpoint(state, refresh)


def _pause_at_checkpoint(state: State, refresh: Refresh) -> None:
    wanted = _checkpoint(refresh)
    if wanted is None or refresh.replaced < wanted:
        return
    refresh.checkpoints_passed += 1
    if refresh.checkpoints_passed == len(refresh.preferences.checkpoints):
        refresh.todo.clear()
        return
    refresh.held_until = state.now + refresh.preferences.checkpoint_delay
    state.timeline.at(refresh.held_until, lambda: _progress(state, refresh))
    state.tell(What.REFRESH, detail=f"{CHECKPOINT}: {refresh.percentage_complete} %")


def _checkpoint(refresh: Refresh) -> int | None:
    """How many members may be replaced before the next pause; None for no pause."""
    left = refresh.preferences.checkpoints[refresh.checkpoints_passed :]
    return math.ceil(refresh.total * left[0] / 100) if left and refresh.rollback is None else None


def _replace_more(state: State, refresh: Refresh) -> None:
    given, of_group = refresh.preferences, state.settings.maintenance or DEFAULT
    policy = MaintenancePolicy(
        of_group.min_healthy if given.min_healthy is None else given.min_healthy,
        of_group.max_healthy if given.max_healthy is None else given.max_healthy,
    )
    limit = _checkpoint(refresh)
    for instance_id in list(refresh.todo):
        if limit is not None and refresh.replaced + refresh.under_way >= limit:
            return
        member = state.roster.get(instance_id)
        if member is None or member.lifecycle is Lifecycle.TERMINATING or member.leaves_by is not None:
            del refresh.todo[instance_id]
        elif not _waits(refresh, member) and not _replace_one(state, refresh, policy, member):
            return


def _waits(refresh: Refresh, member: Member) -> bool:
    """Whether the refresh must wait for somebody to free this member, or for it to boot."""
    if member.lifecycle is Lifecycle.STANDBY:
        return refresh.preferences.standby is Unmovable.WAIT
    guarded = member.protected and refresh.preferences.protected is Unmovable.WAIT
    return member.lifecycle is Lifecycle.PENDING or guarded


def _replace_one(state: State, refresh: Refresh, policy: MaintenancePolicy, member: Member) -> bool:
    """Begin with one member; False if it must wait for others."""
    if member.lifecycle is Lifecycle.STANDBY:
        leaving.terminate(state, member, causes.taken_out(state.words, state.now, state.words.refresh))
        del refresh.todo[member.id]
        return True
    order = replacement.within(state, policy, member)
    if order is replacement.Order.WAIT:
        return False
    del refresh.todo[member.id]
    replacement.begin(state, member, Kind.REFRESH, state.words.refresh, order)
    refresh.under_way += 1
    return True


def _arrive(state: State, refresh: Refresh) -> None:
    """Nothing is left to do: bake, then end as what it was."""
    if refresh.status is RefreshStatus.CANCELLING:
        _end(state, refresh, RefreshStatus.CANCELLED)
    elif refresh.status is RefreshStatus.ROLLING_BACK:
        _end(state, refresh, RefreshStatus.ROLLED_BACK)
    elif refresh.status is RefreshStatus.IN_PROGRESS and refresh.preferences.bake:
        refresh.status, refresh.held_until = RefreshStatus.BAKING, state.now + refresh.preferences.bake
        state.timeline.at(refresh.held_until, lambda: None)
        state.tell(What.REFRESH, detail=f"{BAKES}: {refresh.preferences.bake}")
    else:
        _end(state, refresh, RefreshStatus.SUCCESSFUL)


def _progress(state: State, refresh: Refresh) -> None:
    refresh.progressed_at = state.now
    _expect_progress(state, refresh)


def _expect_progress(state: State, refresh: Refresh) -> None:
    at = refresh.progressed_at
    state.timeline.at(at + state.timings.refresh_timeout, lambda: _fail_if_stuck(state, refresh))


def _fail_if_stuck(state: State, refresh: Refresh) -> None:
    held = refresh.held_until is not None and state.now < refresh.held_until
    if not refresh.active or held or state.now < refresh.progressed_at + state.timings.refresh_timeout:
        return
    if refresh.status is RefreshStatus.ROLLING_BACK:
        _end(state, refresh, RefreshStatus.ROLLBACK_FAILED, NO_PROGRESS)
    elif refresh.status in FORWARD:
        _fail(state, refresh, NO_PROGRESS)
    else:
        _end(state, refresh, RefreshStatus.FAILED, NO_PROGRESS)


def _fail(state: State, refresh: Refresh, reason: str) -> None:
    """It has failed on its way forward."""
    if refresh.preferences.auto_rollback:
        roll_back(state, reason)
    else:
        _end(state, refresh, RefreshStatus.FAILED, reason)


def _call_off(state: State, refresh: Refresh) -> None:
    """Begin nothing more, and take back what has begun but not launched."""
    refresh.todo.clear()
    for flight in state.flights.owed():
        if flight.kind is Kind.REFRESH and flight.launch_first:
            replacement.abandon(state, flight)


def _undo_open(state: State) -> None:
    """Before a rollback: members that are just arriving are of the wrong version, those they would follow stay."""
    for flight in state.flights.of(Kind.REFRESH):
        arriving, stays = flight.arriving, flight.launch_first
        if stays:
            replacement.abandon(state, flight)
        else:
            state.flights.close(flight)
        if stays and arriving is not None:
            leaving.terminate(state, arriving, causes.taken_out(state.words, state.now, state.words.refresh))


def _end(state: State, refresh: Refresh, status: RefreshStatus, reason: str = "") -> None:
    if status is RefreshStatus.SUCCESSFUL and refresh.target is not None:
        state.adopt(refresh.target)
    _call_off(state, refresh)
    refresh.status, refresh.end, refresh.reason = status, state.now, reason or refresh.reason
    state.template_override, state.warmup_override = None, None
    if status is RefreshStatus.SUCCESSFUL:
        warmpool.renew(state)
    for flight in state.flights.of(Kind.REFRESH):
        if not flight.launch_first:
            state.flights.close(flight)
    state.tell(What.REFRESH, detail=status.value)
