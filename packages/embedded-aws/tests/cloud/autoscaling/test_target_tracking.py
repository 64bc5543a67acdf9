"""Target tracking through the API: its alarms, and what they do to a group."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Place

Create = Callable[..., str]
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 50.0}
MINUTE = 60
WINDOW = 15 * MINUTE
"""Of the low alarm: so long a scale-in waits."""


def track(place: Place, group: str, name: str = "cpu", **configuration: Any) -> dict[str, Any]:
    answer: dict[str, Any] = place.autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        EstimatedInstanceWarmup=60,
        TargetTrackingConfiguration=configuration
        if "CustomizedMetricSpecification" in configuration
        else CPU | configuration,
    )
    return answer


def alarms(place: Place, group: str) -> dict[str, dict[str, Any]]:
    """The alarms of a group's policies by the part of the name that says which they are."""
    found = place.cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"TargetTracking-{group}-")
    return {each["AlarmName"].split("-")[-6]: each for each in found["MetricAlarms"]}


def desired(place: Place, group: str) -> int:
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    return int(found["AutoScalingGroups"][0]["DesiredCapacity"])


@pytest.fixture
def group(create: Create) -> str:
    """A group of two that may have ten."""
    return create(MaxSize=10)


def test_a_policy_has_the_pair_of_alarms_that_aws_makes(place: Place, group: str) -> None:
    answer = track(place, group)

    high, low = alarms(place, group)["AlarmHigh"], alarms(place, group)["AlarmLow"]
    assert re.fullmatch(
        rf"TargetTracking-{group}-AlarmHigh-[0-9a-f]{{8}}-([0-9a-f]{{4}}-){{3}}.{{12}}", high["AlarmName"]
    )
    assert answer["Alarms"] == [{"AlarmName": each["AlarmName"], "AlarmARN": each["AlarmArn"]} for each in (high, low)]
    assert [(each["EvaluationPeriods"], each["Threshold"], each["ComparisonOperator"]) for each in (high, low)] == [
        (3, 50.0, "GreaterThanThreshold"),
        (15, 45.0, "LessThanThreshold"),
    ]
    assert {(each["MetricName"], each["Period"], each["Statistic"]) for each in (high, low)} == {
        ("CPUUtilization", MINUTE, "Average")
    }
    assert high["Dimensions"] == [{"Name": "AutoScalingGroupName", "Value": group}]
    assert high["AlarmActions"] == low["AlarmActions"] == [answer["PolicyARN"]]
    told = place.autoscaling.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"][0]
    assert told["Alarms"] == answer["Alarms"]
    assert told["TargetTrackingConfiguration"]["TargetValue"] == 50.0


def test_the_group_grows_in_proportion_and_shrinks_only_after_a_quarter_of_an_hour(place: Place, group: str) -> None:
    place.cloud.set_work(group, 100)  # of one instance: half of each
    track(place, group)
    place.cloud.clock.advance(5 * MINUTE)
    assert desired(place, group) == 2

    place.cloud.set_work(group, 310)  # the two have more than they can do; seven would be at 44 %
    place.cloud.clock.advance(5 * MINUTE)
    assert desired(place, group) == 4  # CPU ends at 100 %: no more than twice as many can be known to be needed
    place.cloud.clock.advance(10 * MINUTE)
    assert desired(place, group) == 7
    high = alarms(place, group)["AlarmHigh"]
    told = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    cause = f"a monitor alarm {high['AlarmName']} in state ALARM triggered policy cpu changing the desired capacity"
    assert any(f"{cause} from 4 to 7" in each["Cause"] for each in told)

    place.cloud.set_work(group, 140)  # three at 47 %
    place.cloud.clock.advance(WINDOW - MINUTE)
    assert desired(place, group) == 7
    place.cloud.clock.advance(3 * MINUTE)
    assert desired(place, group) == 3
    place.cloud.clock.advance(2 * WINDOW)
    assert desired(place, group) == 3


def test_without_scale_in_there_is_no_low_alarm_and_nothing_goes(place: Place, group: str) -> None:
    track(place, group)
    track(place, group, DisableScaleIn=True)
    assert list(alarms(place, group)) == ["AlarmHigh"]

    place.cloud.clock.advance(2 * WINDOW)  # idle
    assert desired(place, group) == 2


