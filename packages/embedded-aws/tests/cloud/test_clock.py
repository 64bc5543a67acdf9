"""Cloud time: what is scheduled runs in order, time never goes back, and real work is not billed as cloud time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.clock import Clock

START = datetime(2031, 1, 1, tzinfo=UTC)
SECONDS = st.integers(min_value=0, max_value=10_000)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it holds within five real seconds."""
    for _ in range(500):
        if condition():
            return True
        threading.Event().wait(0.01)
    return False


def test_a_new_clock_shows_the_present_in_whole_seconds() -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    now = Clock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.microsecond == 0


def test_time_stands_still_until_it_is_moved() -> None:
    clock = Clock(START)

    clock.advance(90)

    assert clock.now() == after(90)


@given(st.lists(SECONDS, max_size=30), SECONDS)
def test_what_is_due_runs_in_order_at_its_own_time_and_nothing_else_does(whens: list[int], until: int) -> None:
    clock = Clock(START)
    ran: list[tuple[int, datetime]] = []
    for when in whens:
        clock.at(after(when), lambda when=when: ran.append((when, clock.now())))  # type: ignore[misc]

    clock.advance(until)

    expected = sorted(when for when in whens if when <= until)
    assert ran == [(when, after(when)) for when in expected]
    assert clock.now() == after(until)


@given(st.lists(SECONDS, max_size=10), st.lists(SECONDS, min_size=1, max_size=6))
def test_many_small_moves_are_one_big_move(whens: list[int], moves: list[int]) -> None:
    def run(steps: list[int]) -> list[tuple[int, datetime]]:
        clock, ran = Clock(START), list[tuple[int, datetime]]()
        for when in whens:
            clock.at(after(when), lambda when=when: ran.append((when, clock.now())))  # type: ignore[misc]
        for step in steps:
            clock.advance(step)
        return ran

    assert run(moves) == run([sum(moves)])


def test_what_is_due_at_the_same_time_runs_in_the_order_of_scheduling() -> None:
    clock, ran = Clock(START), list[str]()
    for name in "abc":
        clock.at(after(5), lambda name=name: ran.append(name))  # type: ignore[misc]

    clock.advance(5)

    assert ran == ["a", "b", "c"]


def test_what_is_past_already_runs_at_the_next_move_without_turning_time_back() -> None:
    clock, ran = Clock(START), list[datetime]()
    clock.advance(100)
    clock.at(after(10), lambda: ran.append(clock.now()))

    clock.advance(0)

    assert ran == [after(100)]


def test_a_callback_may_schedule_what_still_falls_into_the_same_move() -> None:
    clock, ran = Clock(START), list[datetime]()
    clock.at(after(5), lambda: clock.at(after(7), lambda: ran.append(clock.now())))

    clock.advance(10)

    assert ran == [after(7)]


def test_every_runs_once_a_period_without_drift() -> None:
    clock, ran = Clock(START), list[datetime]()
    clock.every(timedelta(seconds=60), lambda: ran.append(clock.now()))

    clock.advance(59)
    clock.advance(62)
    clock.advance(120)

    assert ran == [after(60), after(120), after(180), after(240)]


def test_a_callback_that_raises_is_heard_and_neither_repeated_nor_the_end_of_its_period() -> None:
    clock, ran = Clock(START), list[datetime]()

    def stumble() -> None:
        ran.append(clock.now())
        if len(ran) == 1:
            raise LookupError("once")

    clock.every(timedelta(seconds=10), stumble)

    with pytest.raises(LookupError, match="once"):
        clock.advance(30)
    assert clock.now() == after(10)
    clock.advance(20)

    assert ran == [after(10), after(20), after(30)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Clock(datetime(2031, 1, 1)), "names no time zone"),  # noqa: DTZ001 - the mistake in question
        (lambda: Clock(START).at(datetime(2031, 1, 1), print), "names no time zone"),  # noqa: DTZ001 - likewise
        (lambda: Clock(START).every(timedelta(0), print), "must be positive"),
        (lambda: Clock(START).every(timedelta(seconds=-1), print), "must be positive"),
        (lambda: Clock(START).advance(-1), "does not go back"),
    ],
)
def test_what_would_break_time_is_refused(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()


def test_a_running_clock_keeps_its_speed() -> None:
    clock = Clock(START, speed=1000)
    began = time.monotonic()
    clock.start()

    assert eventually(lambda: clock.now() > after(200))
    clock.stop()
    real = time.monotonic() - began

    assert clock.now() <= after(1000 * real)
    stopped_at = clock.now()
    threading.Event().wait(0.05)
    assert clock.now() == stopped_at


def test_while_somebody_holds_the_clock_it_runs_at_real_speed_at_most() -> None:
    clock = Clock(START, speed=100_000)
    with clock.hold(), clock.hold():
        clock.start()
        threading.Event().wait(0.1)
        held = clock.now()
    assert eventually(lambda: clock.now() > after(1000))
    clock.stop()

    assert held < after(5)


def test_the_real_time_that_a_callback_takes_does_not_count() -> None:
    clock, seen = Clock(START, speed=1000), list[datetime]()

    def work() -> None:
        threading.Event().wait(0.2)  # 200 cloud seconds, were they counted
        seen.append(clock.now())

    clock.at(after(1), work)
    clock.start()
    assert eventually(lambda: bool(seen))
    clock.stop()

    assert seen == [after(1)]


def test_a_running_clock_survives_a_callback_that_raises_and_tells_of_it() -> None:
    clock, ran = Clock(START, speed=1000), list[str]()

    def stumble() -> None:
        raise LookupError("told")

    clock.at(after(1), stumble)
    clock.at(after(2), lambda: ran.append("on"))
    clock.start()
    assert eventually(lambda: ran == ["on"])
    clock.stop()

    assert len(clock.failures) == 1
    assert "told" in clock.failures[0]


def test_a_callback_may_stop_the_clock() -> None:
    clock = Clock(START, speed=1000)
    stopped = threading.Event()

    def stop() -> None:
        clock.stop()
        stopped.set()

    clock.at(after(1), stop)
    clock.start()

    assert stopped.wait(5)
    threading.Event().wait(0.1)
    stood = clock.now()
    threading.Event().wait(0.1)

    assert clock.now() == stood


def test_a_stopped_clock_can_be_started_again() -> None:
    clock = Clock(START, speed=1000)
    for _ in range(2):
        clock.start()
        clock.start()
        clock.stop()
        clock.stop()
    clock.start()

    assert eventually(lambda: clock.now() > after(10))
    clock.stop()


def test_many_threads_may_schedule_while_time_moves() -> None:
    clock, ran = Clock(START), list[int]()

    def schedule(first: int) -> None:
        for number in range(first, first + 200):
            clock.at(after(number % 50), lambda number=number: ran.append(number))  # type: ignore[misc]

    threads = [threading.Thread(target=schedule, args=(200 * index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        clock.advance(1)
    for thread in threads:
        thread.join()
    clock.advance(100)

    assert sorted(ran) == list(range(800))


def test_what_is_contained_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    clock, ran = Clock(START), list[str]()

    def fail() -> None:
        raise ZeroDivisionError

    with clock.contained("the first of two"):
        fail()
    with clock.contained("the second of two"):
        ran.append("second")

    assert ran == ["second"]
    (told,) = clock.failures
    assert told.startswith("the first of two\nTraceback")
    assert "ZeroDivisionError" in told
    assert caplog.messages == ["the first of two failed"]
