"""Auto Scaling's own events: what a rule of EventBridge sees of launches and terminations, as its target gets it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .conftest import Place

REFRESH = "EC2 Auto Scaling Instance Refresh "
ANYTHING = {"source": ["aws.autoscaling"]}


class Listener:
    """Somebody whose topic a rule sends every event of Auto Scaling's to, whole."""

    def __init__(self, place: Place) -> None:
        self._place = place
        sns, events, account = place.cloud.client("sns"), place.cloud.client("events"), place.cloud.account
        self.topic = sns.create_topic(Name="heard")["TopicArn"]
        rule = events.put_rule(Name="heard", EventPattern=json.dumps(ANYTHING))["RuleArn"]
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": self.topic,
            "Condition": {
                "ArnEquals": {"aws:SourceArn": rule},
                "StringEquals": {"aws:SourceAccount": account},
            },
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=policy)
        events.put_targets(Rule="heard", Targets=[{"Id": "t", "Arn": self.topic}])
        sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint="a@example.com")
        token = place.cloud.notifications.deliveries(self.topic)[-1].message
        sns.confirm_subscription(TopicArn=self.topic, Token=token)

    def heard(self, group: str) -> list[dict[str, Any]]:
        """The events of one group, oldest first."""
        deliveries = self._place.cloud.notifications.deliveries(self.topic)
        events = [json.loads(each.message) for each in deliveries if each.kind == "Notification"]
        return [event for event in events if event["detail"]["AutoScalingGroupName"] == group]


@pytest.fixture(scope="module")
def listener(place: Place) -> Iterator[Listener]:
    yield Listener(place)
    events = place.cloud.client("events")
    events.remove_targets(Rule="heard", Ids=["t"])
    events.delete_rule(Name="heard")


def test_a_launch_is_announced_when_the_instance_is_in_service(
    place: Place, create: Callable[..., str], listener: Listener
) -> None:
    name = create(DesiredCapacity=1, VPCZoneIdentifier=place.subnets[0])

    (event,) = listener.heard(name)

    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    instance = found["Instances"][0]["InstanceId"]
    (activity,) = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    assert (event["detail-type"], event["source"]) == ("EC2 Instance Launch Successful", "aws.autoscaling")
    assert event["resources"] == [
        found["AutoScalingGroupARN"],
        f"arn:aws:ec2:us-east-1:{place.cloud.account}:instance/{instance}",
    ]
    assert event["time"] == event["detail"]["EndTime"] == f"{activity['EndTime']:%Y-%m-%dT%H:%M:%SZ}"
    assert event["detail"] == {
        "StatusCode": "InProgress",
        "Description": f"Launching a new EC2 instance: {instance}",
        "AutoScalingGroupName": name,
        "ActivityId": activity["ActivityId"],
        "Details": {"Availability Zone": "us-east-1a", "Subnet ID": place.subnets[0]},
        "RequestId": activity["ActivityId"],
        "StatusMessage": "",
        "EndTime": event["time"],
        "EC2InstanceId": instance,
        "StartTime": f"{activity['StartTime']:%Y-%m-%dT%H:%M:%SZ}",
        "Cause": activity["Cause"],
        "Origin": "EC2",
        "Destination": "AutoScalingGroup",
    }


def test_a_termination_is_announced_when_the_instance_is_gone(
    place: Place, create: Callable[..., str], listener: Listener
) -> None:
    name = create(DesiredCapacity=1, MinSize=0)
    before = len(listener.heard(name))

    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=0)
    assert len(listener.heard(name)) == before
    place.cloud.clock.advance(300)

    (event,) = listener.heard(name)[before:]
    assert event["detail-type"] == "EC2 Instance Terminate Successful"
    assert event["detail"]["EC2InstanceId"] == listener.heard(name)[0]["detail"]["EC2InstanceId"]
    assert (event["detail"]["Origin"], event["detail"]["Destination"]) == ("AutoScalingGroup", "EC2")
    assert "shrinking the capacity from 1 to 0" in event["detail"]["Cause"]


