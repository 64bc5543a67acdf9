"""IAM's users and groups, what they may do, their keys, and who else is trusted to say who somebody is."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import IamPolicy
from embedded_pulumi.aws.ec2_calls import difference
from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Flag, Moment, Text
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.iam import NAME
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import ListOf, SetOf
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_PATH = Text(default="/", max_length=512, pattern="/|/([!-~]+/)+", accepts="such as /team/")


class User(ResourceType):
    """A user; its name is its id. It is renamed and moved in place.

    Source: terraform-provider-aws/internal/service/iam/user.go (058fd401f211, 2026), read on 2026-11-30.
    """

    type_ = "aws:iam/user:User"
    inputs = {
        "name": Text(min_length=1, max_length=64, pattern=NAME, aws="UserName"),
        "forceDestroy": Flag(default=False),
        "path": _PATH,
        "permissionsBoundary": Text(max_length=2048),
    }
    outputs = ("arn", "uniqueId")
    regional = False
    name = AutoName(max_length=64, unless=())
    renewed = {"arn": ("name", "path")}
    tagging = Tagging(service="iam", target="UserName", write="tag_user", remove="untag_user")

    def create(self, aws: Session, props: Properties) -> str:
        bound = {"PermissionsBoundary": props["permissionsBoundary"]} if props.get("permissionsBoundary") else {}
        answer = aws.iam.create_user(
            UserName=props["name"], Path=props["path"], Tags=tags.to_list(props["tagsAll"]), **bound
        )
        return str(answer["User"]["UserName"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.iam.get_user, "User", UserName=state.get("name") or id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["Arn"],
            "name": found["UserName"],
            "path": found["Path"],
            "permissionsBoundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "uniqueId": found["UserId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        iam, name, new = aws.iam, change.old["name"], change.new
        if change.has("name", "path"):
            renamed = {"NewUserName": new["name"]} if change.has("name") else {}
            moved = {"NewPath": new["path"]} if change.has("path") else {}
            iam.update_user(UserName=name, **renamed, **moved)
        if change.has("permissionsBoundary"):
            if new.get("permissionsBoundary"):
                iam.put_user_permissions_boundary(UserName=new["name"], PermissionsBoundary=new["permissionsBoundary"])
            else:
                iam.delete_user_permissions_boundary(UserName=new["name"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        iam, name = aws.iam, state.get("name") or id_
        for group in iam.list_groups_for_user(UserName=name)["Groups"]:
            iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        if state.get("forceDestroy"):
            for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
            with gone_is_fine():
                iam.delete_login_profile(UserName=name)
        iam.delete_user(UserName=name)


class Group(ResourceType):
    """A group; its name is its id. It is renamed and moved in place.

    Source: terraform-provider-aws/internal/service/iam/group.go; read as `User`, with which it was read.
    """

    type_ = "aws:iam/group:Group"
    inputs = {"name": Text(min_length=1, max_length=128, pattern=NAME), "path": _PATH}
    outputs = ("arn", "uniqueId")
    regional = False
    name = AutoName(max_length=128, unless=())
    renewed = {"arn": ("name", "path")}

    def create(self, aws: Session, props: Properties) -> str:
        return str(aws.iam.create_group(GroupName=props["name"], Path=props["path"])["Group"]["GroupName"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.iam.get_group, "Group", GroupName=state.get("name") or id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["Arn"],
            "name": found["GroupName"],
            "path": found["Path"],
            "uniqueId": found["GroupId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        new = change.new
        renamed = {"NewGroupName": new["name"]} if change.has("name") else {}
        moved = {"NewPath": new["path"]} if change.has("path") else {}
        if renamed or moved:
            aws.iam.update_group(GroupName=change.old["name"], **renamed, **moved)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.iam.delete_group(GroupName=state.get("name") or id_)


class GroupMembership(ResourceType):
    """All users of a group; others are taken out of it. It cannot be imported.

    Source: terraform-provider-aws/internal/service/iam/group_membership.go; read as `User`, with which it was read.
    """

    type_ = "aws:iam/groupMembership:GroupMembership"
    inputs = {
        "name": Text(force_new=True),
        "group": Text(required=True, force_new=True),
        "users": SetOf(required=True),
    }
    regional = False
    name = AutoName(unless=())

    def create(self, aws: Session, props: Properties) -> str:
        for user in props["users"]:
            aws.iam.add_user_to_group(GroupName=props["group"], UserName=user)
        return str(props["name"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        if not state.get("group"):
            raise ProviderError("a GroupMembership cannot be imported: its name does not say of which group it is")
        found = unless_gone(aws.iam.get_group, GroupName=state["group"])
        return found if found and found["Users"] else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        users = [each["UserName"] for each in found["Users"]]
        return {"group": found["Group"]["GroupName"], "name": id_, "users": users}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        come, gone = difference(change.old["users"], change.new["users"])
        self._leave(aws, change.old["group"], gone)
        for user in come:
            aws.iam.add_user_to_group(GroupName=change.new["group"], UserName=user)

    def _leave(self, aws: Session, group: str, users: list[str]) -> None:
        for user in users:
            with gone_is_fine():
                aws.iam.remove_user_from_group(GroupName=group, UserName=user)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._leave(aws, state["group"], state["users"])


class _InlinePolicy(ResourceType):
    """A policy inside of a user or a group. Its id is `<whose>:<policy>`."""

    whose: ClassVar[str]
    regional = False
    name = AutoName()

    def _call(self, aws: Session, verb: str, id_: str, **params: Any) -> Any:
        holder, _, name = id_.partition(":")
        if not name:
            raise ProviderError(f"{id_!r} is not such a policy's id; accepted: <{self.whose}>:<policy>")
        target = {f"{self.whose.title()}Name": holder, "PolicyName": name}
        return getattr(aws.iam, f"{verb}_{self.whose}_policy")(**target, **params)

    def create(self, aws: Session, props: Properties) -> str:
        id_ = self.locate(aws, props)
        self._call(aws, "put", id_, PolicyDocument=props["policy"])
        return id_

    def locate(self, aws: Session, props: Properties) -> str:
        return f"{props[self.whose]}:{given_or_unique(props)}"

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(self._call, aws=aws, verb="get", id_=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        document = found["PolicyDocument"]
        text = document if isinstance(document, str) else json.dumps(document)
        return {"name": found["PolicyName"], "policy": text, self.whose: found[f"{self.whose.title()}Name"]}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._call(aws, "put", id_, PolicyDocument=change.new["policy"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._call(aws, "delete", id_)


def _inline(whose: str) -> dict[str, Any]:
    return {
        "name": Text(computed=True, force_new=True, min_length=1, max_length=128, pattern=NAME),
        "namePrefix": Text(computed=True, force_new=True, min_length=1, max_length=102, pattern=NAME),
        "policy": IamPolicy(required=True, version_first=True),
        whose: Text(required=True, force_new=True),
    }


class UserPolicy(_InlinePolicy):
    """A policy inside of a user.

    Source: terraform-provider-aws/internal/service/iam/user_policy.go; as role_policy.go of `RolePolicy`.
    """

    type_ = "aws:iam/userPolicy:UserPolicy"
    whose = "user"
    inputs = _inline("user")


class GroupPolicy(_InlinePolicy):
    """A policy inside of a group.

    Source: terraform-provider-aws/internal/service/iam/group_policy.go; as role_policy.go of `RolePolicy`.
    """

    type_ = "aws:iam/groupPolicy:GroupPolicy"
    whose = "group"
    inputs = _inline("group")


class _Attachment(ResourceType):
    """The attachment of a managed policy to a user or a group."""

    whose: ClassVar[str]
    delete_first = True
    regional = False

    def _params(self, ends: Properties) -> dict[str, Any]:
        return {f"{self.whose.title()}Name": ends[self.whose], "PolicyArn": ends["policyArn"]}

    def create(self, aws: Session, props: Properties) -> str:
        getattr(aws.iam, f"attach_{self.whose}_policy")(**self._params(props))
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        return f"{props[self.whose]}/{props['policyArn']}"

    def _ends(self, id_: str, state: Properties) -> Properties:
        """Whose policy, and which: known, or from the id."""
        if state.get(self.whose):
            return {self.whose: state[self.whose], "policyArn": state["policyArn"]}
        holder, _, arn = id_.partition("/")
        if not holder or not arn:
            raise ProviderError(f"{id_!r} is not an attachment's import id; accepted: <{self.whose}>/<policy ARN>")
        return {self.whose: holder, "policyArn": arn}

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        ends, attached = self._ends(id_, state), []
        with gone_is_fine():
            pages = aws.iam.get_paginator(f"list_attached_{self.whose}_policies").paginate(
                **{f"{self.whose.title()}Name": ends[self.whose]}
            )
            attached = [each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]]
        return ends if ends["policyArn"] in attached else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return found

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        getattr(aws.iam, f"detach_{self.whose}_policy")(**self._params(self._ends(id_, state)))


class UserPolicyAttachment(_Attachment):
    """The attachment of a managed policy to a user.

    Source: terraform-provider-aws/internal/service/iam/user_policy_attachment.go; as that of `RolePolicyAttachment`.
    """

    type_ = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
    whose = "user"
    inputs = {"policyArn": ArnText(required=True, force_new=True), "user": Text(required=True, force_new=True)}


class GroupPolicyAttachment(_Attachment):
    """The attachment of a managed policy to a group.

    Source: terraform-provider-aws/internal/service/iam/group_policy_attachment.go; as that of `RolePolicyAttachment`.
    """

    type_ = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
    whose = "group"
    inputs = {"group": Text(required=True, force_new=True), "policyArn": ArnText(required=True, force_new=True)}


class AccessKey(ResourceType):
    """A user's key; its id is that of the key. Its secret is told once, and kept in the state, encrypted.

    Source: terraform-provider-aws/internal/service/iam/access_key.go (1271cd2293d2, 2026), read on 2026-11-30; SES
    Developer Guide, "Obtaining Amazon SES SMTP credentials by converting existing AWS credentials".
    """

    type_ = "aws:iam/accessKey:AccessKey"
    inputs = {
        "user": Text(required=True, force_new=True),
        "status": Text(default="Active", one_of=("Active", "Inactive")),
    }
    outputs = (
        *("createDate", "encryptedSecret", "encryptedSesSmtpPasswordV4", "keyFingerprint", "secret"),
        "sesSmtpPasswordV4",
    )
    unsupported = ("pgpKey",)
    regional = False

    def create(self, aws: Session, props: Properties) -> str:
        made = aws.iam.create_access_key(UserName=props["user"])["AccessKey"]
        props["secret"] = made["SecretAccessKey"]
        props["sesSmtpPasswordV4"] = _smtp_password(made["SecretAccessKey"], aws.region)
        return str(made["AccessKeyId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """None: the secret of a key whose answer was lost is lost."""
        return None

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if props["status"] != "Active":
            aws.iam.update_access_key(UserName=props["user"], AccessKeyId=id_, Status=props["status"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        user = state.get("user")
        if not user:
            last = unless_gone(aws.iam.get_access_key_last_used, AccessKeyId=id_)
            user = (last or {}).get("UserName")
        found = unless_gone(aws.iam.list_access_keys, UserName=user) if user else None
        keys = (found or {}).get("AccessKeyMetadata", ())
        return next((each for each in keys if each["AccessKeyId"] == id_), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "createDate": Moment().from_aws(found["CreateDate"]),
            "status": found["Status"],
            "user": found["UserName"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        aws.iam.update_access_key(UserName=change.old["user"], AccessKeyId=id_, Status=change.new["status"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.iam.delete_access_key(UserName=state["user"], AccessKeyId=id_)


def _smtp_password(secret: str, region: str) -> str:
    """The password for SES's SMTP servers that goes with a key."""
    signature = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        signature = hmac.new(signature, part.encode(), "sha256").digest()
    return base64.b64encode(b"\x04" + signature).decode()


