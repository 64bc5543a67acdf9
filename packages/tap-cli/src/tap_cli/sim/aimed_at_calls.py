"""The drills about single requests that fare badly, and about what nobody has foreseen (7, 12, 14, 16, 19 and 20)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_cli.sim.drills import (
    Drill,
    a_group,
    all_of,
    every_sweep_tells,
    ill,
    marked_between,
    marks,
    metric,
    never,
    reason,
    sweeps_fail,
)

WINDOW = 120  # seconds, of a system check (property 6)
IN_TIME = 65  # seconds after its window within which a fault is marked (property 16)
AT_THE_LATEST = 600  # seconds after its window, whatever becomes of calls (property 16)
A_WEEK_AHEAD = "2026-01-07T00:00:00Z"


def refusals() -> Iterator[Drill]:
    """16: one whom AWS does not mark does not keep the others waiting, in a group where one is marked at a time."""
    for at in (10, 40):  # one of the two is due long before the next sweep, whenever sweeps come
        for code in ("ValidationError", "ResourceContention"):
            refused = (("SetInstanceHealth", "the first is refused", code),)
            group = a_group(12, ill(at, 2), troubled=refused, minutes=6)
            due = at + WINDOW
            in_time = marked_between(due / 60, (due + IN_TIME) / 60)
            yield Drill(16, f"the first of two is refused, {code}, {at} s", group, all_of(marks(1), in_time))
    unheard = a_group(12, ill(10, 2), troubled=(("SetInstanceHealth", "the first is lost", None),), minutes=14)
    at_last = marked_between((10 + WINDOW) / 60, (10 + WINDOW + AT_THE_LATEST) / 60)
    yield Drill(16, "marks of the first of two never arrive", unheard, all_of(marks(1), at_last, every_sweep_tells))


def delays() -> Iterator[Drill]:
    """14, 17 and 19: what takes long leaves no time for a mark, and the sweep says that it was the time."""
    long_read = (("DescribeScalingActivities", "slow", 5.0),)
    short = a_group(12, ill(10), troubled=long_read, seconds=18, minutes=6)
    no_time = all_of(marks(0), reason("capped_calls"), never("blind"), every_sweep_tells)
    yield Drill(19, "the last read leaves no time for a mark", short, no_time)
    old, fresh = (300.0, "2026-01-01T00:24:24Z"), (420.0, "2026-01-01T00:27:00Z")
    long_record = (("CreateLogStream", "lost at first", (3, "known/")),)
    late = a_group(12, ill(70), troubled=long_record, every=3600, events=(old, fresh), minutes=9)
    held = all_of(marks(1), reason("capped_calls"), marked_between(7, 8))
    yield Drill(14, "the event is old by the time that a mark is recorded", late, held)
    two = a_group(45, ill(70, 2), troubled=long_record, every=3600, events=(old, fresh), minutes=9)
    yield Drill(17, "two are recorded and no time is left to mark them", two, marks(2))


def crashes() -> Iterator[Drill]:
    """20: what nobody has foreseen ends a sweep, and not without its line; 7: its metric is told as well."""
    puzzle = (("DescribeAutoScalingGroups", "puzzling", "HealthCheckGracePeriod"),)
    told = all_of(marks(0), sweeps_fail, metric("BlindSweeps", 1))
    yield Drill(20, "an answer that nobody has foreseen", a_group(12, ill(10), altered=puzzle, minutes=6), told)


def relapses() -> Iterator[Drill]:
    """12: a replacement whose check failed for its window has gone badly, and stays so when its check passes again."""
    passes: dict[str, Any] = {"check": "system", "repair_after_seconds": 220}
    spared = {"value": A_WEEK_AHEAD, "ill": True}
    fails = [(60.0 * at, "fail-newest", passes) for at in (7, 18)]
    tagged = [(60.0 * at + 5, "tag", spared) for at in (7, 18)]
    faults = [ill(60.0 * at, veterans=True) for at in (0, 11, 24)]
    group = a_group(40, *faults, *fails, *tagged, age_minutes=90, minutes=32)
    yield Drill(12, "two replacements fail and recover", group, all_of(marks(2), reason("suspended_bad_image")))
