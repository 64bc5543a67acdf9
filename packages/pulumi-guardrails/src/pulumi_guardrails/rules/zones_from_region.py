"""Zones are asked of AWS, not written down."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import INSTANCE, SUBNET

_ASK = frozenset(f"aws:index/{name}:{name}" for name in ("getAvailabilityZones", "getAvailabilityZone"))


def _judge(program: Program) -> Iterator[Violation]:
    asked = program.invokes is None or bool(program.invokes & _ASK)
    for resource in program.of(SUBNET, INSTANCE):
        zone = resource.value("availabilityZone")
        if not isinstance(zone, str):
            continue
        if program.region and not zone.startswith(program.region):
            yield Violation(resource.urn, f"zone {zone} is not in the region {program.region}")
        elif not asked:
            yield Violation(resource.urn, f"zone {zone} is written down: the program never asks AWS for its zones")


RULE = Rule(
    id="zones-from-region",
    title="Zones are asked of AWS, not written down",
    severity=MANDATORY,
    controls=("seed:1",),
    why="A zone that is written down binds the program to one region, and to what one account happens to see.",
    mend="Take zones from aws.get_availability_zones(state='available'), and the region from configuration.",
    judge=_judge,
)
