"""An alarm watches a scheduled function's errors."""

from __future__ import annotations

from collections.abc import Iterator

from tap_stack.guardrails.model import Program, Resource
from tap_stack.guardrails.rule import MANDATORY, Rule, Violation
from tap_stack.guardrails.types import EVENT_TARGET, FUNCTION, METRIC_ALARM


def _judge(program: Program) -> Iterator[Violation]:
    alarms = [
        each
        for each in program.of(METRIC_ALARM)
        if each.value("namespace") == "AWS/Lambda" and each.value("metricName") == "Errors"
    ]
    for target in program.of(EVENT_TARGET):
        for function in program.targets(target, "arn", FUNCTION):
            watched = any(_watches(alarm, function) for alarm in alarms)
            if not watched and all(alarm.knows("dimensions") for alarm in alarms):
                yield Violation(function.urn, "a rule invokes it, and no alarm watches its errors")


def _watches(alarm: Resource, function: Resource) -> bool:
    named = alarm.value("dimensions", "FunctionName")
    return function.urn in alarm.references.get("dimensions", ()) or (
        named is not None and named == function.value("name")
    )


RULE = Rule(
    id="lambda-errors-alarm",
    title="An alarm watches a scheduled function's errors",
    severity=MANDATORY,
    controls=("seed:6",),
    why="A function that nobody calls by hand fails for weeks before somebody notices.",
    mend="An alarm on AWS/Lambda Errors with the dimension FunctionName.",
    judge=_judge,
)
