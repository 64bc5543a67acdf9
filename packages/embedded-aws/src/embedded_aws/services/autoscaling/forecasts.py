"""Predictive scaling in forecast mode: what a group's load of the next two days will be, and the instances for it.

Sources: EC2 Auto Scaling API reference (PredictiveScalingConfiguration, GetPredictiveScalingForecast); user guide,
"Predictive scaling for Amazon EC2 Auto Scaling" (a day of history at least, of two weeks at most; hourly values for the
next 48 hours; a new forecast every six hours; in the mode ForecastOnly the group is left as it is).
Assumed, since AWS tells no method: an hour's load is the average of the hours of the same time of day. Forecasts that
change the group (ForecastAndScale) rest on that method, and are refused.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from embedded_aws.calls import Call, Routes
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.registry import Registry
from embedded_aws.services.autoscaling.requests import invalid, not_modelled
from embedded_aws.services.autoscaling.tracking_alarms import LABEL

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEEDED, LOOKED_AT, AHEAD, RENEWED = DAY, timedelta(days=14), timedelta(days=2), timedelta(hours=6)
FORECAST_ONLY = "ForecastOnly"
CPU, REQUESTS = "CPU", "requests"
PAIRS = {"ASGCPUUtilization": CPU, "ALBRequestCount": REQUESTS}
LOADS = {"ASGTotalCPUUtilization": CPU, "ALBTargetGroupRequestCount": REQUESTS}
SCALED = {"ASGAverageCPUUtilization": CPU, "ALBRequestCountPerTarget": REQUESTS}
SAMPLED = timedelta(minutes=5)
"""How often CPU is looked at: instances without detailed monitoring report no more often."""


class MetricData(Protocol):
    """CloudWatch's data."""

    def query(
        self, region: str, queries: Sequence[Mapping[str, Any]], windows: Callable[[timedelta], Sequence[datetime]]
    ) -> Mapping[str, Mapping[datetime, float]]:
        """Answer MetricDataQueries: each query's id to its values by the beginnings of their windows."""


@dataclass(frozen=True)
class PredictivePolicy:
    """A predictive scaling policy.

    Attributes:
        configuration: The PredictiveScalingConfiguration as it was given.
        load: Which load it is about: `CPU` or `REQUESTS`.
        since: When it was put; its forecasts are made then, and every six hours.
    """

    configuration: Mapping[str, Any]
    load: str
    since: datetime

    @property
    def specification(self) -> Mapping[str, Any]:
        """Its MetricSpecification, which is the only one."""
        found: Mapping[str, Any] = self.configuration["MetricSpecifications"][0]
        return found

    @property
    def label(self) -> str:
        """The resource label of a load of requests."""
        named = (part.get("ResourceLabel") for part in self.specification.values() if isinstance(part, Mapping))
        return next((label for label in named if label), "")

    def capacity(self, load: float, least: int, most: int) -> float:
        """How many instances an hour's load takes, in a group of these sizes."""
        needed = math.ceil(round(load / self.specification["TargetValue"], 6))
        honors = self.configuration.get("MaxCapacityBreachBehavior", "HonorMaxCapacity") == "HonorMaxCapacity"
        return float(max(least, min(needed, most) if honors else needed))


