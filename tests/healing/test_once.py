"""Once: however often an event comes and however two sweeps get in each other's way, a member is marked once."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st
from support.healing.aws import Aws
from support.healing.world import Context, World, a_broken_world, a_world

LONGEST_SWEEP = 20  # calls of an acting sweep, with some to spare


def test_the_same_event_replayed_100_times_marks_once() -> None:
    world = a_broken_world()
    event = world.event()
    for _ in range(100):
        world.sweep(event)

    assert world.aws.marked() == ["i-00001"]


def test_replayed_while_time_goes_on_it_marks_once_and_then_grows_stale() -> None:
    world = a_broken_world(20)
    world.aws.fail("i-00002", since=world.aws.now - timedelta(seconds=200))
    event = world.event()
    for _ in range(100):
        world.sweep(event)
        world.aws.advance(5)

    assert world.aws.marked() == ["i-00001"]
    assert world.lines[-1]["result"] == "stale"


def test_the_run_that_comes_second_says_so() -> None:
    world = a_broken_world(40)
    event = world.event()
    world.sweep(event)
    world.aws.fail("i-00002", since=world.aws.now - timedelta(seconds=200))

    line = world.sweep(event)

    assert line["reasons"] == {"already_marked": ["i-00001"], "capped_calls": ["i-00002"]}
    assert line["notes"] == ["another run is acting"]
    assert world.aws.marked() == ["i-00001"]


def test_a_mark_that_aws_does_not_show_yet_is_not_made_again() -> None:
    world = a_broken_world()
    world.sweep()
    world.aws.instances["i-00001"].health = "Healthy"
    world.aws.advance(29)

    assert world.sweep()["reasons"] == {"already_marked": ["i-00001"]}


@pytest.mark.parametrize("at", range(LONGEST_SWEEP))
@pytest.mark.parametrize("size", [10, 40, 100])
def test_a_whole_sweep_between_any_two_calls_of_another_marks_nobody_twice(at: int, size: int) -> None:
    world = a_crowd(size)
    event = world.event()
    running = [False]

    def before(_: str) -> None:
        if len(world.aws.requests) == at + 1 and not running[0]:
            running[0] = True
            world.sweep(event)

    world.aws.before = before
    world.sweep(event)

    assert_once_and_within_the_cap(world, size)


@pytest.mark.parametrize("at", range(LONGEST_SWEEP))
@pytest.mark.parametrize("size", [10, 40, 100])
def test_a_whole_sweep_of_another_event_between_any_two_calls_marks_nobody_twice(at: int, size: int) -> None:
    world = a_crowd(size)
    other = {"time": f"{world.aws.now - timedelta(seconds=20):%Y-%m-%dT%H:%M:%SZ}"}
    running = [False]

    def before(_: str) -> None:
        if len(world.aws.requests) == at + 1 and not running[0]:
            running[0] = True
            world.sweep(other)

    world.aws.before = before
    world.sweep()

    assert_once_and_within_the_cap(world, size)


@pytest.mark.parametrize("lost", range(1, 7))
def test_a_lost_answer_never_makes_a_run_meet_its_own_claim(lost: int) -> None:
    """The stream is there, its answer is not: the try after it finds a stream of which nobody knows whose it is."""
    world = a_broken_world()
    left = [lost]

    def lose_one(action: str, _: dict[str, Any]) -> None:
        left[0] -= action == "CreateLogStream"
        if left[0] == 0 and action == "CreateLogStream":
            raise ReadTimeoutError(endpoint_url="https://logs.example")

    world.aws.after(lose_one)

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}
    assert world.aws.marked() == ["i-00001"]


def test_a_record_that_takes_long_is_followed_by_another_look_at_the_time() -> None:
    world = a_broken_world()

    def before(action: str) -> None:
        made = [
            name
            for called, params in world.aws.requests
            if called == "CreateLogStream"
            for name in [params["logStreamName"]]
        ]
        if action == "CreateLogStream" and made[-1].startswith("known/"):
            world.aws.advance(38)

    world.aws.before = before
    line = world.sweep()

    assert line["reasons"] == {"capped_calls": ["i-00001"]}
    assert world.aws.marked() == []


def test_a_mark_whose_answer_was_lost_is_told_as_made_where_the_next_try_finds_it_leaving() -> None:
    world = a_broken_world()
    left = [1]

    def after(action: str, _: dict[str, Any]) -> None:
        if action == "SetInstanceHealth" and left[0]:
            left[0] -= 1
            world.aws.instances["i-00001"].lifecycle = "Terminating"
            raise ReadTimeoutError(endpoint_url="https://autoscaling.example")

    world.aws.after(after)

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}


def test_an_event_from_the_future_does_nothing() -> None:
    world = a_broken_world()
    later = {"time": f"{world.aws.now + timedelta(seconds=60):%Y-%m-%dT%H:%M:%SZ}"}

    assert world.sweep(later)["why"] == "the event lies 60 s in the future"
    assert world.aws.marked() == []


class TurnTaker:
    """Lets two threads make their calls in the order of a schedule; when it is used up, in any order."""

    def __init__(self, schedule: list[int]) -> None:
        self._schedule = schedule
        self._done: set[int] = set()
        self._turn = threading.Condition()

    def wait(self, me: int) -> None:
        """Until it is the turn of `me`."""
        with self._turn:
            assert self._turn.wait_for(lambda: self._is_mine(me), timeout=20)
            if self._schedule:
                self._schedule.pop(0)
            self._turn.notify_all()

    def leave(self, me: int) -> None:
        """`me` makes no more calls."""
        with self._turn:
            self._done.add(me)
            self._turn.notify_all()

    def _is_mine(self, me: int) -> bool:
        while self._schedule and self._schedule[0] in self._done:
            self._schedule.pop(0)
        return not self._schedule or self._schedule[0] == me


@settings(max_examples=60)
@given(st.lists(st.integers(0, 1), max_size=2 * LONGEST_SWEEP), st.sampled_from([10, 40, 100]))
def test_two_sweeps_interleaved_call_by_call_mark_nobody_twice(schedule: list[int], size: int) -> None:
    world = a_crowd(size)
    turns = TurnTaker(list(schedule))
    me = threading.local()
    world.aws.before = lambda _: turns.wait(me.number)
    event = world.event()

    def run(number: int) -> None:
        me.number = number
        try:
            world.sweep(event)
        finally:
            turns.leave(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(world.lines) == 2
    assert_once_and_within_the_cap(world, size)


def test_marks_of_one_event_and_of_the_next_are_at_least_ten_seconds_apart() -> None:
    """So that a slow run can never meet the next one: it stops at 50 s, and the next begins at 60 s."""
    world = a_crowd(100)
    times: list[float] = []

    def before(action: str) -> None:
        if action == "SetInstanceHealth":
            times.append((world.aws.now - began).total_seconds())
            world.aws.now += timedelta(seconds=20)

    began = world.aws.now
    world.aws.before = before
    event = world.event()
    world.sweep(event, Context(world.aws, 900))

    assert max(times) <= 50
    assert [later - earlier for earlier, later in pairwise(times)] == [20.0] * (len(times) - 1)


def a_crowd(size: int) -> World:
    """A world in which a tenth of the members failed at different times."""
    world = a_world(size)
    for number in range(max(2, size // 10)):
        world.aws.fail(f"i-{number:05}", since=world.aws.now - timedelta(seconds=300 + number))
    return world


def assert_once_and_within_the_cap(world: World, size: int) -> None:
    """Nobody is marked twice, somebody is marked, and no more are than may be in flight."""
    marked = world.aws.marked()

    assert len(marked) == len(set(marked))
    assert 1 <= len(marked) <= max(1, size // 10)
    assert unhealthy(world.aws) == set(marked)


def unhealthy(aws: Aws) -> set[str]:
    """Ids that AWS holds for marked."""
    return {instance.id for instance in aws.instances.values() if instance.health == "Unhealthy"}
