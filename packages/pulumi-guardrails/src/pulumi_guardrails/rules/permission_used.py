"""Each permission to invoke a function is used."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import EVENT_RULE, EVENT_TARGET, FUNCTION, PERMISSION


def _judge(program: Program) -> Iterator[Violation]:
    for permission in program.of(PERMISSION):
        functions = {function.urn for function in program.targets(permission, "function", FUNCTION)}
        for rule in program.targets(permission, "sourceArn", EVENT_RULE):
            reached = {
                urn for each in program.users(rule, EVENT_TARGET, by="rule") for urn in each.references.get("arn", ())
            }
            if functions and not functions & reached:
                yield Violation(permission.urn, f"{rule.name} does not target the function that it may invoke")


RULE = Rule(
    id="permission-used",
    title="Each permission to invoke a function is used",
    severity=MANDATORY,
    controls=("seed:4",),
    why="A permission without a user is a way in that nobody watches.",
    mend="Remove it, or add the target that needs it.",
    judge=_judge,
)
