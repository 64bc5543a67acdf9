"""R3, R6 and the healer's property 18: the topic, the CPU alarms, the dead man's switch."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tap_stack.components import alarms
from tap_stack.healer import report
from tap_stack.healer.decide import decide
from tap_stack.healer.model import Facts, Group, Mode, Policy

from .recording import Registered, tap

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "arn:tap-notifications-dev"


def alarm(thing: str, **settings: str) -> Registered:
    return tap(**settings).one(ALARM, f"tap-{thing}-dev")


def seconds_to_alarm(found: Registered) -> int:
    """How long the fault must last: the data points that it takes, and the period that is under way when it begins.

    Where missing data is the fault, CloudWatch first looks at up to two more periods (CloudWatch User Guide,
    "Configuring how CloudWatch alarms treat missing data").
    """
    inputs = found.inputs
    more = 2 if inputs["treatMissingData"] == "breaching" else 0
    return int(inputs["period"] * (inputs["datapointsToAlarm"] + more + 1))


@pytest.mark.parametrize(
    ("thing", "policy", "operator", "threshold"),
    [("cpu-high", "scale-up", "GreaterThanThreshold", 80), ("cpu-low", "scale-down", "LessThanThreshold", 20)],
)
def test_each_scaling_policy_is_driven_by_its_cpu_alarm(thing: str, policy: str, operator: str, threshold: int) -> None:
    found = alarm(thing, cpuHighThreshold="80", cpuLowThreshold="20").inputs

    assert f"arn:tap-{policy}-dev" in found["alarmActions"]
    metric = cpu(found)
    assert (metric["namespace"], metric["metricName"]) == ("AWS/EC2", "CPUUtilization")
    assert metric.get("stat", metric.get("statistic")) == "Average"
    assert metric["dimensions"] == {"AutoScalingGroupName": "tap-fleet-dev"}
    assert (found["comparisonOperator"], found["threshold"]) == (operator, threshold)


def cpu(inputs: dict[str, Any]) -> dict[str, Any]:
    """The metric of CPU in an alarm, alone or in an expression."""
    queries = inputs.get("metricQueries") or [{"id": "value", "metric": inputs}]
    metric: dict[str, Any] = next(each["metric"] for each in queries if each["id"] == "value")
    return metric


@pytest.mark.parametrize(("detailed", "period"), [("true", 60), ("false", 300)])
def test_cpu_alarms_look_as_often_as_ec2_reports(detailed: str, period: int) -> None:
    found = [alarm(thing, detailedMonitoring=detailed).inputs for thing in ("cpu-high", "cpu-low")]

    assert {cpu(each)["period"] for each in found} == {period}


def test_an_idle_fleet_at_its_minimum_is_not_alarming_and_tells_nobody() -> None:
    found = alarm("cpu-low", cpuLowThreshold="20").inputs

    assert found["alarmActions"] == ["arn:tap-scale-down-dev"]
    assert not found.get("okActions")
    expressions = [each["expression"] for each in found["metricQueries"] if each.get("expression")]
    assert expressions == ["IF(desired > minimum, value, 20)"]
    assert {each["metric"]["metricName"] for each in found["metricQueries"] if each.get("metric")} == {
        "CPUUtilization",
        "GroupDesiredCapacity",
        "GroupMinSize",
    }


@pytest.mark.parametrize(
    ("function", "alarms", "first"),
    [
        ("tap-healer-dev", "-healer-", "tap-healer-first-sweep-dev"),
        ("tap-rollout-dev", "-rollout-silent-", "tap-rollout-first-run-dev"),
    ],
)
def test_an_alarm_that_misses_heartbeats_comes_after_the_first(function: str, alarms: str, first: str) -> None:
    """Missing heartbeats are alarming, so that the alarm would go off as soon as it exists."""
    recording = tap()
    run = recording.one("aws:lambda/invocation:Invocation", first)

    assert run.inputs["functionName"] == recording.one("aws:lambda/function:Function", function).inputs["name"]
    found = [each for name, each in recording.of(ALARM).items() if alarms in name]
    assert found
    assert [each.name for each in found if run.urn not in each.dependencies] == []


def test_no_rollout_begins_before_the_alarms_that_it_is_given() -> None:
    """The component's parts wait for the component, and the component for the alarms."""
    recording = tap()
    rollout = recording.one("tap:index:Rollout")
    function = recording.one("aws:lambda/function:Function", "tap-rollout-dev")
    given = json.loads(function.inputs["environment"]["variables"]["ALARMS"])

    assert given == ["tap-rollout-unhealthy-dev"]
    assert function.parent == rollout.urn
    assert {recording.one(ALARM, name).urn for name in given} <= set(rollout.dependencies)


