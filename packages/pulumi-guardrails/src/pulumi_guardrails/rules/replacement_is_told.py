"""What replaces instances counts it, and tells somebody."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.roles import has_unknown_permissions, may, role_of
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import FUNCTION

REPLACES = (
    "autoscaling:SetInstanceHealth",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
    "ec2:TerminateInstances",
)
TELLS = ("cloudwatch:PutMetricData", "sns:Publish")


def _judge(program: Program) -> Iterator[Violation]:
    for function in program.of(FUNCTION):
        for role in role_of(program, function):
            silent = [action for action in TELLS if not may(program, role, action)]
            replaces = any(may(program, role, action) for action in REPLACES)
            if replaces and silent and not has_unknown_permissions(program, role):
                yield Violation(
                    function.urn, f"it may replace instances, and its role {role.name} lacks {', '.join(silent)}"
                )


RULE = Rule(
    id="replacement-is-told",
    title="What replaces instances counts it, and tells somebody",
    severity=MANDATORY,
    controls=("seed:6",),
    why="Instances that vanish without a metric and a message cannot be told from instances that fail.",
    mend="Grant the function cloudwatch:PutMetricData and sns:Publish, and have it use them.",
    judge=_judge,
)
