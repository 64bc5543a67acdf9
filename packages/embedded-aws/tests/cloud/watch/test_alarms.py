"""Alarms in cloud time through boto3: when they change state, and how they are found and remembered."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .cpu_alarm import (
    DIMENSIONS,
    REGION,
    SCALE_UP,
    alarm,
    pass_minutes,
    put,
    put_alarm,
    state,
    subscribed,
    summaries,
    topic,
)


def test_a_new_alarm_is_unchecked_and_has_no_data(world: Any) -> None:
    put_alarm(world)

    new = alarm(world)

    assert (new["StateValue"], new["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert new["StateUpdatedTimestamp"] == new["AlarmConfigurationUpdatedTimestamp"] == world.clock.now()


def test_an_alarm_goes_off_and_comes_back_with_the_metric(world: Any) -> None:
    put_alarm(world)

    pass_minutes(world, 50)
    calm = state(world)
    pass_minutes(world, 90)
    alarmed = state(world)
    pass_minutes(world, 50)

    assert (calm, alarmed, state(world)) == ("OK", "ALARM", "OK")


def test_state_changes_carry_cloud_time_and_reason(world: Any) -> None:
    put_alarm(world)
    pass_minutes(world, 90)

    changed = alarm(world)
    began = world.clock.now() - timedelta(minutes=1)

    assert changed["StateUpdatedTimestamp"] == changed["StateTransitionedTimestamp"] == world.clock.now()
    assert changed["StateReason"] == (
        f"Threshold Crossed: 1 datapoint [90.0 ({began:%d/%m/%y %H:%M:%S})] was greater than the threshold (70.0)."
    )
    data = json.loads(changed["StateReasonData"])
    assert (data["statistic"], data["period"], data["recentDatapoints"]) == ("Average", 60, [90.0])


def test_m_out_of_n_datapoints_make_an_alarm(world: Any) -> None:
    put_alarm(world, EvaluationPeriods=3, DatapointsToAlarm=2)

    pass_minutes(world, 90, 50, 50)
    one = state(world)
    pass_minutes(world, 90, 90)

    assert (one, state(world)) == ("OK", "ALARM")


def test_a_missing_heartbeat_alarms_when_missing_is_breaching(world: Any) -> None:
    put_alarm(
        world,
        Statistic="Sum",
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        EvaluationPeriods=3,
        TreatMissingData="breaching",
    )
    pass_minutes(world, 1, 1, 1, 1, 1)
    alive = state(world)

    pass_minutes(world, None, None, None, None)
    still = state(world)
    pass_minutes(world, None)

    # Three periods and the two more that are looked at: five minutes of silence.
    assert (alive, still, state(world)) == ("OK", "OK", "ALARM")
    assert alarm(world)["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 3 periods "
        "and 3 missing datapoints were treated as [Breaching]."
    )


def test_silence_is_insufficient_data_by_default(world: Any) -> None:
    put_alarm(world)
    pass_minutes(world, 50)

    pass_minutes(world, None, None, None)

    assert state(world) == "INSUFFICIENT_DATA"
    assert alarm(world)["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_windows_longer_than_a_minute_slide_by_the_minute(world: Any) -> None:
    put_alarm(world, Period=300, Statistic="Sum", Threshold=3.0, ComparisonOperator="GreaterThanOrEqualToThreshold")

    pass_minutes(world, 1, 1)
    before = state(world)
    pass_minutes(world, 1)

    assert (before, state(world)) == ("OK", "ALARM")


def test_periods_under_a_minute_are_evaluated_every_ten_seconds(world: Any) -> None:
    put_alarm(world, Period=10)
    pass_minutes(world)
    put(world, 90)

    world.clock.advance(10)

    assert state(world) == "ALARM"


def test_dimensions_must_match_exactly(world: Any) -> None:
    put_alarm(world, TreatMissingData="notBreaching")

    put(world, 90, Dimensions=[])
    put(world, 90, Dimensions=[*DIMENSIONS, {"Name": "Zone", "Value": "a"}])
    pass_minutes(world)
    put(world, 90, Dimensions=[{"Name": "AutoScalingGroupName", "Value": "other"}])
    pass_minutes(world, None)

    assert state(world) == "OK"


def test_an_alarm_on_a_percentile_judges_the_percentile(world: Any) -> None:
    put_alarm(world, Statistic=None, ExtendedStatistic="p50")
    pass_minutes(world)
    for value in (10, 20, 100):
        put(world, value)

    pass_minutes(world, 90)

    assert json.loads(alarm(world)["StateReasonData"])["recentDatapoints"] == [55.0]


def test_a_percentile_of_few_samples_changes_nothing_if_told_so(world: Any) -> None:
    put_alarm(world, Statistic=None, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="ignore")

    pass_minutes(world, 100)
    few = state(world)
    for _ in range(100):
        put(world, 100)
    pass_minutes(world, None)

    assert (few, state(world)) == ("INSUFFICIENT_DATA", "ALARM")


def test_an_alarm_may_watch_an_expression(world: Any) -> None:
    def query(name: str, metric: str) -> dict[str, Any]:
        of = {"Namespace": "tap/Test", "MetricName": metric, "Dimensions": DIMENSIONS}
        return {"Id": name, "MetricStat": {"Metric": of, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    put_alarm(
        world,
        **dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period")),
        Metrics=[
            query("errors", "Errors"),
            query("calls", "Calls"),
            {"Id": "rate", "Expression": "errors / calls * 100", "ReturnData": True},
        ],
    )
    pass_minutes(world)
    put(world, 3, MetricName="Errors")
    put(world, 4, MetricName="Calls")
    world.clock.advance(60)

    assert state(world) == "ALARM"
    assert "75.0" in alarm(world)["StateReason"]
    assert alarm(world)["Metrics"][2]["Expression"] == "errors / calls * 100"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"ComparisonOperator": "LessThanLowerThreshold", "ThresholdMetricId": "ad1"}, "LessThanLowerThreshold"),
        ({"TreatMissingData": "shrug"}, "shrug"),
        ({"EvaluationPeriods": 2, "DatapointsToAlarm": 3}, "DatapointsToAlarm"),
        ({"Period": 45}, "45"),
        ({"Statistic": None, "ExtendedStatistic": "tm99"}, "tm99"),
        ({"AlarmActions": [f"arn:aws:automate:{REGION}:ec2:terminate"]}, "ec2:terminate"),
        (
            {
                **dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period")),
                "Metrics": [{"Id": "e", "Expression": "ANOMALY_DETECTION_BAND(m1)", "Period": 60}],
            },
            "ANOMALY_DETECTION_BAND",
        ),
    ],
)
def test_what_cannot_be_evaluated_or_done_is_refused_by_name(world: Any, options: dict[str, Any], named: str) -> None:
    with pytest.raises(ClientError, match=named):
        put_alarm(world, **options)

    assert world.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_an_updated_alarm_keeps_its_state(world: Any) -> None:
    put_alarm(world)
    pass_minutes(world, 90)
    before = alarm(world)

    world.clock.advance(5)
    put_alarm(world, Threshold=99.0)

    after = alarm(world)
    assert (after["StateValue"], after["StateReason"]) == ("ALARM", before["StateReason"])
    assert after["StateUpdatedTimestamp"] == before["StateUpdatedTimestamp"]
    assert after["AlarmConfigurationUpdatedTimestamp"] == world.clock.now()


def test_the_history_tells_configuration_state_and_actions(world: Any) -> None:
    where = topic(world)
    put_alarm(world, AlarmName="told", AlarmActions=[where])
    pass_minutes(world, 90)
    put_alarm(world, AlarmName="told")
    world.client("cloudwatch").delete_alarms(AlarmNames=["told"])

    assert summaries(world, name="told") == [
        'Alarm "told" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {where}",
        'Alarm "told" updated',
        'Alarm "told" deleted',
    ]


def test_history_can_be_narrowed_and_paged(world: Any) -> None:
    put_alarm(world, AlarmName="paged")
    pass_minutes(world, 50, 90, 50)
    cloudwatch = world.client("cloudwatch")
    asked = {"AlarmName": "paged", "HistoryItemType": "StateUpdate", "MaxRecords": 2}

    first = cloudwatch.describe_alarm_history(**asked)
    second = cloudwatch.describe_alarm_history(**asked, NextToken=first["NextToken"])

    shown = [item["HistorySummary"] for page in (first, second) for item in page["AlarmHistoryItems"]]
    assert shown == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]
    assert "NextToken" not in second
    newest = json.loads(first["AlarmHistoryItems"][0]["HistoryData"])
    assert (newest["oldState"]["stateValue"], newest["newState"]["stateValue"]) == ("ALARM", "OK")


def test_a_state_that_is_set_by_hand_acts_and_lasts_until_the_next_evaluation(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where])
    pass_minutes(world, 50)

    world.client("cloudwatch").set_alarm_state(AlarmName="cpu", StateValue="ALARM", StateReason="a drill")
    drilled = alarm(world)
    pass_minutes(world, 50)

    assert (drilled["StateValue"], drilled["StateReason"]) == ("ALARM", "a drill")
    assert len(world.notifications.deliveries(where)) == 1
    assert state(world) == "OK"


@pytest.mark.parametrize("method", ["set_alarm_state", "delete_alarms"])
def test_an_alarm_that_does_not_exist_is_not_found(world: Any, method: str) -> None:
    params: dict[str, dict[str, Any]] = {
        "set_alarm_state": {"AlarmName": "none", "StateValue": "OK", "StateReason": "r"},
        "delete_alarms": {"AlarmNames": ["none"]},
    }

    with pytest.raises(ClientError, match="ResourceNotFound"):
        getattr(world.client("cloudwatch"), method)(**params[method])


def test_alarms_are_found_by_prefix_state_action_and_metric(world: Any) -> None:
    put_alarm(world, AlarmName="a-1", AlarmActions=[SCALE_UP])
    put_alarm(world, AlarmName="a-2")
    put_alarm(world, AlarmName="b-1", MetricName="Other")
    cloudwatch = world.client("cloudwatch")

    def names(**asked: Any) -> list[str]:
        return [each["AlarmName"] for each in cloudwatch.describe_alarms(**asked)["MetricAlarms"]]

    assert names(AlarmNamePrefix="a-") == ["a-1", "a-2"]
    assert names(ActionPrefix="arn:aws:autoscaling") == ["a-1"]
    assert names(StateValue="ALARM") == []
    assert names(AlarmTypes=["CompositeAlarm"]) == []
    page = cloudwatch.describe_alarms(MaxRecords=2)
    assert names(MaxRecords=2, NextToken=page["NextToken"]) == ["b-1"]
    for_metric = cloudwatch.describe_alarms_for_metric(Namespace="tap/Test", MetricName="Other", Dimensions=DIMENSIONS)
    assert [each["AlarmName"] for each in for_metric["MetricAlarms"]] == ["b-1"]


def test_an_alarm_that_is_deleted_evaluates_no_more(world: Any) -> None:
    put_alarm(world)
    world.client("cloudwatch").delete_alarms(AlarmNames=["cpu"])

    pass_minutes(world, 90)

    assert world.around.events == []
