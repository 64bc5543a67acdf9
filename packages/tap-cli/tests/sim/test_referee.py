"""The referee is not blind: a healer without rules breaks nearly all of them before its eyes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from embedded_aws.fleet import GroupSettings, Timings
from embedded_aws.in_process.faults import ApiFaults
from tap_cli.sim.draws import draw
from tap_cli.sim.history import History, play
from tap_cli.sim.policies import Breaker, MarkAll
from tap_cli.sim.tags import is_ahead
from tap_stack.healer import handler
from tap_stack.healer.handler import Surroundings

SIXTY = GroupSettings(0, 120, 60, ("a", "b", "c"), "1")


def a_history(*steps: tuple[float, str, dict[str, Any]], minutes: int = 20) -> History:
    return History(seed=7, minutes=minutes, settings=SIXTY, timings=Timings(), steps=steps)


def test_a_healer_without_rules_breaks_them_before_the_referees_eyes() -> None:
    history = a_history((60, "fail", {"check": "system", "percent": 90}), (400, "suspend", {"processes": ["Launch"]}))
    broken = {each.property for each in play(history, MarkAll(3)).violations}

    assert broken >= {3, 4, 5, 6, 8, 9, 20}


def test_a_breaker_that_marks_all_at_once_breaks_the_caps() -> None:
    history = a_history(
        (60, "fail", {"check": "system", "percent": 18, "zone": "a"}), (60, "fail", {"check": "ebs", "count": 8})
    )
    broken = {each.property for each in play(history, Breaker()).violations}

    assert broken >= {3, 4}


def test_the_healer_as_it_is_breaks_nothing() -> None:
    history = a_history((60, "fail", {"check": "system", "percent": 90}), (400, "suspend", {"processes": ["Launch"]}))

    assert play(history).violations == []


JOINED = History(
    seed=3403743575,
    minutes=6,
    settings=GroupSettings(0, 136, 67, ("a", "b", "c"), "1", warmup=timedelta(seconds=60)),
    timings=Timings(boot_jitter=timedelta(seconds=30), mark_reaction=timedelta(seconds=5)),
    steps=(
        (
            171.87852615086723,
            "flap",
            {"percent": 54, "zone": "a", "check": "system", "down_seconds": 60, "up_seconds": 60, "times": 3},
        ),
        (126.99650542055075, "fail", {"check": "system", "over_seconds": 0, "count": 4}),
    ),
    faults=ApiFaults(throttled=0.1, broken=0.1, latency_seconds=2.0),
    seconds=30,
)


def test_nobody_is_blamed_for_a_member_that_joined_after_the_last_look() -> None:
    """The zone fell below the share of the brake when one joined; the sweep had been shown it under the brake."""
    assert play(JOINED).violations == []


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("9999-12-31T23:59:59-05:00", True),
        ("0001-01-01T00:00:00+05:00", False),
        ("2026-01-01t08:00:00z", True),
        ("2026-01-01T05:29:59+05:30", False),
        ("2026-01-01T05:30:01+05:30", True),
        ("2026-01-01T00:00Z", False),
        ("2026-02-30T00:00:00Z", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_times_in_tags_are_read_at_their_own_offset(text: str, ahead: object) -> None:
    assert is_ahead(text, datetime(2026, 1, 1, tzinfo=UTC)) is ahead


class Unsettled:
    """The healer with other numbers than it says."""

    def __init__(self, numbers: str) -> None:
        self._numbers = numbers

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:
        environ = {**around.environ, "HEALER_POLICY": self._numbers}
        return handler.sweep(
            event, context, Surroundings(around.clients, environ, around.sleep, around.random, around.emit)
        )


@pytest.mark.parametrize(
    ("numbers", "number"),
    [
        ('{"system_check_window_seconds": 60}', 6),
        ('{"in_flight_percent": 50, "sweep_percent": 50, "burst_percent": 100}', 3),
        ('{"sweep_percent": 50, "burst_percent": 100, "in_flight_percent": 50}', 4),
        ('{"burst_percent": 100, "sweep_percent": 5}', 10),
    ],
)
def test_a_healer_with_other_numbers_is_caught(numbers: str, number: int) -> None:
    history = a_history((60, "fail", {"check": "system", "percent": 40}))

    assert number in {each.property for each in play(history, Unsettled(numbers)).violations}


def test_the_same_history_plays_the_same_twice() -> None:
    """Threads and all: sweeps at once, an API that fails."""
    for number in range(12):
        history = draw(Random(number))  # noqa: S311 - a model
        first, again = play(history), play(history)

        assert first.function.lines == again.function.lines
        assert first.account.calls == again.account.calls
