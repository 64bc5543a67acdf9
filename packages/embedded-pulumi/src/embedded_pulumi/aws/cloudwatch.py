"""CloudWatch alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.fields import Flag, Number, Text, Whole
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Dimensions, Fields, SetOf, request, response
from embedded_pulumi.values import Properties, Value

_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
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
_INPUTS: Fields = {
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
    "statistic": Text(one_of=_STATISTICS),
    "threshold": Number(),
    "thresholdMetricId": Text(max_length=255),
    "treatMissingData": Text(default="missing", one_of=("breaching", "notBreaching", "ignore", "missing")),
    "unit": Text(),
}


def _put(aws: Session, props: Properties, **more: Any) -> None:
    """PutMetricAlarm replaces the whole alarm, so each call has all properties."""
    aws.cloudwatch.put_metric_alarm(**request(_INPUTS, props), **more)


def _create(aws: Session, props: Properties) -> str:
    _put(aws, props, Tags=tags.to_list(props["tagsAll"]))
    return str(props["name"])


def _read(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    alarms = aws.cloudwatch.describe_alarms(AlarmNames=[id_], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not alarms:
        return None
    alarm = alarms[0]
    arn = alarm["AlarmArn"]
    return {
        **response(_INPUTS, alarm),
        "arn": arn,
        "tagsAll": tags.from_list(aws.cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]),
    }


def _update(aws: Session, id_: str, change: Change) -> None:
    del id_
    if change.has(*_INPUTS):
        _put(aws, {name: change.get(name) for name in _INPUTS})


def _delete(aws: Session, id_: str, state: Properties) -> None:
    del state
    aws.cloudwatch.delete_alarms(AlarmNames=[id_])


def _retag(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del id_
    if removed:
        aws.cloudwatch.untag_resource(ResourceARN=state["arn"], TagKeys=removed)
    if written:
        aws.cloudwatch.tag_resource(ResourceARN=state["arn"], Tags=tags.to_list(written))


METRIC_ALARM = Resource(
    type_="aws:cloudwatch/metricAlarm:MetricAlarm",
    inputs=_INPUTS,
    outputs=("arn",),
    unsupported=("evaluationCriteria", "evaluationInterval", "evaluationWindow", "warmUpConfiguration"),
    name=AutoName(max_length=255, unless=()),
    exactly_one=(("metricName", "metricQueries"),),
    at_most_one=(("statistic", "extendedStatistic", "metricQueries"), ("threshold", "thresholdMetricId")),
    create=_create,
    locate=lambda _, props: str(props["name"]),
    read=_read,
    update=_update,
    delete=_delete,
    retag=_retag,
)

RESOURCES = (METRIC_ALARM,)
