"""A key's policy is written down."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import KEY


def _judge(resource: Resource) -> Iterator[str]:
    if resource.raw("policy") is None:
        yield "it has the default policy"


RULE = Rule(
    id="key-policy",
    title="A key's policy is written down",
    severity=ADVISORY,
    controls=("CKV2_AWS_64",),
    why="The default lets IAM policies alone decide, and no service of AWS in.",
    mend="Set policy.",
    judge=OfOne((KEY,), _judge),
)
