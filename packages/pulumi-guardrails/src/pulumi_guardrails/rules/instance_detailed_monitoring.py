"""Instances report every minute."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    enabled = resource.is_true("monitoring", "enabled") or resource.value("monitoring") is True
    if resource.knows("monitoring") and resource.knows("monitoring", "enabled") and not enabled:
        yield "detailed monitoring is off"


RULE = Rule(
    id="instance-detailed-monitoring",
    title="Instances report every minute",
    severity=ADVISORY,
    controls=("CKV_AWS_126",),
    why="With a report every five minutes, alarms and scaling are five minutes late.",
    mend="monitoring: enabled=True.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE), _judge),
)
