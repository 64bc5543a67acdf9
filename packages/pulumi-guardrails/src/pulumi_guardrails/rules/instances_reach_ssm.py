"""Instances have a way to Systems Manager."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.network import homes_of_instances, may_lead_to, may_reach
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import INTERNET_GATEWAY, NAT_GATEWAY

_NEEDED = ("ssm", "ssmmessages")


def _judge(program: Program) -> Iterator[Violation]:
    for launcher, subnet in homes_of_instances(program):
        out = may_lead_to(program, subnet, NAT_GATEWAY) or may_lead_to(program, subnet, INTERNET_GATEWAY)
        missing = [service for service in _NEEDED if not may_reach(program, subnet, service)]
        if not out and missing:
            yield Violation(
                launcher.urn, f"from {subnet.name} no NAT gateway and no endpoint leads to {' and '.join(missing)}"
            )


RULE = Rule(
    id="instances-reach-ssm",
    title="Instances have a way to Systems Manager",
    severity=MANDATORY,
    controls=("seed:2", "seed:7", "FSBP EC2.57", "FSBP SSM.1"),
    why="SSM is the only way in. An instance that cannot reach it can be neither entered nor managed.",
    mend="Route the private subnets to a NAT gateway, or add interface endpoints for ssm and ssmmessages to the VPC.",
    judge=_judge,
)