def test_all_policies_must_agree_before_anything_goes(place: Place, group: str) -> None:
    queue = {
        "CustomizedMetricSpecification": {
            "MetricName": "Waiting",
            "Namespace": "Jobs",
            "Dimensions": [{"Name": "Group", "Value": group}],
            "Statistic": "Average",
        },
        "TargetValue": 10.0,
    }
    cloudwatch = place.cloud.client("cloudwatch")

    def wait(minutes: int, waiting: float) -> None:
        for _ in range(minutes):
            metric = {"MetricName": "Waiting", "Value": waiting, "Dimensions": [{"Name": "Group", "Value": group}]}
            cloudwatch.put_metric_data(Namespace="Jobs", MetricData=[metric])
            place.cloud.clock.advance(MINUTE)

    track(place, group)
    track(place, group, "queue", **queue)
    wait(20, waiting=9.5)  # the CPU is idle, and this is within a tenth of its target
    assert desired(place, group) == 2
    wait(5, waiting=15)
    assert desired(place, group) == 3
    wait(25, waiting=1)
    assert desired(place, group) == 1


def test_a_policy_without_data_does_nothing(place: Place, group: str) -> None:
    metric = {"MetricName": "None", "Namespace": "Jobs", "Statistic": "Average"}
    place.autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="none",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={"CustomizedMetricSpecification": metric, "TargetValue": 1},
    )
    place.cloud.clock.advance(2 * WINDOW)

    assert {each["StateValue"] for each in alarms(place, group).values()} == {"INSUFFICIENT_DATA"}
    assert desired(place, group) == 2


def test_metric_math_is_followed_too(place: Place, group: str) -> None:
    dimensions = [{"Name": "AutoScalingGroupName", "Value": group}]
    stat = {"Metric": {"MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Dimensions": dimensions}}
    queries = [
        {"Id": "cpu", "MetricStat": {**stat, "Stat": "Average"}, "ReturnData": False},
        {"Id": "twice", "Expression": "cpu * 2", "ReturnData": True},
    ]
    place.autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="math",
        PolicyType="TargetTrackingScaling",
        EstimatedInstanceWarmup=0,
        TargetTrackingConfiguration={"CustomizedMetricSpecification": {"Metrics": queries}, "TargetValue": 100},
    )
    place.cloud.set_work(group, 150)  # 75 % each: three instances
    place.cloud.clock.advance(6 * MINUTE)

    assert desired(place, group) == 3


def test_its_alarms_keep_their_names_and_go_with_the_policy_or_the_group(place: Place, group: str) -> None:
    first = track(place, group)["Alarms"]
    assert track(place, group, TargetValue=60.0)["Alarms"] == first
    assert alarms(place, group)["AlarmLow"]["Threshold"] == 54.0
    place.autoscaling.delete_policy(AutoScalingGroupName=group, PolicyName="cpu")
    assert alarms(place, group) == {}

    assert track(place, group)["Alarms"] != first
    place.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group, ForceDelete=True)
    place.cloud.clock.advance(MINUTE)
    assert alarms(place, group) == {}


def test_a_suspended_or_disabled_policy_does_nothing(place: Place, group: str) -> None:
    track(place, group)
    place.autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["AlarmNotification"])
    place.cloud.set_load(group, 100)
    place.cloud.clock.advance(5 * MINUTE)
    assert desired(place, group) == 2

    place.autoscaling.resume_processes(AutoScalingGroupName=group)
    place.autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        Enabled=False,
        TargetTrackingConfiguration=CPU,
    )
    place.cloud.clock.advance(5 * MINUTE)
    assert desired(place, group) == 2


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        (None, "TargetTrackingConfiguration is required"),
        ({"TargetValue": 50.0}, "Exactly one of PredefinedMetricSpecification"),
        ({**CPU, "TargetValue": 0}, "TargetValue must be greater than 0"),
        (
            {"TargetValue": 9.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}},
            "ResourceLabel None is not valid",
        ),
        (
            {
                "TargetValue": 9.0,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ALBRequestCountPerTarget",
                    "ResourceLabel": "app/web/0a/targetgroup/web/0b",
                },
            },
            "is not attached to the Auto Scaling group",
        ),
        (
            {"TargetValue": 9.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageNetworkIn"}},
            "not part of the embedded AWS: PredefinedMetricType=ASGAverageNetworkIn",
        ),
        (
            {
                "TargetValue": 9.0,
                "CustomizedMetricSpecification": {"MetricName": "a", "Namespace": "b"},
            },
            "Statistic must be specified in CustomizedMetricSpecification",
        ),
    ],
)
def test_what_aws_would_refuse_is_refused(
    place: Place, group: str, configuration: dict[str, Any] | None, said: str
) -> None:
    given = {} if configuration is None else {"TargetTrackingConfiguration": configuration}
    with pytest.raises(ClientError, match=re.escape(said)):
        place.autoscaling.put_scaling_policy(
            AutoScalingGroupName=group, PolicyName="wrong", PolicyType="TargetTrackingScaling", **given
        )
    assert place.autoscaling.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"] == []


def test_two_policies_of_a_group_have_two_metrics(place: Place, group: str) -> None:
    track(place, group)
    with pytest.raises(ClientError, match="Only one TargetTrackingScaling policy for a given metric"):
        track(place, group, "another")
