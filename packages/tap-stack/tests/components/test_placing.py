"""Where the instances are: the stack's own placement group, weights, reservations, and a topic that hears of them."""

from __future__ import annotations

import pytest

from .recording import tap

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
PLACEMENT = "aws:ec2/placementGroup:PlacementGroup"
NOTIFICATION = "aws:autoscaling/notification:Notification"


def test_nothing_is_said_of_it_by_default() -> None:
    stack = tap()

    assert {"placement", "capacityReservationSpecification"} & stack.one(TEMPLATE).inputs.keys() == set()
    assert stack.of(PLACEMENT) == stack.of(NOTIFICATION) == {}


@pytest.mark.parametrize(("strategy", "partitions"), [("spread", None), ("partition", 7)])
def test_a_placement_group_of_the_stacks_own(strategy: str, partitions: int | None) -> None:
    stack = tap(placementStrategy=strategy)

    group = stack.one(PLACEMENT).inputs
    assert (group["name"], group["strategy"]) == (f"tap-{strategy}-dev", strategy)
    assert group.get("partitionCount") == partitions
    assert stack.one(TEMPLATE).inputs["placement"] == {"groupName": f"tap-{strategy}-dev"}


def test_a_reservation_is_named_in_the_template() -> None:
    wanted = "cr-0123456789abcdef0"
    said = tap(capacityReservation=wanted).one(TEMPLATE).inputs["capacityReservationSpecification"]

    assert said == {"capacityReservationTarget": {"capacityReservationId": wanted}}


def test_a_topic_hears_of_all_that_the_group_launches_and_terminates() -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:watchers"
    told = tap(notificationTopicArn=topic).one(NOTIFICATION).inputs

    assert (told["topicArn"], told["groupNames"]) == (topic, ["tap-fleet-dev"])
    assert sorted(each.removeprefix("autoscaling:EC2_INSTANCE_") for each in told["notifications"]) == [
        "LAUNCH",
        "LAUNCH_ERROR",
        "TERMINATE",
        "TERMINATE_ERROR",
    ]


def test_weights_are_of_the_overrides() -> None:
    group = tap(instanceTypes="t3.small", instanceWeights="t3.micro=1,t3.small=2").one("aws:autoscaling/group:Group")

    overrides = group.inputs["mixedInstancesPolicy"]["launchTemplate"]["overrides"]
    assert [(each["instanceType"], each["weightedCapacity"]) for each in overrides] == [
        ("t3.micro", "1"),
        ("t3.small", "2"),
    ]
