"""Every subnet is associated with a route table."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import ROUTE_TABLE_ASSOCIATION, SUBNET


def _judge(program: Program) -> Iterator[Violation]:
    for subnet in program.of(SUBNET):
        if not program.users(subnet, ROUTE_TABLE_ASSOCIATION, by="subnetId"):
            yield Violation(subnet.urn, "it follows the main route table, because it is associated with none")


RULE = Rule(
    id="subnet-route-table",
    title="Every subnet is associated with a route table",
    severity=MANDATORY,
    controls=("seed:7",),
    why="A subnet without one follows the VPC's main table, which nobody looks at.",
    mend="Add aws.ec2.RouteTableAssociation(subnet_id=..., route_table_id=...).",
    judge=_judge,
)
