"""A group that scales itself keeps the size that it has."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import GROUP, SCALING_POLICY


def _judge(program: Program) -> Iterator[Violation]:
    for group in program.of(GROUP):
        scaled = program.users(group, SCALING_POLICY, by="autoscalingGroupName")
        if (
            scaled
            and group.raw("desiredCapacity") is not None
            and "desiredCapacity" not in group.options.ignore_changes
        ):
            yield Violation(group.urn, "scaling policies change its desiredCapacity, and each deployment sets it back")


RULE = Rule(
    id="group-capacity-drift",
    title="A group that scales itself keeps the size that it has",
    severity=ADVISORY,
    controls=("seed:3",),
    why="A deployment otherwise sets it back to where it began, in the middle of the load.",
    mend="ignore_changes=['desiredCapacity'], or leave desired_capacity out.",
    judge=_judge,
)
