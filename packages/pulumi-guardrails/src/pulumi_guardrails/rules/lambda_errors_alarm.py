"""An alarm watches a scheduled function's errors."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.model import Plain, Program, Resource
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import EVENT_TARGET, FUNCTION, METRIC_ALARM


def _judge(program: Program) -> Iterator[Violation]:
    for target in program.of(EVENT_TARGET):
        for function in program.targets(target, "arn", FUNCTION):
            if not any(_may_watch(alarm, function) for alarm in program.of(METRIC_ALARM)):
                yield Violation(function.urn, "a rule invokes it, and no alarm watches its errors")


def _may_watch(alarm: Resource, function: Resource) -> bool:
    """Whether an alarm is for a function's errors, as far as is known."""
    named = alarm.raw("dimensions", "FunctionName")
    return (
        alarm.raw("namespace") in ("AWS/Lambda", UNKNOWN)
        and alarm.raw("metricName") in ("Errors", UNKNOWN)
        and (function.urn in alarm.references.get("dimensions", ()) or _may_be(named, function.raw("name")))
    )


def _may_be(named: Plain, name: Plain) -> bool:
    return named is not None and (named == name or UNKNOWN in (named, name))


RULE = Rule(
    id="lambda-errors-alarm",
    title="An alarm watches a scheduled function's errors",
    severity=MANDATORY,
    controls=("seed:6",),
    why="A function that nobody calls by hand fails for weeks before somebody notices.",
    mend="An alarm on AWS/Lambda Errors with the dimension FunctionName.",
    judge=_judge,
)
