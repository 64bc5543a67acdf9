"""Strikes at a point, lets the next deployment follow as a user would, and judges what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.harness import check_integrity

from .engines import STACK
from .inventory import differences
from .points import ENGINE_DIES, Point
from .world import KILLED, Outcome, World

FULL_NAME = f"organization/tap/{STACK}"


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
    """Strike, deploy once more, and judge; returns everything that is not as it should be, in words."""
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


def in_order(world: World, when: str) -> list[str]:
    """What rule of the format the state breaks, in words, if it breaks one."""
    state = world.state()
    if not state:
        return []
    try:
        check_integrity(state, FULL_NAME)
    except (AssertionError, KeyError) as error:
        return [f"{when} the state breaks a rule: {error!r}"]
    return []


def _state(world: World, reference: Reference) -> list[str]:
    state = world.state()
    latest = (state.get("checkpoint") or {}).get("latest") or {}
    wrong = [
        f"still pending: {item['type']} {item['resource']['urn']}" for item in latest.get("pending_operations", ())
    ]
    expected, found = Counter(reference.urns), urns_of(state)
    wrong += [f"not in the state: {urn}" for urn in (expected - found).elements()]
    return [*wrong, *(f"too much in the state: {urn}" for urn in (found - expected).elements())]
