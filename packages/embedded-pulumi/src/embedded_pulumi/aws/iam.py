"""IAM's roles and instance profiles; their policies are in `iam_policies`."""

from __future__ import annotations

import json
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import difference
from embedded_pulumi.aws.errors import found, gone_is_fine
from embedded_pulumi.aws.fields import Document, Flag, Moment, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, request
from embedded_pulumi.values import Properties

_MOMENT = Moment()

_ROLE: Fields = {
    "name": Text(computed=True, force_new=True, max_length=64, aws="RoleName"),
    "namePrefix": Text(force_new=True, max_length=38),
    "path": Text(default="/", force_new=True),
    "assumeRolePolicy": Document(required=True, aws="AssumeRolePolicyDocument"),
    "description": Text(max_length=1000),
    "maxSessionDuration": Whole(default=3600, at_least=3600, at_most=43200),
    "permissionsBoundary": Text(),
    "forceDetachPolicies": Flag(default=False),
    "inlinePolicies": SetOf(computed=True, item=Block(fields={"name": Text(), "policy": Document()})),
    "managedPolicyArns": SetOf(computed=True),
}
_ROLE_NAMED = ("path", "assumeRolePolicy", "description", "maxSessionDuration", "permissionsBoundary")


def _create_role(aws: Session, props: Properties) -> str:
    answer = aws.iam.create_role(
        RoleName=given_or_unique(props), **request(_ROLE, props, _ROLE_NAMED), Tags=tags.to_list(props["tagsAll"])
    )
    return str(answer["Role"]["RoleName"])


def _settle_role(aws: Session, id_: str, props: Properties) -> None:
    _set_inline(aws, id_, {}, _by_name(props.get("inlinePolicies")))
    for arn in props.get("managedPolicyArns") or ():
        aws.iam.attach_role_policy(RoleName=id_, PolicyArn=arn)


def _by_name(policies: list[Properties] | None) -> dict[str, str]:
    """Inline policies; an empty block, which means `none at all`, is none."""
    return {each["name"]: each["policy"] for each in policies or () if each.get("name")}


def _set_inline(aws: Session, role: str, old: dict[str, str], new: dict[str, str]) -> None:
    for name in sorted(old.keys() - new.keys()):
        aws.iam.delete_role_policy(RoleName=role, PolicyName=name)
    for name, policy in new.items():
        if policy != old.get(name):
            aws.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)


def _read_role(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    answer = found(lambda: aws.iam.get_role(RoleName=id_))
    if answer is None:
        return None
    role = answer["Role"]
    return {
        "arn": role["Arn"],
        "name": role["RoleName"],
        "path": role["Path"],
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "description": role.get("Description", ""),
        "maxSessionDuration": role["MaxSessionDuration"],
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "createDate": _MOMENT.from_aws(role["CreateDate"]),
        "uniqueId": role["RoleId"],
        "managedPolicyArns": attached_policies(aws, id_),
        "inlinePolicies": [_inline(aws, id_, name) for name in inline_policies(aws, id_)],
        "tagsAll": tags.from_list(role.get("Tags")),
    }


def attached_policies(aws: Session, role: str) -> list[str]:
    """ARNs of the managed policies of a role."""
    pages = aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]]


def inline_policies(aws: Session, role: str) -> list[str]:
    """Names of the inline policies of a role."""
    pages = aws.iam.get_paginator("list_role_policies").paginate(RoleName=role)
    return [name for page in pages for name in page["PolicyNames"]]


def _inline(aws: Session, role: str, name: str) -> Properties:
    policy = aws.iam.get_role_policy(RoleName=role, PolicyName=name)
    return {"name": name, "policy": json.dumps(policy["PolicyDocument"])}


def _update_role(aws: Session, id_: str, change: Change) -> None:
    if change.has("assumeRolePolicy"):
        aws.iam.update_assume_role_policy(RoleName=id_, PolicyDocument=change.new["assumeRolePolicy"])
    if change.has("description", "maxSessionDuration"):
        aws.iam.update_role(
            RoleName=id_,
            Description=change.new.get("description") or "",
            MaxSessionDuration=change.new["maxSessionDuration"],
        )
    if change.has("permissionsBoundary"):
        _update_boundary(aws, id_, change.new.get("permissionsBoundary"))
    if change.has("inlinePolicies"):
        _set_inline(aws, id_, _by_name(change.old.get("inlinePolicies")), _by_name(change.new["inlinePolicies"]))
    if change.has("managedPolicyArns"):
        _update_managed(aws, id_, change)


def _update_boundary(aws: Session, role: str, boundary: str | None) -> None:
    if boundary:
        aws.iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
    else:
        aws.iam.delete_role_permissions_boundary(RoleName=role)


def _update_managed(aws: Session, role: str, change: Change) -> None:
    come, gone = difference(change.old.get("managedPolicyArns"), change.new.get("managedPolicyArns"))
    for arn in come:
        aws.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in gone:
        aws.iam.detach_role_policy(RoleName=role, PolicyArn=arn)


