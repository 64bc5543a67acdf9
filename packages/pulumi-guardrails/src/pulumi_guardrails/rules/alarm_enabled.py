"""The actions of alarms are switched on."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import COMPOSITE_ALARM, METRIC_ALARM


def _judge(resource: Resource) -> Iterator[str]:
    if resource.value("actionsEnabled") in (False, "false"):
        yield "its actions are switched off"


RULE = Rule(
    id="alarm-enabled",
    title="The actions of alarms are switched on",
    severity=MANDATORY,
    controls=("FSBP CloudWatch.17", "CKV_AWS_319"),
    why="A switched-off alarm looks exactly like a quiet one.",
    mend="Leave actions_enabled out, or set it to True.",
    judge=OfOne((COMPOSITE_ALARM, METRIC_ALARM), _judge),
)
