"""Functions have a limit of their own."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import FUNCTION


def _judge(resource: Resource) -> Iterator[str]:
    limit = resource.raw("reservedConcurrentExecutions")
    if limit is None or (isinstance(limit, int | float) and limit < 0):
        yield "it may take all of the account's concurrency"


RULE = Rule(
    id="lambda-concurrency",
    title="Functions have a limit of their own",
    severity=ADVISORY,
    controls=("CKV_AWS_115", "cdk-nag LambdaConcurrency"),
    why="One that runs wild takes the account's concurrency from all the others.",
    mend="Set reserved_concurrent_executions.",
    judge=OfOne((FUNCTION,), _judge),
)