def test_every_alarm_says_what_it_means_and_tells_the_topic_both_ways() -> None:
    every = tap().of(ALARM).values()

    assert len(every) == 19
    assert [found.name for found in every if not found.inputs["alarmDescription"]] == []
    told = [found for found in every if found.name != "tap-cpu-low-dev"]
    assert [found.name for found in told if TOPIC not in found.inputs["alarmActions"]] == []
    assert [found.name for found in told if found.inputs["okActions"] != [TOPIC]] == []


@pytest.mark.parametrize("thing", ["healer-silent", "rollout-silent"])
def test_a_function_that_stops_is_noticed_within_five_minutes(thing: str) -> None:
    found = alarm(thing).inputs

    assert (found["metricName"], found["statistic"], found["threshold"]) == ("Heartbeat", "Sum", 1)
    assert (found["comparisonOperator"], found["treatMissingData"]) == ("LessThanThreshold", "breaching")
    assert (found["period"], found["evaluationPeriods"], found["datapointsToAlarm"]) == (60, 2, 2)


@pytest.mark.parametrize(
    ("thing", "metric"),
    [
        ("healer-silent", "Heartbeat"),
        ("healer-blind", "BlindSweeps"),
        ("healer-errors", "Errors"),
        ("healer-throttled", "Throttles"),
        ("healer-dropped", "AsyncEventsDropped"),
    ],
)
def test_whatever_ails_the_healer_is_noticed_within_five_minutes(thing: str, metric: str) -> None:
    found = alarm(thing)

    assert found.inputs["metricName"] == metric
    assert seconds_to_alarm(found) <= 300


def test_three_blind_sweeps_in_a_row_are_an_alarm() -> None:
    found = alarm("healer-blind").inputs

    assert (found["evaluationPeriods"], found["datapointsToAlarm"], found["threshold"]) == (3, 3, 1)


@pytest.mark.parametrize(
    ("thing", "metric", "threshold"),
    [
        ("healer-behind", "OldestImpairedAge", 900),
        ("healer-stuck", "Stuck", 1),
    ],
)
def test_what_the_healer_holds_back_for_long_is_an_alarm(thing: str, metric: str, threshold: int) -> None:
    found = alarm(thing).inputs

    assert (found["metricName"], found["threshold"], found["evaluationPeriods"]) == (metric, threshold, 1)


def test_a_suspension_is_an_alarm_at_once_that_outlasts_sweeps_which_do_not_know() -> None:
    found = alarm("healer-suspended").inputs

    assert (found["metricName"], found["threshold"], found["treatMissingData"]) == ("Suspended", 1, "notBreaching")
    assert (found["evaluationPeriods"], found["datapointsToAlarm"]) == (15, 1)


def test_an_impairment_without_a_beginning_is_an_alarm_after_a_quarter_of_an_hour() -> None:
    found = alarm("healer-undated").inputs

    assert (found["metricName"], found["comparisonOperator"]) == ("Undated", "GreaterThanOrEqualToThreshold")
    assert (found["period"], found["threshold"]) == (60, 1)
    assert (found["evaluationPeriods"], found["datapointsToAlarm"]) == (15, 15)


@pytest.mark.parametrize(
    ("settings", "threshold"),
    [
        ({}, 900),
        ({"healthCheckGracePeriod": "600"}, 900),
        ({"healthCheckGracePeriod": "7200"}, 7500),
        ({"healerInstanceCheckWindowSeconds": "3600"}, 3900),
    ],
)
def test_nobody_is_behind_within_a_window_or_a_grace_period(settings: dict[str, str], threshold: int) -> None:
    found = alarm("healer-behind", **settings).inputs

    assert found["threshold"] == threshold
    assert f"more than {threshold // 60} minutes" in found["alarmDescription"]


