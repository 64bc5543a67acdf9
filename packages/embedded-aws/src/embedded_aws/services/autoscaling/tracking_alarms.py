"""The CloudWatch alarms of a target tracking policy: what they watch, and what AWS calls them.

Sources: EC2 Auto Scaling API reference, TargetTrackingConfiguration, PredefinedMetricSpecification,
CustomizedMetricSpecification; user guide, "Target tracking scaling policies"; the alarms that real policies make (three
minutes above the target; fifteen minutes below nine tenths of it), as in awslabs and aws/containers-roadmap 638.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedded_aws.services.autoscaling.requests import invalid, not_modelled

CPU, REQUESTS = "ASGAverageCPUUtilization", "ALBRequestCountPerTarget"
NETWORK = ("ASGAverageNetworkIn", "ASGAverageNetworkOut")
"""Refused: nothing is sent over the network of this AWS, and so there is nothing to follow."""

PERIOD = 60  # seconds
PERIODS = frozenset({10, 20, 30, PERIOD})
HIGH, LOW = "High", "Low"
EVALUATED = {HIGH: 3, LOW: 15}
"""Periods that must all be beyond the threshold."""
SLACK = 0.9
"""How far below its target, as a share of it, a metric must be before instances go."""

LABEL = re.compile(r"(?P<balancer>(app|net)/[^/]+/[0-9a-f]+)/(?P<targets>targetgroup/[^/]+/[0-9a-f]+)")
"""A resource label: the last parts of the ARNs of a load balancer and of one of its target groups."""


@dataclass(frozen=True)
class Watched:
    """What the alarms of a policy watch: the parameters of PutMetricAlarm that say so, and the target."""

    metric: Mapping[str, Any]
    target: float

    def alarm(self, kind: str) -> dict[str, Any]:
        """What PutMetricAlarm is told of one of the two, beside its name and what it does."""
        high = kind == HIGH
        return {
            **self.metric,
            "EvaluationPeriods": EVALUATED[kind],
            "Threshold": self.target if high else self.target * SLACK,
            "ComparisonOperator": "GreaterThanThreshold" if high else "LessThanThreshold",
        }


def watched(configuration: Mapping[str, Any], group: str, target_groups: Sequence[str]) -> Watched:
    """What the alarms of a policy watch.

    Args:
        configuration: The TargetTrackingConfiguration.
        group: The group's name.
        target_groups: The ARNs of the target groups that it is attached to.

    Raises:
        AwsError: `ValidationError`, no metric or two, or one that AWS does not know or that is not of this group.
    """
    predefined = configuration.get("PredefinedMetricSpecification")
    customized = configuration.get("CustomizedMetricSpecification")
    if (predefined is None) == (customized is None):
        raise invalid(
            "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified."
        )
    if configuration["TargetValue"] <= 0:
        raise invalid(f"TargetValue must be greater than 0, and is {configuration['TargetValue']}.")
    metric = _customized(customized) if customized is not None else _predefined(predefined, group, target_groups)
    return Watched(metric, float(configuration["TargetValue"]))


def _predefined(specification: Any, group: str, target_groups: Sequence[str]) -> dict[str, Any]:
    kind, label = specification["PredefinedMetricType"], specification.get("ResourceLabel")
    if kind in NETWORK:
        raise not_modelled(f"PredefinedMetricType={kind}")
    if kind == CPU:
        if label is not None:
            raise invalid(f"ResourceLabel cannot be specified for the metric type {kind}.")
        return _one("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": group}, "Average")
    found = LABEL.fullmatch(label or "")
    if found is None:
        raise invalid(
            f"ResourceLabel {label} is not valid; it is app/<load balancer>/<id>/targetgroup/<target group>/<id>"
        )
    if not any(arn.endswith(f":{found['targets']}") for arn in target_groups):
        raise invalid(f"The target group of ResourceLabel {label} is not attached to the Auto Scaling group {group}.")
    dimensions = {"LoadBalancer": found["balancer"], "TargetGroup": found["targets"]}
    return _one("AWS/ApplicationELB", "RequestCountPerTarget", dimensions, "Sum")


def _one(namespace: str, name: str, dimensions: Mapping[str, str], statistic: str) -> dict[str, Any]:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Statistic": statistic,
        "Period": PERIOD,
    }


def _customized(specification: Mapping[str, Any]) -> dict[str, Any]:
    queries = specification.get("Metrics")
    period = specification.get("Period", PERIOD)
    if queries:
        if any(specification.get(name) for name in ("MetricName", "Namespace", "Dimensions", "Statistic", "Unit")):
            raise invalid("MetricName, Namespace, Dimensions, Statistic and Unit cannot be specified with Metrics.")
        return {"Metrics": [_query(each) for each in queries]}
    missing = [name for name in ("MetricName", "Namespace", "Statistic") if not specification.get(name)]
    if missing:
        raise invalid(f"{missing[0]} must be specified in CustomizedMetricSpecification.")
    if period not in PERIODS:
        raise invalid(f"Period must be one of {', '.join(map(str, sorted(PERIODS)))} seconds, and is {period}.")
    metric = {name: specification[name] for name in ("MetricName", "Namespace", "Statistic")}
    unit = {"Unit": specification["Unit"]} if specification.get("Unit") else {}
    return {**metric, **unit, "Dimensions": list(specification.get("Dimensions", [])), "Period": period}


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    """A TargetTrackingMetricDataQuery as a MetricDataQuery of CloudWatch's."""
    stat = query.get("MetricStat")
    period = (stat or query).get("Period") or PERIOD
    if period not in PERIODS:
        raise invalid(f"Period must be one of {', '.join(map(str, sorted(PERIODS)))} seconds, and is {period}.")
    if stat is None and "Expression" not in query:
        raise not_modelled(f"the query {query['Id']} without MetricStat and Expression")
    shown = {name: query[name] for name in ("Id", "Label", "Expression") if query.get(name)}
    if stat is not None:
        shown["MetricStat"] = {**{name: value for name, value in stat.items() if value is not None}, "Period": period}
    else:
        shown["Period"] = period
    return {**shown, "ReturnData": query.get("ReturnData", True)}


def described(policy_arn: str) -> str:
    """AWS's description of such an alarm."""
    return f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy_arn}."
