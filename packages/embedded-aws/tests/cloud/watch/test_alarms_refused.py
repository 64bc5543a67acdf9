"""Alarms that CloudWatch refuses when they are put, and one that breaks all the same: the others go on."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend

from embedded_aws.account import ACCOUNT

from .cpu_alarm import REGION, pass_minutes, put_alarm, state

STAT = {"Metric": {"Namespace": "X", "MetricName": "Y"}, "Period": 60, "Stat": "Sum"}
PLAIN = {"AlarmName": "a", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1}
ONE_METRIC = PLAIN | {"Namespace": "X", "MetricName": "Y", "Period": 60, "Statistic": "Sum"}


def metric(identity: str, **more: Any) -> dict[str, Any]:
    return {"Id": identity, "MetricStat": STAT} | more


def without(name: str) -> dict[str, Any]:
    return {each: value for each, value in ONE_METRIC.items() if each != name}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no element returns data": (
        PLAIN | {"Metrics": [metric("m1", ReturnData=False)]},
        "Exactly one element of the metrics list should return data.",
    ),
    "two elements return data": (
        PLAIN | {"Metrics": [metric("m1", ReturnData=True), metric("m2")]},
        "Exactly one element of the metrics list should return data.",
    ),
    "an empty list": (PLAIN | {"Metrics": []}, "Exactly one element of the metrics list should return data."),
    "an id twice": (
        PLAIN | {"Metrics": [metric("m1", ReturnData=False), metric("m1")]},
        "The values for parameter Id in MetricDataQueries are not unique.",
    ),
    "a metric and an expression in one": (
        PLAIN | {"Metrics": [metric("m1", Expression="m2")]},
        "You must specify either Expression or MetricStat, but not both, for m1.",
    ),
    "neither of them": (
        PLAIN | {"Metrics": [{"Id": "m1"}]},
        "You must specify either Expression or MetricStat, but not both, for m1.",
    ),
    "a statistic beside a list": (
        PLAIN | {"Metrics": [metric("m1")], "Statistic": "Sum"},
        "Statistic should not be set if list of Metrics is set.",
    ),
    "a unit beside a list": (
        PLAIN | {"Metrics": [metric("m1")], "Unit": "Count"},
        "Unit should not be set if list of Metrics is set.",
    ),
    "no statistic": (without("Statistic"), "You must specify either Statistic or ExtendedStatistic, but not both."),
    "two statistics": (
        ONE_METRIC | {"ExtendedStatistic": "p99"},
        "You must specify either Statistic or ExtendedStatistic, but not both.",
    ),
    "nothing to watch": (PLAIN, "MetricName must not be null"),
    "no namespace": (without("Namespace"), "Namespace must not be null"),
    "no period": (without("Period"), "Period must not be null"),
    "no threshold": (without("Threshold"), "Threshold must not be null"),
    "more than a day": (
        ONE_METRIC | {"EvaluationPeriods": 1441},
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
    ),
    "more than a day, of a list": (
        PLAIN | {"Metrics": [metric("m1")], "EvaluationPeriods": 2**31 - 1},
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
    ),
    "an action that is no ARN": (ONE_METRIC | {"AlarmActions": ["arn:aws:sns"]}, "Invalid arn syntax: arn:aws:sns"),
    "a function without its argument": (
        PLAIN | {"Metrics": [metric("m1", ReturnData=False), {"Id": "e1", "Expression": "ABS()"}]},
        "the embedded CloudWatch does not support expression 'ABS()'",
    ),
}


@pytest.mark.parametrize(("params", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_an_alarm_that_could_not_be_evaluated_is_refused(world: Any, params: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError) as caught:
        world.client("cloudwatch").put_metric_alarm(**params)

    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ValidationError", told)
    assert world.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_a_week_can_be_checked_by_the_hour(world: Any) -> None:
    put_alarm(world, Period=3600, EvaluationPeriods=168)

    assert state(world) == "INSUFFICIENT_DATA"


def test_a_reason_that_is_no_json_is_refused(world: Any) -> None:
    put_alarm(world)

    with pytest.raises(ClientError) as caught:
        world.client("cloudwatch").set_alarm_state(
            AlarmName="cpu", StateValue="ALARM", StateReason="r", StateReasonData="{"
        )

    assert caught.value.response["Error"]["Message"] == "Data was not syntactically valid JSON."


@pytest.mark.parametrize("listing", ["describe_alarms", "describe_alarm_history", "list_metrics"])
def test_a_token_that_is_none_is_refused(world: Any, listing: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(world.client("cloudwatch"), listing)(NextToken="-1")

    assert caught.value.response["Error"]["Code"] == "InvalidNextToken"


def test_an_alarm_that_breaks_holds_no_other_up(world: Any) -> None:
    put_alarm(world, AlarmName="aaa")
    put_alarm(world)
    broken: Any = get_backend("cloudwatch")[ACCOUNT][REGION].alarms["aaa"]
    broken.threshold = "high"

    pass_minutes(world, 90)

    assert state(world) == "ALARM"
    (told,) = set(world.clock.failures)
    assert told.startswith(f"the evaluation of the alarm aaa in {REGION}")
    world.clock.failures.clear()
