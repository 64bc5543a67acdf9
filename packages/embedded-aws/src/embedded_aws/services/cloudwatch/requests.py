"""Requests about alarms: which are accepted, and which alarms they are about.

Source: CloudWatch API Reference, PutMetricAlarm, DescribeAlarms, DescribeAlarmsForMetric.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from embedded_aws.calls import AwsError, Call
from embedded_aws.services.cloudwatch import evaluation, statistics
from embedded_aws.services.cloudwatch.evaluation import AlarmState

ACTIONS_OF = {
    AlarmState.OK: "OKActions",
    AlarmState.ALARM: "AlarmActions",
    AlarmState.INSUFFICIENT_DATA: "InsufficientDataActions",
}
"""A state to the parameter that holds what is done when an alarm gets into it."""

ACTION_PARAMETERS = tuple(ACTIONS_OF.values())
_PAGE = 50
_NAMED_PAGE = 100  # a request by name may name so many
_HIGH_RESOLUTION = frozenset({10, 20, 30})  # seconds


def refuse_composite(_: Call) -> dict[str, Any]:
    """Answer PutCompositeAlarm: composite alarms are not evaluated here, so they are not stored either."""
    raise AwsError("ValidationError", "composite alarms are not part of the embedded CloudWatch")


def check(params: Mapping[str, Any]) -> None:
    """Refuse what could not be evaluated later. Raises AwsError: with the parameter and its value."""
    operator = params["ComparisonOperator"]
    if operator not in evaluation.OPERATORS:
        raise AwsError("ValidationError", f"ComparisonOperator {operator} is not part of the embedded CloudWatch")
    treatment = params.get("TreatMissingData", "missing")
    if treatment not in evaluation.TREATMENTS:
        raise AwsError("ValidationError", f"TreatMissingData {treatment} is none of {sorted(evaluation.TREATMENTS)}")
    if params.get("DatapointsToAlarm", 1) > params["EvaluationPeriods"]:
        raise AwsError("ValidationError", "DatapointsToAlarm must not be greater than EvaluationPeriods")
    for name in ("Statistic", "ExtendedStatistic"):
        if params.get(name):
            statistics.check(params[name])
    seconds = params.get("Period", 60)
    if seconds not in _HIGH_RESOLUTION and (seconds <= 0 or seconds % 60):
        raise AwsError("ValidationError", f"Period {seconds} is neither 10, 20, 30 nor a multiple of 60")


def page(alarms: Iterable[Mapping[str, Any]], params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DescribeAlarms from all described alarms, in the order of their names."""
    shown = sorted((each for each in alarms if _is_asked_for(each, params)), key=lambda alarm: str(alarm["AlarmName"]))
    size = params.get("MaxRecords", _NAMED_PAGE if params.get("AlarmNames") else _PAGE)
    first = int(params.get("NextToken") or 0)
    answer: dict[str, Any] = {"MetricAlarms": shown[first : first + size], "CompositeAlarms": []}
    return {**answer, "NextToken": str(first + size)} if len(shown) > first + size else answer


def for_metric(alarms: Iterable[Mapping[str, Any]], params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DescribeAlarmsForMetric from all described alarms."""
    metric = (params["Namespace"], params["MetricName"], _dimensions(params))
    shown = [
        alarm
        for alarm in alarms
        if (alarm.get("Namespace"), alarm.get("MetricName"), _dimensions(alarm)) == metric
        and params.get("Statistic") in {None, alarm.get("Statistic")}
    ]
    return {"MetricAlarms": shown}


def _dimensions(shape: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((each["Name"], each["Value"]) for each in shape.get("Dimensions", []))


def _is_asked_for(alarm: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    actions = [arn for name in ACTION_PARAMETERS for arn in alarm[name]]
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    return (
        "MetricAlarm" in types
        and (not params.get("AlarmNames") or alarm["AlarmName"] in params["AlarmNames"])
        and alarm["AlarmName"].startswith(params.get("AlarmNamePrefix", ""))
        and params.get("StateValue") in {None, alarm["StateValue"]}
        and ("ActionPrefix" not in params or any(arn.startswith(params["ActionPrefix"]) for arn in actions))
    )