class Forecasts:
    """The predictive scaling policies of all groups, and their forecasts.

    Args:
        metrics: CloudWatch's data; asked for when it is needed, because it is made later.
    """

    def __init__(self, groups: Registry, metrics: Callable[[], MetricData]) -> None:
        self._groups = groups
        self._metrics = metrics
        self._policies: dict[tuple[str, str, str], PredictivePolicy] = {}

    def routes(self) -> Routes:
        """The calls that are answered here."""
        return {("autoscaling", "GetPredictiveScalingForecast"): self._answer}

    def find(self, region: str, group: str, name: str) -> PredictivePolicy | None:
        """The policy of this name; None if there is none."""
        return self._policies.get((region, group, name))

    def put(self, group: Group, name: str, policy: PredictivePolicy) -> None:
        """Keep a policy in place of the one of this name."""
        self._policies[group.region, group.name, name] = policy

    def delete(self, region: str, group: str, name: str) -> None:
        """Delete a policy, if there is one of this name."""
        self._policies.pop((region, group, name), None)

    def delete_group(self, group: Group, _: datetime) -> None:
        """Delete the policies of a group that is gone."""
        for key in [key for key in self._policies if key[:2] == (group.region, group.name)]:
            del self._policies[key]

    def _answer(self, call: Call) -> dict[str, Any]:
        group, name = self._groups.named(call), call.params["PolicyName"]
        policy = self.find(call.region, group.name, name)
        if policy is None:
            raise invalid(f"No predictive scaling policy found with the name {name}")
        made = policy.since + RENEWED * ((call.time - policy.since) // RENEWED)
        start, end = call.params["StartTime"], call.params["EndTime"]
        if end <= start:
            raise invalid("EndTime must be after StartTime.")
        loads = [(when, load) for when, load in self._forecast(group, policy, made) if start <= when <= end]
        sizes = group.fleet.settings.min_size, group.fleet.settings.max_size
        times = [when for when, _ in loads]
        values = [load for _, load in loads]
        forecast = {"Timestamps": times, "Values": values, "MetricSpecification": policy.specification}
        per_minute = [load / 60 if policy.load == REQUESTS else load for load in values]
        return {
            "LoadForecast": [forecast],
            "CapacityForecast": {
                "Timestamps": times,
                "Values": [policy.capacity(load, *sizes) for load in per_minute],
            },
            "UpdateTime": made,
        }

    def _forecast(self, group: Group, policy: PredictivePolicy, made: datetime) -> Iterator[tuple[datetime, float]]:
        """The load of each hour to come, as of when the forecast was made; nothing if too little is known."""
        past = self._history(group, policy, made)
        if len(past) * HOUR < NEEDED:
            return
        by_hour: dict[int, list[float]] = defaultdict(list)
        for when, load in past.items():
            by_hour[when.hour].append(load)
        begin = _hour_of(made)
        for number in range(AHEAD // HOUR):
            when = begin + HOUR * number
            alike = by_hour.get(when.hour) or list(past.values())
            yield when, sum(alike) / len(alike)

    def _history(self, group: Group, policy: PredictivePolicy, until: datetime) -> dict[datetime, float]:
        """The load of each hour of the past of which something is known."""
        end = _hour_of(until)
        hours = [end - HOUR * number for number in range(1, LOOKED_AT // HOUR + 1)]
        if policy.load == REQUESTS:
            found = LABEL.fullmatch(policy.label)
            dimensions = {"TargetGroup": found["targets"], "LoadBalancer": found["balancer"]} if found else {}
            return dict(self._sums(group, _metric("AWS/ApplicationELB", "RequestCount", dimensions), HOUR, hours))
        minutes = [hour + SAMPLED * number for hour in hours for number in range(HOUR // SAMPLED)]
        cpu = _metric("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": group.name})
        by_hour: dict[datetime, list[float]] = defaultdict(list)
        for when, total in self._sums(group, cpu, timedelta(minutes=1), minutes).items():
            by_hour[_hour_of(when)].append(total)
        return {hour: sum(totals) / len(totals) for hour, totals in by_hour.items()}

    def _sums(
        self, group: Group, metric: Mapping[str, Any], period: timedelta, windows: Sequence[datetime]
    ) -> Mapping[datetime, float]:
        stat = {"Metric": metric, "Period": int(period.total_seconds()), "Stat": "Sum"}
        return self._metrics().query(group.region, [{"Id": "load", "MetricStat": stat}], lambda _: windows)["load"]


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": named}


def read(group: Group, params: Mapping[str, Any], now: datetime) -> PredictivePolicy:
    """The policy that a request puts.

    Raises:
        AwsError: `ValidationError`, it is none; `NotImplemented`, it is not modelled.
    """
    configuration = params.get("PredictiveScalingConfiguration")
    if configuration is None:
        raise invalid("PredictiveScalingConfiguration is required for the policy type PredictiveScaling.")
    if configuration.get("Mode", FORECAST_ONLY) != FORECAST_ONLY:
        raise not_modelled(f"PredictiveScalingConfiguration.Mode={configuration['Mode']}")
    specifications = configuration["MetricSpecifications"]
    if len(specifications) != 1:
        raise invalid(f"MetricSpecifications must have exactly one element, and has {len(specifications)}.")
    if configuration.get("MaxCapacityBreachBehavior") != "IncreaseMaxCapacity" and "MaxCapacityBuffer" in configuration:
        raise invalid("MaxCapacityBuffer can be specified only if MaxCapacityBreachBehavior is IncreaseMaxCapacity.")
    policy = PredictivePolicy(configuration, _load(specifications[0]), now)
    if policy.load == REQUESTS:
        found = LABEL.fullmatch(policy.label)
        if found is None or not any(arn.endswith(f":{found['targets']}") for arn in group.target_groups.arns):
            raise invalid(f"ResourceLabel {policy.label} names no target group that is attached to {group.name}.")
    return policy


def _load(specification: Mapping[str, Any]) -> str:
    """Which load a MetricSpecification is about. Raises AwsError: as `read`."""
    if customized := sorted(name for name in specification if name.startswith("Customized")):
        raise not_modelled(f"PredictiveScalingConfiguration.MetricSpecifications.{customized[0]}")
    names = ("PredefinedMetricPairSpecification", "PredefinedLoadMetricSpecification")
    pair, load = (specification.get(name, {}).get("PredefinedMetricType") for name in names)
    scaled = specification.get("PredefinedScalingMetricSpecification", {}).get("PredefinedMetricType")
    if (pair is None) == (load is None or scaled is None):
        raise invalid("A metric pair, or a load metric and a scaling metric, must be specified.")
    kinds = {PAIRS.get(pair)} if pair else {LOADS.get(load), SCALED.get(scaled)}
    if None in kinds:
        raise not_modelled(f"PredefinedMetricType={pair or load}")
    if len(kinds) > 1:
        raise invalid(f"The load metric {load} and the scaling metric {scaled} do not belong together.")
    return str(kinds.pop())


def _hour_of(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
