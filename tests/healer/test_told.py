"""What a sweep tells: its metrics, and its notices."""

from __future__ import annotations

from .world import a_broken_world, a_world

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
    assert {item["Dimensions"][0]["Value"] for item in params["MetricData"]} == {"tap-web"}
    assert {item["Dimensions"][0]["Name"] for item in params["MetricData"]} == {"AutoScalingGroupName"}


def test_a_mark_is_told_and_says_who_and_why() -> None:
    world = a_broken_world()
    world.sweep()

    assert world.aws.notices[0]["Subject"] == "tap-web: the healer replaces 1 of 1 impaired instances."
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
