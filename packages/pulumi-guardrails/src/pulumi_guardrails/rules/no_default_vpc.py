"""Nothing is built in the default VPC."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import DEFAULT_SUBNET, DEFAULT_VPC


def _judge(resource: Resource) -> Iterator[str]:
    yield f"{resource.name} is the default VPC, or a subnet of it"


RULE = Rule(
    id="no-default-vpc",
    title="Nothing is built in the default VPC",
    severity=MANDATORY,
    controls=("CKV_AWS_148",),
    why="Every subnet of it is public, and everybody's experiments are in it.",
    mend="Make a VPC of your own.",
    judge=OfOne((DEFAULT_SUBNET, DEFAULT_VPC), _judge),
)
