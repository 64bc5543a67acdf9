"""How long it takes, and that it ends: the healer and the group together in the model's time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.healing.world import World, a_world, refuse


def time_to_mark(world: World, instance_id: str, minutes: int = 10) -> float:
    """Seconds from the fault to the mark."""
    since = world.aws.instances[instance_id].faults["system"]
    moments: list[float] = []
    before = world.aws.before

    def note(action: str) -> None:
        before(action)
        if action == "SetInstanceHealth" and since is not None:
            moments.append((world.aws.now - since).total_seconds())

    world.aws.before = note
    world.run(minutes)
    return moments[0]


@given(st.integers(0, 59), st.integers(1, 60))
@settings(max_examples=40)
def test_one_fault_is_marked_within_its_window_and_65_seconds(phase: int, size: int) -> None:
    world = a_world(size)
    world.aws.latency = timedelta(milliseconds=80)
    world.aws.fail("i-00000")
    world.aws.advance(phase)

    assert time_to_mark(world, "i-00000") <= 120 + 65


@given(st.integers(0, 59), st.booleans())
@settings(max_examples=30)
def test_with_every_other_call_throttled_within_its_window_and_3_minutes(phase: int, first: bool) -> None:  # noqa: FBT001 - drawn
    world = a_world(20)
    calls = [int(first)]

    def every_other(action: str) -> None:
        calls[0] += 1
        if calls[0] % 2:
            raise refuse(action, "RequestLimitExceeded", "Request limit exceeded.")

    world.aws.before = every_other
    world.aws.fail("i-00000")
    world.aws.advance(phase)

    assert time_to_mark(world, "i-00000") <= 120 + 180


def test_a_fault_in_a_sound_zone_is_marked_within_30_minutes_of_a_flood_in_another() -> None:
    world = a_world(30)
    for instance in world.aws.instances.values():
        if instance.zone == "zone-a":
            instance.faults["system"] = world.aws.now
    world.run(12)
    world.aws.fail("i-00001")

    assert time_to_mark_of(world, "i-00001") <= 30 * 60


@pytest.mark.parametrize("size", [4, 20])
@pytest.mark.parametrize("code", ["ValidationError", "ResourceContention"])
def test_one_whom_aws_refuses_keeps_nobody_waiting(size: int, code: str) -> None:
    """i-00000 has been broken for longer and goes first; AWS refuses each of its marks."""
    world = a_world(size)
    world.aws.fail("i-00000", since=world.aws.now - timedelta(hours=1))
    world.aws.advance(60)
    world.aws.fail("i-00001")

    def before(action: str) -> None:
        if action == "SetInstanceHealth" and world.aws.requests[-1][1]["InstanceId"] == "i-00000":
            raise refuse(action, code, "not now")

    world.aws.before = before

    assert time_to_mark_of(world, "i-00001") <= 120 + 65


def test_another_is_marked_in_the_same_sweep_in_place_of_one_whom_aws_refuses() -> None:
    world = a_world(4)
    world.aws.fail("i-00000", since=world.aws.now - timedelta(hours=1))
    world.aws.fail("i-00001", since=world.aws.now - timedelta(seconds=300))

    def before(action: str) -> None:
        if action == "SetInstanceHealth" and world.aws.requests[-1][1]["InstanceId"] == "i-00000":
            raise refuse(action, "ResourceContention", "not now")

    world.aws.before = before

    assert world.sweep()["reasons"]["marked"] == ["i-00001"]


def test_one_whose_mark_is_never_answered_goes_after_the_others_in_the_next_sweep() -> None:
    world = a_world(4)
    world.aws.fail("i-00000", since=world.aws.now - timedelta(hours=1))
    world.aws.fail("i-00001", since=world.aws.now - timedelta(seconds=300))

    def before(action: str) -> None:
        if action == "SetInstanceHealth" and world.aws.requests[-1][1]["InstanceId"] == "i-00000":
            raise refuse(action, "InternalFailure", "broken", 500)

    world.aws.before = before
    world.run(2)

    assert world.lines[1]["reasons"]["marked"] == ["i-00001"]
    assert [name for name in world.aws.streams if "/refused/i-00000" in name] != []


def time_to_mark_of(world: World, instance_id: str) -> float:
    """Seconds until this very member is marked."""
    began = world.aws.now
    for _ in range(60):
        world.run(1)
        if instance_id in world.aws.marked():
            return (world.aws.now - began).total_seconds()
    return float("inf")


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_a_group_all_of_which_failed_is_healed_in_the_end(size: int) -> None:
    """Never 0 for ever; the limits of the hour say how long it takes."""
    world = a_world(size)
    for instance in world.aws.instances.values():
        instance.faults["system"] = world.aws.now

    world.run(60 * 7)

    assert [instance.id for instance in world.aws.instances.values() if instance.faults] == []


def test_a_bad_image_stops_it_after_two_replacements_and_a_new_version_lets_it_go_on() -> None:
    world = a_world(40)
    world.aws.replacements_break = True
    world.aws.fail("i-00000")
    world.run(90)
    stopped_at = len(world.aws.marked())

    assert stopped_at <= 3
    assert world.lines[-1]["suspended"] != ""
    assert world.aws.metrics[-1]["Suspended"] == 1

    world.aws.replacements_break, world.aws.version = False, "2"
    world.run(30)

    assert len(world.aws.marked()) > stopped_at
    assert world.lines[-1]["result"] == "quiet"


def test_nothing_stampedes_when_a_suspension_ends() -> None:
    """A third of 60 fails one by one while Launch is suspended: then no more than a tenth is ever in flight."""
    world = a_world(60)
    world.aws.suspended.add("Launch")
    for number in range(20):
        world.aws.fail(f"i-{number:05}")
        world.run(10)
    assert world.aws.marked() == []

    world.aws.suspended.clear()
    world.run(5)

    assert len(world.aws.marked()) == 1
    world.run(55)
    assert max(line["in_flight"] for line in world.lines) <= 6
    assert len(world.aws.marked()) <= 12


@given(st.lists(st.integers(0, 59), min_size=1, max_size=20, unique=True), st.integers(0, 40))
@settings(max_examples=15)
def test_in_any_hour_no_more_than_a_fifth_is_marked_and_never_more_than_a_tenth_in_flight(
    faults: list[int], minutes: int
) -> None:
    world = a_world(60)
    for number, fault in enumerate(faults):
        world.aws.fail(f"i-{fault:05}")
        world.run(minutes // 10 if number % 3 else 1)
    world.run(60)

    assert max(line["in_flight"] for line in world.lines) <= 6
    assert len(world.aws.marked()) <= 12 + 12 * (len(world.lines) // 60)
