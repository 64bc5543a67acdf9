"""How often a failed event is retried is written down."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import EVENT_INVOKE_CONFIG, EVENT_TARGET, FUNCTION


def _judge(program: Program) -> Iterator[Violation]:
    for target in program.of(EVENT_TARGET):
        for function in program.targets(target, "arn", FUNCTION):
            configured = program.users(function, EVENT_INVOKE_CONFIG, by="functionName")
            if not any(each.raw("maximumRetryAttempts") is not None for each in configured):
                yield Violation(function.urn, "a rule invokes it, and retries are left to Lambda")


RULE = Rule(
    id="lambda-retries",
    title="How often a failed event is retried is written down",
    severity=ADVISORY,
    controls=("seed:6",),
    why="Lambda's own habit is two retries within six hours: a late one acts on facts that are long past.",
    mend="aws.lambda_.FunctionEventInvokeConfig(maximum_retry_attempts=..., maximum_event_age_in_seconds=...).",
    judge=_judge,
)
