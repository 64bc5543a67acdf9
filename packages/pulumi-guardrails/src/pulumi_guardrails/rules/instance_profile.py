"""Instances have an instance profile."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    if not resource.raw("iamInstanceProfile"):
        yield "it has no instance profile"


RULE = Rule(
    id="instance-profile",
    title="Instances have an instance profile",
    severity=MANDATORY,
    controls=("seed:2", "FSBP SSM.1", "CIS 5.0 1.17", "CKV2_AWS_41"),
    why="Without a role an instance cannot register with Systems Manager: there is no way in.",
    mend="Give it an instance profile whose role has AmazonSSMManagedInstanceCore.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE), _judge),
)
