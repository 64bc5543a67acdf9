"""Wrong and hostile configurations, as many as asked for, on all cores: `make soak`.

    python -m bench.hostile [--cases 10000] [--seed 5]

Each is refused with a clear error, or registers a stack in this process in which every guardrail is kept and nothing
has broken out of its place (support/hostile/invariants.py). Prints how many of which, by knob; stops at the first that
is neither, without the knobs that do not matter to it, with the command that repeats it. Batch number n of seed s is
always the same.
"""

from __future__ import annotations

import argparse
import gc
import os
import shlex
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from support.hostile.cases import Case, cases
from support.hostile.invariants import outcome, shellcheck

from tap_stack.config.model import knobs
from tap_stack.config.sources import variable
from tap_stack.errors import ConfigError

BATCH = 250  # cases that one process tries before it reports
SHELLCHECKED_EVERY = 100  # of those that are deployed


@dataclass
class Tally:
    """The outcome of some cases.

    Attributes:
        refused: By the knob that was refused, or `a key that is none`.
        deployed: By each knob that was set.
        slowest: Seconds of processor time, and the case, of the dearest refusal.
        failure: The smallest case that broke, and how; None if none did.
    """

    cases: int = 0
    stacks: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    deployed: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    failure: tuple[str, list[str]] | None = None

    def add(self, other: Tally) -> None:
        """Count another one's too."""
        self.cases, self.stacks = self.cases + other.cases, self.stacks + other.stacks
        self.refused += other.refused
        self.deployed += other.deployed
        self.slowest = max(self.slowest, other.slowest)
        self.failure = self.failure or other.failure


class BrokenError(Exception):
    """A case is neither refused clearly nor sound."""


def attempt(case: Case, tally: Tally) -> list[str]:
    """Try one case and count it; what is wrong."""
    began = time.process_time()
    try:
        came, wrong = outcome(case)
    except Exception as error:  # noqa: BLE001 - whatever else escapes is what is looked for
        return [f"{type(error).__name__}: {error!s:.300}"]
    tally.cases += 1
    if isinstance(came, ConfigError):
        tally.refused[knob_of(came.key)] += 1
        tally.slowest = max(tally.slowest, time.process_time() - began)
        return wrong
    tally.stacks += 1
    tally.deployed.update(case.fields())
    if tally.stacks % SHELLCHECKED_EVERY == 1 and (complaint := shellcheck(came)):
        wrong.append(complaint)
    return wrong


def knob_of(key: str) -> str:
    """The knob that a key or a variable belongs to, as an error names it."""
    names = {name: row.field for row in knobs() for name in (row.key, variable(row.env))}
    return names.get(key, "a key that is none")


def batch(task: tuple[int, int, int]) -> Tally:
    """Try a batch."""
    base, number, size = task
    gc.freeze()
    tally = Tally()

    @seed(f"{base}/{number}")
    @settings(
        max_examples=size,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # hypothesis would try hundreds of stacks to make a failure smaller
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(cases())
    def judge(case: Case) -> None:
        if wrong := attempt(case, tally):
            tally.failure = smaller(case, wrong)
            raise BrokenError

    with suppress(BrokenError):
        judge()
    return tally


def smaller(case: Case, wrong: list[str]) -> tuple[str, list[str]]:
    """A case that breaks without the knobs without which it still does, and what is wrong with that."""
    for name in case.names():
        config = {key: value for key, value in case.config.items() if key != name}
        environ = {key: value for key, value in case.environ.items() if key != name}
        less = Case(config, environ)
        if still := attempt(less, Tally()):
            case, wrong = less, still
    return case.to_json(), wrong


def soak(base: int, first: int, number: int, jobs: int) -> int:
    """Try them all; the exit code."""
    begun, total = time.monotonic(), Tally()
    tasks = [(base, first + index, min(BATCH, number - index * BATCH)) for index in range(-(-number // BATCH))]
    with ProcessPoolExecutor(jobs) as pool:
        for done, tally in enumerate(pool.map(batch, tasks), 1):
            total.add(tally)
            if total.failure is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                return broken(*total.failure)
            if done % 4 == 0:
                print(f"{total.cases:>7,} cases, {total.stacks:,} deployed", flush=True)
    show(total, f"batches {first} to {tasks[-1][1]} of seed {base}")
    seconds = time.monotonic() - begun
    print(f"{seconds:,.0f} s on {jobs} processes; the dearest refusal took {total.slowest * 1000:,.0f} ms")
    return 0


def show(total: Tally, which: str) -> None:
    """The figures, by knob."""
    print(f"{'knob':<36}{'refused':>9}{'deployed':>9}")
    for name in (*(row.field for row in knobs()), "a key that is none"):
        print(f"{name:<36}{total.refused[name]:>9,}{total.deployed[name]:>9,}")
    print(f"{total.cases:,} configurations ({which}): {total.refused.total():,} refused clearly, ", end="")
    print(f"{total.stacks:,} deployed into a stack that keeps every rule")


def broken(case: str, wrong: list[str]) -> int:
    """Say what is wrong with a case and how to see it again; the exit code."""
    print(f"\nneither refused clearly nor sound: {case}", *wrong[:10], sep="\n")
    print(f"again: python -m bench.hostile --case {shlex.quote(case)}")
    return 1


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first batch")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="without it: another one each time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--case", help="try this one alone")
    given_ = parser.parse_args()
    if given_.case:
        wrong = attempt(Case.from_json(given_.case), Tally())
        return broken(given_.case, wrong) if wrong else 0
    return soak(given_.seed, given_.first, given_.cases, given_.jobs)


if __name__ == "__main__":
    sys.exit(main())
