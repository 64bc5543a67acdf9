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
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from support.kills.engines import exit_with
from support.kills.inventory import differences
from support.kills.judge import in_order
from support.kills.points import ENGINE_DIES, Course, Point
from support.kills.world import BASE, KILLED, Outcome, World

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
class Reference:
    """What an undisturbed run comes to: the URNs in its state, and what is in the cloud."""

    urns: Mapping[str, int]
    inventory: Mapping[str, int]


def urns_of(state: Mapping[str, Any]) -> Counter[str]:
    """Every resource that a state has, with how often."""
    return Counter(item["urn"] for item in state.get("checkpoint", {}).get("latest", {}).get("resources", ()))


def referred(world: World) -> dict[str, Any]:
    """What to measure others by: this world as it is now."""
    return {"urns": urns_of(world.state()), "inventory": world.inventory()}


def judged(world: World, point: Point, config: Mapping[str, str], reference: Reference) -> list[str]:
    """Interrupt, deploy once more, and judge; returns everything that is not as it should be, in words."""
    outcome = world.deploy(point.operation, config, point)
    wrong = [] if is_struck(point, outcome) else [f"the blow did not fall: exit code {outcome.code}, {outcome.error}"]
    wrong += in_order(world, "after the blow")
    after = world.deploy(point.operation, config)
    if after.code:
        wrong.append(f"the next {point.operation} ended with {after.code}: {after.error}")
    wrong += in_order(world, "in the end")
    wrong += _state(world, reference)
    wrong += differences(Counter(reference.inventory), world.inventory())
    wrong += [failure.splitlines()[-1] for failure in world.cloud.failures]
    return wrong


def is_struck(point: Point, outcome: Outcome) -> bool:
    """Whether the blow fell: the engine was killed, or had to give up.

    A deletion that is not answered is asked for again, and an answer that is lost may be found by looking: so where
    only the connection broke, whoever got through is right as well.
    """
    if point.kind in ENGINE_DIES:
        return outcome.code == KILLED
    if point.kind == "program":
        return outcome.code in (0, 1)
    return point.place in outcome.course.changes and outcome.code in (0, 1)


def _state(world: World, reference: Reference) -> list[str]:
    state = world.state()
    latest = (state.get("checkpoint") or {}).get("latest") or {}
    wrong = [
        f"still pending: {item['type']} {item['resource']['urn']}" for item in latest.get("pending_operations", ())
    ]
    expected, found = Counter(reference.urns), urns_of(state)
    wrong += [f"not in the state: {urn}" for urn in (expected - found).elements()]
    return [*wrong, *(f"too much in the state: {urn}" for urn in (found - expected).elements())]


@dataclass(frozen=True)
class Verdict:
    """The outcome of one point; `wrong` is empty if all was right."""

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
        """Interrupt at a point, and judge."""

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
