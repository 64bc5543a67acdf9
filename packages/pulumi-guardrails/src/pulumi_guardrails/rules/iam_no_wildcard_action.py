"""No policy allows every action of a service."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import IDENTITY_POLICIES, allowing
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule


def _judge(resource: Resource) -> Iterator[str]:
    for statement in allowing(resource):
        wide = [action for action in statement.actions if action == "*" or action.endswith(":*")]
        if wide and not statement.excepts:
            yield f"{statement} allows {', '.join(wide)}"


RULE = Rule(
    id="iam-no-wildcard-action",
    title="No policy allows every action of a service",
    severity=MANDATORY,
    controls=("seed:4", "FSBP IAM.1", "FSBP IAM.21", "CIS 5.0 1.15", "CKV_AWS_62", "CKV_AWS_63", "CKV2_AWS_40"),
    why="Whoever takes over the role can do everything that the service can.",
    mend="Name the actions that are used.",
    judge=OfOne(IDENTITY_POLICIES, _judge),
)
