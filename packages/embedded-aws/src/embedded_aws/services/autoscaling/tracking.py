"""Target tracking: keeps the alarms of each policy, and follows its metric.

Scale out: as soon as the high alarm says so, to the capacity at which the newest value would be the target. Scale in:
only once the low alarms of all policies of the group say so, to the largest of the capacities at which the highest
value of the low alarm's window would be the target; and not while an instance warms up, nor before that window has
passed since the capacity last changed.

Sources: EC2 Auto Scaling user guide, "Target tracking scaling policies for Amazon EC2 Auto Scaling" (aggressive in
adding, conservative in removing; any policy adds, all of them must agree to remove; instances that warm up do not
count; without data nothing is done) and "Set the default instance warmup".
Assumed, since AWS publishes no formula: the roundings, and how long a scale-in waits after a change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol
from uuid import UUID

from embedded_aws.fleet import Event, Lifecycle, What
from embedded_aws.services.autoscaling import tracking_alarms
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.requests import invalid
from embedded_aws.services.autoscaling.tracked_group import TrackedGroup
from embedded_aws.services.autoscaling.tracking_alarms import HIGH, LOW, Watched

MOST_POLICIES = 50  # of a group (Auto Scaling user guide, "Quotas")


class MetricPoint(Protocol):
    """One period of a metric: when it began, and its value; None if it has no data."""

    @property
    def start(self) -> datetime:
        """When it began."""

    @property
    def value(self) -> float | None:
        """What it came to."""


class PolicyAlarms(Protocol):
    """Alarms that CloudWatch keeps for Auto Scaling."""

    def put(self, region: str, params: dict[str, Any], now: datetime) -> str:
        """Create or change an alarm, as PutMetricAlarm would; its ARN."""

    def delete(self, region: str, names: Sequence[str], now: datetime) -> None:
        """Delete those of the alarms that are there."""

    def state(self, region: str, name: str) -> str | None:
        """An alarm's state, such as `ALARM`; None if there is none of this name."""

    def datapoints(self, region: str, name: str, now: datetime) -> Sequence[MetricPoint]:
        """The datapoints of an alarm's evaluation periods before `now`, newest first."""


@dataclass
class TrackingPolicy:
    """A target tracking policy of a group.

    Attributes:
        alarms: Its alarms' names by kind; without the low one it never takes instances away.
        arns: Their ARNs.
        warmup: EstimatedInstanceWarmup; None follows the group.
    """

    name: str
    group: str
    watched: Watched
    enabled: bool
    warmup: timedelta | None
    alarms: dict[str, str]
    arns: dict[str, str] = field(default_factory=dict)


