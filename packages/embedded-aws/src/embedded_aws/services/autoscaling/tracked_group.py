"""A fleet whose desired capacity follows a target."""

from __future__ import annotations

from datetime import datetime

from embedded_aws.fleet import Process, ScalingGroup, capacity


class TrackedGroup(ScalingGroup):
    """A fleet with what target tracking does to it; its arguments are those of `ScalingGroup`."""

    def follow_target(self, alarm: str, policy: str, desired: int, now: datetime) -> bool:
        """Go to the capacity that a target tracking policy asks for, within the group's limits.

        Unlike a simple policy it neither begins a cooldown nor waits for one (AWS, "Scaling cooldowns"). A zonal shift
        blocks policies from decreasing the capacity (AWS, "Auto Scaling group zonal shift").

        Args:
            alarm: The name of the alarm that triggered it.
            policy: The policy's name.
            desired: The capacity that it asks for.
            now: When.

        Returns:
            False if AlarmNotification is suspended.
        """
        with self._taking_effect(now) as state:
            if state.is_suspended(Process.ALARM_NOTIFICATION):
                return False
            wished = max(state.settings.min_size, min(desired, state.settings.max_size))
            if wished >= state.settings.desired or not state.shifted:
                who = f"a monitor alarm {alarm} in state ALARM triggered policy {policy}"
                capacity.ask(state, wished, who)
            return True