@pytest.mark.parametrize(
    ("setting", "where"),
    [
        ("GROUP_NAME", "auto_scaling_group_name"),
        ("HEALER_MODE", "tap:healerMode"),
        ("HEALER_POLICY", "tap:healer"),
    ],
)
def test_a_wrong_setting_has_an_alarm_of_its_own_that_names_it_and_where_to_put_it_right(
    setting: str, where: str
) -> None:
    found = alarm(f"healer-settings-{setting.lower().replace('_', '-')}").inputs

    assert (found["namespace"], found["metricName"]) == ("tap/HealthCheck", "WrongSettings")
    assert found["dimensions"] == {"FunctionName": "tap-healer-dev", "Setting": setting}
    assert (found["threshold"], found["evaluationPeriods"], found["datapointsToAlarm"]) == (1, 1, 1)
    assert f"variable {setting} of the function tap-healer-dev" in found["alarmDescription"]
    assert where in found["alarmDescription"]


def test_each_variable_of_the_function_that_can_be_wrong_has_an_alarm() -> None:
    """`TOPIC_ARN` may be empty: a healer that tells nobody still heals."""
    variables = tap().one("aws:lambda/function:Function", "tap-healer-dev").inputs["environment"]["variables"]

    assert set(alarms.SETTINGS) == set(variables) - {"TOPIC_ARN"}


def test_the_alarms_watch_metrics_that_the_healer_publishes_under_the_dimension_that_it_uses() -> None:
    own = [
        found.inputs
        for name, found in tap().of(ALARM).items()
        if found.inputs.get("namespace") == report.NAMESPACE and "-settings-" not in name
    ]

    assert len(own) == 6
    assert {tuple(found["dimensions"].items()) for found in own} == {((report.DIMENSION, "tap-fleet-dev"),)}
    assert {found["metricName"] for found in own} <= set(report.metrics(a_sweep_that_has_looked_back()))


def a_sweep_that_has_looked_back() -> report.Sweep:
    facts = Facts(Group("tap-fleet-dev"), looked_back=True)
    return report.Sweep(
        facts, decide(facts.group, Policy(), facts.history, datetime(2026, 1, 1, tzinfo=UTC)), Mode.LIVE
    )


def test_the_functions_alarms_watch_the_function() -> None:
    own = [found.inputs for found in tap().of(ALARM).values() if found.inputs.get("namespace") == "AWS/Lambda"]

    assert {found["dimensions"]["FunctionName"] for found in own} == {
        found.inputs["name"] for found in tap().of("aws:lambda/function:Function").values()
    }


def test_notifications_are_encrypted_with_a_key_of_the_stacks_own_that_is_rotated() -> None:
    recording = tap()

    assert recording.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == "arn:tap-notifications-dev"
    key = recording.one("aws:kms/key:Key").inputs
    assert (key["enableKeyRotation"], key["deletionWindowInDays"]) == (True, 30)
    assert recording.one("aws:kms/alias:Alias").inputs["name"] == "alias/tap-notifications-dev"


def test_what_the_group_cannot_do_is_caught_and_sent_to_the_topic_as_a_sentence() -> None:
    recording = tap()
    rule = recording.one("aws:cloudwatch/eventRule:EventRule", "tap-scaling-failures-dev").inputs
    target = recording.one("aws:cloudwatch/eventTarget:EventTarget", "tap-scaling-failures-dev").inputs

    assert json.loads(rule["eventPattern"]) == {
        "source": ["aws.autoscaling"],
        "detail-type": ["EC2 Instance Launch Unsuccessful", "EC2 Instance Terminate Unsuccessful"],
        "detail": {"AutoScalingGroupName": ["tap-fleet-dev"]},
    }
    assert target["arn"] == TOPIC
    transformer = target["inputTransformer"]
    assert set(re.findall("<([^>]+)>", transformer["inputTemplate"])) == set(transformer["inputPaths"])
    assert isinstance(json.loads(transformer["inputTemplate"]), str)


def test_somebody_is_subscribed_if_there_is_an_address() -> None:
    found = tap(alarmEmail="oncall@example.com").one("aws:sns/topicSubscription:TopicSubscription").inputs

    assert (found["protocol"], found["endpoint"]) == ("email", "oncall@example.com")
    assert tap().of("aws:sns/topicSubscription:TopicSubscription") == {}
