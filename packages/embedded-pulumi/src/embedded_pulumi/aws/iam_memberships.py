"""IAM from the other end: the groups of one user, and all that one managed policy is attached to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_pulumi.aws.ec2_calls import difference
from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties

_HOLDERS: Mapping[str, str] = {"groups": "group", "roles": "role", "users": "user"}
"""A property of a policy's attachment to what its elements are."""


class PolicyAttachment(ResourceType):
    """All groups, roles and users of a managed policy; it is taken away from others. It cannot be imported.

    Source: terraform-provider-aws/internal/service/iam/policy_attachment.go (013f1736b904, 2026), read on 2026-11-30,
    and DeleteBeforeReplace in pulumi-aws/provider/resource_overrides.go (015d34381285).
    """

    type_ = "aws:iam/policyAttachment:PolicyAttachment"
    inputs = {
        "name": Text(force_new=True, min_length=1),
        "groups": SetOf(),
        "policyArn": ArnText(required=True, force_new=True),
        "roles": SetOf(),
        "users": SetOf(),
    }
    regional = False
    delete_first = True
    name = AutoName(unless=())

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if any(name in inputs for name in _HOLDERS):
            return []
        return [CheckFailure("groups", f"one of {', '.join(_HOLDERS)} must be set")]

    def _attach(self, aws: Session, property_: str, holder: str, arn: str) -> None:
        kind = _HOLDERS[property_]
        getattr(aws.iam, f"attach_{kind}_policy")(**{f"{kind.title()}Name": holder}, PolicyArn=arn)

    def _detach(self, aws: Session, property_: str, holder: str, arn: str) -> None:
        kind = _HOLDERS[property_]
        with gone_is_fine():
            getattr(aws.iam, f"detach_{kind}_policy")(**{f"{kind.title()}Name": holder}, PolicyArn=arn)

    def create(self, aws: Session, props: Properties) -> str:
        for property_ in _HOLDERS:
            for holder in props.get(property_) or ():
                self._attach(aws, property_, holder, props["policyArn"])
        return str(props["name"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        arn = state.get("policyArn")
        if not arn:
            raise ProviderError("a PolicyAttachment cannot be imported: its name does not say of which policy it is")
        found: dict[str, list[str]] = {name: [] for name in _HOLDERS}
        with gone_is_fine():
            for page in aws.iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn):
                for name, kind in _HOLDERS.items():
                    found[name] += [each[f"{kind.title()}Name"] for each in page[f"Policy{kind.title()}s"]]
        return {**found, "policyArn": arn} if any(found.values()) else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {**found, "name": id_}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        arn = change.new["policyArn"]
        for property_ in _HOLDERS:
            come, gone = difference(change.old.get(property_), change.new.get(property_))
            for holder in gone:
                self._detach(aws, property_, holder, arn)
            for holder in come:
                self._attach(aws, property_, holder, arn)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        for property_ in _HOLDERS:
            for holder in state.get(property_) or ():
                self._detach(aws, property_, holder, state["policyArn"])


class UserGroupMembership(ResourceType):
    """Some groups of a user, beside those that others have put the user into.

    Its id is `<user>/<group>/...`, as for an import. The real provider makes up an id that means nothing.

    Source: terraform-provider-aws/internal/service/iam/user_group_membership.go (01f431114674, 2025), read on
    2026-11-30.
    """

    type_ = "aws:iam/userGroupMembership:UserGroupMembership"
    inputs = {"groups": SetOf(required=True), "user": Text(required=True, force_new=True)}
    regional = False

    def create(self, aws: Session, props: Properties) -> str:
        self._join(aws, props["user"], props["groups"])
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        return "/".join([props["user"], *sorted(props["groups"])])

    def _join(self, aws: Session, user: str, groups: list[str]) -> None:
        for group in groups:
            aws.iam.add_user_to_group(GroupName=group, UserName=user)

    def _membership(self, id_: str, state: Properties) -> tuple[str, list[str]]:
        """The user and the groups: known, or from the id."""
        if state.get("user"):
            return state["user"], state["groups"]
        user, *groups = id_.split("/")
        if not user or not groups:
            raise ProviderError(f"{id_!r} is not a membership's import id; accepted: <user>/<group>/<group>...")
        return user, groups

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        user, groups = self._membership(id_, state)
        found = unless_gone(self._groups_of, aws=aws, user=user)
        there = [name for name in (found or {}).get("groups", ()) if name in groups]
        return {"groups": there, "user": user} if there else None

    def _groups_of(self, aws: Session, user: str) -> dict[str, Any]:
        pages = aws.iam.get_paginator("list_groups_for_user").paginate(UserName=user)
        return {"groups": [each["GroupName"] for page in pages for each in page["Groups"]]}

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return found

    def update(self, aws: Session, id_: str, change: Change) -> None:
        come, gone = difference(change.old["groups"], change.new["groups"])
        self._leave(aws, change.new["user"], gone)
        self._join(aws, change.new["user"], come)

    def _leave(self, aws: Session, user: str, groups: list[str]) -> None:
        for group in groups:
            with gone_is_fine():
                aws.iam.remove_user_from_group(GroupName=group, UserName=user)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._leave(aws, *self._membership(id_, state))


TYPES = (PolicyAttachment, UserGroupMembership)
