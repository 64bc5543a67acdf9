"""NAT gateways are in public subnets."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.network import may_lead_to
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import INTERNET_GATEWAY, NAT_GATEWAY, SUBNET


def _judge(program: Program) -> Iterator[Violation]:
    for gateway in program.of(NAT_GATEWAY):
        if gateway.value("connectivityType") == "private":
            continue
        for subnet in program.targets(gateway, "subnetId", SUBNET):
            if not may_lead_to(program, subnet, INTERNET_GATEWAY):
                yield Violation(gateway.urn, f"its subnet {subnet.name} has no route to an internet gateway")


RULE = Rule(
    id="nat-gateway-public-subnet",
    title="NAT gateways are in public subnets",
    severity=MANDATORY,
    controls=("seed:7", "CKV2_AWS_35"),
    why="Without a route to an internet gateway a NAT gateway leads nowhere.",
    mend="Put it into a subnet whose route table has a default route to an internet gateway.",
    judge=_judge,
)
