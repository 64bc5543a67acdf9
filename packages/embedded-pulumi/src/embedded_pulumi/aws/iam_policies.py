"""IAM's policies: managed ones, those inside a role, and what attaches the former to roles."""

from __future__ import annotations

import json
import time

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import IamPolicy
from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.iam import NAME, attached_policies, inline_policy
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_MOST_VERSIONS = 5  # of a managed policy; IAM quota


class RolePolicy(ResourceType):
    """A policy inside of a role. Its id is `<role>:<policy>`.

    Source: terraform-provider-aws/internal/service/iam/role_policy.go and validate.go (2026), read on 2026-11-29.
    """

    type_ = "aws:iam/rolePolicy:RolePolicy"
    inputs = {
        "name": Text(computed=True, force_new=True, min_length=1, max_length=128, pattern=NAME, aws="PolicyName"),
        "namePrefix": Text(computed=True, force_new=True, min_length=1, max_length=102, pattern=NAME),
        "role": Text(
            required=True,
            force_new=True,
            min_length=1,
            max_length=128,
            pattern=NAME,
            accepts="the name of a role, not its ARN",
            aws="RoleName",
        ),
        "policy": IamPolicy(required=True, version_first=True, aws="PolicyDocument"),
    }
    regional = False
    name = AutoName()

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props)
        aws.iam.put_role_policy(PolicyName=name, **request(self.inputs, props, ("role", "policy")))
        return self.locate(aws, {**props, "name": name})

    def locate(self, aws: Session, props: Properties) -> str:
        return f"{props['role']}:{given_or_unique(props)}"

    def _parts(self, id_: str) -> tuple[str, str]:
        role, _, name = id_.partition(":")
        if not name:
            raise ProviderError(f"{id_!r} is not a role policy's id; accepted: <role>:<policy>")
        return role, name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return inline_policy(aws, *self._parts(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {**found, "role": self._parts(id_)[0]}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        role, name = self._parts(id_)
        aws.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=change.new["policy"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        role, name = self._parts(id_)
        aws.iam.delete_role_policy(RoleName=role, PolicyName=name)


class ManagedPolicy(ResourceType):
    """A managed policy. Each change makes a new version, and deletes the oldest if there are too many.

    Source: terraform-provider-aws/internal/service/iam/policy.go and validate.go (2026), read on 2026-11-29.
    """

    type_ = "aws:iam/policy:Policy"
    inputs = {
        "name": Text(computed=True, force_new=True, min_length=1, max_length=128, pattern=NAME, aws="PolicyName"),
        "namePrefix": Text(computed=True, force_new=True, min_length=1, max_length=102, pattern=NAME),
        "path": Text(
            default="/", force_new=True, max_length=512, pattern="/|/([A-Za-z0-9.,+@=_-]+/)+", accepts="such as /team/"
        ),
        "description": Text(force_new=True),
        "policy": IamPolicy(required=True, aws="PolicyDocument"),
        "delayAfterPolicyCreationInMs": Whole(),
    }
    outputs = ("arn", "attachmentCount", "policyId")
    regional = False
    name = AutoName()
    tagging = Tagging(service="iam", target="PolicyArn", write="tag_policy", remove="untag_policy")

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.iam.create_policy(
            PolicyName=given_or_unique(props),
            **request(self.inputs, props, ("path", "description", "policy")),
            Tags=tags.to_list(props["tagsAll"]),
        )
        return str(answer["Policy"]["Arn"])

    def locate(self, aws: Session, props: Properties) -> str:
        return f"arn:{aws.partition}:iam::{aws.account_id}:policy{props['path']}{given_or_unique(props)}"

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.iam.get_policy, "Policy", PolicyArn=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        version = aws.iam.get_policy_version(PolicyArn=id_, VersionId=found["DefaultVersionId"])["PolicyVersion"]
        return {
            "arn": found["Arn"],
            "name": found["PolicyName"],
            "path": found["Path"],
            "description": found.get("Description", ""),
            "policyId": found["PolicyId"],
            "attachmentCount": found.get("AttachmentCount", 0),
            "policy": json.dumps(version["Document"]),
        }

    def _versions(self, aws: Session, arn: str) -> list[str]:
        """The versions that are not the default one, oldest first."""
        versions = aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]
        others = [each["VersionId"] for each in versions if not each["IsDefaultVersion"]]
        return sorted(others, key=lambda each: int(each.removeprefix("v")))

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if not change.has("policy"):
            return
        others = self._versions(aws, id_)
        if len(others) + 1 >= _MOST_VERSIONS:
            aws.iam.delete_policy_version(PolicyArn=id_, VersionId=others[0])
        delay = change.new.get("delayAfterPolicyCreationInMs")
        made = aws.iam.create_policy_version(
            PolicyArn=id_, PolicyDocument=change.new["policy"], SetAsDefault=delay is None
        )
        if delay is not None:
            time.sleep(delay / 1000)
            aws.iam.set_default_policy_version(PolicyArn=id_, VersionId=made["PolicyVersion"]["VersionId"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        for version in self._versions(aws, id_):
            aws.iam.delete_policy_version(PolicyArn=id_, VersionId=version)
        aws.iam.delete_policy(PolicyArn=id_)


class RolePolicyAttachment(ResourceType):
    """The attachment of a managed policy to a role.

    Source: terraform-provider-aws/internal/service/iam/role_policy_attachment.go (2025), read on 2026-11-29, and
    DeleteBeforeReplace in pulumi-aws/provider/resource_overrides.go (015d34381285).
    """

    type_ = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    inputs = {
        "role": Text(required=True, force_new=True, aws="RoleName"),
        "policyArn": ArnText(required=True, force_new=True),
    }
    delete_first = True
    regional = False

    def create(self, aws: Session, props: Properties) -> str:
        aws.iam.attach_role_policy(**request(self.inputs, props))
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        return f"{props['role']}/{props['policyArn']}"

    def _ends(self, id_: str, state: Properties) -> Properties:
        """Role and policy: known, or from the id."""
        if state.get("role"):
            return {"role": state["role"], "policyArn": state["policyArn"]}
        role, _, arn = id_.partition("/")
        if not role or not arn:
            raise ProviderError(f"{id_!r} is not an attachment's import id; accepted: <role>/<policy ARN>")
        return {"role": role, "policyArn": arn}

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        ends, attached = self._ends(id_, state), []
        with gone_is_fine():
            attached = attached_policies(aws, ends["role"])
        return ends if ends["policyArn"] in attached else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return found

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.iam.detach_role_policy(**request(self.inputs, self._ends(id_, state)))


TYPES = (RolePolicy, ManagedPolicy, RolePolicyAttachment)
