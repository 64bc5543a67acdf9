"""Random histories of the healer under a referee, as many as asked for, on all cores: `make soak`.

Most are a quarter of an hour in which much goes wrong. Some are lone faults or floods, which must be marked in time;
some are large groups that wear out for hours, which is where most marks are; some are whole days after a month of
activities. Before all of them the drills are played. Prints how many were played and from which seed, and how many
marks were made; stops at the first property that is broken and says how to see it again. History number n of seed s is
always the same: `--first` begins at another one. With `--journal FILE` a run that was interrupted goes on where it
ended, as long as the healer and the model of AWS are the same.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from random import Random

import embedded_aws.fleet
import embedded_aws.in_process
import tap_cli.sim
import tap_stack.healer
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


class Journal:
    """The batches that were played to their end, a line each, so that a run can be interrupted.

    Args:
        file: None keeps no journal.
        seed: Of the histories.

    Raises:
        SystemExit: the journal is of another seed, or of another state of the sources.
    """

    def __init__(self, file: Path | None, seed: int) -> None:
        self._file = file
        self.played: dict[int, Judged] = {}
        head = {"seed": seed, "sources": _digest()}
        if file is None:
            return
        if not file.exists():
            file.write_text(json.dumps(head) + "\n")
        first, *lines = file.read_text().splitlines()
        if json.loads(first) != head:
            sys.exit(f"{file} is of another run: it says {first}, this run is {json.dumps(head)}")
        for line in lines:
            entry = json.loads(line)
            self.played[entry.pop("first")] = Judged(**entry)

    def add(self, first: int, one: Judged) -> None:
        """Write down a batch by its first number."""
        if self._file is not None:
            with self._file.open("a") as lines:
                lines.write(json.dumps({"first": first} | asdict(one)) + "\n")


def _digest() -> str:
    """Tells one state of the healer, the model of AWS and the referee from another; comments do not count."""
    packages = (tap_stack.healer, embedded_aws.fleet, embedded_aws.in_process, tap_cli.sim)
    files = sorted(file for package in packages for file in Path(package.__path__[0]).rglob("*.py"))
    code = [ast.dump(ast.parse(file.read_bytes())) for file in (*files, Path(__file__))]
    return hashlib.sha256("".join(code).encode()).hexdigest()[:16]


def soak(given: argparse.Namespace) -> int:
    """Play them all; the exit code."""
    begun = told = time.monotonic()
    journal, found = Journal(given.journal, given.seed), Judged()
    end = given.first + given.histories
    tasks = [(given.seed, at, min(BATCH, end - at), given.go_on) for at in range(given.first, end, BATCH)]
    for _, at, *_ in tasks:
        found.add(journal.played.get(at, Judged()))
    tasks = [task for task in tasks if task[1] not in journal.played]
    known = replace(found)
    if known.histories:
        print(f"{known.histories:,} histories, {known.marks:,} marks: from {given.journal}")
    with ProcessPoolExecutor(given.jobs) as pool:
        for (_, at, size, _), one in zip(tasks, pool.map(batch, tasks), strict=False):
            found.add(one)
            if one.histories == size:
                journal.add(at, one)
            if one.broken and not given.go_on:
                pool.shutdown(wait=False, cancel_futures=True)
                break
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                print(
                    f"{found.histories:>9,} histories, {found.marks:,} marks, {_rates(found, known, begun)}", flush=True
                )
    for number, broken in found.broken:
        print(f"\nhistory {number} of seed {given.seed} breaks a property:", *islice(broken, 5), sep="\n")
        print(f"again: python bench/soak.py --seed {given.seed} --first {number} --show")
    late = too_many_late(found.delays)
    print(f"property 16: {late}" if late else f"{len(found.delays)} lone faults amid random throttling: in time")
    print(f"{found.histories:,} histories from {given.first} of seed {given.seed}, {found.marks:,} marks", end=": ")
    print(f"{len(found.broken)} broken" if found.broken else "no property broken")
    print(f"{time.monotonic() - begun:,.0f} s on {given.jobs} processes: {_rates(found, known, begun)}")
    return 1 if found.broken or late else 0


def _rates(found: Judged, known: Judged, begun: float) -> str:
    seconds = time.monotonic() - begun
    histories, marks = found.histories - known.histories, found.marks - known.marks
    return f"{histories / seconds:,.1f} histories/s, {marks / seconds:,.1f} marks/s"


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
    parser.add_argument("--journal", type=Path, help="a file: what was played is written there and not played again")
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
