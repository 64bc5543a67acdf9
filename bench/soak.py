"""Random histories of the healer under a referee, as many as asked for, on all cores: `make soak`.

Most are a quarter of an hour in which much goes wrong. Some are lone faults or floods, which must be marked in time;
some are large groups that wear out for hours, which is where most marks are; some are whole days after a month of
activities. Before all of them the drills are played. Prints how many were played and from which seed, and how many
marks were made; stops at the first property that is broken and says how to see it again. History number n of seed s is
always the same: `--first` goes on where an earlier run ended.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from tap_cli.sim import drills
from tap_cli.sim.aimed import all_drills
from tap_cli.sim.draws import draw, draw_crowd, draw_day
from tap_cli.sim.history import History, PlayedHistory, play
from tap_cli.sim.liveness import (
    KINDS,
    delay_when_alone,
    flood,
    lonely,
    overdue_in_flood,
    overdue_when_alone,
    too_many_late,
)

BATCH = 50  # histories that one process plays before it reports
TELL_EVERY = 60  # seconds
DAY_EVERY, CROWD_EVERY, FLOOD_EVERY, LONELY_EVERY = 1000, 100, 200, 20
"""One in so many is of this kind."""


@dataclass
class Judged:
    """What became of histories: how many, their marks, the delays of lone faults amid throttling, what was broken."""

    histories: int = 0
    marks: int = 0
    delays: list[float] = field(default_factory=list)
    broken: list[tuple[int, list[str]]] = field(default_factory=list)

    def add(self, other: Judged) -> None:
        """Take in others."""
        self.histories += other.histories
        self.marks += other.marks
        self.delays += other.delays
        self.broken += other.broken


def kind_of(number: int) -> str:
    """What kind of history a number is."""
    if number % DAY_EVERY == 7:  # noqa: PLR2004 - any remainder that no other kind has
        return "day"
    if number % CROWD_EVERY == 3:  # noqa: PLR2004 - likewise
        return "crowd"
    if number % FLOOD_EVERY == 1:
        return "flood"
    return KINDS[number // LONELY_EVERY % len(KINDS)] if number % LONELY_EVERY == 0 else "short"


def judge(seed: int, number: int) -> tuple[History, list[str], Judged]:
    """Play one history; what was wrong in it."""
    rng, kind, found = Random(f"{seed}/{number}"), kind_of(number), Judged(1)  # noqa: S311 - a model: repeatable is what it has to be
    late = ""
    if kind in KINDS:
        history, check = lonely(rng, kind)
        outcome, delay = delay_when_alone(history, check)
        late = overdue_when_alone(delay, kind)
        found.delays += [delay] if kind == "throttled" else []
    elif kind == "flood":
        history = flood(rng)
        outcome, late = overdue_in_flood(history)
    else:
        history = DRAWS[kind](rng)
        outcome = play(history)
    broken = [f"property {17 if kind == 'flood' else 16}: {late}"] if late else []
    broken += _words(outcome)
    found.marks = len(outcome.referee.marks)
    found.broken = [(number, broken)] if broken else []
    return history, broken, found


DRAWS = {"day": draw_day, "crowd": draw_crowd, "short": draw}


def _words(outcome: PlayedHistory) -> list[str]:
    return [f"property {each.property} at {each.time:%d %H:%M:%S}: {each.what}" for each in outcome.violations]


def batch(task: tuple[int, int, int, bool]) -> Judged:
    """Play a batch, to its end or to the first that is wrong."""
    seed, first, size, go_on = task
    found = Judged()
    for number in range(first, first + size):
        found.add(judge(seed, number)[2])
        if found.broken and not go_on:
            break
    return found


def soak(given: argparse.Namespace) -> int:
    """Play them all; the exit code."""
    begun = told = time.monotonic()
    found = Judged()
    end = given.first + given.histories
    tasks = [(given.seed, at, min(BATCH, end - at), given.go_on) for at in range(given.first, end, BATCH)]
    with ProcessPoolExecutor(given.jobs) as pool:
        for one in pool.map(batch, tasks):
            found.add(one)
            if one.broken and not given.go_on:
                pool.shutdown(wait=False, cancel_futures=True)
                break
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                print(f"{found.histories:>9,} histories, {found.marks:,} marks, {_rates(found, begun)}", flush=True)
    for number, broken in found.broken:
        print(f"\nhistory {number} of seed {given.seed} breaks a property:", *islice(broken, 5), sep="\n")
        print(f"again: python bench/soak.py --seed {given.seed} --first {number} --show")
    late = too_many_late(found.delays)
    print(f"property 16: {late}" if late else f"{len(found.delays)} lone faults amid random throttling: in time")
    print(f"{found.histories:,} histories from {given.first} of seed {given.seed}, {found.marks:,} marks", end=": ")
    print(f"{len(found.broken)} broken" if found.broken else "no property broken")
    print(f"{time.monotonic() - begun:,.0f} s on {given.jobs} processes: {_rates(found, begun)}")
    return 1 if found.broken or late else 0


def _rates(found: Judged, begun: float) -> str:
    seconds = time.monotonic() - begun
    return f"{found.histories / seconds:,.1f} histories/s, {found.marks / seconds:,.1f} marks/s"


def drill(properties: list[int] | None) -> int:
    """Play the drills, or those of some properties; the exit code."""
    chosen = [each for each in all_drills() if not properties or each.property in properties]
    failed = 0
    for each in chosen:
        wrong = drills.judge(each)
        failed += bool(wrong)
        if wrong:
            print(f"drill {each.name!r} of property {each.property}:", *islice(wrong, 3), sep="\n    ", flush=True)
    print(f"{len(chosen)} drills, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="without it: another one each time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--go-on", action="store_true", help="play on after a broken property, and list them all")
    parser.add_argument("--drills", action="store_true", help="play the drills and nothing else")
    parser.add_argument("--property", type=int, action="append", help="only the drills of these properties")
    parser.add_argument("--show", action="store_true", help="print the first history itself, and what is wrong in it")
    given = parser.parse_args()
    if given.show:
        history, broken, _ = judge(given.seed, given.first)
        print(history, *broken, sep="\n")
        return 1 if broken else 0
    return drill(given.property) or (0 if given.drills else soak(given))


if __name__ == "__main__":
    sys.exit(main())
