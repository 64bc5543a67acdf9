"""A function's environment is encrypted with a key of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import FUNCTION


def _judge(resource: Resource) -> Iterator[str]:
    if resource.value("environment", "variables") and not resource.raw("kmsKeyArn"):
        yield "its variables are encrypted with AWS's key"


RULE = Rule(
    id="lambda-environment-key",
    title="A function's environment is encrypted with a key of one's own",
    severity=ADVISORY,
    controls=("CKV_AWS_173",),
    why="With a key of your own you decide who reads the variables.",
    mend="Set kms_key_arn.",
    judge=OfOne((FUNCTION,), _judge),
)
