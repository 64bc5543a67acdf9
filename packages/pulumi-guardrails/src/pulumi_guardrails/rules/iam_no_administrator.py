"""Nothing has administrator access."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource, as_list
from pulumi_guardrails.roles import managed_name
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import (
    GROUP_POLICY_ATTACHMENT,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY_ATTACHMENT,
    USER_POLICY_ATTACHMENT,
)

TOO_MUCH = frozenset({"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"})


def _judge(resource: Resource) -> Iterator[str]:
    for arn in (resource.value("policyArn"), *as_list(resource.value("managedPolicyArns"))):
        if managed_name(arn) in TOO_MUCH:
            yield f"it grants {managed_name(arn)}"


RULE = Rule(
    id="iam-no-administrator",
    title="Nothing has administrator access",
    severity=MANDATORY,
    controls=("FSBP IAM.1", "CIS 5.0 1.15", "CKV_AWS_274", "CKV_AWS_275"),
    why="Whoever takes it over owns the account.",
    mend="Grant the actions that are used, on the resources that they are used on.",
    judge=OfOne(
        (GROUP_POLICY_ATTACHMENT, POLICY_ATTACHMENT, ROLE, ROLE_POLICY_ATTACHMENT, USER_POLICY_ATTACHMENT), _judge
    ),
)
