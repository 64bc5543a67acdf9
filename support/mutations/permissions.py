"""Roles and policies with one thing changed."""

from __future__ import annotations

from pulumi_guardrails import types as aws
from support.programs import add, drop, edit, one, put

from .mutation import (
    HEALER_POLICY,
    HEALER_ROLE,
    INSTANCE_ROLE,
    Mutation,
)

PERMISSIONS = (
    Mutation(
        "policy-documents",
        "a policy that is no JSON",
        put(aws.ROLE_POLICY, "tap-flow-log-us-east-1-dev", "policy", "Allow everything"),
    ),
    Mutation("iam-no-wildcard-action", "every action of a service", edit(*HEALER_POLICY, "Notify", Action="sns:*")),
    Mutation(
        "iam-no-wildcard-action", "every action", edit(*HEALER_POLICY, "All", Effect="Allow", Action="*", Resource="*")
    ),
    Mutation(
        "iam-no-not-action", "all but a few", edit(*HEALER_POLICY, "Notify", Action=None, NotAction=["iam:GetUser"])
    ),
    Mutation(
        "iam-no-wildcard-resource",
        "marks any instance unhealthy",
        edit(*HEALER_POLICY, "MarkUnhealthy", Resource="*", Condition=None),
    ),
    Mutation("iam-no-wildcard-resource", "publishes to any topic", edit(*HEALER_POLICY, "Notify", Resource="*")),
    Mutation(
        "iam-no-wildcard-resource",
        "reads any secret",
        edit(*HEALER_POLICY, "Read", Action=["secretsmanager:GetSecretValue"]),
    ),
    Mutation(
        "iam-pass-role",
        "passes any role",
        edit(*HEALER_POLICY, "Pass", Effect="Allow", Action="iam:PassRole", Resource="*"),
    ),
    Mutation(
        "iam-no-privilege-escalation",
        "writes its own policy",
        edit(*HEALER_POLICY, "Grow", Effect="Allow", Action="iam:PutRolePolicy", Resource="arn:aws:iam::1:role/tap-*"),
    ),
    Mutation("iam-kms-decrypt", "decrypts with any key", edit(*HEALER_POLICY, "EncryptNotification", Resource="*")),
    Mutation(
        "iam-no-administrator",
        "AdministratorAccess",
        put(
            aws.ROLE_POLICY_ATTACHMENT,
            "tap-instance-CloudWatchAgentServerPolicy-us-east-1-dev",
            "policyArn",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
    ),
    Mutation(
        "iam-managed-policies",
        "one more of AWS's",
        add(
            aws.ROLE_POLICY_ATTACHMENT,
            "more",
            role="tap-healer-us-east-1-dev",
            policyArn="arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess",
        ),
    ),
    Mutation(
        "iam-policy-attached",
        "a policy for nobody",
        add(
            aws.POLICY,
            "spare",
            name="spare",
            policy='{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}',
        ),
    ),
    Mutation(
        "role-trust-anybody",
        "anybody may assume it",
        edit(*HEALER_ROLE, "World", "assumeRolePolicy", Effect="Allow", Action="sts:AssumeRole", Principal="*"),
    ),
    Mutation(
        "role-one-service",
        "two services",
        edit(
            *HEALER_ROLE,
            "Trust",
            "assumeRolePolicy",
            Principal={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
        ),
    ),
    Mutation(
        "role-trust-matches-user",
        "the function's role trusts EC2",
        edit(*HEALER_ROLE, "Trust", "assumeRolePolicy", Principal={"Service": "ec2.amazonaws.com"}),
    ),
    Mutation(
        "role-trust-source", "on behalf of any account", edit(*HEALER_ROLE, "Trust", "assumeRolePolicy", Condition=None)
    ),
    Mutation(
        "role-used",
        "a role for nobody",
        add(
            aws.ROLE,
            "spare",
            name="spare",
            tags={"Project": "tap"},
            assumeRolePolicy=lambda program: one(program, *INSTANCE_ROLE).inputs["assumeRolePolicy"],
        ),
    ),
    Mutation("permission-used", "a permission whose target is gone", drop(aws.EVENT_TARGET, "healer-schedule")),
    Mutation("permission-used", "launches that start nothing", drop(aws.EVENT_TARGET, "healer-changes")),
    Mutation(
        "iam-no-wildcard-resource",
        "writes any log",
        edit(*HEALER_POLICY, "Remember", Action=["logs:PutLogEvents"], Resource="*"),
    ),
)
