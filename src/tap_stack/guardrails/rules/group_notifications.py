"""Somebody is told when a group launches or terminates."""

from __future__ import annotations

from collections.abc import Iterator

from tap_stack.guardrails.model import Program
from tap_stack.guardrails.rule import ADVISORY, Rule, Violation
from tap_stack.guardrails.types import EVENT_RULE, GROUP, GROUP_NOTIFICATION

SOURCE = "aws.autoscaling"


def _judge(program: Program) -> Iterator[Violation]:
    rules = program.of(EVENT_RULE)
    heard = any(SOURCE in str(rule.value("eventPattern")) or not rule.knows("eventPattern") for rule in rules)
    for group in program.of(GROUP):
        if not heard and not program.users(group, GROUP_NOTIFICATION, by="groupNames"):
            yield Violation(group.urn, "nobody is told of its launches and terminations")


RULE = Rule(
    id="group-notifications",
    title="Somebody is told when a group launches or terminates",
    severity=ADVISORY,
    controls=("cdk-nag AS3",),
    why="A fleet that replaces itself over and over looks healthy from outside.",
    mend="Add aws.autoscaling.Notification with a topic, or a rule for events of aws.autoscaling.",
    judge=_judge,
)
