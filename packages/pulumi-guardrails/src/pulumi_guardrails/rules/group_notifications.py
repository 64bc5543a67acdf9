"""Somebody is told when a group launches or terminates."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import EVENT_RULE, EVENT_TARGET, FUNCTION, GROUP, GROUP_NOTIFICATION

SOURCE = "aws.autoscaling"


def _judge(program: Program) -> Iterator[Violation]:
    heard = any(_is_of_groups(rule) and _tells(program, rule) for rule in program.of(EVENT_RULE))
    for group in program.of(GROUP):
        if not heard and not program.users(group, GROUP_NOTIFICATION, by="groupNames"):
            yield Violation(group.urn, "nobody is told of its launches and terminations")


def _is_of_groups(rule: Resource) -> bool:
    """Whether a rule catches Auto Scaling's events, as far as is known."""
    return SOURCE in str(rule.value("eventPattern")) or not rule.knows("eventPattern")


def _tells(program: Program, rule: Resource) -> bool:
    """Whether a rule has a target that is no function: a function acts, and need not tell anybody."""
    targets = program.users(rule, EVENT_TARGET, by="rule")
    return any(not program.targets(target, "arn", FUNCTION) for target in targets)


RULE = Rule(
    id="group-notifications",
    title="Somebody is told when a group launches or terminates",
    severity=ADVISORY,
    controls=("cdk-nag AS3",),
    why="A fleet that replaces itself over and over looks healthy from outside.",
    mend="Add aws.autoscaling.Notification with a topic, or a rule that sends events of aws.autoscaling to one.",
    judge=_judge,
)
