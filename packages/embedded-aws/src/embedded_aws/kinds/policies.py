"""Policies that organisations put on their accounts, as AWS's own examples have them.

Source: AWS Organizations User Guide, "Service control policy examples" (deny access by region, require the tag on
create, require IMDSv2); IAM User Guide, "Delegate responsibility to others using permissions boundaries"; the
repositories aws-samples/resource-control-policy-examples and aws-samples/service-control-policy-examples.
"""

from __future__ import annotations

from typing import Any

VERSION = "2012-10-17"
ORGANISATION = "o-exampleorgid"
REQUIRED_TAG = "CostCenter"
BOUNDARY_NAME = "workload-boundary"

TAGGED_CREATES = (
    "ec2:CreateVpc",
    "ec2:AllocateAddress",
    "ec2:CreateSecurityGroup",
    "ec2:CreateLaunchTemplate",
    "iam:CreateRole",
    "kms:CreateKey",
    "lambda:CreateFunction",
    "logs:CreateLogGroup",
    "sns:CreateTopic",
)
"""Creates that organisations want tagged: what costs money, or lets somebody do something."""

BOUND_CALLS = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy")
ELSEWHERE = ("cloudfront:*", "iam:*", "organizations:*", "route53:*", "servicequotas:*", "sts:*", "support:*")
"""Services that are global, which a policy about regions leaves out."""


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": VERSION, "Statement": list(statements)}


FULL_ACCESS = document({"Sid": "FullAWSAccess", "Effect": "Allow", "Action": "*", "Resource": "*"})
"""What every level of an organisation has unless somebody takes it away."""


def only_regions(*regions: str) -> dict[str, Any]:
    """Nothing outside of these regions but the global services."""
    return document(
        {
            "Sid": "OnlyOurRegions",
            "Effect": "Deny",
            "NotAction": list(ELSEWHERE),
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": list(regions)}},
        }
    )


def tag_required(key: str = REQUIRED_TAG) -> dict[str, Any]:
    """No create without this tag."""
    return document(
        {
            "Sid": "DenyUntaggedCreates",
            "Effect": "Deny",
            "Action": list(TAGGED_CREATES),
            "Resource": "*",
            "Condition": {"Null": {f"aws:RequestTag/{key}": "true"}},
        }
    )


def boundary_required(account: str) -> dict[str, Any]:
    """No role without the permissions boundary, and nobody takes it away."""
    boundary = f"arn:aws*:iam::{account}:policy/{BOUNDARY_NAME}"
    return document(
        {
            "Sid": "RolesNeedTheBoundary",
            "Effect": "Deny",
            "Action": list(BOUND_CALLS),
            "Resource": "*",
            "Condition": {"ArnNotLike": {"iam:PermissionsBoundary": boundary}},
        },
        {"Sid": "KeepTheBoundary", "Effect": "Deny", "Action": "iam:DeleteRolePermissionsBoundary", "Resource": "*"},
    )


def denied(sid: str, *actions: str) -> dict[str, Any]:
    """Nobody may take these actions."""
    return document({"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": "*"})


OWN_ORGANISATION_ONLY = document(
    {
        "Sid": "EnforceOrgIdentities",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kms:*", "s3:*", "secretsmanager:*", "sqs:*", "sts:AssumeRole"],
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANISATION},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
)
"""A resource control policy: nobody from outside the organisation, but for AWS's services."""

WORKLOAD_BOUNDARY = document(
    {
        "Sid": "WhatWorkloadsDo",
        "Effect": "Allow",
        "Action": ["autoscaling:*", "cloudwatch:*", "ec2:*", "ec2messages:*", "events:*", "kms:*", "lambda:*",
                   "logs:*", "s3:Get*", "sns:*", "sqs:*", "ssm:*", "ssmmessages:*", "sts:*"],
        "Resource": "*",
    }
)  # fmt: skip
"""A permissions boundary: everything that a workload does, and nothing of IAM or of the organisation."""
