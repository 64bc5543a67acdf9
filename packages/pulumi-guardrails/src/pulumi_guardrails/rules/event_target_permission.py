"""A rule may invoke the function that it targets."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import EVENT_RULE, EVENT_TARGET, FUNCTION, PERMISSION


def _judge(program: Program) -> Iterator[Violation]:
    for target in program.of(EVENT_TARGET):
        rules = {rule.urn for rule in program.targets(target, "rule", EVENT_RULE)}
        for function in program.targets(target, "arn", FUNCTION):
            granted = program.users(function, PERMISSION, by="function")
            if not any(_admits(each, rules) for each in granted):
                yield Violation(target.urn, f"its rule may not invoke {function.name}")


def _admits(permission: Resource, rules: set[str]) -> bool:
    """Whether a permission is for one of some rules, or for no source in particular."""
    sources = permission.references.get("sourceArn", ())
    return not sources or bool(rules & set(sources))


RULE = Rule(
    id="event-target-permission",
    title="A rule may invoke the function that it targets",
    severity=MANDATORY,
    controls=("seed:6",),
    why="Without the permission the schedule runs, and nothing happens.",
    mend="Add aws.lambda_.Permission(principal='events.amazonaws.com', source_arn=rule.arn).",
    judge=_judge,
)
