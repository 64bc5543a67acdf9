"""Random histories of the healer under a referee, as many as asked for, on all cores: `make soak`.

Prints how many were played and from which seed; stops at the first property that is broken and says how to see it
again. History number n of seed s is always the same: `--first` goes on where an earlier run ended.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from random import Random

from tap_stack.sim.history import History, draw, play
from tap_stack.sim.liveness import flood, lonely, overdue_in_flood, overdue_when_alone

BATCH = 200  # histories that one process plays before it reports
LONELY_EVERY, FLOOD_EVERY = 20, 200


def judge(seed: int, number: int) -> tuple[History, list[str], int]:
    """Play one history; what was wrong in it, and how many marks it had."""
    rng = Random(f"{seed}/{number}")  # noqa: S311 - a model: repeatable is what it has to be
    if number % FLOOD_EVERY == 1:
        history = flood(rng)
        outcome, late = overdue_in_flood(history)
        broken = [f"property 17: {late}"] if late else []
    elif number % LONELY_EVERY == 0:
        history, check = lonely(rng, throttled=number % (2 * LONELY_EVERY) == 0)
        outcome, late = overdue_when_alone(history, check)
        broken = [f"property 16: {late}"] if late else []
    else:
        history = draw(rng)
        outcome, broken = play(history), []
    broken += [f"property {each.property} at {each.time:%H:%M:%S}: {each.what}" for each in outcome.violations]
    return history, broken, len(outcome.referee.marks)


def batch(task: tuple[int, int, int]) -> tuple[int, int, tuple[int, list[str]] | None]:
    """Play a batch: how many, how many marks, and the first that was wrong."""
    seed, first, size = task
    marks = 0
    for number in range(first, first + size):
        _, broken, made = judge(seed, number)
        marks += made
        if broken:
            return number - first + 1, marks, (number, broken)
    return size, marks, None


def tasks(seed: int, first: int, histories: int) -> list[tuple[int, int, int]]:
    """The batches of a run."""
    end = first + histories
    return [(seed, begin, min(BATCH, end - begin)) for begin in range(first, end, BATCH)]


def soak(seed: int, first: int, histories: int, jobs: int) -> int:
    """Play them all; the exit code."""
    begun, played, marks = time.monotonic(), 0, 0
    with ProcessPoolExecutor(jobs) as pool:
        results = pool.map(batch, tasks(seed, first, histories))
        for number, (size, made, wrong) in zip(count(1), results, strict=False):
            played, marks = played + size, marks + made
            if wrong is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                print(f"\nhistory {wrong[0]} of seed {seed} breaks a property:")
                print(*islice(wrong[1], 10), sep="\n")
                print(f"again: python bench/soak.py --seed {seed} --first {wrong[0]} --histories 1 --show")
                return 1
            if number % 25 == 0:
                rate = played / (time.monotonic() - begun)
                print(f"{played:>9,} histories, {marks:,} marks, {rate:,.0f} histories/s", flush=True)
    seconds = time.monotonic() - begun
    last = first + histories - 1
    print(f"{played:,} histories ({first} to {last}) of seed {seed}, {marks:,} marks: no property broken")
    print(f"{seconds:,.0f} s on {jobs} processes, {played / seconds / jobs:,.0f} histories/s each")
    return 0


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="without it: another one each time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--show", action="store_true", help="print the first history itself, and what is wrong in it")
    given = parser.parse_args()
    if given.show:
        history, broken, _ = judge(given.seed, given.first)
        print(history, *broken, sep="\n")
        return 1 if broken else 0
    return soak(given.seed, given.first, given.histories, given.jobs)


if __name__ == "__main__":
    sys.exit(main())
