"""What happens to the machines of a group: through EC2, a bad launch template, or a zone that is shifted away."""

from __future__ import annotations

from datetime import datetime, timedelta

from embedded_aws.fleet import applications, balancing, health, spot, warmpool
from embedded_aws.fleet.clocked import Clocked
from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import Check, UnhealthyReason
from embedded_aws.fleet.state import Spoil


class Mishaps(Clocked):
    """A group to whose machines something may happen.

    Every call that names an instance raises `Refused` with `ValidationError` if it is no member.
    """

    def break_instance(self, instance_id: str, check: Check, now: datetime) -> None:
        """Let a status check of a member fail from now on."""
        with self._taking_effect(now) as state:
            if warmed := self.warmed(instance_id):
                warmpool.fail(state, warmed, check, state.now)
            else:
                health.fail(state, self.member(instance_id), check, state.now)

    def repair_instance(self, instance_id: str, now: datetime, check: Check | None = None) -> None:
        """Let a status check of a member, or all of them, pass again."""
        with self._taking_effect(now) as state:
            if warmed := self.warmed(instance_id):
                warmpool.repair(warmed, check)
            else:
                health.repair(state, self.member(instance_id), check)

    def instance_stopped(self, instance_id: str, now: datetime) -> None:
        """EC2 has this machine no longer running (stopped or terminated behind the group's back).

        For an instance of the warm pool it means that it was terminated, or stopped where the pool keeps it running.
        """
        with self._taking_effect(now) as state:
            if warmed := self.warmed(instance_id):
                warmpool.replace(state, warmed, UnhealthyReason.STOPPED)
            else:
                health.stopped(state, self.member(instance_id))

    def instance_started(self, instance_id: str, now: datetime) -> None:
        """EC2 runs this machine again."""
        with self._taking_effect(now) as state:
            health.started(state, self.member(instance_id))

    def spoil_template(self, template_version: str, check: Check | None, now: datetime) -> None:
        """Members launched from this version fail `check` as soon as they are up, or (None) never come up at all.

        `$Latest` and `$Default` mean the version that they mean now.
        """
        with self._taking_effect(now) as state:
            state.spoiled[state.templates.resolve(template_version)] = Spoil(check)

    def mend_template(self, template_version: str, now: datetime) -> None:
        """Members launched from this version are well again; those that are up stay as they are."""
        with self._taking_effect(now) as state:
            state.spoiled.pop(state.templates.resolve(template_version), None)

    def shift_zone(self, zone: str, now: datetime, *, away: bool) -> None:
        """Begin or end a zonal shift away from a zone."""
        with self._taking_effect(now) as state:
            if away:
                state.shifted.add(zone)
            else:
                state.shifted.discard(zone)
            state.tell(What.ZONE_SHIFTED if away else What.ZONE_BACK, zone=zone)

    # Spot Instances

    def interrupt_spot(self, instance_id: str, now: datetime) -> None:
        """EC2 gives notice that it takes a Spot Instance back, and does so two minutes later."""
        with self._taking_effect(now) as state:
            spot.interrupt(state, self.member(instance_id))

    def recommend_rebalance(self, instance_id: str, now: datetime) -> None:
        """EC2 recommends to replace a Spot Instance; only a group with `capacity_rebalance` does so."""
        with self._taking_effect(now) as state:
            spot.recommend(state, self.member(instance_id))

    # Load balancers

    def target_unhealthy(self, instance_id: str, now: datetime) -> None:
        """A load balancer calls a member an unhealthy target from now on."""
        with self._taking_effect(now) as state:
            balancing.fail(state, self.member(instance_id))

    def target_healthy(self, instance_id: str, now: datetime) -> None:
        """No load balancer calls a member an unhealthy target any more."""
        with self._taking_effect(now) as state:
            balancing.recover(state, self.member(instance_id))

    # Application status checks

    def fail_application(self, instance_id: str, now: datetime) -> None:
        """Let the application of a member fail its status checks from now on."""
        with self._taking_effect(now) as state:
            applications.fail(state, self.member(instance_id))

    def recover_application(self, instance_id: str, now: datetime) -> None:
        """Let the application of a member pass its status checks again."""
        with self._taking_effect(now) as state:
            applications.recover(state, self.member(instance_id))

    def suppress_application(self, instance_id: str, now: datetime, duration: timedelta | None = None) -> None:
        """EnableApplicationStatusCheckSuppression for one member; without a duration until it is resumed."""
        with self._taking_effect(now) as state:
            applications.suppress(state, self.member(instance_id), duration)

    def resume_application(self, instance_id: str, now: datetime) -> None:
        """DisableApplicationStatusCheckSuppression for one member."""
        with self._taking_effect(now) as state:
            applications.resume(state, self.member(instance_id))
