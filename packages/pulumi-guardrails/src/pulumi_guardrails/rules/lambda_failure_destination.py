"""What a function fails to handle is kept."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import EVENT_INVOKE_CONFIG, FUNCTION


def _judge(program: Program) -> Iterator[Violation]:
    for function in program.of(FUNCTION):
        configured = program.users(function, EVENT_INVOKE_CONFIG, by="functionName")
        kept = any(each.raw("destinationConfig", "onFailure") for each in configured)
        if not kept and not function.raw("deadLetterConfig"):
            yield Violation(function.urn, "events that it fails to handle are dropped")


RULE = Rule(
    id="lambda-failure-destination",
    title="What a function fails to handle is kept",
    severity=ADVISORY,
    controls=("CKV_AWS_116", "cdk-nag LambdaDLQ"),
    why="After the last retry Lambda drops the event.",
    mend="Set dead_letter_config, or an on-failure destination.",
    judge=_judge,
)
