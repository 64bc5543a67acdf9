"""One Auto Scaling group of the embedded AWS: its fleet, and what only the API knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from embedded_aws.calls import AwsError
from embedded_aws.fleet import Lifecycle, RefreshStatus, ScalingGroup
from embedded_aws.services.autoscaling import stores, templates
from embedded_aws.services.autoscaling.instances import Instances
from embedded_aws.services.autoscaling.launching import Launching
from embedded_aws.services.autoscaling.mixed import MixedPolicy
from embedded_aws.services.autoscaling.target_groups import TargetGroups
from embedded_aws.services.ec2.capacity_reservations import ONLY, Wanted


@dataclass
class Configuration:
    """What a group is created and updated with, as far as the fleet has no use for it; values as boto3 has them.

    Attributes:
        template: The LaunchTemplateSpecification as it was given, such as with the version `$Latest`.
        subnets: Subnet ids by zone, zones in the order of VPCZoneIdentifier.
        described: Attributes that DescribeAutoScalingGroups gives back as they were set.
        policy: The mixed instances policy, whose launch template `template` is; None for a group without one.
    """

    template: Mapping[str, Any]
    subnets: Mapping[str, Sequence[str]]
    described: dict[str, Any] = field(default_factory=dict)
    policy: MixedPolicy | None = None

    def launch_from(self, desired: Mapping[str, Any] | MixedPolicy) -> None:
        """Take a launch template or a mixed instances policy, in place of whichever there was."""
        self.policy = desired if isinstance(desired, MixedPolicy) else None
        self.template = desired.specification if isinstance(desired, MixedPolicy) else desired


class Group:
    """A group of one region.

    Args:
        rng: Chooses among several subnets of a zone.
        launching: Whether its launches succeed.
        target_groups: The target groups that it is attached to.

    Attributes:
        desired_configurations: What instance refreshes that have not ended launch from, by the refresh's id: a
            launch template, or a mixed instances policy.
        policies: The mixed instances policies of the desired configurations of its refreshes, by the refresh's id.
        starting: What the refresh that is just being started launches from.
        schedules: What recurs when of the scheduled actions by name, as it was given.
        warm_pool: The WarmPoolConfiguration as it was last; empty for a group that never had a warm pool.
        metrics: Metrics that are collected, in the order in which they were enabled.
    """

    def __init__(
        self,
        region: str,
        name: str,
        configuration: Configuration,
        created: datetime,
        *,
        rng: Random,
        launching: Launching,
        target_groups: TargetGroups,
    ) -> None:
        self.region = region
        self.name = name
        self.configuration = configuration
        self.created = created
        self.target_groups = target_groups
        self.instances = Instances(self, rng, launching)
        self.desired_configurations: dict[str, Mapping[str, Any] | MixedPolicy] = {}
        self.policies: dict[str, MixedPolicy] = {}
        self.starting: Mapping[str, Any] | MixedPolicy | None = None
        self.schedules: dict[str, dict[str, Any]] = {}
        self.warm_pool: dict[str, Any] = {}
        self.metrics: list[str] = []
        self._fleet: ScalingGroup | None = None
        self._seen: tuple[int, int] | None = None

    @property
    def has_fleet(self) -> bool:
        """Whether it was given its fleet yet."""
        return self._fleet is not None

    @property
    def fleet(self) -> ScalingGroup:
        """The group's membership and behaviour. Raises RuntimeError: it was not given yet."""
        if self._fleet is None:
            raise RuntimeError(f"the group {self.name} has no fleet yet")
        return self._fleet

    @fleet.setter
    def fleet(self, fleet: ScalingGroup) -> None:
        self._fleet = fleet

    @property
    def arn(self) -> str:
        """The group's ARN."""
        return str(self._stored.arn)

    @property
    def tags(self) -> list[dict[str, Any]]:
        """The group's tags: moto keeps them, so that its tagging calls work."""
        return [dict(tag) for tag in self._stored.tags]

    @property
    def _stored(self) -> Any:
        return stores.groups(self.region).autoscaling_groups[self.name]

    @property
    def role(self) -> str:
        """The ARN of the service-linked role that it acts as."""
        return str(self.configuration.described["ServiceLinkedRoleARN"])

    @property
    def reservations(self) -> Wanted | None:
        """What it says of capacity reservations; None leaves it to the launch template."""
        given = self.configuration.described.get("CapacityReservationSpecification") or {}
        preference = given.get("CapacityReservationPreference", "default")
        target = given.get("CapacityReservationTarget") or {}
        ids = tuple(target.get("CapacityReservationIds", ()))
        return (
            None
            if preference == "default" and not ids
            else Wanted(ONLY if preference == "default" else preference, ids)
        )

    @property
    def mixed(self) -> MixedPolicy | None:
        """The mixed instances policy of the next launch: that of a refresh under way counts before the group's."""
        refreshes = self.fleet.refreshes[:1] if self.has_fleet else ()
        desired = [self.desired_configurations.get(each.id) for each in refreshes if each.active and not each.rollback]
        for each in (self.starting, *desired):
            if each is not None:
                return each if isinstance(each, MixedPolicy) else None
        return self.configuration.policy

    def stays(self, instance_id: str) -> bool:
        """Whether a machine is to go on serving: one that leaves makes room for another of its market."""
        member = self.fleet.members.get(instance_id) if self.has_fleet else None
        return not self.has_fleet or (
            member is not None and member.running and not member.shutting_down and member.leaves_by is None
        )

    @property
    def weighted(self) -> bool:
        """Whether its instances have weights."""
        return self.configuration.policy is not None and bool(self.configuration.policy.weights)

    def weights(self) -> dict[str, int]:
        """The weights of its instances by the policy that it has now, by id; a type that is gone keeps its weight."""
        policy = self.configuration.policy
        known = {} if policy is None else policy.weights
        types = self.instances.types()
        return {each: known.get(type_, 1) for each, type_ in types.items() if not known or type_ in known}

    def subnets(self, zone: str) -> Sequence[str]:
        """The group's subnets in a zone."""
        return self.configuration.subnets[zone]

    def propagated_tags(self) -> dict[str, str]:
        """The tags that new instances get."""
        return {tag["Key"]: tag.get("Value", "") for tag in self.tags if tag.get("PropagateAtLaunch")}

    def advance(self, now: datetime) -> None:
        """Let everything happen until `now`: take in what others did to the instances and the template."""
        self.fleet.advance(now)
        self._look_at_alarms(now)
        self.target_groups.keep_delay(self.fleet, now)
        self._notice_machines(now)
        self._follow_template(now)

    def _look_at_alarms(self, now: datetime) -> None:
        """Fail the instance refresh that runs if one of its alarms is in ALARM."""
        running = next((each for each in self.fleet.refreshes[:1] if each.active), None)
        for alarm in running.preferences.alarms if running else ():
            if stores.alarm_state(self.region, alarm) == "ALARM":
                self.fleet.refresh_alarmed(alarm, now)
                return

    def _notice_machines(self, now: datetime) -> None:
        """Tell the fleet which machines EC2 has stopped, terminated, or started again."""
        seen = stores.ec2(self.region).power_changes, self.fleet.members.revision
        if seen == self._seen:
            return
        self._seen = seen
        for member in [member for member in self.fleet.members if not member.shutting_down]:
            runs = self.instances[member.id].runs
            if member.running and not runs:
                self.fleet.instance_stopped(member.id, now)
            elif runs and not member.running and member.lifecycle is not Lifecycle.PENDING:
                self.fleet.instance_started(member.id, now)
        for member in self.fleet.pool:
            if self.instances.is_lost(member):
                self.fleet.instance_stopped(member.id, now)

    def _follow_template(self, now: datetime) -> None:
        """A successful refresh has changed the template; `$Latest` and `$Default` may mean another version now."""
        current = self.fleet.settings.template_version
        for refresh in self.fleet.refreshes if self.desired_configurations else ():
            desired = None if refresh.active else self.desired_configurations.pop(refresh.id, None)
            if desired is not None and refresh.status is RefreshStatus.SUCCESSFUL:
                self.configuration.launch_from(desired)
                self.fleet.update(now, weights=self.weights())
        try:
            key = templates.resolve(self.region, self.configuration.template).key
        except AwsError:
            return  # it was deleted: launches fail, and say so
        if key != current:
            self.fleet.update(now, template_version=key)
