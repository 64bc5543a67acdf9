"""Auto Scaling groups span two zones or more."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import GROUP, SUBNET


def _judge(program: Program) -> Iterator[Violation]:
    for group in program.of(GROUP):
        subnets = program.targets(group, "vpcZoneIdentifiers", SUBNET)
        zones = {subnet.text("availabilityZone") or _own(subnet) for subnet in subnets}
        complete = len(subnets) == len(group.references.get("vpcZoneIdentifiers", ()))
        if complete and len(zones) == 1 and (len(subnets) == 1 or UNKNOWN not in zones):
            yield Violation(group.urn, "all of its instances are in one zone")


def _own(subnet: Resource) -> object:
    """What stands for a zone that is not written down: not known, or one that AWS chooses for this subnet."""
    return subnet.urn if subnet.raw("availabilityZone") is None else UNKNOWN


RULE = Rule(
    id="group-zones",
    title="Auto Scaling groups span two zones or more",
    severity=MANDATORY,
    controls=("FSBP AutoScaling.2",),
    why="In one zone, the zone's failure is the fleet's.",
    mend="Give vpc_zone_identifiers subnets of two or more zones.",
    judge=_judge,
)
