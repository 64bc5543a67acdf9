"""Subnets, route tables, gateways and addresses have a name."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import EIP, INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE, SUBNET, VPC


def _judge(resource: Resource) -> Iterator[str]:
    if resource.tags is not None and not resource.tags.get("Name"):
        yield "it has no tag Name"


RULE = Rule(
    id="network-names",
    title="Subnets, route tables, gateways and addresses have a name",
    severity=MANDATORY,
    controls=("seed:7", "FSBP EC2.34-EC2.49"),
    why="At three in the morning rtb-0f3a9c tells nobody what it is for.",
    mend="Tag them with Name, and with what they are for.",
    judge=OfOne((EIP, INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE, SUBNET, VPC), _judge),
)
