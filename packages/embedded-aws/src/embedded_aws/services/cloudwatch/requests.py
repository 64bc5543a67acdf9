"""Requests about alarms: which are accepted, and which alarms they are about.

Source: CloudWatch API Reference, PutMetricAlarm, DescribeAlarms, DescribeAlarmsForMetric (botocore 1.44.5). The words:
hashicorp/terraform-provider-aws 29894 (one element returns data); aws-cloudformation/cfn-lint 766, 771 and 1306 (what
is set with a list of metrics, what must not be null). Where no report has AWS's words, they are the reference's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from embedded_aws.calls import AwsError
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
_HOUR = 3600
_LOW_SAMPLES = frozenset({"evaluate", "ignore"})
_OF_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_LONGEST_TOKEN = 9


def check(params: Mapping[str, Any]) -> None:
    """Refuse what could not be evaluated later. Raises AwsError: with the parameter and its value."""
    operator = params.get("ComparisonOperator")
    if operator is not None and operator not in evaluation.OPERATORS:
        raise invalid(f"ComparisonOperator {operator} is not part of the embedded CloudWatch")
    for name in ("ThresholdMetricId", "EvaluationCriteria", "EvaluationInterval"):
        if params.get(name):
            raise invalid(f"{name} is not part of the embedded CloudWatch")
    for name in ("ComparisonOperator", "EvaluationPeriods", "Threshold"):
        if params.get(name) is None:
            raise invalid(f"{name} must not be null")
    treatment = params.get("TreatMissingData", "missing")
    if treatment not in evaluation.TREATMENTS:
        raise invalid(f"TreatMissingData {treatment} is none of {sorted(evaluation.TREATMENTS)}")
    low_samples = params.get("EvaluateLowSampleCountPercentile", "evaluate")
    if low_samples not in _LOW_SAMPLES:
        raise invalid(f"EvaluateLowSampleCountPercentile {low_samples} is none of {sorted(_LOW_SAMPLES)}")
    if params.get("DatapointsToAlarm", 1) > params["EvaluationPeriods"]:
        raise invalid("DatapointsToAlarm must not be greater than EvaluationPeriods")
    if "Metrics" in params:
        _check_metrics(params)
    else:
        _check_metric(params)


def _check_metric(params: Mapping[str, Any]) -> None:
    """An alarm on one metric: all of it, with one statistic."""
    for name in ("MetricName", "Namespace", "Period"):
        if params.get(name) is None:
            raise invalid(f"{name} must not be null")
    given = [name for name in ("Statistic", "ExtendedStatistic") if params.get(name)]
    if len(given) != 1:
        raise invalid("You must specify either Statistic or ExtendedStatistic, but not both.")
    statistics.check(params[given[0]])
    _check_period(params["Period"], params["EvaluationPeriods"])


def _check_metrics(params: Mapping[str, Any]) -> None:
    """An alarm on metric math: nothing of a single metric, and one query that is judged."""
    for name in _OF_ONE_METRIC:
        if name in params:
            raise invalid(f"{name} should not be set if list of Metrics is set.")
    queries = params["Metrics"]
    check_queries(queries)
    if sum(each.get("ReturnData", True) for each in queries) != 1:
        raise invalid("Exactly one element of the metrics list should return data.")
    for each in queries:
        period = each["MetricStat"]["Period"] if "MetricStat" in each else each.get("Period")
        if period is not None:
            _check_period(period, params["EvaluationPeriods"])


def check_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse MetricDataQueries that cannot be told apart, or of which one is none or two.

    Raises:
        AwsError: `ValidationError`.
    """
    for each in queries:
        if not _ID.fullmatch(each["Id"]):
            raise invalid(f"The value {each['Id']} for parameter Id is invalid: {_ID.pattern}")
        if ("Expression" in each) == ("MetricStat" in each):
            raise invalid(f"You must specify either Expression or MetricStat, but not both, for {each['Id']}.")
    if len({each["Id"] for each in queries}) < len(queries):
        raise invalid("The values for parameter Id in MetricDataQueries are not unique.")


def _check_period(seconds: int, periods: int) -> None:
    if seconds not in _HIGH_RESOLUTION and (seconds <= 0 or seconds % 60):
        raise invalid(f"Period {seconds} is neither 10, 20, 30 nor a multiple of 60")
    name, most = ("7 days", 604_800) if seconds >= _HOUR else ("a day", 86_400)
    if seconds * periods > most:
        formula = f"EvaluationPeriods * Period must be <= {most}"
        raise invalid(f"Metrics cannot be checked across more than {name} ({formula}).")


def invalid(message: str) -> AwsError:
    """A ValidationError."""
    return AwsError("ValidationError", message)


def begin(params: Mapping[str, Any]) -> int:
    """Where the page of a listing begins that a NextToken leads to. Raises AwsError: it is none of ours."""
    token = str(params.get("NextToken") or 0)
    if not (token.isascii() and token.isdecimal() and len(token) <= _LONGEST_TOKEN):
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return int(token)


def page(alarms: Iterable[Mapping[str, Any]], params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DescribeAlarms from all described alarms, in the order of their names."""
    shown = sorted((each for each in alarms if _is_asked_for(each, params)), key=lambda alarm: str(alarm["AlarmName"]))
    size = params.get("MaxRecords", _NAMED_PAGE if params.get("AlarmNames") else _PAGE)
    first = begin(params)
    here = shown[first : first + size]
    answer: dict[str, Any] = {
        "MetricAlarms": [each for each in here if "AlarmRule" not in each],
        "CompositeAlarms": [each for each in here if "AlarmRule" in each],
    }
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
        ("CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm") in types
        and (not params.get("AlarmNames") or alarm["AlarmName"] in params["AlarmNames"])
        and alarm["AlarmName"].startswith(params.get("AlarmNamePrefix", ""))
        and params.get("StateValue") in {None, alarm["StateValue"]}
        and ("ActionPrefix" not in params or any(arn.startswith(params["ActionPrefix"]) for arn in actions))
    )
