"""Instance refreshes through the API: alarms, checkpoints, and what cannot be rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Place

Create = Callable[..., str]
ALARM = "errors-of-the-new-version"


@pytest.fixture
def alarm(place: Place) -> Iterator[str]:
    cloudwatch = place.cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="mine",
        MetricName="Errors",
        Statistic="Maximum",
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=1,
        Period=60,
        EvaluationPeriods=1,
        TreatMissingData="notBreaching",
    )
    yield ALARM
    cloudwatch.delete_alarms(AlarmNames=[ALARM])


def start(place: Place, name: str, **preferences: Any) -> None:
    wished = {"LaunchTemplate": {"LaunchTemplateId": place.template, "Version": "2"}}
    place.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name, DesiredConfiguration=wished, Preferences=preferences
    )


def last(place: Place, name: str) -> dict[str, Any]:
    told = place.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
    return dict(told[0])


def version(place: Place, name: str) -> str:
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return str(found[0]["LaunchTemplate"]["Version"])


def test_an_alarm_that_goes_off_rolls_it_back(place: Place, create: Create, alarm: str) -> None:
    name = create()
    start(place, name, AutoRollback=True, AlarmSpecification={"Alarms": [alarm]}, BakeTime=3600)
    assert last(place, name)["Preferences"]["AlarmSpecification"] == {"Alarms": [alarm]}
    place.cloud.clock.advance(60)

    place.cloud.client("cloudwatch").put_metric_data(
        Namespace="mine", MetricData=[{"MetricName": "Errors", "Value": 1, "Timestamp": place.cloud.clock.now()}]
    )
    place.cloud.clock.advance(600)

    told = last(place, name)
    assert (told["Status"], version(place, name)) == ("RollbackSuccessful", "1")
    assert alarm in told["RollbackDetails"]["RollbackReason"]


@pytest.mark.parametrize(
    ("preferences", "words"),
    [
        ({"CheckpointPercentages": [50, 20]}, "ascending"),
        ({"CheckpointDelay": 60}, "needs CheckpointPercentages"),
        ({"AlarmSpecification": {"Alarms": ["nothing"]}}, "nothing does not exist"),
        ({"AlarmSpecification": {"Alarms": [f"a{number}" for number in range(11)]}}, "at most 10"),
    ],
)
def test_preferences_that_cannot_be_are_refused(
    place: Place, create: Create, preferences: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words):
        start(place, create(), **preferences)


def test_a_rollback_needs_a_desired_configuration(place: Place, create: Create) -> None:
    with pytest.raises(ClientError, match="DesiredConfiguration parameter is empty"):
        place.autoscaling.start_instance_refresh(AutoScalingGroupName=create(), Preferences={"AutoRollback": True})


def test_a_group_that_follows_a_symbolic_version_cannot_be_rolled_back(place: Place, create: Create) -> None:
    name = create(LaunchTemplate={"LaunchTemplateId": place.template, "Version": "$Latest"})

    with pytest.raises(ClientError, match=r"\$Latest or \$Default"):
        start(place, name, AutoRollback=True)
    start(place, name)
    assert version(place, name) == "$Latest"
    with pytest.raises(ClientError, match="IrreversibleInstanceRefresh"):
        place.autoscaling.rollback_instance_refresh(AutoScalingGroupName=name)


def test_a_template_whose_image_is_a_parameter_cannot_be_rolled_back_to(place: Place, create: Create) -> None:
    image = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    made = place.ec2.create_launch_template(
        LaunchTemplateName="by-parameter",
        LaunchTemplateData={
            "ImageId": image,
            "InstanceType": "t3.micro",
            "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [place.security_group]}],
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    name = create(LaunchTemplate={"LaunchTemplateId": made, "Version": "1"})

    with pytest.raises(ClientError, match="Systems Manager parameter"):
        start(place, name, AutoRollback=True)
