"""Instances have one network interface."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    count = len(resource.items("networkInterfaces"))
    if count > 1:
        yield f"it has {count} network interfaces"


RULE = Rule(
    id="instance-one-interface",
    title="Instances have one network interface",
    severity=ADVISORY,
    controls=("FSBP EC2.17",),
    why="A second interface is a way around the security group of the first.",
    mend="Describe one network interface.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE), _judge),
)
