"""An Auto Scaling group with a clock: the way in to everything else in this package.

Here are the calls of AWS's API. `mishaps` has what happens to the machines; `clocked` has what can be read, and how
time passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from embedded_aws.fleet import (
    applications,
    balancing,
    capacity,
    causes,
    health,
    leaving,
    rolling,
    schedules,
    standby,
    waiting,
    warmpool,
)
from embedded_aws.fleet.activities import Activity
from embedded_aws.fleet.capacity import SimplePolicy
from embedded_aws.fleet.errors import Refused, invalid
from embedded_aws.fleet.events import What
from embedded_aws.fleet.hooks import ActionResult, Hook
from embedded_aws.fleet.limits import check_sizes
from embedded_aws.fleet.members import Health, Lifecycle
from embedded_aws.fleet.mishaps import Mishaps
from embedded_aws.fleet.refreshes import Preferences, Refresh
from embedded_aws.fleet.schedules import ScheduledAction
from embedded_aws.fleet.settings import ZERO, WarmPool
from embedded_aws.fleet.state import Process


class ScalingGroup(Mishaps):
    """One Auto Scaling group. Not safe for threads: whoever shares it locks.

    Its arguments are those of `Clocked`. Every call raises `Refused` when AWS would refuse it, with `ValidationError`
    where nothing else is said.
    """

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
        """ExecutePolicy by a user. Raises Refused: `ScalingActivityInProgress` in a cooldown to be honoured."""
        with self._taking_effect(now) as state:
            if honor_cooldown:
                capacity.refuse_in_cooldown(state)
            capacity.execute(state, policy, f"a user request executed policy {policy.name}")

    def alarm(self, alarm: str, policy: SimplePolicy, now: datetime) -> bool:
        """An alarm triggers a policy; False if a cooldown or a suspended AlarmNotification prevents that."""
        with self._taking_effect(now) as state:
            if capacity.is_cooling(state) or state.is_suspended(Process.ALARM_NOTIFICATION):
                return False
            capacity.execute(state, policy, f"a monitor alarm {alarm} in state ALARM triggered policy {policy.name}")
        return True

    def update(self, now: datetime, *, weights: Mapping[str, int] | None = None, **changes: Any) -> None:
        """UpdateAutoScalingGroup: `changes` are attributes of Settings, `weights` those of instances by their id.

        Weights "apply to current and future instances", and what is too many or missing by them goes or comes (AWS,
        "Configure an Auto Scaling group to use instance weights").

        A desired capacity that is not given follows a limit that moves past it (API: UpdateAutoScalingGroup).

        Raises:
            Refused: `ValidationError`, the sizes do not fit each other.
        """
        with self._taking_effect(now) as state:
            wished = replace(state.settings, **changes)
            if "desired" not in changes:
                wished = replace(wished, desired=max(wished.min_size, min(wished.desired, wished.max_size)))
            check_sizes(wished.min_size, wished.max_size, wished.desired)
            for instance_id, weight in (weights or {}).items():
                self._weigh(instance_id, weight)
            if wished.max_lifetime != state.settings.max_lifetime:
                state.lifetime_due = None
            state.settings = replace(wished, desired=state.settings.desired)
            limits = f"min: {wished.min_size}, max: {wished.max_size}, desired: {wished.desired}"
            capacity.ask(state, wished.desired, f"a user request update of AutoScalingGroup constraints to {limits}")
            health.watch_impaired(state)
            applications.watch_all(state)
            balancing.watch_all(state)

    def _weigh(self, instance_id: str, weight: int) -> None:
        if warmed := self.warmed(instance_id):
            warmed.weight = weight
        elif (member := self.members.get(instance_id)) is not None and member.weight != weight:
            self.members.weigh(member, weight)

    def put_schedule(self, action: ScheduledAction, now: datetime) -> None:
        """PutScheduledUpdateGroupAction: create a scheduled action or replace the one of this name."""
        with self._taking_effect(now) as state:
            schedules.put(state, action)

    def delete_schedule(self, name: str, now: datetime) -> None:
        """DeleteScheduledAction. Raises Refused: there is none of this name."""
        with self._taking_effect(now) as state:
            schedules.delete(state, name)

    def terminate_instance(self, instance_id: str, now: datetime, *, decrement: bool) -> Activity:
        """TerminateInstanceInAutoScalingGroup."""
        with self._taking_effect(now) as state:
            if warmed := self.warmed(instance_id):
                return standby.terminate_warmed(state, warmed)
            return standby.terminate(state, self.member(instance_id), decrement=decrement)

    def delete(self, now: datetime, *, force: bool) -> None:
        """DeleteAutoScalingGroup; with `force` its instances are terminated, whatever is suspended.

        Raises:
            Refused: `ResourceInUse`, it has instances and `force` is False.
        """
        self.advance(now)
        state = self._state
        if (len(state.roster) or state.pool) and not force:
            raise Refused(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group.",
            )
        self._deleting = True
        waiting.forget_all(state)
        state.settings = replace(state.settings, draining=ZERO)  # who deletes by force does not wait (assumed)
        have = len(state.roster)
        for member in [member for member in state.roster if member.lifecycle is not Lifecycle.TERMINATING]:
            leaving.terminate(state, member, causes.shrunk(state.words, state.now, have, 0, member.id))
        warmpool.close(state)
        self.advance(state.now)

    # Lifecycle hooks

    def put_hook(self, hook: Hook, now: datetime) -> None:
        """PutLifecycleHook: create a hook or change it."""
        with self._taking_effect(now) as state:
            state.hooks[hook.name] = hook

    def delete_hook(self, name: str, now: datetime) -> None:
        """DeleteLifecycleHook; the actions that wait for it are completed. Raises Refused: there is none."""
        with self._taking_effect(now) as state:
            waiting.delete_hook(state, name)

    def complete_action(
        self, hook: str, result: ActionResult, now: datetime, *, token: str = "", instance_id: str = ""
    ) -> None:
        """CompleteLifecycleAction, of the action with this token or of this instance. Raises Refused: there is none."""
        with self._taking_effect(now) as state:
            action = waiting.find(state, hook, token=token, instance_id=instance_id)
            waiting.complete(state, action, result, state.words.completed.format(result=result.value))

    def record_heartbeat(self, hook: str, now: datetime, *, token: str = "", instance_id: str = "") -> None:
        """RecordLifecycleActionHeartbeat. Raises Refused: there is no such action."""
        with self._taking_effect(now) as state:
            waiting.record_heartbeat(state, waiting.find(state, hook, token=token, instance_id=instance_id))

    # Warm pool

    def put_warm_pool(self, pool: WarmPool, now: datetime) -> None:
        """PutWarmPool: create the warm pool or change it.

        Raises:
            Refused: `ValidationError`, a size that is negative.
        """
        if pool.min_size < 0 or (pool.max_prepared is not None and pool.max_prepared < 0):
            raise invalid("MinSize and MaxGroupPreparedCapacity of a warm pool must not be negative.")
        self.update(now, warm_pool=pool)

    def delete_warm_pool(self, now: datetime) -> None:
        """DeleteWarmPool: the instances of the pool are terminated; it is gone with the last of them."""
        self.update(now, warm_pool=None)

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
                    applications.watch_all(state)
                    balancing.watch_all(state)
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
            if warmed := self.warmed(instance_id):
                warmpool.mark(state, warmed, status)
            else:
                member = self.member(instance_id)
                health.mark(state, member, status, respect_grace=respect_grace)
                applications.watch(state, member)
                balancing.watch(state, member)

    # Members set aside

    def enter_standby(self, instance_ids: Sequence[str], now: datetime, *, decrement: bool) -> list[Activity]:
        """EnterStandby."""
        with self._taking_effect(now) as state:
            return standby.enter(state, instance_ids, decrement=decrement)

    def exit_standby(self, instance_ids: Sequence[str], now: datetime) -> list[Activity]:
        """ExitStandby."""
        with self._taking_effect(now) as state:
            return standby.leave(state, instance_ids)

    def detach(self, instance_ids: Sequence[str], now: datetime, *, decrement: bool) -> list[Activity]:
        """DetachInstances."""
        with self._taking_effect(now) as state:
            return standby.detach(state, instance_ids, decrement=decrement)

    def protect(self, instance_ids: Sequence[str], now: datetime, *, protected: bool) -> None:
        """SetInstanceProtection."""
        with self._taking_effect(now) as state:
            standby.protect(state, instance_ids, protected=protected)

    # Launch templates

    def publish_template(self, template_version: str, now: datetime, *, default: bool = False) -> None:
        """A launch template has a new version, such as `lt-1:4`: its `$Latest` from now on, or also its `$Default`."""
        with self._taking_effect(now) as state:
            state.templates.publish(template_version, default=default)

    def resolve_template(self, template_version: str) -> str:
        """The key with the version that it means now, such as `lt-1:4` for `lt-1:$Latest`."""
        return self._state.templates.resolve(template_version)

    # Instance refresh

    def start_refresh(self, preferences: Preferences, now: datetime, target: str | None = None) -> Refresh:
        """StartInstanceRefresh; `target` is the template version of the desired configuration.

        Raises:
            Refused: `InstanceRefreshInProgress` or `ValidationError`.
        """
        with self._taking_effect(now) as state:
            return rolling.start(state, preferences, target)

    def cancel_refresh(self, now: datetime, *, wait: bool = True) -> Refresh:
        """CancelInstanceRefresh. Raises Refused: `ActiveInstanceRefreshNotFound`."""
        with self._taking_effect(now) as state:
            return rolling.cancel(state, wait=wait)

    def roll_back_refresh(self, now: datetime) -> Refresh:
        """RollbackInstanceRefresh. Raises Refused: `ActiveInstanceRefreshNotFound` or `IrreversibleInstanceRefresh`."""
        with self._taking_effect(now) as state:
            return rolling.roll_back(state)

    def refresh_alarmed(self, alarm: str, now: datetime) -> None:
        """An alarm of the refresh under way is in ALARM. Raises Refused: `ActiveInstanceRefreshNotFound`."""
        with self._taking_effect(now) as state:
            rolling.alarmed(state, alarm)
