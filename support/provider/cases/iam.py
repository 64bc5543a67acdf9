"""Cases: roles, instance profiles, policies."""

from __future__ import annotations

import json
from typing import Any

from support.provider.case import Case, With


def trusting(service: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def allowing(action: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


CASES: dict[str, Case] = {
    "aws:iam/role:Role": Case(
        inputs=lambda _: {
            "assumeRolePolicy": trusting("ec2"),
            "description": "a role",
            "tags": {"Name": "role"},
        },
        updates={
            "assumeRolePolicy": trusting("lambda"),
            "description": "another",
            "maxSessionDuration": 7200,
            "permissionsBoundary": lambda w: w.policy,
            "forceDetachPolicies": True,
            "inlinePolicies": With([{"name": "inside", "policy": allowing("s3:GetObject")}], {}),
            "managedPolicyArns": lambda w: [w.policy],
        },
        replaces={"name": "another", "namePrefix": With("some-", {"name": None}), "path": "/tap/"},
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Case(
        inputs=lambda _: {
            "awsServiceName": "autoscaling.amazonaws.com",
            "customSuffix": "case",
            "description": "a role",
            "tags": {"Name": "linked"},
        },
        updates={"description": "another"},
        replaces={"awsServiceName": "elasticloadbalancing.amazonaws.com", "customSuffix": "another"},
    ),
    "aws:iam/instanceProfile:InstanceProfile": Case(
        inputs=lambda w: {"role": w.role["name"], "tags": {"Name": "profile"}},
        updates={"role": lambda w: w.other_role["name"]},
        replaces={"name": "another", "namePrefix": With("some-", {"name": None}), "path": "/tap/"},
    ),
    "aws:iam/rolePolicy:RolePolicy": Case(
        inputs=lambda w: {"role": w.role["name"], "policy": allowing("s3:GetObject")},
        updates={"policy": allowing("s3:PutObject")},
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "role": lambda w: w.other_role["name"],
        },
    ),
    "aws:iam/policy:Policy": Case(
        inputs=lambda _: {"policy": allowing("s3:GetObject"), "tags": {"Name": "policy"}},
        updates={"policy": allowing("s3:PutObject"), "delayAfterPolicyCreationInMs": 1},
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "path": "/tap/",
            "description": "another",
        },
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Case(
        inputs=lambda w: {"role": w.other_role["name"], "policyArn": w.policy},
        replaces={"role": lambda w: w.role["name"], "policyArn": lambda w: w.other_policy},
    ),
}
