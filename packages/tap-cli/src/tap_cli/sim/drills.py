"""Drills: histories made for one property, in which it forbids or demands something; nothing in them is random.

A drill is passed if the referee finds no broken property and the drill's own demand is met. Drills are quick, so that a
broken rule is noticed in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

from embedded_aws.fleet import GroupSettings, Timings
from embedded_aws.in_process.faults import ApiFaults
from tap_cli.sim.function import SweepFunction
from tap_cli.sim.history import History, PlayedHistory, play

Demand: TypeAlias = Callable[[PlayedHistory], str]
"""What a drill demands: what is wrong, or ""."""
Step: TypeAlias = tuple[float, str, dict[str, Any]]

PATIENT = Timings(native_delay=timedelta(hours=12))
FULL_ZONES = ("a", "b", "c")


@dataclass(frozen=True)
class Drill:
    """One aimed history.

    Attributes:
        demand: What must have happened in it.
    """

    property: int
    name: str
    history: History
    demand: Demand = lambda _: ""


def judge(drill: Drill, healer: SweepFunction | None = None) -> list[str]:
    """Play a drill; everything that is wrong."""
    outcome = play(drill.history, healer)
    broken = [f"property {each.property} at {each.time:%d %H:%M:%S}: {each.what}" for each in outcome.violations]
    missing = drill.demand(outcome)
    return broken + ([f"property {drill.property}: {missing}"] if missing else [])


def a_group(size: int, *steps: Step, minutes: int = 12, **changes: Any) -> History:
    """A history in which nothing else happens to the group; `changes` are of its settings or of the history."""
    of_settings = {key: changes.pop(key) for key in list(changes) if key in GroupSettings.__dataclass_fields__}
    usual: dict[str, Any] = {"zones": FULL_ZONES, "template_version": "1", "grace": timedelta(0)}
    group = GroupSettings(**({"min_size": 0, "max_size": 2 * size + 2, "desired": size} | usual | of_settings))
    history = History(seed=1, minutes=minutes, settings=group, timings=PATIENT, steps=steps)
    calm: dict[str, Any] = {"faults": ApiFaults(latency_seconds=0.1), "prompt_seconds": 1.0}
    return replace(history, **(calm | changes))


# --- what may be demanded ---


def marks(least: int, most: int | None = None) -> Demand:
    """So many marks."""
    highest = least if most is None else most

    def demand(outcome: PlayedHistory) -> str:
        made = len(outcome.referee.marks)
        return "" if least <= made <= highest else f"{made} marks, expected {least} to {highest}"

    return demand


def marked_between(first: float, last: float, least: int = 1) -> Demand:
    """So many marks at least between two times, in minutes of the history, and the first not before."""

    def demand(outcome: PlayedHistory) -> str:
        times = [round((mark.time - outcome.begin).total_seconds() / 60, 2) for mark in outcome.referee.marks]
        inside = [time for time in times if first <= time <= last]
        return "" if len(inside) >= least else f"{len(inside)} marks between {first} and {last} min: {times}"

    return demand


def metric(name: str, least: float) -> Demand:
    """A metric has been so high at some time."""

    def demand(outcome: PlayedHistory) -> str:
        highest = max((values.get(name, 0) for _, values in outcome.account.metrics), default=0)
        return "" if highest >= least else f"{name} was never above {highest}"

    return demand


def noticed(words: str) -> Demand:
    """A notice with these words was sent."""
    return lambda outcome: (
        "" if any(words in str(notice).lower() for notice in outcome.account.notices) else f"no notice says {words!r}"
    )


def reason(name: str) -> Demand:
    """Some line gives this reason."""

    def demand(outcome: PlayedHistory) -> str:
        lines = [json.loads(text) for _, text in outcome.function.lines]
        return "" if any(line.get("reasons", {}).get(name) for line in lines) else f"no line gives the reason {name}"

    return demand


def never(name: str) -> Demand:
    """No line gives this reason."""
    given = reason(name)
    return lambda outcome: "" if given(outcome) else f"a line gives the reason {name}"


def stays_suspended(outcome: PlayedHistory) -> str:
    """Some sweep suspends itself for the image, and so do all after it."""
    lines = [json.loads(text) for _, text in outcome.function.lines]
    suspended = [bool(line.get("suspended")) for line in lines]
    if not any(suspended):
        return "no sweep is suspended"
    return "" if all(suspended[suspended.index(True) :]) else "a sweep after a suspended one is not suspended"


def every_sweep_tells(outcome: PlayedHistory) -> str:
    """Each sweep has left a line, and none has crashed."""
    lines = [json.loads(text) for _, text in outcome.function.lines]
    if outcome.function.errors:
        return f"{outcome.function.errors} sweeps failed: {lines[-1:]}"
    return "" if len(lines) == outcome.account.sessions else f"{len(lines)} lines of {outcome.account.sessions} sweeps"


def sweeps_fail(outcome: PlayedHistory) -> str:
    """Some invocations have failed, which is what the function's own alarm looks at."""
    return "" if outcome.function.errors else "no sweep has failed"


def all_of(*demands: Demand) -> Demand:
    """Several demands."""
    return lambda outcome: "; ".join(filter(None, (demand(outcome) for demand in demands)))


def ill(at: float, count: int = 1, **more: Any) -> Step:
    """Some members fail a check, at so many seconds."""
    return at, "fail", {"check": "system", "count": count} | more
