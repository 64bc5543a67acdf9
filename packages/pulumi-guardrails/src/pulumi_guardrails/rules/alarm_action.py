"""Every alarm has an action."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import COMPOSITE_ALARM, METRIC_ALARM


def _judge(resource: Resource) -> Iterator[str]:
    if resource.knows("alarmActions") and not resource.value("alarmActions"):
        yield "it tells nobody when it goes off"


RULE = Rule(
    id="alarm-action",
    title="Every alarm has an action",
    severity=MANDATORY,
    controls=("FSBP CloudWatch.15", "seed:6"),
    why="An alarm that tells nobody is a red light in an empty room.",
    mend="Put a topic into alarm_actions.",
    judge=OfOne((COMPOSITE_ALARM, METRIC_ALARM), _judge),
)
