"""No policy allows everything but a few actions."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import IDENTITY_POLICIES, allowing
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule


def _judge(resource: Resource) -> Iterator[str]:
    for statement in allowing(resource):
        if statement.excepts:
            yield f"{statement} allows everything else (NotAction)"


RULE = Rule(
    id="iam-no-not-action",
    title="No policy allows everything but a few actions",
    severity=MANDATORY,
    controls=("FSBP IAM.1", "CKV_AWS_286"),
    why="It allows every action that AWS invents from now on.",
    mend="Name the actions that are used.",
    judge=OfOne(IDENTITY_POLICIES, _judge),
)
