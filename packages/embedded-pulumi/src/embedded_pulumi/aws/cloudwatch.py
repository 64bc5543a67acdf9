"""CloudWatch alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.fields import Flag, Number, Text, Whole
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Dimensions, Fields, SetOf, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.values import Properties, Value

_METRIC: Fields = {"metricName": Text(required=True), "namespace": Text(), "dimensions": Dimensions()}
_STAT: Fields = {"period": Whole(required=True), "stat": Text(required=True), "unit": Text()}


@dataclass(frozen=True, kw_only=True)
class _Metric(Block):
    """A metric and its statistic: one object for the program, one inside the other for CloudWatch."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return {"Metric": request(_METRIC, value), **request(_STAT, value)}

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        flat = response(_METRIC, value.get("Metric", {})) | response(_STAT, value)
        return {name: item for name, item in flat.items() if item not in (None, {})}


_QUERY = Block(
    fields={
        "id": Text(required=True),
        "accountId": Text(),
        "expression": Text(),
        "label": Text(),
        "metric": _Metric(aws="MetricStat", fields={**_METRIC, **_STAT}),
        "period": Whole(),
        "returnData": Flag(default=False),
    }
)


class MetricAlarm(ResourceType):
    """An alarm on a metric. PutMetricAlarm replaces the whole alarm, so each call has all properties.

    Source: terraform-provider-aws/internal/service/cloudwatch/metric_alarm.go (2026) and validate.go (01f431114674),
    read on 2026-11-29.
    """

    type_ = "aws:cloudwatch/metricAlarm:MetricAlarm"
    inputs = {
        "name": Text(force_new=True, max_length=255, aws="AlarmName"),
        "comparisonOperator": Text(
            required=True,
            one_of=(
                "GreaterThanOrEqualToThreshold",
                "GreaterThanThreshold",
                "GreaterThanUpperThreshold",
                "LessThanLowerOrGreaterThanUpperThreshold",
                "LessThanLowerThreshold",
                "LessThanOrEqualToThreshold",
                "LessThanThreshold",
            ),
        ),
        "evaluationPeriods": Whole(required=True, at_least=1),
        "actionsEnabled": Flag(default=True),
        "alarmActions": SetOf(),
        "alarmDescription": Text(max_length=1024),
        "datapointsToAlarm": Whole(at_least=1),
        "dimensions": Dimensions(),
        "evaluateLowSampleCountPercentiles": Text(
            computed=True, one_of=("evaluate", "ignore"), aws="EvaluateLowSampleCountPercentile"
        ),
        "extendedStatistic": Text(),
        "insufficientDataActions": SetOf(),
        "metricName": Text(max_length=255),
        "metricQueries": SetOf(item=_QUERY, aws="Metrics"),
        "namespace": Text(max_length=255),
        "okActions": SetOf(aws="OKActions"),
        "period": Whole(),
        "statistic": Text(one_of=("SampleCount", "Average", "Sum", "Minimum", "Maximum")),
        "threshold": Number(),
        "thresholdMetricId": Text(max_length=255),
        "treatMissingData": Text(default="missing", one_of=("breaching", "notBreaching", "ignore", "missing")),
        "unit": Text(),
    }
    outputs = ("arn",)
    unsupported = ("evaluationCriteria", "evaluationInterval", "evaluationWindow", "warmUpConfiguration")
    name = AutoName(max_length=255, unless=())
    exactly_one = (("metricName", "metricQueries"),)
    at_most_one = (("statistic", "extendedStatistic", "metricQueries"), ("threshold", "thresholdMetricId"))
    tagging = Tagging(service="cloudwatch", target="ResourceARN", by_arn=True, show="list_tags_for_resource")

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props, Tags=tags.to_list(props["tagsAll"]))
        return str(props["name"])

    def _put(self, aws: Session, props: Properties, **more: Any) -> None:
        """Write the whole alarm. One that compares with no other metric and says no threshold has the threshold 0."""
        threshold = {} if props.get("thresholdMetricId") else {"threshold": props.get("threshold") or 0}
        aws.cloudwatch.put_metric_alarm(**request(self.inputs, {**props, **threshold}), **more)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        alarms = aws.cloudwatch.describe_alarms(AlarmNames=[id_], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        return alarms[0] if alarms else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, found)
        return {**told, "arn": found["AlarmArn"], "treatMissingData": told["treatMissingData"] or "missing"}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has(*self.inputs):
            self._put(aws, {name: change.get(name) for name in self.inputs})

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.cloudwatch.delete_alarms(AlarmNames=[id_])


TYPES = (MetricAlarm,)
