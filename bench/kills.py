"""Kill the engine, the program, or the connection to the cloud at many points, and judge what the next deployment does.

    python -m bench.kills [--points 160] [--only 'up after CreateVpc#1'] [--list]

The whole stack, in an embedded AWS that survives: from nothing, changed, and destroyed (see `support/kills`). After
each blow the same operation follows once more, as a user would have it, and everything is compared with an undisturbed
run: the exit code, the state's rules and resources, and all that boto3 finds in the account. Exits with 1 if anything
differs, and says how to try that point again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.campaign import Campaign, Verdict, forked, operations_of
from support.kills.points import KINDS, Point, sample

SHARES = {"destroy": 0.5, "change": 0.2, "retype": 0.075, "up": 0.225}
"""Of all points, by operation: where most can be interrupted and least has to be repeated, most are tried."""

SHOWN = 12  # differences that are printed of one point


def main() -> int:
    """Try the points, print a line for each and a table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--points", type=int, default=160, help="how many, evenly spread over each operation (default 160)"
    )
    parser.add_argument("--only", metavar="POINT", type=Point.parse, help="this one alone")
    parser.add_argument("--list", action="store_true", help="print the points, and try none")
    options = parser.parse_args()
    began, verdicts = time.monotonic(), list[Verdict]()
    with tempfile.TemporaryDirectory(prefix="tap-kills-") as folder:
        choice = Choice(options.points, options.only, listing=options.list)
        for deployed in (True, False):
            verdicts += forked(partial(choice.tried, Path(folder) / str(deployed), deployed=deployed))
    if not options.list:
        print_table(verdicts)
        cpu = sum(os.times()[:4])
        print(f"{len(verdicts)} points in {time.monotonic() - began:.0f} s, {cpu:.0f} s of CPU")
    return 1 if any(verdict.wrong for verdict in verdicts) else 0


class Choice:
    """Which points are tried.

    Args:
        wanted: How many of all.
        only: The only one, if given.
        listing: Whether they are only to be printed.
    """

    def __init__(self, wanted: int, only: Point | None, *, listing: bool) -> None:
        self._wanted = wanted
        self._only = only
        self._listing = listing

    def tried(self, folder: Path, *, deployed: bool) -> list[Verdict]:
        """The verdicts on the points that begin in an empty cloud, or with the stack deployed."""
        operations = operations_of(deployed=deployed)
        if self._only is not None:
            operations = tuple(each for each in operations if each == self._only.operation)
        if not operations:
            return []
        campaign = Campaign(folder, deployed=deployed)
        undisturbed = {operation: campaign.undisturbed(operation) for operation in operations}
        verdicts = []
        for operation in operations:
            for point in self._of(undisturbed[operation].course.points(operation)):
                verdicts.append(campaign.tried(point, undisturbed[operation].reference))
                print_verdict(verdicts[-1])
        return verdicts

    def _of(self, points: Sequence[Point]) -> Sequence[Point]:
        if self._listing:
            print(*points, sep="\n")
            return []
        if self._only is not None:
            return [self._only]
        return sample(points, round(self._wanted * SHARES[points[0].operation]))


def print_verdict(verdict: Verdict) -> None:
    """One line, and what was wrong."""
    print(f"{'WRONG' if verdict.wrong else 'right'}  {verdict.point}", flush=True)
    for each in verdict.wrong[:SHOWN]:
        print(f"         {each[:600]}")
    if verdict.wrong:
        print(f"         again: python -m bench.kills --only {str(verdict.point)!r}", flush=True)


def print_table(verdicts: Sequence[Verdict]) -> None:
    """How many points of each kind were tried, and how many were right."""
    tried = Counter((verdict.point.kind, verdict.point.operation) for verdict in verdicts)
    right = Counter((verdict.point.kind, verdict.point.operation) for verdict in verdicts if not verdict.wrong)
    print(f"{'right of tried':16}", *(f"{operation:>10}" for operation in SHARES))
    for kind in KINDS:
        cells = [f"{right[kind, each]} of {tried[kind, each]}" for each in SHARES]
        print(f"{kind:16}", *(f"{cell:>10}" for cell in cells))
    print(f"{sum(right.values())} of {len(verdicts)} points right")


if __name__ == "__main__":
    sys.exit(main())
