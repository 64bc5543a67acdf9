"""Subnets give out no public addresses."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import SUBNET


def _judge(resource: Resource) -> Iterator[str]:
    if resource.is_true("mapPublicIpOnLaunch"):
        yield "instances launched here get a public address (mapPublicIpOnLaunch)"


RULE = Rule(
    id="subnet-no-public-ip",
    title="Subnets give out no public addresses",
    severity=MANDATORY,
    controls=("FSBP EC2.15", "CKV_AWS_130"),
    why="An instance that lands there by mistake is on the internet. NAT gateways bring their own address.",
    mend="Leave map_public_ip_on_launch out, or set it to False, in public subnets too.",
    judge=OfOne((SUBNET,), _judge),
)
