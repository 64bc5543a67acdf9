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
    " DescribeLoadBalancerTargetGroups DescribeWarmPool PutWarmPool",
    "ec2": "DescribeImages DescribeInstances DescribeNetworkInterfaces DescribeVpcEndpointServices"
    " ModifySubnetAttribute ModifyVpcEndpoint ReplaceRoute ReplaceRouteTableAssociation RunInstances",
    "elasticloadbalancing": "DescribeCapacityReservation ModifyListenerAttributes RemoveTags SetSecurityGroups"
    " SetIpAddressType",
    "iam": "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
    "kms": "PutKeyPolicy UpdateKeyDescription",
    "lambda": "GetFunctionCodeSigningConfig UpdateFunctionCode",
    "logs": "DeleteRetentionPolicy",
    "s3": "DeleteObject DeleteObjectVersion GetAccelerateConfiguration GetBucketAcl GetBucketLocation"
    " GetBucketObjectLockConfiguration GetBucketRequestPayment GetReplicationConfiguration ListBucketVersions"
    " ListTagsForResource TagResource UntagResource",
    "sns": "SetSubscriptionAttributes",
}
"""What the real provider calls beside the embedded one, or another change of the stack needs.

Source: terraform-provider-aws (0156d84e6bb4, 2026), internal/service: autoscaling/group.go (startInstanceRefresh,
updateTags, waitLoadBalancerTargetGroupsAdded), elbv2/load_balancer.go, elbv2/listener.go, s3/bucket.go (which asks for
everything that a bucket can have, sends its tags as TagResource does, and empties what is to be deleted by force: the
load balancer has written to it), ec2/vpc_security_group.go (a group that is deleted waits for its network interfaces),
iam/role.go, kms/key.go, lambda/function.go, logs/group.go, sns/topic_subscription.go. EC2 Auto Scaling asks for
RunInstances on the caller's behalf when a group is given a launch template (its user guide, "Launch template support").
"""

LINKED_ROLES = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
}
"""An account's first Auto Scaling group and its first load balancer make these roles.

Source: EC2 Auto Scaling user guide and Elastic Load Balancing user guide, "Service-linked roles".
"""

WEB_ACL = {
    ("wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "wafv2:GetWebACL", "wafv2:GetWebACLForResource"): (
        "arn:aws:elasticloadbalancing:*:*:loadbalancer/app/tap-*",
        "arn:aws:wafv2:*:*:regional/webacl/*/*",
    ),
    ("elasticloadbalancing:SetWebAcl",): ("arn:aws:elasticloadbalancing:*:*:loadbalancer/app/tap-*",),
}
"""What it takes to put a web ACL before the load balancer; the ACL is somebody else's, and so is its name.

Source: AWS WAF developer guide, "How AWS WAF works with IAM" (AssociateWebACL and the next);
terraform-provider-aws (011a8eed43ed), internal/service/wafv2/web_acl_association.go.
"""

BY_KIND = ("elasticloadbalancing:", "kms:")
"""Services of whose actions each has its own kind of resource: one statement with all kinds grants no more than many,
and a role has room for 10,240 characters. KMS decides about an alias and its key alike where an alias is deleted."""

PASSED_TO = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn", "lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com"]


def policy(used: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The policy document: each action with the narrowest resources that do not name a stack, a region or an account.

    Args:
        used: IAM actions with the resources on which a deployment used them.
    """
    scopes: dict[str, set[str]] = defaultdict(set)
    for action, resource in used:
        scopes[action] |= anywhere(scope(resource))
    for actions, resources in WEB_ACL.items():
        scopes |= {action: set(resources) for action in actions}
    usual = {action.partition(":")[0]: found for action, found in sorted(scopes.items()) if found != {"*"}}
    for service, names in PULUMI_AWS_ASKS.items():
        for name in names.split():
            wide = service == "ec2" or name.startswith("Describe")
            scopes.setdefault(f"{service}:{name}", {"*"} if wide else usual[service])
    for service in BY_KIND:
        named = {action: found for action, found in scopes.items() if action.startswith(service) and "*" not in found}
        scopes |= dict.fromkeys(named, set().union(*named.values()))
    statements: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, found in sorted(scopes.items()):
        statements[("*",) if "*" in found else tuple(sorted(found))].append(action)
    passing = {"iam:PassRole"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            *(
                _statement(each, list(resources))
                for resources, actions in sorted(statements.items())
                if (each := [action for action in actions if action not in passing])
            ),
            _statement(sorted(passing), sorted(anywhere("arn:aws:iam::*:role/tap-*")))
            | {"Condition": {"StringEquals": {"iam:PassedToService": PASSED_TO}}},
            _statement(
                ["iam:CreateServiceLinkedRole"],
                [f"arn:aws:iam::*:role/aws-service-role/{service}/{name}" for service, name in LINKED_ROLES.items()],
            )
            | {"Condition": {"StringEquals": {"iam:AWSServiceName": list(LINKED_ROLES)}}},
        ],
    }


def _statement(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def anywhere(resource: str) -> set[str]:
    """The resource, and for a role or an instance profile also the one at any path (`tap:iamPath`)."""
    found = re.match(r"(arn:aws:iam::\*:(?:role|instance-profile)/)(.+/)?tap-\*$", resource)
    return {resource} if found is None else {f"{found[1]}tap-*", f"{found[1]}*/tap-*"}


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
