"""The drills about images: what a bad one stops, which launches speak of which, and warm pools (property 12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from embedded_aws.fleet.settings import Override, PoolState, WarmPool
from embedded_aws.fleet.words import Words
from tap_cli.sim.drills import (
    PATIENT,
    Drill,
    Step,
    a_group,
    all_of,
    every_sweep_tells,
    ill,
    marked_between,
    marks,
    reason,
    stays_suspended,
)

HOUR = timedelta(hours=1)


def every_minute(step: str, first: float, minutes: int, every: float = 1, **params: Any) -> list[Step]:
    """The same step again and again, from a minute on, for so many minutes."""
    return [(60 * (first + every * number), step, params) for number in range(int(minutes / every))]


def images() -> Iterator[Drill]:
    """12: a bad image stops it, and nothing but another image lets it go on."""
    frail = (0.0, "frail", {"version": "1", "within_minutes": 12})
    wear = (5.0, "wear", {"every_seconds": 240, "minutes": 400, "veterans": True})
    yield Drill(
        12,
        "replacements fail within minutes",
        a_group(100, frail, wear, minutes=70),
        all_of(marks(2, 14), reason("suspended_bad_image")),
    )
    native = replace(PATIENT, native_delay=timedelta(seconds=240))
    yield Drill(
        12,
        "AWS's own check is faster",
        a_group(100, frail, wear, minutes=70, timings=native),
        all_of(marks(0, 14), reason("suspended_bad_image")),
    )
    mended = a_group(
        100, frail, wear, (2400.0, "template", {"version": "2"}), *every_minute("terminate", 41, 10, 2), minutes=75
    )
    yield Drill(12, "another version takes over", mended, marked_between(45, 75, least=3))
    refreshed = a_group(100, frail, wear, (2400.0, "refresh", {}), (2410.0, "cancel-refresh", {}), minutes=75)
    yield Drill(12, "a refresh is begun and cancelled", refreshed, all_of(marks(2, 14), reason("suspended_bad_image")))
    never = (
        (5.0, "template", {"version": "2", "bad": "never-boots"}),
        *[ill(60.0 * (5 * number + 2)) for number in range(6)],
    )
    yield Drill(
        12,
        "replacements never boot",
        a_group(40, *never, minutes=35),
        all_of(marks(1, 4), reason("suspended_bad_image")),
    )
    dry: tuple[Step, ...] = ((5.0, "no-machines", {"zone": "a"}), (10.0, "desired", {"to": 61}))
    yield Drill(
        12,
        "launches of a scale-out fail",
        a_group(60, *dry, ill(60), zones=("a",), minutes=9),
        all_of(marks(0), reason("suspended_bad_image")),
    )
    another: tuple[Step, ...] = (
        (300.0, "machines", {"zone": "a"}),
        (320.0, "refresh", {"version": "2"}),
        (440.0, "cancel-refresh", {}),
    )
    returned = a_group(60, *dry, ill(150), *another, zones=("a",), minutes=14)
    yield Drill(12, "a refresh to another version launches some and is cancelled", returned, stays_suspended)
    for by in ("person", "spot"):
        taken: list[Step] = [(60.0 * (4 + 5 * number), "take-newest", {"by": by}) for number in range(5)]
        others = a_group(60, *[ill(300.0 * number) for number in range(7)], *taken, minutes=40, capacity_rebalance=True)
        yield Drill(12, f"a {by} takes the replacements", others, marks(6, 8))


def excused() -> Iterator[Drill]:
    """12: failures in a zone excuse the image where that zone is at fault, and not where it only may have been."""
    frail = (0.0, "frail", {"version": "1", "within_minutes": 3})
    taken = (340.0, "fail", {"check": "instance", "told": "insufficient", "zone": "a", "genuine": False})
    beside = (frail, ill(10, 2, zone="a"), taken, ill(480, zone="b"))
    by_itself = replace(PATIENT, native_delay=timedelta(minutes=5))
    lost = a_group(20, *beside, zones=("a", "b", "c", "d"), minutes=13, timings=by_itself)
    yield Drill(12, "the group has replaced one by itself beside two bad ones", lost, stays_suspended)


FRAIL: dict[str, Any] = {"within_minutes": 12}
WEAR: Step = (5.0, "wear", {"every_seconds": 240, "minutes": 400, "veterans": True})
RENAMED: tuple[tuple[str, str, tuple[Override, ...], Step], ...] = (
    ("$Latest follows", "$Latest", (), (2400.0, "publish", {"version": "2"})),
    ("another template with the same number", "lt-a:1", (), (2400.0, "template", {"version": "lt-b:1"})),
    (
        "an override's template",
        "lt-a:1",
        (Override("m5.large", "lt-c:1"),),
        (2400.0, "overrides", {"templates": ["lt-c:2"]}),
    ),
)
"""What it is, the template at first, its overrides, and the step by which another image takes over."""


def templates() -> Iterator[Drill]:
    """12: which image it is: by the template's id and its version as resolved, of overrides too."""
    renewed = every_minute("terminate", 42, 10, 2)
    for name, key, overrides, change in RENAMED:
        frail: list[Step] = [(0.0, "frail", FRAIL | {"version": version}) for version in (key, "1", "lt-c:1")]
        steps = (*frail, WEAR, change, *renewed)
        group = a_group(100, *steps, minutes=80, template_version=key, overrides=overrides)
        yield Drill(12, f"{name}: it is stopped", replace(group, minutes=40), reason("suspended_bad_image"))
        yield Drill(12, f"{name}: it resumes", group, marked_between(46, 80, least=3))
    seconds = [1020.0 * number for number in range(6)]
    dry: list[Step] = [(second + 100, "no-machines", {"zone": "a"}) for second in seconds]
    wet: list[Step] = [(second + 200, "machines", {"zone": "a"}) for second in seconds]
    faults = [ill(second, veterans=True) for second in seconds]
    frail_one: Step = (0.0, "frail", FRAIL | {"version": "1"})
    again = a_group(100, frail_one, *faults, *dry, *wet, zones=("a",), minutes=58, grace=HOUR, age_minutes=90)
    second_try = replace(again, words=Words(retried=Words().grown))
    yield Drill(12, "replacements come at the second try", second_try, marks(1))


def pools() -> Iterator[Drill]:
    """4, 10, 12: a warm pool's activities are read, and its instances are never marked."""
    for state in PoolState:
        pool = WarmPool(min_size=4, state=state)
        yield Drill(
            12,
            f"a warm pool, {state.value}",
            a_group(20, ill(200), ill(800), minutes=30, warm_pool=pool),
            all_of(marks(2), every_sweep_tells),
        )
    burst = a_group(100, ill(200, 24), minutes=40, warm_pool=WarmPool(min_size=30))
    yield Drill(10, "a burst beside a warm pool", burst, marks(5, 30))
    frail = (0.0, "frail", {"version": "1", "within_minutes": 12})
    wear = (5.0, "wear", {"every_seconds": 240, "minutes": 400, "veterans": True})
    bad = a_group(60, frail, wear, minutes=60, warm_pool=WarmPool(min_size=6))
    dead = (5.0, "template", {"version": "2", "bad": "never-boots"})
    refills = a_group(30, dead, *map(ill, (60, 360, 660, 960)), minutes=25, warm_pool=WarmPool(min_size=8))
    yield Drill(12, "launches into the pool fail", refills, all_of(marks(1, 2), reason("suspended_bad_image")))
    yield Drill(12, "a bad image in a warm pool", bad, all_of(marks(2, 14), reason("suspended_bad_image")))
