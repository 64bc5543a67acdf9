"""Functions are traced."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import FUNCTION


def _judge(resource: Resource) -> Iterator[str]:
    if resource.knows("tracingConfig") and resource.value("tracingConfig", "mode") != "Active":
        yield "it is not traced"


RULE = Rule(
    id="lambda-tracing",
    title="Functions are traced",
    severity=ADVISORY,
    controls=("CKV_AWS_50", "FSBP Lambda.7", "AVD-AWS-0066"),
    why="A trace shows which call the time went to.",
    mend="tracing_config: mode='Active'.",
    judge=OfOne((FUNCTION,), _judge),
)
