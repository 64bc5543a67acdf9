"""Roles are passed by name."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import IDENTITY_POLICIES, allowing
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule


def _judge(resource: Resource) -> Iterator[str]:
    for statement in allowing(resource):
        explicit = any(action.startswith("iam:pass") for action in statement.actions)
        if explicit and any(target == "*" or target.endswith(":role/*") for target in statement.resources):
            yield f"{statement} lets any role be passed"


RULE = Rule(
    id="iam-pass-role",
    title="Roles are passed by name",
    severity=MANDATORY,
    controls=("CKV_AWS_289", "AVD-AWS-0342"),
    why="Who may pass any role may become any role.",
    mend="Name the role in Resource, and the service in the condition iam:PassedToService.",
    judge=OfOne(IDENTITY_POLICIES, _judge),
)
