"""An Auto Scaling group with a clock: the way in to everything else in this package.

Passive: nothing happens but in a call. Each call says when it is; whatever was due until then happens first, at its
own exact time, and then the call takes effect. After every event the group looks, in this order, at what it may do:

1. end the replacements whose new member is warm               replacement
2. replace whoever is unhealthy and may go                     replacement
3. go on with an instance refresh                              rolling
4. terminate what is too many, launch what is missing          capacity
5. even out the zones                                          rebalance

Each of these looks only at members that have something to it (`roster` keeps them), never at all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from tap_stack.fleet import capacity, causes, health, leaving, rebalance, replacement, rolling, standby
from tap_stack.fleet.activities import Activity, ActivityLog
from tap_stack.fleet.capacity import SimplePolicy
from tap_stack.fleet.errors import Refused, invalid, no_such_instance
from tap_stack.fleet.events import Listener, What
from tap_stack.fleet.health import Checks
from tap_stack.fleet.machines import Machines
from tap_stack.fleet.members import Check, Health, Lifecycle, Member
from tap_stack.fleet.refreshes import Preferences, Refresh
from tap_stack.fleet.roster import Roster
from tap_stack.fleet.settings import Settings, Timings
from tap_stack.fleet.state import Process, Spoil, State

STEPS = (
    replacement.finish_landed,
    replacement.hurry_stopped,
    replacement.replace_unhealthy,
    rolling.step,
    capacity.drop_needless_replacements,
    capacity.scale_in,
    capacity.scale_out,
    rebalance.even_out,
)


class Fleet:
    """One Auto Scaling group. Not safe for threads: whoever shares it locks.

    Times are aware datetimes and never go back: a `now` before the last one counts as the last one.

    Args:
        machines: Where instances come from.
        rng: Source of activity ids and boot jitter: the same seed and calls give the same history.
        listeners: Told of each event as it happens.

    Raises:
        Refused: `ValidationError`, the sizes do not fit each other.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        machines: Machines,
        rng: Random,
        now: datetime,
        *,
        timings: Timings | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        _check_sizes(settings)
        empty = replace(settings, desired=0)
        self._state = State(name, empty, timings or Timings(), machines, rng, now, ActivityLog(rng))
        self._state.listeners.extend(listeners)
        self._deleting = False
        with self._taking_effect(now):
            capacity.ask(self._state, settings.desired, "a user request created an AutoScalingGroup")

    # What it is

    @property
    def name(self) -> str:
        """The group's name."""
        return self._state.name

    @property
    def settings(self) -> Settings:
        """What is asked of it now, with the desired capacity as it has become."""
        return self._state.settings

    @property
    def now(self) -> datetime:
        """How far its time has come."""
        return self._state.now

    @property
    def members(self) -> Roster:
        """All members, iterable and indexed; `revision` counts their changes."""
        return self._state.roster

    @property
    def activities(self) -> ActivityLog:
        """Scaling activities, iterable: in progress first, then newest first."""
        return self._state.log

    @property
    def suspended(self) -> dict[Process, str]:
        """Suspended processes, and why."""
        return dict(self._state.suspended)

    @property
    def refreshes(self) -> list[Refresh]:
        """Instance refreshes, the newest first."""
        return self._state.refreshes[::-1]

    @property
    def shifted_zones(self) -> frozenset[str]:
        """Zones under a zonal shift."""
        return frozenset(self._state.shifted)

    @property
    def gone(self) -> bool:
        """Whether it was deleted and its last instance is terminated."""
        return self._deleting and not len(self._state.roster)

    @property
    def deleting(self) -> bool:
        """Whether it was deleted."""
        return self._deleting

    @property
    def natives_in_progress(self) -> int:
        """The group's own replacements of impaired members that are under way."""
        return replacement.natives_in_progress(self._state)

    def next_event(self) -> datetime | None:
        """When something happens next by itself; None for never. It may turn out to be nothing."""
        return self._state.timeline.next()

    def member(self, instance_id: str) -> Member:
        """The member with this id.

        Raises:
            Refused: `ValidationError`, there is none.
        """
        member = self._state.roster.get(instance_id)
        if member is None:
            raise no_such_instance(instance_id)
        return member

    def checks(self, instance_id: str, now: datetime) -> Checks:
        """A member's status checks, as DescribeInstanceStatus shows them.

        Raises:
            Refused: `ValidationError`, there is no such member.
        """
        self.advance(now)
        return health.checks(self._state, self.member(instance_id))

    # Time

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due until `now`, in order, each at its own time."""
        while (due := self._state.timeline.take(now)) is not None:
            self._state.now = max(self._state.now, due[0])
            due[1]()
            self._look()
        self._state.now = max(self._state.now, now)

    @contextmanager
    def _taking_effect(self, now: datetime) -> Iterator[State]:
        self.advance(now)
        yield self._state
        self._look()
        self.advance(self._state.now)

    def _look(self) -> None:
        if self._deleting:
            return
        for step in STEPS:
            step(self._state)
        if not self._state.missing:
            self._state.request = None

    # Capacity

    def set_desired_capacity(self, desired: int, now: datetime, *, honor_cooldown: bool = False) -> None:
        """SetDesiredCapacity.

        Raises:
            Refused: `ValidationError` outside of the limits, `ScalingActivityInProgress` in a cooldown to be honoured.
        """
        with self._taking_effect(now) as state:
            if honor_cooldown:
                capacity.refuse_in_cooldown(state)
            capacity.set_desired(state, desired)

    def execute_policy(self, policy: SimplePolicy, now: datetime, *, honor_cooldown: bool = False) -> None:
        """ExecutePolicy by a user.

        Raises:
            Refused: `ScalingActivityInProgress` in a cooldown to be honoured.
        """
        with self._taking_effect(now) as state:
            if honor_cooldown:
                capacity.refuse_in_cooldown(state)
            capacity.execute(state, policy, f"a user request executed policy {policy.name}")

    def alarm(self, alarm: str, policy: SimplePolicy, now: datetime) -> bool:
        """An alarm triggers a policy; False if a cooldown or a suspended AlarmNotification prevents that."""
        with self._taking_effect(now) as state:
            cooling = state.cooling_until is not None and state.now < state.cooling_until
            if cooling or state.is_suspended(Process.ALARM_NOTIFICATION):
                return False
            capacity.execute(state, policy, f"a monitor alarm {alarm} in state ALARM triggered policy {policy.name}")
        return True

    def update(self, now: datetime, **changes: Any) -> None:
        """UpdateAutoScalingGroup: `changes` are attributes of Settings.

        A desired capacity that is not given follows a limit that moves past it (API: UpdateAutoScalingGroup).

        Raises:
            Refused: `ValidationError`, the sizes do not fit each other.
        """
        with self._taking_effect(now) as state:
            wished = replace(state.settings, **changes)
            if "desired" not in changes:
                wished = replace(wished, desired=max(wished.min_size, min(wished.desired, wished.max_size)))
            _check_sizes(wished)
            state.settings = replace(wished, desired=state.settings.desired)
            limits = f"min: {wished.min_size}, max: {wished.max_size}, desired: {wished.desired}"
            capacity.ask(state, wished.desired, f"a user request update of AutoScalingGroup constraints to {limits}")
            health.watch_impaired(state)

    def terminate_instance(self, instance_id: str, now: datetime, *, decrement: bool) -> Activity:
        """TerminateInstanceInAutoScalingGroup.

        Raises:
            Refused: `ValidationError`.
        """
        with self._taking_effect(now) as state:
            return standby.terminate(state, self.member(instance_id), decrement=decrement)

    def delete(self, now: datetime, *, force: bool) -> None:
        """DeleteAutoScalingGroup; with `force` its instances are terminated, whatever is suspended.

        Raises:
            Refused: `ResourceInUse`, it has instances and `force` is False.
        """
        self.advance(now)
        state = self._state
        if len(state.roster) and not force:
            raise Refused(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group.",
            )
        self._deleting = True
        have = len(state.roster)
        for member in [member for member in state.roster if member.lifecycle is not Lifecycle.TERMINATING]:
            leaving.terminate(state, member, causes.shrunk(state.now, have, 0, member.id))
        self.advance(state.now)

    # Processes

    def suspend(self, processes: Sequence[Process], now: datetime) -> None:
        """SuspendProcesses; none named means all."""
        with self._taking_effect(now) as state:
            for process in processes or Process:
                state.suspended.setdefault(process, f"User suspended at {causes.stamp(state.now)}")
                state.tell(What.SUSPENDED, detail=process.value)

    def resume(self, processes: Sequence[Process], now: datetime) -> None:
        """ResumeProcesses; none named means all. What has piled up happens now."""
        with self._taking_effect(now) as state:
            for process in [process for process in processes or Process if process in state.suspended]:
                del state.suspended[process]
                state.tell(What.RESUMED, detail=process.value)
                if process is Process.HEALTH_CHECK:
                    health.look_at_all(state)
                elif process is Process.LAUNCH:
                    state.paused_until, state.failing_since = None, None

    # Health

    def set_instance_health(
        self, instance_id: str, status: Health, now: datetime, *, respect_grace: bool = True
    ) -> None:
        """SetInstanceHealth.

        Raises:
            Refused: `ValidationError`: no member, terminating already, or in the grace period.
        """
        with self._taking_effect(now) as state:
            health.mark(state, self.member(instance_id), status, respect_grace=respect_grace)

    def break_instance(self, instance_id: str, check: Check, now: datetime) -> None:
        """Let a status check of a member fail from now on.

        Raises:
            Refused: `ValidationError`, there is no such member.
        """
        with self._taking_effect(now) as state:
            health.fail(state, self.member(instance_id), check, state.now)

    def repair_instance(self, instance_id: str, now: datetime, check: Check | None = None) -> None:
        """Let a status check of a member, or all of them, pass again.

        Raises:
            Refused: `ValidationError`, there is no such member.
        """
        with self._taking_effect(now) as state:
            health.repair(state, self.member(instance_id), check)

    def instance_stopped(self, instance_id: str, now: datetime) -> None:
        """EC2 has this machine no longer running (stopped or terminated behind the group's back).

        Raises:
            Refused: `ValidationError`, there is no such member.
        """
        with self._taking_effect(now) as state:
            health.stopped(state, self.member(instance_id))

    def instance_started(self, instance_id: str, now: datetime) -> None:
        """EC2 runs this machine again.

        Raises:
            Refused: `ValidationError`, there is no such member.
        """
        with self._taking_effect(now) as state:
            health.started(state, self.member(instance_id))

    def spoil_template(self, template_version: str, check: Check | None, now: datetime) -> None:
        """Members launched from this version fail `check` as soon as they are up, or (None) never come up at all."""
        with self._taking_effect(now) as state:
            state.spoiled[template_version] = Spoil(check)

    def mend_template(self, template_version: str, now: datetime) -> None:
        """Members launched from this version are well again; those that are up stay as they are."""
        with self._taking_effect(now) as state:
            state.spoiled.pop(template_version, None)

    def shift_zone(self, zone: str, now: datetime, *, away: bool) -> None:
        """Begin or end a zonal shift away from a zone."""
        with self._taking_effect(now) as state:
            if away:
                state.shifted.add(zone)
            else:
                state.shifted.discard(zone)
            state.tell(What.ZONE_SHIFTED if away else What.ZONE_BACK, zone=zone)

    # Members set aside

    def enter_standby(self, instance_ids: Sequence[str], now: datetime, *, decrement: bool) -> list[Activity]:
        """EnterStandby.

        Raises:
            Refused: `ValidationError`.
        """
        with self._taking_effect(now) as state:
            return standby.enter(state, instance_ids, decrement=decrement)

    def exit_standby(self, instance_ids: Sequence[str], now: datetime) -> list[Activity]:
        """ExitStandby.

        Raises:
            Refused: `ValidationError`.
        """
        with self._taking_effect(now) as state:
            return standby.leave(state, instance_ids)

    def detach(self, instance_ids: Sequence[str], now: datetime, *, decrement: bool) -> list[Activity]:
        """DetachInstances.

        Raises:
            Refused: `ValidationError`.
        """
        with self._taking_effect(now) as state:
            return standby.detach(state, instance_ids, decrement=decrement)

    def protect(self, instance_ids: Sequence[str], now: datetime, *, protected: bool) -> None:
        """SetInstanceProtection.

        Raises:
            Refused: `ValidationError`.
        """
        with self._taking_effect(now) as state:
            standby.protect(state, instance_ids, protected=protected)

    # Instance refresh

    def start_refresh(self, preferences: Preferences, now: datetime, target: str | None = None) -> Refresh:
        """StartInstanceRefresh; `target` is the template version of the desired configuration.

        Raises:
            Refused: `InstanceRefreshInProgress` or `ValidationError`.
        """
        with self._taking_effect(now) as state:
            return rolling.start(state, preferences, target)

    def cancel_refresh(self, now: datetime, *, wait: bool = True) -> Refresh:
        """CancelInstanceRefresh.

        Raises:
            Refused: `ActiveInstanceRefreshNotFound`.
        """
        with self._taking_effect(now) as state:
            return rolling.cancel(state, wait=wait)

    def roll_back_refresh(self, now: datetime) -> Refresh:
        """RollbackInstanceRefresh.

        Raises:
            Refused: `ActiveInstanceRefreshNotFound` or `IrreversibleInstanceRefresh`.
        """
        with self._taking_effect(now) as state:
            return rolling.roll_back(state)


def _check_sizes(settings: Settings) -> None:
    least, most, desired = settings.min_size, settings.max_size, settings.desired
    if least > most:
        raise invalid(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if not least <= desired <= most:
        raise invalid(f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}")
