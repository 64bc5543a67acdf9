"""The drills about target groups: what a load balancer says is told, and neither leads to a mark nor holds one back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from embedded_aws.in_process.faults import ApiFaults
from tap_cli.sim.drills import Demand, Drill, a_group, all_of, every_sweep_tells, ill, marks, metric
from tap_cli.sim.history import History, PlayedHistory

ASKED = "DescribeTargetHealth"


def tells(name: str, least: int) -> Demand:
    """Some line has told so high a number of `looked_at` target groups, or of `unhealthy` targets."""

    def demand(outcome: PlayedHistory) -> str:
        lines = [json.loads(text).get("targets", {}) for _, text in outcome.function.lines]
        highest = max((line.get(name, 0) for line in lines), default=0)
        return "" if highest >= least else f"no line tells more than {highest} {name}"

    return demand


def is_missed(outcome: PlayedHistory) -> str:
    """Some line says that target groups were not looked at."""
    lines = [json.loads(text).get("targets", {}) for _, text in outcome.function.lines]
    return "" if any(line.get("missing") for line in lines) else "no line says that target groups were not looked at"


def targets() -> Iterator[Drill]:
    """1, 7, 19 and 20: unhealthy targets are told, and nothing else comes of them."""
    yield Drill(
        1,
        "a third of the targets is unhealthy, and nobody is impaired",
        _balanced(minutes=8),
        all_of(marks(0), metric("UnhealthyInstances", 4), tells("unhealthy", 4)),
    )
    both = all_of(marks(1), every_sweep_tells, metric("UnhealthyInstances", 4), tells("unhealthy", 4))
    yield Drill(20, "a third of the targets is unhealthy, and one fails", _balanced(ill(70)), both)
    yield Drill(20, "there are more target groups than a sweep looks at", _balanced(groups=12), tells("looked_at", 10))
    for how, argument in (("puzzling", "TargetHealthDescriptions"), ("without", ("TargetHealth",)), ("lost", 1.0)):
        wrong = replace(_balanced(ill(70)), altered=((ASKED, how, argument),))
        unread = all_of(marks(1), every_sweep_tells, is_missed)
        yield Drill(7, f"what load balancers answer is {how} {argument}", wrong, unread)
    denied = ApiFaults(latency_seconds=0.1, denied=frozenset({ASKED}))
    yield Drill(
        18,
        f"{ASKED} is denied, and nobody is alarmed",
        _balanced(ill(70), faults=denied),
        all_of(marks(1), every_sweep_tells, is_missed),
    )
    for seconds in (20, 30, 50):
        hanging = _balanced(ill(70), seconds=seconds, troubled=((ASKED, "slow", 60),))
        yield Drill(19, f"{ASKED} hangs, {seconds} s in all", hanging, all_of(marks(1), every_sweep_tells))


def _balanced(*steps: Any, groups: int = 1, minutes: int = 6, **changes: Any) -> History:
    """A group of twelve behind load balancers that call four of them unhealthy after ten seconds."""
    sick = (10.0, "target", {"count": 4, "reason": "Target.ResponseCodeMismatch"})
    return a_group(12, sick, *steps, minutes=minutes, target_groups=groups, **changes)
