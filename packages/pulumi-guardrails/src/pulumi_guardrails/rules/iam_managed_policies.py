"""Permissions are written for what they are used for."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource, as_list
from pulumi_guardrails.roles import managed_name
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import ROLE, ROLE_POLICY_ATTACHMENT


def _judge(resource: Resource) -> Iterator[str]:
    for arn in (resource.value("policyArn"), *as_list(resource.value("managedPolicyArns"))):
        if managed_name(arn):
            yield f"it grants AWS's managed policy {managed_name(arn)}"


RULE = Rule(
    id="iam-managed-policies",
    title="Permissions are written for what they are used for",
    severity=ADVISORY,
    controls=("cdk-nag IAM4",),
    why="AWS's managed policies are made for everybody, and AWS changes them.",
    mend="Write a policy of your own, or an exception that says why AWS's is right.",
    judge=OfOne((ROLE, ROLE_POLICY_ATTACHMENT), _judge),
)
