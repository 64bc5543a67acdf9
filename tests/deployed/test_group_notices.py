"""A topic of somebody's own, which Auto Scaling tells of each launch and termination, there and back."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from support.deployed.stack import Deployed, OneAtATime, Variant

PLAIN = Variant("dev", {"tap:cpuLowThreshold": "0"}, "eu-west-1")


@pytest.fixture
def standing(stacks: OneAtATime) -> Deployed:
    return stacks.deployed_anew(PLAIN)


def test_a_topic_of_ones_own_hears_of_each_launch_and_termination(standing: Deployed) -> None:
    cloud = standing.sandbox.cloud
    cloud.clock.advance(300)  # until the first launches are told, to nobody
    topic = standing.client("sns").create_topic(Name="watchers")["TopicArn"]
    queue = standing.client("sqs").create_queue(QueueName="watchers")["QueueUrl"]
    arn = standing.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    raw = {"RawMessageDelivery": "true"}
    standing.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"], Attributes=raw)

    def heard() -> Counter[str]:
        found: list[dict[str, Any]] = []
        while some := standing.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            found += some
            for each in some:
                standing.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        bodies = [json.loads(each["Body"]) for each in found]
        return Counter(str(each["Event"]).removeprefix("autoscaling:") for each in bodies)

    standing.change(PLAIN, notificationTopicArn=topic)
    assert heard() == {"TEST_NOTIFICATION": 1}
    victim = standing.group["Instances"][0]["InstanceId"]
    cloud.break_instance(victim, "system")
    cloud.clock.advance(900)
    assert heard() == {"EC2_INSTANCE_LAUNCH": 1, "EC2_INSTANCE_TERMINATE": 1}

    standing.change(PLAIN)
    name = {"AutoScalingGroupName": standing.group["AutoScalingGroupName"]}
    standing.client("autoscaling").set_desired_capacity(**name, DesiredCapacity=3)
    cloud.clock.advance(300)
    assert not heard()
