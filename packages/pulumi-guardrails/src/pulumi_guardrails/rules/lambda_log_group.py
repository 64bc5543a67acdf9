"""Each function's log group is the stack's, with a retention."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import FUNCTION, LOG_GROUP


def _judge(program: Program) -> Iterator[Violation]:
    for function in program.of(FUNCTION):
        names = {f"/aws/lambda/{function.value('name')}", f"/aws/lambda/${{{function.name}.name}}"}
        wanted = function.raw("loggingConfig", "logGroup")
        groups = [
            group
            for group in program.of(LOG_GROUP)
            if group.raw("name") == wanted
            or group.text("name") in names
            or not group.knows("name")
            or function.urn in group.references.get("name", ())
            or group.urn in function.references.get("loggingConfig", ())
        ]
        if not groups and function.knows("name"):
            yield Violation(function.urn, "its log group is not in the stack")


RULE = Rule(
    id="lambda-log-group",
    title="Each function's log group is the stack's, with a retention",
    severity=MANDATORY,
    controls=("FSBP CloudWatch.16", "CKV_AWS_66"),
    why="Lambda makes one of its own otherwise, and keeps it for ever, after the stack is gone.",
    mend="aws.cloudwatch.LogGroup(name=f'/aws/lambda/{function name}', retention_in_days=365), before the function.",
    judge=_judge,
)