class TargetTracking:
    """The target tracking policies of all groups.

    Args:
        alarms: CloudWatch; asked for when it is needed, because it is made later.
        rng: Draws the ends of the alarms' names.
    """

    def __init__(self, alarms: Callable[[], PolicyAlarms], rng: Random) -> None:
        self._alarms = alarms
        self._rng = rng
        self._policies: dict[tuple[str, str, str], TrackingPolicy] = {}
        self._changed: dict[tuple[str, str], datetime] = {}

    def find(self, region: str, group: str, name: str) -> TrackingPolicy | None:
        """The policy of this name; None if there is none."""
        return self._policies.get((region, group, name))

    def note(self, region: str, event: Event) -> None:
        """Remember when the desired capacity of a group changed last."""
        if event.what is What.CAPACITY:
            self._changed[region, event.group] = event.time

    def read(self, group: Group, params: dict[str, Any]) -> Watched:
        """What a policy that is put would watch.

        Raises:
            AwsError: `ValidationError`, the policy is not one, or another of the group's has the same metric.
        """
        if (configuration := params.get("TargetTrackingConfiguration")) is None:
            raise invalid("TargetTrackingConfiguration is required for the policy type TargetTrackingScaling.")
        for name in ("AdjustmentType", "ScalingAdjustment", "StepAdjustments", "Cooldown", "MinAdjustmentMagnitude"):
            if name in params:
                raise invalid(f"{name} cannot be specified for the policy type TargetTrackingScaling.")
        found = tracking_alarms.watched(configuration, group.name, group.target_groups.arns)
        for other in self._of(group):
            if other.name != params["PolicyName"] and other.watched.metric == found.metric:
                raise invalid(
                    "Only one TargetTrackingScaling policy for a given metric specification is allowed; "
                    f"{other.name} has the same."
                )
        return found

    def put(self, group: Group, params: dict[str, Any], policy_arn: str, now: datetime) -> TrackingPolicy:
        """Keep a policy that `read` accepts, and its alarms; those that it has keep their names."""
        watched, name = self.read(group, params), params["PolicyName"]
        known = self.find(group.region, group.name, name)
        warmup = params.get("EstimatedInstanceWarmup")
        policy = TrackingPolicy(
            name,
            group.name,
            watched,
            enabled=params.get("Enabled", True),
            warmup=None if warmup is None else timedelta(seconds=warmup),
            alarms=dict(known.alarms) if known else {},
        )
        kinds = [HIGH] if params["TargetTrackingConfiguration"].get("DisableScaleIn") else [HIGH, LOW]
        for kind in [each for each in policy.alarms if each not in kinds]:
            self._alarms().delete(group.region, [policy.alarms.pop(kind)], now)
        for kind in kinds:
            policy.alarms.setdefault(kind, f"TargetTracking-{group.name}-Alarm{kind}-{self._end_of_name()}")
            told = {
                **watched.alarm(kind),
                "AlarmName": policy.alarms[kind],
                "AlarmDescription": tracking_alarms.described(policy_arn),
                "AlarmActions": [policy_arn],
            }
            policy.arns[kind] = self._alarms().put(group.region, told, now)
        self._policies[group.region, group.name, name] = policy
        return policy

    def _end_of_name(self) -> UUID:
        return UUID(int=self._rng.getrandbits(128), version=4)

    def delete(self, region: str, group: str, name: str, now: datetime) -> None:
        """Delete a policy, if there is one of this name, and its alarms."""
        policy = self._policies.pop((region, group, name), None)
        if policy is not None:
            self._alarms().delete(region, list(policy.alarms.values()), now)

    def delete_group(self, group: Group, now: datetime) -> None:
        """Delete the policies of a group that is gone."""
        for policy in self._of(group):
            self.delete(group.region, group.name, policy.name, now)
        self._changed.pop((group.region, group.name), None)

    def _of(self, group: Group) -> list[TrackingPolicy]:
        place = (group.region, group.name)
        return [policy for key, policy in self._policies.items() if key[:2] == place]

    def act(self, group: Group, policy: TrackingPolicy, alarm: str, now: datetime) -> bool:
        """Let an alarm trigger a policy; False if it is disabled or a suspension prevents it."""
        if not policy.enabled or not isinstance(group.fleet, TrackedGroup):
            return False
        desired = group.fleet.settings.desired
        wanted = self._less(group, now) if alarm == policy.alarms.get(LOW) else self._more(group, policy, now)
        return group.fleet.follow_target(alarm, policy.name, desired if wanted is None else wanted, now)

    def _more(self, group: Group, policy: TrackingPolicy, now: datetime) -> int | None:
        """The capacity at which the newest value would be the target, if it is more; None if nothing is to be done."""
        points = self._alarms().datapoints(group.region, policy.alarms[HIGH], now)
        newest = next((point for point in points if point.value is not None), None)
        if newest is None or newest.value is None:
            return None
        serving = self._serving(group, policy, newest.start)
        wanted = math.ceil(_rounded(serving * newest.value / policy.watched.target))
        return wanted if wanted > group.fleet.settings.desired else None

    def _less(self, group: Group, now: datetime) -> int | None:
        """The capacity that all policies agree on, if it is less; None if one of them does not, or it is too early."""
        policies = [each for each in self._of(group) if each.enabled and LOW in each.alarms]
        if any(self._alarms().state(group.region, each.alarms[LOW]) != "ALARM" for each in policies):
            return None
        changed, desired, wanted = self._changed.get((group.region, group.name)), group.fleet.settings.desired, 0
        for policy in policies:
            points = self._alarms().datapoints(group.region, policy.alarms[LOW], now)
            values = [point.value for point in points if point.value is not None]
            begin = min((point.start for point in points), default=now)
            serving = self._serving(group, policy, begin)
            if not values or serving != len(group.fleet.members) or (changed is not None and changed > begin):
                return None
            wanted = max(wanted, math.ceil(_rounded(serving * max(values) / policy.watched.target)))
        return wanted if wanted < desired else None

    @staticmethod
    def _serving(group: Group, policy: TrackingPolicy, since: datetime) -> int:
        """How many members were in service then and warm, so that the metric is about them."""
        settings = group.fleet.settings
        of_group = settings.cooldown if settings.warmup is None else settings.warmup
        warmup = of_group if policy.warmup is None else policy.warmup
        return sum(
            member.lifecycle is Lifecycle.IN_SERVICE
            and member.in_service_at is not None
            and member.in_service_at + warmup <= since
            for member in group.fleet.members
        )


def _rounded(capacity: float) -> float:
    """Without what floating point adds: 2 x 75 / 50 is three instances, not four."""
    return round(capacity, 6)
