"""The properties of predictive scaling.

Source: terraform-provider-aws/internal/service/autoscaling/policy.go (007ce0a8), read on 2026-11-30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws.fields import Flag, Number, Text, WholeText
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Value

_LOAD = ("ASGTotalCPUUtilization", "ASGTotalNetworkIn", "ASGTotalNetworkOut", "ALBTargetGroupRequestCount")
_PAIR = ("ASGCPUUtilization", "ASGNetworkIn", "ASGNetworkOut", "ALBRequestCount")
_SCALED = ("ASGAverageCPUUtilization", "ASGAverageNetworkIn", "ASGAverageNetworkOut", "ALBRequestCountPerTarget")


@dataclass(frozen=True, kw_only=True)
class _OnlyOne(Block):
    """A block that AWS has as a list of one."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return [super().to_aws(value)]

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return super().from_aws(value[0]) if value else None


@dataclass(frozen=True, kw_only=True)
class _Percent(WholeText):
    """A whole number from 0 to 100 that Pulumi spells as a string."""

    def parse(self, path: str, value: Value) -> tuple[Value, list[CheckFailure]]:
        """Take a known value; see `Field.parse`."""
        text, failures = super().parse(path, value)
        if not failures and text and int(text) not in range(101):
            failures.append(CheckFailure(path, f"{text} is not accepted; accepted: 0 to 100"))
        return text, failures


_METRIC = Block(
    required=True,
    fields={
        "metricName": Text(required=True),
        "namespace": Text(required=True),
        "dimensions": SetOf(item=Block(fields={"name": Text(required=True), "value": Text(required=True)})),
    },
)
_QUERIES: Fields = {
    "metricDataQueries": ListOf(
        required=True,
        max_items=10,
        item=Block(
            fields={
                "id": Text(required=True, min_length=1, max_length=255),
                "expression": Text(min_length=1, max_length=1023),
                "label": Text(min_length=1, max_length=2047),
                "metricStat": Block(
                    fields={
                        "metric": _METRIC,
                        "stat": Text(required=True, min_length=1, max_length=100),
                        "unit": Text(),
                    }
                ),
                "returnData": Flag(default=True),
            }
        ),
    )
}


def _predefined(types: tuple[str, ...]) -> Block:
    return Block(fields={"predefinedMetricType": Text(required=True, one_of=types), "resourceLabel": Text()})


PREDICTION = Block(
    fields={
        "maxCapacityBreachBehavior": Text(
            default="HonorMaxCapacity", one_of=("HonorMaxCapacity", "IncreaseMaxCapacity")
        ),
        "maxCapacityBuffer": _Percent(),
        "metricSpecification": _OnlyOne(
            required=True,
            aws="MetricSpecifications",
            fields={
                "customizedCapacityMetricSpecification": Block(fields=_QUERIES),
                "customizedLoadMetricSpecification": Block(fields=_QUERIES),
                "customizedScalingMetricSpecification": Block(fields=_QUERIES),
                "predefinedLoadMetricSpecification": _predefined(_LOAD),
                "predefinedMetricPairSpecification": _predefined(_PAIR),
                "predefinedScalingMetricSpecification": _predefined(_SCALED),
                "targetValue": Number(required=True),
            },
            at_most_one=(
                ("customizedCapacityMetricSpecification", "predefinedLoadMetricSpecification"),
                ("customizedLoadMetricSpecification", "predefinedLoadMetricSpecification"),
                ("customizedScalingMetricSpecification", "predefinedScalingMetricSpecification"),
            ),
        ),
        "mode": Text(default="ForecastOnly", one_of=("ForecastOnly", "ForecastAndScale")),
        "schedulingBufferTime": WholeText(),
    }
)
