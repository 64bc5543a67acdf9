"""Instances live in subnets without a route to an internet gateway."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.network import homes_of_instances, is_public
from pulumi_guardrails.rule import MANDATORY, Rule, Violation


def _judge(program: Program) -> Iterator[Violation]:
    for launcher, subnet in homes_of_instances(program):
        if is_public(program, subnet):
            yield Violation(
                launcher.urn, f"it launches instances in {subnet.name}, which has a route to an internet gateway"
            )


RULE = Rule(
    id="instances-in-private-subnets",
    title="Instances live in subnets without a route to an internet gateway",
    severity=MANDATORY,
    controls=("seed:3", "FSBP EC2.9", "CKV2_AWS_44"),
    why="In a public subnet one wrong flag puts the fleet on the internet.",
    mend="Launch them in private subnets; let them out through a NAT gateway or VPC endpoints.",
    judge=_judge,
)
