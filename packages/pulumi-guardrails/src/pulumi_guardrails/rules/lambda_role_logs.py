"""A function may write its log."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.roles import has_unknown_permissions, managed_policies, may, role_of
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import FUNCTION

GRANTED_BY = frozenset({"AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSLambda_FullAccess"})


def _judge(program: Program) -> Iterator[Violation]:
    for function in program.of(FUNCTION):
        for role in role_of(program, function):
            granted = managed_policies(program, role) & GRANTED_BY or may(program, role, "logs:PutLogEvents")
            if not granted and not has_unknown_permissions(program, role):
                yield Violation(function.urn, f"its role {role.name} may not write logs")


RULE = Rule(
    id="lambda-role-logs",
    title="A function may write its log",
    severity=MANDATORY,
    controls=("seed:6", "cdk-nag LambdaLogging"),
    why="A function that cannot log fails in silence.",
    mend="Grant logs:CreateLogStream and logs:PutLogEvents on its log group.",
    judge=_judge,
)
