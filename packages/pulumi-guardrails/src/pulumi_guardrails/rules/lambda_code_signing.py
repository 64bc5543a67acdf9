"""A function runs signed code alone."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import FUNCTION


def _judge(resource: Resource) -> Iterator[str]:
    if not resource.raw("codeSigningConfigArn"):
        yield "it runs unsigned code"


RULE = Rule(
    id="lambda-code-signing",
    title="A function runs signed code alone",
    severity=ADVISORY,
    controls=("CKV_AWS_272",),
    why="Without a signature, whoever may update the function may run anything as it.",
    mend="Set code_signing_config_arn.",
    judge=OfOne((FUNCTION,), _judge),
)
