"""Auto Scaling groups may launch more than one type."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import GROUP


def _judge(resource: Resource) -> Iterator[str]:
    overrides = resource.value("mixedInstancesPolicy", "launchTemplate", "overrides")
    if resource.knows("mixedInstancesPolicy") and len(overrides or []) <= 1:
        yield "it can launch one instance type only"


RULE = Rule(
    id="group-instance-types",
    title="Auto Scaling groups may launch more than one type",
    severity=ADVISORY,
    controls=("FSBP AutoScaling.6",),
    why="When a zone runs out of the one type, nothing can be replaced there.",
    mend="Use a mixed_instances_policy with several types.",
    judge=OfOne((GROUP,), _judge),
)
