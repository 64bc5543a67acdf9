"""Sweeps that cannot see: a read that fails, or an answer that cannot be trusted, means no mark at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.healing.world import a_broken_world, failing, refuse


@pytest.mark.parametrize(
    "action",
    [
        "DescribeAutoScalingGroups",
        "DescribeInstanceStatus",
        "DescribeTags",
        "DescribeInstanceRefreshes",
        "DescribeScalingActivities",
        "GetManagedResource",
    ],
)
@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("InternalError", 500), ("Strange", 400)])
def test_whichever_read_fails_nothing_is_marked(action: str, code: str, status: int) -> None:
    world = a_broken_world()
    world.aws.shifts = []
    failing(world, action, code, status)

    line = world.sweep()

    assert world.aws.marked() == []
    assert line["result"] == "blind"
    assert line["blind"] == f"{action} failed: {code}: because a test says so"
    assert set(line["reasons"]) <= {"blind"}
    assert world.aws.metrics == [{"Heartbeat": 1, "BlindSweeps": 1}]


def test_one_failed_page_of_many_is_enough_to_be_blind() -> None:
    world = a_broken_world()
    world.aws.page = 1
    for number in range(5):
        world.aws.fail(f"i-{number:05}", "instance", world.aws.now - timedelta(seconds=600))
    pages: list[str] = []

    def before(action: str) -> None:
        pages.append(action)
        if action == "DescribeInstanceStatus" and pages.count(action) > 4:
            raise refuse(action, "InternalError", "no", 500)

    world.aws.before = before

    assert world.sweep()["result"] == "blind"
    assert world.aws.marked() == []


@pytest.mark.parametrize(
    "reply",
    [
        {"AutoScalingGroups": []},
        {},
        {"AutoScalingGroups": [{"AutoScalingGroupName": "tap-other", "DesiredCapacity": 1, "Instances": []}]},
        {"AutoScalingGroups": [{"AutoScalingGroupName": "web", "Instances": []}]},
        {"AutoScalingGroups": [{"AutoScalingGroupName": "web", "DesiredCapacity": 1}]},
        {
            "AutoScalingGroups": [
                {"AutoScalingGroupName": "web", "DesiredCapacity": 1, "Instances": [{"InstanceId": "i-00001"}]}
            ]
        },
        {"AutoScalingGroups": [{"AutoScalingGroupName": "web", "DesiredCapacity": 1, "Instances": []}] * 2},
    ],
)
def test_an_answer_that_cannot_be_trusted_makes_blind(reply: dict[str, Any]) -> None:
    world = a_broken_world()
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: reply

    assert world.sweep()["result"] == "blind"
    assert world.aws.marked() == []


def test_a_member_that_appears_twice_makes_blind() -> None:
    world = a_broken_world()
    twice = world.aws.answer("DescribeAutoScalingGroups")
    twice["AutoScalingGroups"][0]["Instances"] *= 2
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: twice

    assert world.sweep()["result"] == "blind"


@pytest.mark.parametrize(("token", "why"), [("again", "the same NextToken twice"), (None, "more than 100 pages")])
def test_pages_without_end_make_blind(token: str | None, why: str) -> None:
    world = a_broken_world()
    numbers = iter(range(10**6))
    world.aws.answers["DescribeInstanceStatus"] = lambda: {
        "InstanceStatuses": [],
        "NextToken": token or str(next(numbers)),
    }

    assert world.sweep()["blind"] == f"DescribeInstanceStatus: {why}"


def test_a_status_that_does_not_say_whose_it_is_makes_blind() -> None:
    world = a_broken_world()
    world.aws.answers["DescribeInstanceStatus"] = lambda: {"InstanceStatuses": [{}]}

    assert world.sweep()["blind"] == "DescribeInstanceStatus: no 'InstanceId' in the answer"


def test_an_answer_without_a_date_makes_blind() -> None:
    world = a_broken_world()
    world.aws.dated = False

    assert world.sweep()["blind"] == "AWS's answer has no Date header"


def test_a_shift_of_a_zone_that_cannot_be_told_makes_blind() -> None:
    world = a_broken_world()
    world.aws.shifts = [{"awayFrom": "id-unknown", "appliedStatus": "APPLIED"}]
    group = world.aws.answer("DescribeAutoScalingGroups")
    for item in group["AutoScalingGroups"][0]["Instances"]:
        del item["AvailabilityZoneId"]
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: group

    assert world.sweep()["result"] == "blind"


def test_keys_that_an_older_sdk_does_not_know_may_be_missing() -> None:
    world = a_broken_world()
    reply = world.aws.answer("DescribeAutoScalingGroups")
    group = reply["AutoScalingGroups"][0]
    for key in (
        "AvailabilityZoneImpairmentPolicy",
        "LaunchTemplate",
        "HealthCheckGracePeriod",
    ):
        del group[key]
    for item in group["Instances"]:
        del item["AvailabilityZoneId"], item["LaunchTemplate"]
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: reply

    assert world.sweep()["result"] == "acted"
