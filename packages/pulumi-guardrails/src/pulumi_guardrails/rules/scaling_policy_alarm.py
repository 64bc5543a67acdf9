"""Every scaling policy is driven by an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import COMPOSITE_ALARM, METRIC_ALARM, SCALING_POLICY

CALLED = frozenset({None, "", "SimpleScaling", "StepScaling"})


def _judge(program: Program) -> Iterator[Violation]:
    for policy in program.of(SCALING_POLICY):
        if (policy.text("policyType") in CALLED and policy.knows("policyType")) and not program.users(
            policy, METRIC_ALARM, COMPOSITE_ALARM
        ):
            yield Violation(policy.urn, "no alarm calls this policy")


RULE = Rule(
    id="scaling-policy-alarm",
    title="Every scaling policy is driven by an alarm",
    severity=MANDATORY,
    controls=("seed:3",),
    why="A policy that nothing calls is a fleet that does not scale.",
    mend="Put the policy's ARN into the alarm_actions of an alarm; target tracking makes its own.",
    judge=_judge,
)