def test_a_launch_that_ec2_refuses_is_announced_with_ec2s_reason(
    place: Place, create: Callable[..., str], listener: Listener
) -> None:
    iam = place.cloud.client("iam")
    name = create(DesiredCapacity=0, MinSize=0, VPCZoneIdentifier=place.subnets[0])

    iam.delete_instance_profile(InstanceProfileName="profile")
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=1)
    place.cloud.clock.advance(10)
    iam.create_instance_profile(InstanceProfileName="profile")

    event = listener.heard(name)[0]
    assert event["detail-type"] == "EC2 Instance Launch Unsuccessful"
    assert (event["detail"]["StatusCode"], event["detail"]["EC2InstanceId"]) == ("Failed", "")
    assert "Invalid IAM Instance Profile name" in event["detail"]["StatusMessage"]
    assert event["detail"]["Details"]["Availability Zone"] == "us-east-1a"
    assert len(event["resources"]) == 1


def test_an_instance_that_never_comes_up_is_announced_as_an_unsuccessful_launch(
    place: Place, create: Callable[..., str], listener: Listener
) -> None:
    name = create(DesiredCapacity=1)
    before = len(listener.heard(name))
    place.cloud.autoscaling.spoil_template(name, None)

    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    place.cloud.clock.advance(60)

    event = listener.heard(name)[before]
    assert event["detail-type"] == "EC2 Instance Launch Unsuccessful"
    assert event["detail"]["EC2InstanceId"].startswith("i-")
    assert "became unhealthy while waiting" in event["detail"]["StatusMessage"]


def test_coming_back_from_standby_is_no_launch(place: Place, create: Callable[..., str], listener: Listener) -> None:
    name = create(DesiredCapacity=1, MinSize=0)
    before = listener.heard(name)
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    away = {"AutoScalingGroupName": name, "InstanceIds": [found["Instances"][0]["InstanceId"]]}

    place.autoscaling.enter_standby(**away, ShouldDecrementDesiredCapacity=True)
    place.autoscaling.exit_standby(**away)
    place.cloud.clock.advance(120)

    assert listener.heard(name) == before


def test_each_checkpoint_the_baking_and_the_end_of_a_refresh_are_announced(
    place: Place, create: Callable[..., str], listener: Listener
) -> None:
    name = create()
    wished = {"LaunchTemplate": {"LaunchTemplateId": place.template, "Version": "2"}}
    slow = {"CheckpointPercentages": [50, 100], "CheckpointDelay": 120, "BakeTime": 60, "AutoRollback": True}
    started = place.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name, DesiredConfiguration=wished, Preferences=slow
    )
    place.cloud.clock.advance(900)
    undone = {"LaunchTemplate": {"LaunchTemplateId": place.template, "Version": "1"}}
    place.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name, DesiredConfiguration=undone, Preferences={"AutoRollback": True}
    )
    place.cloud.clock.advance(10)
    place.autoscaling.rollback_instance_refresh(AutoScalingGroupName=name)
    place.cloud.clock.advance(300)

    heard = [each for each in listener.heard(name) if each["detail-type"].startswith(REFRESH)]
    assert [each["detail-type"].removeprefix(REFRESH) for each in heard] == [
        "Started",
        "Checkpoint Reached",
        "Started Baking",
        "Succeeded",
        "Started",
        "Rollback Started",
        "Rollback Succeeded",
    ]
    assert heard[1]["detail"] == {
        "InstanceRefreshId": started["InstanceRefreshId"],
        "AutoScalingGroupName": name,
        "CheckpointPercentage": "50",
        "CheckpointDelay": "120",
    }


def test_an_instance_that_waits_for_a_lifecycle_action_is_announced(
    place: Place, create: Callable[..., str], listener: Listener
) -> None:
    hook = {"LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
    name = create(DesiredCapacity=1, LifecycleHookSpecificationList=[hook])

    (event,) = listener.heard(name)
    (instance,) = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0][
        "Instances"
    ]
    assert event["detail-type"] == "EC2 Instance-launch Lifecycle Action"
    assert len(event["detail"].pop("LifecycleActionToken")) == 36
    assert event["detail"] == {
        "AutoScalingGroupName": name,
        "LifecycleHookName": "h",
        "EC2InstanceId": instance["InstanceId"],
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
        "Origin": "EC2",
        "Destination": "AutoScalingGroup",
    }
