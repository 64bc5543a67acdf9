"""Cases: roles, instance profiles, policies."""

from __future__ import annotations

import json
from typing import Any


def trusting(service: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def allowing(action: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


CASES: dict[str, dict[str, Any]] = {
    "aws:iam/role:Role": {
        "inputs": lambda _: {
            "assumeRolePolicy": trusting("ec2"),
            "description": "a role",
            "tags": {"Name": "role"},
        },
        "updates": lambda w: {
            "assumeRolePolicy": trusting("lambda"),
            "description": "another",
            "maxSessionDuration": 7200,
            "permissionsBoundary": w.policy,
            "forceDetachPolicies": True,
            "inlinePolicies": ([{"name": "inside", "policy": allowing("s3:GetObject")}], {}),
            "managedPolicyArns": [w.policy],
        },
        "replaces": lambda _: {"name": "another", "namePrefix": ("some-", {"name": None}), "path": "/tap/"},
    },
    "aws:iam/instanceProfile:InstanceProfile": {
        "inputs": lambda w: {"role": w.role["name"], "tags": {"Name": "profile"}},
        "updates": lambda w: {"role": w.other_role["name"]},
        "replaces": lambda _: {"name": "another", "namePrefix": ("some-", {"name": None}), "path": "/tap/"},
    },
    "aws:iam/rolePolicy:RolePolicy": {
        "inputs": lambda w: {"role": w.role["name"], "policy": allowing("s3:GetObject")},
        "updates": lambda _: {"policy": allowing("s3:PutObject")},
        "replaces": lambda w: {
            "name": "another",
            "namePrefix": ("some-", {"name": None}),
            "role": w.other_role["name"],
        },
    },
    "aws:iam/policy:Policy": {
        "inputs": lambda _: {"policy": allowing("s3:GetObject"), "tags": {"Name": "policy"}},
        "updates": lambda _: {"policy": allowing("s3:PutObject")},
        "replaces": lambda _: {
            "name": "another",
            "namePrefix": ("some-", {"name": None}),
            "path": "/tap/",
            "description": "another",
        },
    },
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "inputs": lambda w: {"role": w.other_role["name"], "policyArn": w.policy},
        "replaces": lambda w: {"role": w.role["name"], "policyArn": w.other_policy},
    },
}
