"""IAM's roles and instance profiles; their policies are in `iam_policies`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import IamPolicy
from embedded_pulumi.aws.ec2_calls import difference
from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Flag, Moment, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, SetOf, request
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import CheckRequest
from embedded_pulumi.values import Properties

NAME = "[A-Za-z0-9_+=,.@-]+"
"""The names of IAM's resources."""

_INLINE = Block(fields={"name": Text(min_length=1, max_length=128, pattern=NAME), "policy": IamPolicy()})
_MOMENT = Moment()
_INLINE_NAME = AutoName(max_length=128, unless=())


def attached_policies(aws: Session, role: str) -> list[str]:
    """ARNs of the managed policies of a role."""
    pages = aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]]


def inline_policy(aws: Session, role: str, name: str) -> Properties | None:
    """A policy inside of a role."""
    document = unless_gone(aws.iam.get_role_policy, "PolicyDocument", RoleName=role, PolicyName=name)
    return None if document is None else {"name": name, "policy": json.dumps(document)}


def _by_name(policies: list[Properties] | None) -> dict[str, str]:
    """Inline policies by their names; one without a document is none."""
    return {each["name"]: each["policy"] for each in policies or () if each.get("policy")}


class IamRole(ResourceType):
    """A role with the policies that its own inputs give it.

    Source: terraform-provider-aws/internal/service/iam/role.go and validate.go (2026), read on 2026-11-29.
    """

    type_ = "aws:iam/role:Role"
    inputs = {
        "name": Text(computed=True, force_new=True, min_length=1, max_length=64, pattern=NAME, aws="RoleName"),
        "namePrefix": Text(computed=True, force_new=True, min_length=1, max_length=38, pattern=NAME),
        "path": Text(default="/", force_new=True, max_length=512),
        "assumeRolePolicy": IamPolicy(required=True, aws="AssumeRolePolicyDocument"),
        "description": Text(max_length=1000, pattern="[^\u201c\u2018]*", accepts="text without curly quotes"),
        "maxSessionDuration": Whole(default=3600, at_least=3600, at_most=43200),
        "permissionsBoundary": ArnText(),
        "forceDetachPolicies": Flag(default=False),
        "inlinePolicies": SetOf(computed=True, item=_INLINE),
        "managedPolicyArns": SetOf(computed=True, item=ArnText()),
    }
    outputs = ("arn", "createDate", "uniqueId")
    regional = False
    name = AutoName(max_length=64)
    tagging = Tagging(service="iam", target="RoleName", write="tag_role", remove="untag_role")

    def fill(self, request: CheckRequest, given: Properties) -> Properties:
        """Name inline policies too; one without a document is left out, and `[{}]` so means `none at all`.

        Source: the transform of inlinePolicies in pulumi-aws/provider/resources.go.
        """
        given = super().fill(request, given)
        policies = given.get("inlinePolicies")
        if not isinstance(policies, list) or not all(isinstance(each, dict) for each in policies):
            return given
        kept = [each for each in policies if each.get("policy")]
        return {**given, "inlinePolicies": [each if each.get("name") else self._named(request, each) for each in kept]}

    def _named(self, request: CheckRequest, policy: Properties) -> Properties:
        """An inline policy with a generated name, which it keeps as long as its document is the same."""
        olds = request.olds.get("inlinePolicies") or ()
        kept: Properties = next((each for each in olds if each.get("policy") == policy["policy"]), {})
        return _INLINE_NAME.fill(replace(request, olds=kept), policy)

    def create(self, aws: Session, props: Properties) -> str:
        sent = ("path", "assumeRolePolicy", "description", "maxSessionDuration", "permissionsBoundary")
        answer = aws.iam.create_role(
            RoleName=given_or_unique(props), **request(self.inputs, props, sent), Tags=tags.to_list(props["tagsAll"])
        )
        name = str(answer["Role"]["RoleName"])
        try:
            self._complete_inline(aws, name, props)
        except ClientError:  # as the real provider, leave nothing behind
            self.delete(aws, name, props)
            raise
        return name

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        self._complete_inline(aws, id_, props)
        for arn in props.get("managedPolicyArns") or ():
            aws.iam.attach_role_policy(RoleName=id_, PolicyArn=arn)

    def _complete_inline(self, aws: Session, role: str, props: Properties) -> None:
        """Write the inline policies that a new role does not have yet."""
        wanted = _by_name(props.get("inlinePolicies"))
        there = self._inline_policies(aws, role) if wanted else []
        self._set_inline(aws, role, {}, {name: text for name, text in wanted.items() if name not in there})

    def _set_inline(self, aws: Session, role: str, old: dict[str, str], new: dict[str, str]) -> None:
        for name in sorted(old.keys() - new.keys()):
            aws.iam.delete_role_policy(RoleName=role, PolicyName=name)
        for name, policy in new.items():
            if policy != old.get(name):
                aws.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.iam.get_role, "Role", RoleName=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["Arn"],
            "name": found["RoleName"],
            "path": found["Path"],
            "assumeRolePolicy": json.dumps(found["AssumeRolePolicyDocument"]),
            "description": found.get("Description", ""),
            "maxSessionDuration": found["MaxSessionDuration"],
            "permissionsBoundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "createDate": _MOMENT.from_aws(found["CreateDate"]),
            "uniqueId": found["RoleId"],
            "managedPolicyArns": attached_policies(aws, id_),
            "inlinePolicies": [inline_policy(aws, id_, name) for name in self._inline_policies(aws, id_)],
        }

    def _inline_policies(self, aws: Session, role: str) -> list[str]:
        pages = aws.iam.get_paginator("list_role_policies").paginate(RoleName=role)
        return [name for page in pages for name in page["PolicyNames"]]

    def update(self, aws: Session, id_: str, change: Change) -> None:
        new = change.new
        if change.has("assumeRolePolicy"):
            aws.iam.update_assume_role_policy(RoleName=id_, PolicyDocument=new["assumeRolePolicy"])
        if change.has("description", "maxSessionDuration"):
            described = {"Description": new.get("description") or "", "MaxSessionDuration": new["maxSessionDuration"]}
            aws.iam.update_role(RoleName=id_, **described)
        if change.has("permissionsBoundary"):
            if new.get("permissionsBoundary"):
                boundary = new["permissionsBoundary"]
                aws.iam.put_role_permissions_boundary(RoleName=id_, PermissionsBoundary=boundary)
            else:
                aws.iam.delete_role_permissions_boundary(RoleName=id_)
        if change.has("inlinePolicies"):
            self._set_inline(aws, id_, _by_name(change.old.get("inlinePolicies")), _by_name(new["inlinePolicies"]))
        if change.has("managedPolicyArns"):
            come, gone = difference(change.old.get("managedPolicyArns"), new.get("managedPolicyArns"))
            for arn in gone:  # first: a role has only so many
                aws.iam.detach_role_policy(RoleName=id_, PolicyArn=arn)
            for arn in come:
                aws.iam.attach_role_policy(RoleName=id_, PolicyArn=arn)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Take it out of instance profiles, take its policies off, and delete it.

        All policies of a kind go if the role itself has some of that kind, or with `forceDetachPolicies`.
        """
        profiles = aws.iam.list_instance_profiles_for_role(RoleName=id_)["InstanceProfiles"]
        for name in (profile["InstanceProfileName"] for profile in profiles):
            with gone_is_fine():
                aws.iam.remove_role_from_instance_profile(RoleName=id_, InstanceProfileName=name)
        force = bool(state.get("forceDetachPolicies"))
        for arn in attached_policies(aws, id_) if force or state.get("managedPolicyArns") else ():
            with gone_is_fine():
                aws.iam.detach_role_policy(RoleName=id_, PolicyArn=arn)
        for name in self._inline_policies(aws, id_) if force or state.get("inlinePolicies") else ():
            with gone_is_fine():
                aws.iam.delete_role_policy(RoleName=id_, PolicyName=name)
        aws.iam.delete_role(RoleName=id_)


class InstanceProfile(ResourceType):
    """An instance profile, and the role in it.

    Source: terraform-provider-aws/internal/service/iam/instance_profile.go (013f1736b904, 2026).
    """

    type_ = "aws:iam/instanceProfile:InstanceProfile"
    inputs = {
        "name": Text(
            computed=True, force_new=True, min_length=1, max_length=128, pattern=NAME, aws="InstanceProfileName"
        ),
        "namePrefix": Text(computed=True, force_new=True, min_length=1, max_length=102, pattern=NAME),
        "path": Text(default="/", force_new=True),
        "role": Text(),
    }
    outputs = ("arn", "createDate", "uniqueId")
    regional = False
    name = AutoName()
    tagging = Tagging(
        service="iam",
        target="InstanceProfileName",
        write="tag_instance_profile",
        remove="untag_instance_profile",
    )

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.iam.create_instance_profile(
            InstanceProfileName=given_or_unique(props), Path=props["path"], Tags=tags.to_list(props["tagsAll"])
        )
        return str(answer["InstanceProfile"]["InstanceProfileName"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if props.get("role") and self._role_in(self.find(aws, id_, props)) != props["role"]:
            aws.iam.add_role_to_instance_profile(InstanceProfileName=id_, RoleName=props["role"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.iam.get_instance_profile, "InstanceProfile", InstanceProfileName=id_)

    def _role_in(self, profile: Description | None) -> str:
        roles: list[dict[str, Any]] = (profile or {}).get("Roles") or [{}]
        return str(roles[0].get("RoleName", ""))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["Arn"],
            "name": found["InstanceProfileName"],
            "path": found["Path"],
            "role": self._role_in(found),
            "createDate": _MOMENT.from_aws(found["CreateDate"]),
            "uniqueId": found["InstanceProfileId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("role"):
            self._drop_role(aws, id_, change.old)
            self.settle(aws, id_, change.new)

    def _drop_role(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("role"):
            with gone_is_fine():
                aws.iam.remove_role_from_instance_profile(InstanceProfileName=id_, RoleName=state["role"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._drop_role(aws, id_, state)
        aws.iam.delete_instance_profile(InstanceProfileName=id_)


TYPES = (IamRole, InstanceProfile)
