"""Goes through points: makes the worlds that they begin in, has an undisturbed run of each operation, and judges.

up        the stack from nothing
change    three zones instead of two and one NAT gateway instead of two, another retention of the log, instances of
          another type (an update in place, a new launch template version, deletions), another subscriber
          (a replacement)
destroy   everything away
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .engines import exit_with
from .judge import Reference, judged, referred
from .points import Course, Point
from .world import World

BASE = {"tap:alarmEmail": "ops@example.com"}
CHANGED = {
    **BASE,
    "tap:zones": "3",
    "tap:natStrategy": "single",
    "tap:logRetentionDays": "30",
    "tap:alarmEmail": "oncall@example.com",
}
CONFIGS: Mapping[str, Mapping[str, str]] = {
    "up": BASE,
    "change": CHANGED,
    "retype": {**BASE, "tap:instanceType": "t3.small"},
    "destroy": BASE,
}


@dataclass(frozen=True)
class Verdict:
    """What came of one point; `wrong` is empty if all was right."""

    point: Point
    wrong: Sequence[str]


@dataclass(frozen=True)
class Undisturbed:
    """An operation as nobody disturbs it."""

    course: Course
    reference: Reference


class Campaign:
    """Worlds in which points are tried, one after the other, in this process: there is one cloud in a process.

    Args:
        folder: Where every state is kept.
        deployed: Whether the points begin with the stack deployed; otherwise in an empty cloud.
    """

    def __init__(self, folder: Path, *, deployed: bool) -> None:
        self._folder = folder
        stack = folder / "stack"
        stack.mkdir(parents=True)
        self.world = World(stack)
        self._serial = 0
        if deployed:
            outcome = self.world.deploy("up", BASE)
            if outcome.code:
                raise RuntimeError(f"the stack could not be deployed: {outcome.error}")
            self.world.settle()

    def _place(self) -> Path:
        self._serial += 1
        return self._folder / str(self._serial)

    def undisturbed(self, operation: str) -> Undisturbed:
        """Carry an operation out as nobody disturbs it."""

        def act(world: World) -> dict[str, Any]:
            outcome = world.deploy(operation, CONFIGS[operation])
            if outcome.code:
                raise RuntimeError(f"an undisturbed {operation} failed: {outcome.error}")
            return {"course": vars(outcome.course), "reference": referred(world)}

        said = self.world.copied(self._place(), act)
        return Undisturbed(Course(**said["course"]), Reference(**said["reference"]))

    def tried(self, point: Point, reference: Reference) -> Verdict:
        """Strike at a point, and judge."""

        def act(world: World) -> list[str]:
            return judged(world, point, CONFIGS[point.operation], reference)

        return Verdict(point, self.world.copied(self._place(), act))


def operations_of(*, deployed: bool) -> tuple[str, ...]:
    """The operations that begin in such a world."""
    return ("destroy", "change", "retype") if deployed else ("up",)


def _send(connection: Connection, verdicts: list[Verdict]) -> int:
    connection.send(verdicts)
    return 0


def forked(act: Callable[[], list[Verdict]]) -> list[Verdict]:
    """What `act` returns, worked out in a process of its own: it may have a cloud, and this one stays without."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        exit_with(lambda: _send(theirs, act()))
    theirs.close()
    try:
        verdicts: list[Verdict] = ours.recv()
    except EOFError as error:
        raise RuntimeError("the process of a campaign died; its traceback is above") from error
    os.waitpid(child, 0)
    return verdicts
