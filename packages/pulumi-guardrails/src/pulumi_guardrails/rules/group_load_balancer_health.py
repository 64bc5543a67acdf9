"""A group behind a load balancer heeds its health checks."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import GROUP


def _judge(resource: Resource) -> Iterator[str]:
    behind = any(resource.raw(name) for name in ("targetGroupArns", "loadBalancers", "trafficSources"))
    if behind and resource.value("healthCheckType") != "ELB":
        yield "it is behind a load balancer and ignores its health checks"


RULE = Rule(
    id="group-load-balancer-health",
    title="A group behind a load balancer heeds its health checks",
    severity=MANDATORY,
    controls=("FSBP AutoScaling.1", "CKV2_AWS_15"),
    why="Otherwise an instance that answers nobody stays, because it is switched on.",
    mend="health_check_type='ELB'.",
    judge=OfOne((GROUP,), _judge),
)
