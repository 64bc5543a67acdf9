"""The healer's properties over random histories, judged by a referee that looks at the group and not at the healer.

Each test draws histories in which its property has something to forbid: whatever else is drawn, the named steps happen.
Numbers are those of the list in docs/healer.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from embedded_aws.in_process.faults import ApiFaults
from tap_cli.sim.draws import draw
from tap_cli.sim.history import History, play
from tap_cli.sim.liveness import KINDS, delay_when_alone, flood, lonely, overdue_in_flood, overdue_when_alone
from tap_stack.healer import handler
from tap_stack.healer.handler import Surroundings

Recipe = Callable[[Random, History], History]
FEW = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a history takes minutes, and it is short anyway
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
RANDOMS = st.randoms(use_true_random=False)


def also(history: History, *steps: tuple[float, str, dict[str, Any]]) -> History:
    """The same history, in which these things happen too, over at least twelve minutes."""
    return replace(history, minutes=max(12, history.minutes), steps=(*history.steps, *steps))


def failing(rng: Random, history: History, at: float = 60, **changes: Any) -> History:
    """Some genuine failures soon after the beginning."""
    share = {"percent": rng.choice((5, 15, 30, 60, 100))}
    return also(history, (at, "fail", {"check": rng.choice(("system", "ebs"))} | share | changes))


def a_zone_fails(rng: Random, history: History) -> History:
    return failing(rng, history, zone=rng.choice(history.settings.zones), percent=rng.choice((60, 80, 100)))


def a_zone_is_shifted(rng: Random, history: History) -> History:
    zone = rng.choice(history.settings.zones)
    return also(failing(rng, history, at=100, zone=zone), (30, "shift", {"zone": zone}))


def a_burst(rng: Random, history: History) -> History:
    return failing(rng, history, percent=rng.choice((20, 30, 40)), over_seconds=rng.choice((0, 200)))


def a_suspension_ends(rng: Random, history: History) -> History:
    """What fails meanwhile does so too slowly to be a burst: only the backlog is one."""
    process = rng.choice(("Launch", "Terminate", "ReplaceUnhealthy"))
    size = rng.choice((12, 30, 60))
    group = replace(history.settings, desired=size, max_size=2 * size, zones=("a", "b", "c"), maintenance=None)
    patient = replace(history.timings, native_delay=history.timings.native_delay * 12)
    held = replace(history, settings=group, timings=patient, minutes=45, steps=(), faults=ApiFaults())
    held = also(held, (5, "suspend", {"processes": [process]}), (1900, "resume", {"processes": [process]}))
    return failing(rng, held, at=10, percent=40, over_seconds=1500)


def a_bad_template(rng: Random, history: History) -> History:
    bad = rng.choice(("system", "instance", "never-boots"))
    patient = replace(history.timings, native_delay=history.timings.native_delay * 12)
    steps: list[tuple[float, str, dict[str, Any]]] = [
        (60.0 * minute, "fail", {"check": "system", "count": 1}) for minute in range(2, 20, 3)
    ]
    return also(replace(history, minutes=25, timings=patient), (5, "template", {"version": "2", "bad": bad}), *steps)


def processes_suspended(rng: Random, history: History) -> History:
    process = rng.choice(("Launch", "Terminate", "ReplaceUnhealthy"))
    return failing(rng, also(history, (rng.choice((20, 200)), "suspend", {"processes": [process]})))


def a_refresh_bakes(rng: Random, history: History) -> History:
    """Nothing comes or goes, and yet a refresh runs."""
    held = replace(history, steps=(), faults=ApiFaults())
    return failing(rng, also(held, (20, "refresh", {"skip_matching": True, "bake_minutes": 60})))


def the_switch_is_off(rng: Random, history: History) -> History:
    return failing(rng, also(history, (rng.choice((20, 200)), "switch", {"to": "off"})))


def members_are_spared(rng: Random, history: History) -> History:
    return failing(rng, also(history, (20, "spare", {"percent": 50, "minutes": 60})))


def an_hour_of_failures(rng: Random, history: History) -> History:
    """One every seven minutes: no burst, and the group has time to heal between them."""
    size = rng.choice((6, 10, 14, 25))
    group = replace(history.settings, desired=size, max_size=2 * size, maintenance=None)
    patient = replace(history.timings, native_delay=history.timings.native_delay * 12)
    held = replace(history, settings=group, timings=patient, minutes=48, steps=(), faults=ApiFaults())
    return also(held, *((60.0 * minute, "fail", {"check": "system"}) for minute in range(1, 45, 7)))


def nothing_but_throttling(rng: Random, history: History) -> History:
    return replace(history, steps=(), faults=ApiFaults(throttled=rng.choice((0.3, 0.5, 0.7))))


def others_act_too(rng: Random, history: History) -> History:
    deed = rng.choice(("mark", "terminate", "stop", "standby", "detach"))
    return failing(rng, also(history, (rng.random() * 300, deed, {"count": 2})))


def members_on_standby_fail(rng: Random, history: History) -> History:
    aside = also(history, (10, "standby", {"percent": 50}))
    return failing(rng, failing(rng, aside, at=20, lifecycle="Standby", percent=60), at=30, percent=10)


def checks_that_cannot_be_believed(rng: Random, history: History) -> History:
    told = rng.choice(("undated", "future", "insufficient"))
    history = failing(rng, history, told=told)
    return failing(rng, history, over_seconds=300, repair_after_seconds=rng.choice((60, 118, 125)))


def an_api_that_fails(rng: Random, history: History) -> History:
    fault = rng.choice(
        (
            {"throttled": 0.4},
            {"broken": 0.3},
            {"lost_request": 0.2},
            {"lost_reply": 0.3},
            {"lost_page": 0.5, "page_size": 2},
            {"repeated_page": 0.3, "page_size": 2},
            {
                "denied": frozenset(
                    {rng.choice(("DescribeTags", "DescribeScalingActivities", "DescribeInstanceStatus"))}
                )
            },
        )
    )
    return failing(rng, replace(history, faults=ApiFaults(**fault)))


def a_young_group(rng: Random, history: History) -> History:
    patient = replace(history.settings, grace=history.timings.native_delay)
    history = also(replace(history, settings=patient), (30, "terminate", {"percent": 30}))
    return failing(rng, history, at=200)


def two_at_once(rng: Random, history: History) -> History:
    history = replace(history, reserved=False, repeated=0.8, late=0.3, observing=False)
    return failing(rng, replace(history, faults=ApiFaults(latency_seconds=rng.choice((0.2, 2.0, 6.0)))))


def little_time(rng: Random, history: History) -> History:
    """About eleven calls come before the first mark: they leave a few seconds, more or less."""
    group = replace(history.settings, desired=60, max_size=120, grace=history.timings.shutdown)
    held = replace(history, settings=group, steps=(), faults=ApiFaults(latency_seconds=1.2), observing=False)
    return failing(rng, replace(held, seconds=rng.choice((8, 9, 10, 11, 12))), percent=15)


AT_EVERY_MARK: list[tuple[int, Recipe]] = [
    (1, failing),
    (2, others_act_too),
    (2, members_on_standby_fail),
    (3, others_act_too),
    (3, a_burst),
    (4, failing),
    (4, an_hour_of_failures),
    (5, others_act_too),
    (6, checks_that_cannot_be_believed),
    (7, an_api_that_fails),
    (8, a_young_group),
    (9, a_zone_fails),
    (9, a_zone_is_shifted),
    (10, a_burst),
    (11, a_suspension_ends),
    (12, a_bad_template),
    (13, processes_suspended),
    (13, a_refresh_bakes),
    (13, the_switch_is_off),
    (13, members_are_spared),
    (14, two_at_once),
    (19, little_time),
    (19, nothing_but_throttling),
    (20, others_act_too),
]


@pytest.mark.parametrize(
    ("number", "recipe"), AT_EVERY_MARK, ids=[f"p{number:02}-{recipe.__name__}" for number, recipe in AT_EVERY_MARK]
)
@FEW
@given(rng=RANDOMS)
def test_no_history_breaks_the_property(number: int, recipe: Recipe, rng: Random) -> None:
    outcome = play(recipe(rng, replace(draw(rng), observing=False)))

    assert [each for each in outcome.violations if each.property == number] == []


@settings(FEW, max_examples=20)
@given(rng=RANDOMS)
def test_no_history_breaks_any_property(rng: Random) -> None:
    assert play(draw(rng)).violations == []


@FEW
@given(rng=RANDOMS)
def test_observe_mode_writes_nothing(rng: Random) -> None:
    """Property 15."""
    outcome = play(failing(rng, replace(draw(rng), observing=True)))

    assert "SetInstanceHealth" not in outcome.account.calls
    assert outcome.violations == []


class Twice:
    """Each sweep first in observe mode and then live, at the same moment on the same facts."""

    def __init__(self) -> None:
        self.pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:
        observed = handler.sweep(event, context, replace(around, environ={**around.environ, "HEALER_MODE": "observe"}))
        live = handler.sweep(event, context, around)
        self.pairs.append((observed, live))
        return live


@FEW
@given(rng=RANDOMS)
def test_observe_mode_decides_as_live_mode_does(rng: Random) -> None:
    """Property 15."""
    history = failing(rng, draw(rng))
    calm = replace(
        history,
        observing=False,
        reserved=True,
        repeated=0,
        late=0,
        twofold=0,
        faults=ApiFaults(latency_seconds=0),
        altered=(),
    )
    healer = Twice()
    play(calm, healer)

    assert [observed.get("decided") for observed, _ in healer.pairs] == [
        live.get("decided") for _, live in healer.pairs
    ]


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(rng=RANDOMS)
def test_a_lonely_fault_is_marked_in_time(kind: str, rng: Random) -> None:
    """Property 16."""
    outcome, delay = delay_when_alone(*lonely(rng, kind))

    assert overdue_when_alone(delay, kind) == ""
    assert outcome.violations == []
    assert len(outcome.referee.marks) == 1


@settings(FEW, max_examples=3)
@given(rng=RANDOMS)
def test_a_genuine_fault_beside_a_flood_is_marked_within_half_an_hour(rng: Random) -> None:
    """Property 17."""
    outcome, late = overdue_in_flood(flood(rng))

    assert late == ""
    assert outcome.violations == []


@FEW
@given(rng=RANDOMS)
def test_a_sweep_that_ends_well_has_given_its_heartbeat_and_any_other_has_failed(rng: Random) -> None:
    """Property 18, as far as it is the healer's: the alarms are the embedded cloud's to prove."""
    outcome = play(an_api_that_fails(rng, draw(rng)))
    stale = sum(json.loads(text)["result"] == "stale" for _, text in outcome.function.lines)
    beats = sum(values.get("Heartbeat") == 1 for _, values in outcome.account.metrics)

    assert beats + stale + outcome.function.errors >= outcome.account.sessions


def test_whoever_is_denied_a_mark_fails_each_time() -> None:
    """Property 18."""
    history = failing(Random(1), draw(Random(1), size=10), percent=15)  # noqa: S311 - a model
    denied = replace(history, faults=ApiFaults(denied=frozenset({"SetInstanceHealth"})), observing=False)
    outcome = play(denied)

    assert outcome.function.errors > 0
    assert outcome.referee.marks == []
