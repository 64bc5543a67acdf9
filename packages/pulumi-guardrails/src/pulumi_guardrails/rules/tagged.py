"""What can be tagged is tagged."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import (
    EIP,
    EVENT_RULE,
    FLOW_LOG,
    FUNCTION,
    INSTANCE,
    INSTANCE_PROFILE,
    INTERNET_GATEWAY,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    METRIC_ALARM,
    NAT_GATEWAY,
    ROLE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SSM_PARAMETER,
    SUBNET,
    TOPIC,
    VPC,
    VPC_ENDPOINT,
)

TAGGABLE = (
    VPC,
    SUBNET,
    ROUTE_TABLE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    EIP,
    SECURITY_GROUP,
    FLOW_LOG,
    VPC_ENDPOINT,
    LAUNCH_TEMPLATE,
    INSTANCE,
    ROLE,
    INSTANCE_PROFILE,
    FUNCTION,
    EVENT_RULE,
    LOG_GROUP,
    METRIC_ALARM,
    TOPIC,
    KEY,
    SSM_PARAMETER,
)


def _judge(resource: Resource) -> Iterator[str]:
    # A name alone is judged elsewhere, and says nothing of who it belongs to.
    if resource.tags is not None and not set(resource.tags) - {"Name"}:
        yield "it has no tags"


RULE = Rule(
    id="tagged",
    title="What can be tagged is tagged",
    severity=ADVISORY,
    controls=("FSBP EC2.33-EC2.52", "FSBP AutoScaling.10"),
    why="Bills, permissions and the search for an owner go by tags.",
    mend="Give each resource the stack's common tags.",
    judge=OfOne(TAGGABLE, _judge),
)
