"""The public and the private subnets of a VPC each stand in two zones or more."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.network import is_public
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import SUBNET, VPC


def _judge(program: Program) -> Iterator[Violation]:
    for vpc in program.of(VPC):
        subnets = program.users(vpc, SUBNET, by="vpcId")
        for public in (True, False):
            zones = [each.text("availabilityZone") for each in subnets if is_public(program, each) == public]
            if len(set(zones)) == 1 and None not in zones:
                kind = "public" if public else "private"
                yield Violation(vpc.urn, f"its {kind} subnets are all in the zone {zones[0]}")


RULE = Rule(
    id="subnet-zones",
    title="The public and the private subnets of a VPC each stand in two zones or more",
    severity=ADVISORY,
    controls=("prowler vpc_subnet_different_az",),
    why="A zone that fails takes everything in it along.",
    mend="Spread each kind of subnet over two or more zones.",
    judge=_judge,
)
