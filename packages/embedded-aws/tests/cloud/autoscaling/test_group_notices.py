"""What groups tell topics, and target groups as traffic sources, through the whole cloud."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Create = Callable[..., str]
LAUNCH, TERMINATE = "autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_TERMINATE"


class Ear:
    """A topic with a queue that hears it."""

    def __init__(self, place: Any, name: str) -> None:
        sns, self.sqs = place.cloud.client("sns"), place.cloud.client("sqs")
        self.topic = sns.create_topic(Name=name)["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.topic.replace(":sns:", ":sqs:")
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """Subjects and messages, each told once."""
        told = []
        while found := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for each in found:
                body = json.loads(each["Body"])
                told.append((body["Subject"], json.loads(body["Message"])))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return told


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_a_topic_hears_of_launches_and_terminations_that_it_asked_for(place: Any, create: Create) -> None:
    group, ear = create(MinSize=0, DesiredCapacity=0), Ear(place, "both")
    put = place.autoscaling.put_notification_configuration
    put(AutoScalingGroupName=group, NotificationTypes=[LAUNCH], TopicARN=ear.topic)
    assert [subject for subject, _ in ear.heard()] == [f'Auto Scaling: test notification for group "{group}"']

    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
    place.cloud.clock.advance(300)
    ((subject, message),) = ear.heard()
    assert subject == f'Auto Scaling: launch for group "{group}"'
    assert (message["Event"], message["AutoScalingGroupName"]) == (LAUNCH, group)

    put(AutoScalingGroupName=group, NotificationTypes=[TERMINATE], TopicARN=ear.topic)
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=0)
    place.cloud.clock.advance(600)
    told = [message for _, message in ear.heard() if message["Event"] == TERMINATE]
    assert [each["EC2InstanceId"] for each in told] == [message["EC2InstanceId"]]

    place.autoscaling.delete_notification_configuration(AutoScalingGroupName=group, TopicARN=ear.topic)
    told = place.autoscaling.describe_notification_configurations(AutoScalingGroupNames=[group])
    assert told["NotificationConfigurations"] == []


def test_nobody_is_told_of_a_topic_or_a_kind_that_there_is_not(place: Any, create: Create) -> None:
    put, group = place.autoscaling.put_notification_configuration, create(MinSize=0, DesiredCapacity=0)
    gone = "arn:aws:sns:us-east-1:123456789012:gone"
    ear = Ear(place, "one")

    assert refusal(put, AutoScalingGroupName=group, NotificationTypes=[LAUNCH], TopicARN=gone) == "ValidationError"
    assert refusal(put, AutoScalingGroupName=group, NotificationTypes=["x"], TopicARN=ear.topic) == "ValidationError"


def test_a_target_group_is_a_source_of_traffic(place: Any, create: Create) -> None:
    vpc = place.ec2.describe_subnets(SubnetIds=place.subnets[:1])["Subnets"][0]["VpcId"]
    made = place.cloud.client("elbv2").create_target_group(Name="source", Protocol="HTTP", Port=80, VpcId=vpc)
    arn, group = made["TargetGroups"][0]["TargetGroupArn"], create(MinSize=0, DesiredCapacity=0)
    about = {"AutoScalingGroupName": group, "TrafficSources": [{"Identifier": arn, "Type": "elbv2"}]}

    place.autoscaling.attach_traffic_sources(**about)
    (told,) = place.autoscaling.describe_traffic_sources(AutoScalingGroupName=group)["TrafficSources"]
    assert (told["Identifier"], told["Type"], told["State"]) == (arn, "elbv2", "Added")

    place.autoscaling.detach_traffic_sources(**about)
    place.cloud.clock.advance(600)
    assert place.autoscaling.describe_traffic_sources(AutoScalingGroupName=group)["TrafficSources"] == []
    lattice = [{"Identifier": "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/t", "Type": "vpc-lattice"}]
    refused = {"AutoScalingGroupName": group, "TrafficSources": lattice}
    assert refusal(place.autoscaling.attach_traffic_sources, **refused) == "NotImplemented"