_PROVIDER = "OpenIDConnectProviderArn"


class OpenIdConnectProvider(ResourceType):
    """Somebody whose word about who somebody is counts; its id is its ARN.

    Source: terraform-provider-aws/internal/service/iam/openid_connect_provider.go (01606926a0c0), read on 2026-11-30.
    """

    type_ = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    inputs = {
        "clientIdLists": SetOf(required=True, item=Text(min_length=1, max_length=255)),
        "thumbprintLists": ListOf(computed=True, item=Text(min_length=40, max_length=40)),
        "url": Text(required=True, force_new=True, canonical=lambda url: url.removeprefix("https://")),
    }
    outputs = ("arn",)
    regional = False
    tagging = Tagging(
        service="iam",
        target=_PROVIDER,
        write="tag_open_id_connect_provider",
        remove="untag_open_id_connect_provider",
    )

    def create(self, aws: Session, props: Properties) -> str:
        thumbs = {"ThumbprintList": props["thumbprintLists"]} if props.get("thumbprintLists") else {}
        answer = aws.iam.create_open_id_connect_provider(
            Url=f"https://{props['url'].removeprefix('https://')}",
            ClientIDList=props["clientIdLists"],
            Tags=tags.to_list(props["tagsAll"]),
            **thumbs,
        )
        return str(answer[_PROVIDER])

    def locate(self, aws: Session, props: Properties) -> str:
        host = props["url"].removeprefix("https://")
        return f"arn:{aws.partition}:iam::{aws.account_id}:oidc-provider/{host}"

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.iam.get_open_id_connect_provider, **{_PROVIDER: id_})

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": id_,
            "clientIdLists": found.get("ClientIDList", []),
            "thumbprintLists": found.get("ThumbprintList", []),
            "url": found["Url"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        target: Mapping[str, Any] = {_PROVIDER: id_}
        if change.has("thumbprintLists"):
            thumbs = change.new.get("thumbprintLists") or []
            aws.iam.update_open_id_connect_provider_thumbprint(**target, ThumbprintList=thumbs)
        come, gone = difference(change.old.get("clientIdLists"), change.new.get("clientIdLists"))
        for client in come:
            aws.iam.add_client_id_to_open_id_connect_provider(**target, ClientID=client)
        for client in gone:
            aws.iam.remove_client_id_from_open_id_connect_provider(**target, ClientID=client)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.iam.delete_open_id_connect_provider(**{_PROVIDER: id_})


TYPES = (
    *(User, Group, GroupMembership, UserPolicy, GroupPolicy, UserPolicyAttachment, GroupPolicyAttachment),
    *(AccessKey, OpenIdConnectProvider),
)
