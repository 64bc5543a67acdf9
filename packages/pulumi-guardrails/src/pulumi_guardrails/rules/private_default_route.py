"""The private subnets of a VPC with NAT gateways all have a way out."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.network import default_routes, tables_of
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import NAT_GATEWAY, SUBNET, VPC


def _judge(program: Program) -> Iterator[Violation]:
    vpcs = {
        vpc.urn
        for gateway in program.of(NAT_GATEWAY)
        for subnet in program.targets(gateway, "subnetId", SUBNET)
        for vpc in program.targets(subnet, "vpcId", VPC)
    }
    for subnet in program.of(SUBNET):
        served = any(vpc.urn in vpcs for vpc in program.targets(subnet, "vpcId", VPC))
        tables = tables_of(program, subnet)
        if served and tables and not any(True for table in tables for _ in default_routes(program, table)):
            yield Violation(subnet.urn, "its VPC has NAT gateways, and its route table leads to none of them")


RULE = Rule(
    id="private-default-route",
    title="The private subnets of a VPC with NAT gateways all have a way out",
    severity=MANDATORY,
    controls=("seed:7", "CKV2_AWS_35"),
    why="A zone that was forgotten works until its first instance wants to install something.",
    mend="Give every private route table a default route to a NAT gateway.",
    judge=_judge,
)
