"""CloudWatch alarms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.fields import Flag, Number, Text, Verdict, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Dimensions, Fields, SetOf, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties, Value

_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PER_SECOND = (
    *("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
    *("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"),
)
_UNITS = (
    *("Seconds", "Microseconds", "Milliseconds", *_PER_SECOND, "Percent", "Count"),
    *(f"{unit}/Second" for unit in (*_PER_SECOND, "Count")),
    "None",
)
_EXTENDED = r"(p|tm|wm|tc|ts)(\d{1,2}(\.\d{1,2})?|100)|IQM|(TM|WM|PR|TC|TS)\((\d+(\.\d+)?%?)?:(\d+(\.\d+)?%?)?\)"
_ACTIONS = 5  # of each kind: an alarm of CloudWatch has no more (API PutMetricAlarm)


@dataclass(frozen=True, kw_only=True)
class _Period(Whole):
    """The seconds of a period: a multiple of a minute, or one of a few short ones."""

    short: tuple[int, ...]

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        seconds, failures = super().parse(path, value)
        if seconds % 60 and seconds not in self.short:
            raise ValueError(f"{seconds} is not accepted; accepted: {', '.join(map(str, self.short))}, multiples of 60")
        return seconds, failures


@dataclass(frozen=True, kw_only=True)
class _Action(ArnText):
    """What an alarm does: an ARN, or one of EC2's own actions.

    Source: validEC2AutomateARN in terraform-provider-aws/internal/service/cloudwatch/validate.go (01f431114674).
    """

    def accept(self, value: str) -> None:
        """Raise a ValueError if the value is not accepted; see `Text.accept`."""
        if not re.fullmatch(r"arn:[\w-]+:automate:[\w-]+:ec2:(reboot|recover|stop|terminate)", value):
            super().accept(value)


_SHORT = (1, 5, 10, 20, 30)
_METRIC: Fields = {
    "metricName": Text(required=True, min_length=1, max_length=255),
    "namespace": Text(min_length=1, max_length=255),
    "dimensions": Dimensions(),
}
_STAT: Fields = {
    "period": _Period(required=True, short=_SHORT),
    "stat": Text(
        required=True, pattern=f"{'|'.join(_STATISTICS)}|{_EXTENDED}", accepts="a statistic such as Sum or p99"
    ),
    "unit": Text(one_of=_UNITS),
}


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
        "id": Text(required=True, min_length=1, max_length=255),
        "accountId": Text(min_length=1, max_length=255),
        "expression": Text(min_length=1, max_length=1024),
        "label": Text(),
        "metric": _Metric(aws="MetricStat", fields={**_METRIC, **_STAT}),
        "period": _Period(short=_SHORT),
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
        "name": Text(force_new=True, min_length=1, max_length=255, aws="AlarmName"),
        "comparisonOperator": Text(
            required=True,
            one_of=(
                "GreaterThanOrEqualToThreshold",
                "GreaterThanThreshold",
                "LessThanThreshold",
                "LessThanOrEqualToThreshold",
                "LessThanLowerOrGreaterThanUpperThreshold",
                "LessThanLowerThreshold",
                "GreaterThanUpperThreshold",
            ),
        ),
        "evaluationPeriods": Whole(required=True, at_least=1),
        "actionsEnabled": Flag(default=True),
        "alarmActions": SetOf(item=_Action(), max_items=_ACTIONS),
        "alarmDescription": Text(max_length=1024),
        "datapointsToAlarm": Whole(at_least=1),
        "dimensions": Dimensions(),
        "evaluateLowSampleCountPercentiles": Text(
            computed=True, one_of=("evaluate", "ignore"), aws="EvaluateLowSampleCountPercentile"
        ),
        "extendedStatistic": Text(pattern=_EXTENDED, accepts="a percentile or trimmed statistic, such as p99"),
        "insufficientDataActions": SetOf(item=_Action(), max_items=_ACTIONS),
        "metricName": Text(min_length=1, max_length=255),
        "metricQueries": SetOf(item=_QUERY, aws="Metrics"),
        "namespace": Text(min_length=1, max_length=255),
        "okActions": SetOf(item=_Action(), max_items=_ACTIONS, aws="OKActions"),
        "period": _Period(short=(10, 20, 30)),
        "statistic": Text(one_of=_STATISTICS),
        "threshold": Number(),
        "thresholdMetricId": Text(min_length=1, max_length=255),
        "treatMissingData": Text(default="missing", one_of=("breaching", "ignore", "missing", "notBreaching")),
        "unit": Text(one_of=_UNITS),
    }
    outputs = ("arn",)
    unsupported = ("evaluationCriteria", "evaluationInterval", "evaluationWindow", "warmUpConfiguration")
    name = AutoName(max_length=255, unless=())
    exactly_one = (("metricName", "metricQueries"),)
    at_most_one = (
        ("statistic", "extendedStatistic", "metricQueries"),
        ("threshold", "thresholdMetricId"),
        *((name, "metricQueries") for name in ("namespace", "period", "dimensions")),
    )
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

    def check(self, inputs: Properties) -> list[CheckFailure]:
        failures = []
        if inputs.get("metricName") not in (None, UNKNOWN):
            statistics = [inputs[name] for name in ("statistic", "extendedStatistic") if name in inputs]
            if not statistics:
                failures.append(CheckFailure("statistic", "one of statistic, extendedStatistic must be set"))
        queries = inputs.get("metricQueries")
        for index, query in enumerate(queries if isinstance(queries, list) else ()):
            if isinstance(query, dict) and query.get("expression") and query.get("metric"):
                failures.append(CheckFailure(f"metricQueries[{index}]", "has both an expression and a metric"))
        return failures

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.cloudwatch.delete_alarms(AlarmNames=[id_])


TYPES = (MetricAlarm,)