def _delete_role(aws: Session, id_: str, state: Properties) -> None:
    """Take it out of instance profiles, and with `forceDetachPolicies` take all policies off, then delete it."""
    profiles = aws.iam.list_instance_profiles_for_role(RoleName=id_)["InstanceProfiles"]
    for profile in profiles:
        with gone_is_fine():
            aws.iam.remove_role_from_instance_profile(RoleName=id_, InstanceProfileName=profile["InstanceProfileName"])
    force = bool(state.get("forceDetachPolicies"))
    for arn in attached_policies(aws, id_) if force else state.get("managedPolicyArns") or ():
        with gone_is_fine():
            aws.iam.detach_role_policy(RoleName=id_, PolicyArn=arn)
    for name in inline_policies(aws, id_) if force else _by_name(state.get("inlinePolicies")):
        with gone_is_fine():
            aws.iam.delete_role_policy(RoleName=id_, PolicyName=name)
    aws.iam.delete_role(RoleName=id_)


def _retag_role(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del state
    if removed:
        aws.iam.untag_role(RoleName=id_, TagKeys=removed)
    if written:
        aws.iam.tag_role(RoleName=id_, Tags=tags.to_list(written))


ROLE = Resource(
    type_="aws:iam/role:Role",
    inputs=_ROLE,
    outputs=("arn", "createDate", "uniqueId"),
    regional=False,
    name=AutoName(max_length=64),
    at_most_one=(("name", "namePrefix"),),
    create=_create_role,
    locate=lambda _, props: given_or_unique(props),
    settle=_settle_role,
    read=_read_role,
    update=_update_role,
    delete=_delete_role,
    retag=_retag_role,
)

_PROFILE: Fields = {
    "name": Text(computed=True, force_new=True, max_length=128, aws="InstanceProfileName"),
    "namePrefix": Text(force_new=True, max_length=102),
    "path": Text(default="/", force_new=True),
    "role": Text(),
}


def _create_profile(aws: Session, props: Properties) -> str:
    answer = aws.iam.create_instance_profile(
        InstanceProfileName=given_or_unique(props), Path=props["path"], Tags=tags.to_list(props["tagsAll"])
    )
    return str(answer["InstanceProfile"]["InstanceProfileName"])


def _settle_profile(aws: Session, id_: str, props: Properties) -> None:
    if props.get("role") and _role_of(_find_profile(aws, id_) or {}) != props["role"]:
        aws.iam.add_role_to_instance_profile(InstanceProfileName=id_, RoleName=props["role"])


def _find_profile(aws: Session, id_: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.iam.get_instance_profile(InstanceProfileName=id_))
    return answer["InstanceProfile"] if answer else None


def _role_of(profile: dict[str, Any]) -> str:
    roles = profile.get("Roles") or [{}]
    return str(roles[0].get("RoleName", ""))


def _read_profile(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    profile = _find_profile(aws, id_)
    if profile is None:
        return None
    return {
        "arn": profile["Arn"],
        "name": profile["InstanceProfileName"],
        "path": profile["Path"],
        "role": _role_of(profile),
        "createDate": _MOMENT.from_aws(profile["CreateDate"]),
        "uniqueId": profile["InstanceProfileId"],
        "tagsAll": tags.from_list(profile.get("Tags")),
    }


def _update_profile(aws: Session, id_: str, change: Change) -> None:
    if change.has("role"):
        _drop_role(aws, id_, change.old)
        _settle_profile(aws, id_, change.new)


def _drop_role(aws: Session, id_: str, state: Properties) -> None:
    if state.get("role"):
        with gone_is_fine():
            aws.iam.remove_role_from_instance_profile(InstanceProfileName=id_, RoleName=state["role"])


def _delete_profile(aws: Session, id_: str, state: Properties) -> None:
    _drop_role(aws, id_, state)
    aws.iam.delete_instance_profile(InstanceProfileName=id_)


def _retag_profile(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del state
    if removed:
        aws.iam.untag_instance_profile(InstanceProfileName=id_, TagKeys=removed)
    if written:
        aws.iam.tag_instance_profile(InstanceProfileName=id_, Tags=tags.to_list(written))


INSTANCE_PROFILE = Resource(
    type_="aws:iam/instanceProfile:InstanceProfile",
    inputs=_PROFILE,
    outputs=("arn", "createDate", "uniqueId"),
    regional=False,
    name=AutoName(max_length=128),
    at_most_one=(("name", "namePrefix"),),
    create=_create_profile,
    locate=lambda _, props: given_or_unique(props),
    settle=_settle_profile,
    read=_read_profile,
    update=_update_profile,
    delete=_delete_profile,
    retag=_retag_profile,
)

RESOURCES = (ROLE, INSTANCE_PROFILE)
