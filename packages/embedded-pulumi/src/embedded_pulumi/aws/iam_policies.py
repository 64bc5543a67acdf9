"""IAM's policies: managed ones, those inside a role, and what attaches the former to roles."""

from __future__ import annotations

import json
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import found
from embedded_pulumi.aws.fields import Document, Text
from embedded_pulumi.aws.iam import attached_policies
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, request
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_MOST_VERSIONS = 5  # of a managed policy; IAM quota

_ROLE_POLICY: Fields = {
    "name": Text(computed=True, force_new=True, max_length=128, aws="PolicyName"),
    "namePrefix": Text(force_new=True, max_length=102),
    "role": Text(required=True, force_new=True, aws="RoleName"),
    "policy": Document(required=True, aws="PolicyDocument"),
}


def _create_role_policy(aws: Session, props: Properties) -> str:
    name = given_or_unique(props)
    aws.iam.put_role_policy(PolicyName=name, **request(_ROLE_POLICY, props, ("role", "policy")))
    return f"{props['role']}:{name}"


def _parts(id_: str) -> tuple[str, str]:
    """Role and policy of an id such as `role:policy`."""
    role, _, name = id_.partition(":")
    if not name:
        raise ProviderError(f"{id_!r} is not a role policy's id; accepted: <role>:<policy>")
    return role, name


def _read_role_policy(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    role, name = _parts(id_)
    answer = found(lambda: aws.iam.get_role_policy(RoleName=role, PolicyName=name))
    if answer is None:
        return None
    return {"name": name, "role": role, "policy": json.dumps(answer["PolicyDocument"])}


def _update_role_policy(aws: Session, id_: str, change: Change) -> None:
    role, name = _parts(id_)
    aws.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=change.new["policy"])


def _delete_role_policy(aws: Session, id_: str, state: Properties) -> None:
    del state
    role, name = _parts(id_)
    aws.iam.delete_role_policy(RoleName=role, PolicyName=name)


ROLE_POLICY = Resource(
    type_="aws:iam/rolePolicy:RolePolicy",
    inputs=_ROLE_POLICY,
    regional=False,
    name=AutoName(max_length=128),
    at_most_one=(("name", "namePrefix"),),
    create=_create_role_policy,
    locate=lambda _, props: f"{props['role']}:{given_or_unique(props)}",
    read=_read_role_policy,
    update=_update_role_policy,
    delete=_delete_role_policy,
)

_POLICY: Fields = {
    "name": Text(computed=True, force_new=True, max_length=128, aws="PolicyName"),
    "namePrefix": Text(force_new=True, max_length=102),
    "path": Text(default="/", force_new=True),
    "description": Text(force_new=True, max_length=1000),
    "policy": Document(required=True, aws="PolicyDocument"),
}


def _create_policy(aws: Session, props: Properties) -> str:
    answer = aws.iam.create_policy(
        PolicyName=given_or_unique(props),
        **request(_POLICY, props, ("path", "description", "policy")),
        Tags=tags.to_list(props["tagsAll"]),
    )
    return str(answer["Policy"]["Arn"])


def _locate_policy(aws: Session, props: Properties) -> str:
    return f"arn:{aws.partition}:iam::{aws.account_id}:policy{props['path']}{given_or_unique(props)}"


def _read_policy(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    answer = found(lambda: aws.iam.get_policy(PolicyArn=id_))
    if answer is None:
        return None
    policy = answer["Policy"]
    version = aws.iam.get_policy_version(PolicyArn=id_, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {
        "arn": policy["Arn"],
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "description": policy.get("Description", ""),
        "policyId": policy["PolicyId"],
        "attachmentCount": policy.get("AttachmentCount", 0),
        "policy": json.dumps(version["Document"]),
        "tagsAll": tags.from_list(policy.get("Tags")),
    }


def _versions(aws: Session, arn: str) -> list[dict[str, Any]]:
    """The versions that are not the default one, oldest first."""
    versions = aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    others = [each for each in versions if not each["IsDefaultVersion"]]
    return sorted(others, key=lambda each: int(each["VersionId"].removeprefix("v")))


def _update_policy(aws: Session, id_: str, change: Change) -> None:
    if not change.has("policy"):
        return
    others = _versions(aws, id_)
    if len(others) + 1 >= _MOST_VERSIONS:
        aws.iam.delete_policy_version(PolicyArn=id_, VersionId=others[0]["VersionId"])
    aws.iam.create_policy_version(PolicyArn=id_, PolicyDocument=change.new["policy"], SetAsDefault=True)


def _delete_policy(aws: Session, id_: str, state: Properties) -> None:
    del state
    for version in _versions(aws, id_):
        aws.iam.delete_policy_version(PolicyArn=id_, VersionId=version["VersionId"])
    aws.iam.delete_policy(PolicyArn=id_)


def _retag_policy(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del state
    if removed:
        aws.iam.untag_policy(PolicyArn=id_, TagKeys=removed)
    if written:
        aws.iam.tag_policy(PolicyArn=id_, Tags=tags.to_list(written))


POLICY = Resource(
    type_="aws:iam/policy:Policy",
    inputs=_POLICY,
    outputs=("arn", "attachmentCount", "policyId"),
    unsupported=("delayAfterPolicyCreationInMs",),
    regional=False,
    name=AutoName(max_length=128),
    at_most_one=(("name", "namePrefix"),),
    create=_create_policy,
    locate=_locate_policy,
    read=_read_policy,
    update=_update_policy,
    delete=_delete_policy,
    retag=_retag_policy,
)

_ATTACHMENT: Fields = {
    "role": Text(required=True, force_new=True, aws="RoleName"),
    "policyArn": Text(required=True, force_new=True),
}


def _attach(aws: Session, props: Properties) -> str:
    aws.iam.attach_role_policy(**request(_ATTACHMENT, props))
    return _attachment_id(props)


def _attachment_id(props: Properties) -> str:
    return f"{props['role']}/{props['policyArn']}"


def _ends(id_: str, state: Properties) -> tuple[str, str]:
    """Role and policy: known, or from the id."""
    if state.get("role"):
        return state["role"], state["policyArn"]
    role, _, arn = id_.partition("/")
    if not arn:
        raise ProviderError(f"{id_!r} is not an attachment's import id; accepted: <role>/<policy ARN>")
    return role, arn


def _read_attachment(aws: Session, id_: str, state: Properties) -> Properties | None:
    role, arn = _ends(id_, state)
    attached = found(lambda: attached_policies(aws, role))
    return {"role": role, "policyArn": arn} if arn in (attached or ()) else None


def _detach(aws: Session, id_: str, state: Properties) -> None:
    role, arn = _ends(id_, state)
    aws.iam.detach_role_policy(RoleName=role, PolicyArn=arn)


ROLE_POLICY_ATTACHMENT = Resource(
    type_="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs=_ATTACHMENT,
    regional=False,
    create=_attach,
    locate=lambda _, props: _attachment_id(props),
    read=_read_attachment,
    delete=_detach,
)

RESOURCES = (ROLE_POLICY, POLICY, ROLE_POLICY_ATTACHMENT)
