"""Cases: IAM's users and groups."""

from __future__ import annotations

import json

from support.provider.case import Case, With
from support.provider.world import World


def policy(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def fresh_user(world: World) -> str:
    return str(world.make("aws:iam/user:User", world.next_name())["name"])


def fresh_group(world: World) -> str:
    return str(world.make("aws:iam/group:Group", world.next_name())["name"])


def inline(whose: str) -> Case:
    fresh = {"user": fresh_user, "group": fresh_group}[whose]
    return Case(
        inputs=lambda w: {whose: fresh(w), "policy": policy("s3:Get*")},
        updates={"policy": policy("s3:List*")},
        replaces={whose: fresh, "name": "another", "namePrefix": With("some-", {"name": None})},
    )


def attachment(whose: str) -> Case:
    fresh = {"user": fresh_user, "group": fresh_group}[whose]
    return Case(
        inputs=lambda w: {whose: fresh(w), "policyArn": w.policy},
        replaces={whose: fresh, "policyArn": lambda w: w.other_policy},
        import_id=f"{{{whose}}}/{{policyArn}}",
    )


CASES: dict[str, Case] = {
    "aws:iam/user:User": Case(
        inputs=lambda _: {"tags": {"Name": "user"}},
        updates={"forceDestroy": True},
        created={"name": "renamed", "path": "/team/"},
        dropped={"permissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    ),
    "aws:iam/group:Group": Case(inputs=lambda _: {}, updates={"name": "renamed"}, created={"path": "/team/"}),
    "aws:iam/groupMembership:GroupMembership": Case(
        inputs=lambda w: {"group": fresh_group(w), "users": [fresh_user(w)]},
        updates={"users": lambda w: [fresh_user(w), fresh_user(w)]},
        replaces={"group": fresh_group, "name": "another"},
        imports=False,
    ),
    "aws:iam/policyAttachment:PolicyAttachment": Case(
        inputs=lambda w: {"policyArn": w.policy_named(w.next_name()), "users": [fresh_user(w)]},
        updates={
            "groups": lambda w: [fresh_group(w)],
            "roles": lambda w: [w.other_role["name"]],
            "users": lambda w: [fresh_user(w), fresh_user(w)],
        },
        replaces={"name": "another", "policyArn": lambda w: w.other_policy},
        imports=False,
    ),
    "aws:iam/userGroupMembership:UserGroupMembership": Case(
        inputs=lambda w: {"groups": [fresh_group(w), fresh_group(w)], "user": fresh_user(w)},
        updates={"groups": lambda w: [fresh_group(w)]},
        replaces={"user": fresh_user},
    ),
    "aws:iam/userPolicy:UserPolicy": inline("user"),
    "aws:iam/groupPolicy:GroupPolicy": inline("group"),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": attachment("user"),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": attachment("group"),
    "aws:iam/accessKey:AccessKey": Case(
        inputs=lambda w: {"user": fresh_user(w)},
        updates={"status": "Inactive"},
        replaces={"user": fresh_user},
        found_again=False,
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Case(
        inputs=lambda w: {
            "clientIdLists": ["sts.amazonaws.com"],
            "thumbprintLists": ["0" * 40],
            "url": f"https://{w.next_name()}.example.com",
            "tags": {"Name": "provider"},
        },
        updates={"thumbprintLists": ["1" * 40]},
        created={"clientIdLists": ["mine", "sts.amazonaws.com"]},
        replaces={"url": "https://another.example.com"},
    ),
}
