"""What a sweep tells: its metrics, and its notices."""

from __future__ import annotations

from datetime import timedelta

from support.healing.world import a_broken_world, a_world

from tap_stack.healer.vetoes import INSTANCE_TAG

STATUSES = ("SystemStatus", "InstanceStatus", "AttachedEbsStatus")

METRICS = [
    "HealthyInstances",
    "UnhealthyInstances",
    "ReplacedInstances",
    "Heartbeat",
    "Deferred",
    "InFlight",
    "Width",
    "Suspended",
    "BlindSweeps",
    "OldestImpairedAge",
    "Undated",
    "Stuck",
]


def test_the_metrics_are_these_in_this_order() -> None:
    world = a_broken_world()
    world.aws.fail("i-00002")
    world.sweep()

    assert list(world.aws.metrics[0]) == METRICS
    assert world.aws.metrics[0] == {
        "HealthyInstances": 8,
        "UnhealthyInstances": 2,
        "ReplacedInstances": 1,
        "Heartbeat": 1,
        "Deferred": 0,
        "InFlight": 0,
        "Width": 1,
        "Suspended": 0,
        "BlindSweeps": 0,
        "OldestImpairedAge": 0,
        "Undated": 0,
        "Stuck": 0,
    }


def test_metrics_carry_aws_time_and_the_group() -> None:
    world = a_world()
    world.sweep()
    params = world.aws.requests[-1][1]

    assert {item["Timestamp"] for item in params["MetricData"]} == {world.aws.now}
    assert {item["Dimensions"][0]["Value"] for item in params["MetricData"]} == {"web"}
    assert {item["Dimensions"][0]["Name"] for item in params["MetricData"]} == {"AutoScalingGroupName"}


def test_a_mark_is_told_and_says_who_and_why() -> None:
    world = a_broken_world()
    world.sweep()

    assert world.aws.notices[0]["Subject"] == "web: the healer replaces 1 of 1 impaired instances."
    assert "i-00001 in zone-b: system check impaired for 300 s: marked" in world.aws.notices[0]["Message"]


def test_without_a_topic_nobody_is_told() -> None:
    world = a_broken_world()
    world.sweep(TOPIC_ARN="")

    assert "Publish" not in world.aws.made()


def test_what_is_held_back_is_told_when_it_begins_and_again_each_hour() -> None:
    world = a_broken_world(seconds=0)
    world.aws.suspended.add("Launch")

    world.run(3 * 60)

    assert len(world.aws.notices) == 3
    assert "process_suspended" in world.aws.notices[0]["Message"]


def test_the_mode_is_off_where_the_groups_tag_says_so_and_the_tag_is_named() -> None:
    world = a_broken_world()
    world.aws.group_tags["tap:healer"] = "off"

    line = world.sweep()

    assert (line["mode"], line["reasons"]) == ("off", {"vetoed": ["i-00001"]})
    assert line["notes"] == ["group tag tap:healer = 'off' switches the healer off, without an end"]


def test_off_may_carry_an_end_and_ends_by_itself() -> None:
    world = a_broken_world()
    world.aws.group_tags["tap:healer"] = f"Off until {world.aws.now + timedelta(minutes=5):%Y-%m-%dT%H:%MZ}"

    assert world.sweep()["reasons"] == {"vetoed": ["i-00001"]}
    world.aws.advance(300)
    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}


def test_off_without_an_end_is_told_every_day_and_once() -> None:
    world = a_world()
    world.aws.group_tags["tap:healer"] = "off"
    world.aws.now = world.aws.now.replace(hour=8, minute=55) + timedelta(days=1)
    world.run(20)

    assert [notice["Subject"] for notice in world.aws.notices] == [
        "web: the healer is switched off, and 0 instances are impaired."
    ]


def test_a_tag_too_far_ahead_is_told_at_once_and_once() -> None:
    world = a_broken_world()
    world.aws.instance_tags["i-00001", INSTANCE_TAG] = "2099-01-01T00:00:00Z"
    world.run(5)

    assert len(world.aws.notices) == 1
    assert "lies more than 7 days ahead" in world.aws.notices[0]["Message"]
    assert all(line["reasons"] == {"vetoed": ["i-00001"]} for line in world.lines)


def test_a_tag_of_any_text_is_told() -> None:
    world = a_broken_world()
    world.aws.instance_tags["i-00001", INSTANCE_TAG] = "2099-01-01T00:00:00Z" + " " * 200

    world.sweep()

    assert len(world.aws.notices) == 1


def test_an_application_impaired_member_is_not_called_healthy_and_is_named() -> None:
    world = a_broken_world()
    world.aws.answers["DescribeInstanceStatus"] = lambda: {
        "InstanceStatuses": [
            {"InstanceId": id_, "ApplicationStatus": {"Status": "impaired"}}
            | {key: {"Status": "impaired" if id_ == "i-00001" else "ok"} for key in STATUSES}
            for id_ in ("i-00001", "i-00002")
        ]
    }

    line = world.sweep()

    assert line["application_impaired"] == ["i-00001", "i-00002"]
    assert world.aws.metrics[0]["HealthyInstances"] == 8
