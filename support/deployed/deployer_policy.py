"""The policy of whoever deploys the stack: what a deployment used, and what pulumi-aws asks besides, as statements."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .stack import ROOT

FILE = ROOT / "permissions/deployer.json"

PULUMI_AWS_ASKS = {
    "autoscaling": "CancelInstanceRefresh CreateOrUpdateTags DeleteTags DeleteWarmPool DescribeInstanceRefreshes"
    " DescribeWarmPool PutWarmPool",
    "ec2": "DescribeImages DescribeInstances DescribeNetworkInterfaces DescribeVpcEndpointServices"
    " ModifySubnetAttribute ModifyVpcEndpoint ReplaceRoute ReplaceRouteTableAssociation RunInstances",
    "iam": "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
    "kms": "PutKeyPolicy UpdateKeyDescription",
    "lambda": "GetFunctionCodeSigningConfig UpdateFunctionCode",
    "logs": "DeleteRetentionPolicy",
    "sns": "SetSubscriptionAttributes",
}
"""What the real provider calls beside the embedded one, or another change of the stack needs.

Source: terraform-provider-aws (0156d84e6bb4, 2026), internal/service: autoscaling/group.go (startInstanceRefresh,
updateTags), ec2/vpc_security_group.go (a group that is deleted waits for its network interfaces), iam/role.go,
kms/key.go, lambda/function.go, logs/group.go, sns/topic_subscription.go. EC2 Auto Scaling asks for RunInstances on the
caller's behalf when a group is given a launch template (its user guide, "Launch template support").
"""

LINKED_ROLE = "arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
"""An account's first Auto Scaling group makes this role (EC2 Auto Scaling user guide, "Service-linked roles")."""

PASSED_TO = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn", "lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com"]


def policy(used: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The policy document: each action with the narrowest resources that do not name a stack, a region or an account.

    Args:
        used: IAM actions with the resources on which a deployment used them.
    """
    scopes: dict[str, set[str]] = defaultdict(set)
    for action, resource in used:
        scopes[action].add(scope(resource))
    usual = {action.partition(":")[0]: found for action, found in sorted(scopes.items()) if found != {"*"}}
    for service, names in PULUMI_AWS_ASKS.items():
        for name in names.split():
            wide = service == "ec2" or name.startswith("Describe")
            scopes.setdefault(f"{service}:{name}", {"*"} if wide else usual[service])
    statements: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for action, found in sorted(scopes.items()):
        resources = ("*",) if "*" in found else tuple(sorted(found))
        statements[action.partition(":")[0], resources].append(action)
    passing = {"iam:PassRole"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            *(
                _statement(each, list(resources))
                for (_, resources), actions in sorted(statements.items())
                if (each := [action for action in actions if action not in passing])
            ),
            _statement(sorted(passing), ["arn:aws:iam::*:role/tap-*"])
            | {"Condition": {"StringEquals": {"iam:PassedToService": PASSED_TO}}},
            _statement(["iam:CreateServiceLinkedRole"], [LINKED_ROLE])
            | {"Condition": {"StringEquals": {"iam:AWSServiceName": "autoscaling.amazonaws.com"}}},
        ],
    }


def _statement(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def scope(resource: str) -> str:
    """The resource in any region of any account, of any stack of TAP; `*` where an id has no name in it.

    A policy names its partition: IAM takes no wildcard there.
    """
    parts = resource.split(":", 5)
    if len(parts) < 6 or parts[2] == "ec2":
        return "*"
    _, _, service, region, account, rest = parts
    if rest.startswith("parameter/aws/service/"):
        return f"arn:aws:{service}:*::parameter/aws/service/*"
    name = re.sub(r"(autoScalingGroup):[^:]+:", r"\1:*:", rest)
    before, tap, _ = name.partition("tap-")
    kind = f"{before}tap-*" if tap else f"{name.partition('/')[0]}/*" if "/" in name else "*"
    return f"arn:aws:{service}:{'*' if region else ''}:{'*' if account else ''}:{kind}" if kind != "*" else "*"


def read(file: Path = FILE) -> dict[str, Any]:
    """The policy as it is kept."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
