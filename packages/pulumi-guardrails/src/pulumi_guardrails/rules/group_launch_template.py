"""Auto Scaling groups use launch templates."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import GROUP


def _judge(resource: Resource) -> Iterator[str]:
    if resource.raw("launchConfiguration") not in (None, ""):
        yield "it uses a launch configuration"
    elif not resource.raw("launchTemplate") and not resource.raw("mixedInstancesPolicy"):
        yield "it has no launch template"


RULE = Rule(
    id="group-launch-template",
    title="Auto Scaling groups use launch templates",
    severity=MANDATORY,
    controls=("FSBP AutoScaling.9", "CKV_AWS_315"),
    why="Launch configurations are no longer developed, and know no IMDSv2 defaults and no versions.",
    mend="Give the group a launch_template (or a mixed_instances_policy).",
    judge=OfOne((GROUP,), _judge),
)
