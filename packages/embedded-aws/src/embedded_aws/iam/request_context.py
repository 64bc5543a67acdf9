"""The condition keys of a request: who asks, when, from where, about what.

Source: IAM User Guide, "AWS global condition context keys"; the services' own keys in the Service Authorization
Reference.
"""

from __future__ import annotations

from datetime import datetime

from embedded_aws.calls import Call
from embedded_aws.iam.conditions import ContextValue
from embedded_aws.iam.facts import AccountFacts, Role
from embedded_aws.iam.permissions import Permission, request_tags
from embedded_aws.iam.sessions import RoleSession

_OWN_TAG_KEYS = {
    "autoscaling": "autoscaling:ResourceTag/",
    "ec2": "ec2:ResourceTag/",
    "iam": "iam:ResourceTag/",
    "ssm": "ssm:resourceTag/",
}


def of_role(
    permission: Permission, call: Call, session: RoleSession, role: Role, facts: AccountFacts
) -> dict[str, ContextValue | None]:
    """The keys of a call that a role's credentials signed."""
    return {
        **_of_time(call.time),
        "aws:MultiFactorAuthPresent": False,
        "aws:PrincipalAccount": facts.account,
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalIsAWSService": False,
        "aws:PrincipalType": "AssumedRole",
        "aws:RequestedRegion": call.region,
        "aws:SecureTransport": True,
        "aws:SourceIp": "127.0.0.1",
        "aws:TokenIssueTime": session.issued,
        "aws:ViaAWSService": False,
        "aws:userid": session.user_id,
        "ec2:Region": call.region if call.service == "ec2" else None,
        "iam:PermissionsBoundary": _boundary(call, facts),
        **{f"aws:PrincipalTag/{name}": value for name, value in role.tags.items()},
        **session.source,
        **_of_tags(permission.resource, call, facts),
        **permission.context,
    }


def of_owner(permission: Permission, call: Call, owner: str, facts: AccountFacts) -> dict[str, ContextValue | None]:
    """The keys of a call that the account's owner signed."""
    return {
        **_of_time(call.time),
        "aws:PrincipalAccount": facts.account,
        "aws:PrincipalArn": owner,
        "aws:PrincipalIsAWSService": False,
        "aws:PrincipalType": "Account",
        "aws:RequestedRegion": call.region,
        "aws:SecureTransport": True,
        "aws:ViaAWSService": False,
        "ec2:Region": call.region if call.service == "ec2" else None,
        "iam:PermissionsBoundary": _boundary(call, facts),
        **_of_tags(permission.resource, call, facts),
        **permission.context,
    }


def _boundary(call: Call, facts: AccountFacts) -> str | None:
    """The permissions boundary that a call gives a role, or that the role has which it is about."""
    if call.service != "iam":
        return None
    return call.params.get("PermissionsBoundary") or facts.boundary_of(call.params.get("RoleName", ""))


def of_service(principal: str, now: datetime, account: str) -> dict[str, ContextValue | None]:
    """The keys of a request that an AWS service makes in its own name, for a resource of this account."""
    return {
        **_of_time(now),
        "aws:PrincipalIsAWSService": True,
        "aws:PrincipalServiceName": principal,
        "aws:SecureTransport": True,
        "aws:SourceAccount": account,
    }


def _of_time(now: datetime) -> dict[str, ContextValue | None]:
    return {"aws:CurrentTime": now, "aws:EpochTime": int(now.timestamp())}


def _of_tags(resource: str, call: Call, facts: AccountFacts) -> dict[str, ContextValue | None]:
    """The resource's tags, under the global key and the service's own, and the tags that the call would set."""
    prefixes = {"aws:ResourceTag/", _OWN_TAG_KEYS.get(call.service, "aws:ResourceTag/")}
    requested = request_tags(call.params)
    return {
        **{f"{prefix}{name}": value for prefix in prefixes for name, value in facts.tags(resource).items()},
        **{f"aws:RequestTag/{name}": value for name, value in requested.items()},
        "aws:TagKeys": list(requested) or None,
    }
