"""KMS keys and aliases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import found, is_denied
from embedded_pulumi.aws.fields import Document, Flag, Text, Whole
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, request
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Properties, Value

_DEFAULT_WINDOW = 30  # days; KMS's own

_KEY: Fields = {
    "description": Text(computed=True, max_length=8192),
    "policy": Document(computed=True),
    "bypassPolicyLockoutSafetyCheck": Flag(default=False),
    "customerMasterKeySpec": Text(default="SYMMETRIC_DEFAULT", force_new=True, aws="KeySpec"),
    "keyUsage": Text(
        default="ENCRYPT_DECRYPT",
        force_new=True,
        one_of=("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"),
    ),
    "multiRegion": Flag(computed=True, force_new=True),
    "isEnabled": Flag(default=True),
    "enableKeyRotation": Flag(computed=True),
    "rotationPeriodInDays": Whole(computed=True, at_least=90, at_most=2560),
    "deletionWindowInDays": Whole(at_least=7, at_most=30),
}
_KEY_SENT = (
    "description",
    "policy",
    "bypassPolicyLockoutSafetyCheck",
    "customerMasterKeySpec",
    "keyUsage",
    "multiRegion",
)


def _create_key(aws: Session, props: Properties) -> str:
    answer = aws.kms.create_key(
        **request(_KEY, props, _KEY_SENT), Tags=tags.to_list(props["tagsAll"], "TagKey", "TagValue")
    )
    return str(answer["KeyMetadata"]["KeyId"])


def _locate_key(aws: Session, props: Properties) -> str | None:
    """Find it by its mark. KMS gives keys no names and cannot search tags, so this reads the tags of every key."""
    mark = {"TagKey": MARK, "TagValue": props[MARK]}
    keys = [key["KeyId"] for page in aws.kms.get_paginator("list_keys").paginate() for key in page["Keys"]]
    return next((key for key in keys if mark in _tags_of(aws, key)), None)


def _tags_of(aws: Session, key: str) -> list[dict[str, str]]:
    """The tags of a key; empty for AWS's own keys, whose tags nobody may read."""
    try:
        return list(aws.kms.list_resource_tags(KeyId=key)["Tags"])
    except ClientError as error:
        if is_denied(error):
            return []
        raise


def _settle_key(aws: Session, id_: str, props: Properties) -> None:
    if props.get("enableKeyRotation"):
        _rotate(aws, id_, props)
    if not props["isEnabled"]:
        aws.kms.disable_key(KeyId=id_)


def _rotate(aws: Session, id_: str, props: Properties) -> None:
    aws.kms.enable_key_rotation(KeyId=id_, **request(_KEY, props, ("rotationPeriodInDays",)))


def _find_key(aws: Session, id_: str) -> dict[str, Any] | None:
    """The key; None if it does not exist, or waits for its deletion."""
    answer = found(lambda: aws.kms.describe_key(KeyId=id_))
    key = answer["KeyMetadata"] if answer else None
    return None if key is None or key["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion") else key


def _read_key(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    key = _find_key(aws, id_)
    if key is None:
        return None
    return {
        "arn": key["Arn"],
        "keyId": key["KeyId"],
        "description": key.get("Description", ""),
        "policy": aws.kms.get_key_policy(KeyId=id_, PolicyName="default")["Policy"],
        "customerMasterKeySpec": key.get("KeySpec") or key.get("CustomerMasterKeySpec"),
        "keyUsage": key["KeyUsage"],
        "multiRegion": key.get("MultiRegion", False),
        "isEnabled": key["Enabled"],
        **_rotation(aws, id_, key),
        "tagsAll": tags.from_list(aws.kms.list_resource_tags(KeyId=id_)["Tags"], "TagKey", "TagValue"),
    }


def _rotation(aws: Session, id_: str, key: dict[str, Any]) -> Properties:
    """The rotation of a key. Only symmetric keys that KMS made can rotate."""
    if key.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT" or key.get("Origin", "AWS_KMS") != "AWS_KMS":
        return {"enableKeyRotation": False, "rotationPeriodInDays": None}
    status = aws.kms.get_key_rotation_status(KeyId=id_)
    enabled = status["KeyRotationEnabled"]
    return {
        "enableKeyRotation": enabled,
        "rotationPeriodInDays": status.get("RotationPeriodInDays") if enabled else None,
    }


def _update_key(aws: Session, id_: str, change: Change) -> None:
    """A disabled key refuses every other change, so it is enabled first and disabled last."""
    if change.has("isEnabled") and change.new["isEnabled"]:
        aws.kms.enable_key(KeyId=id_)
    if change.has("enableKeyRotation", "rotationPeriodInDays"):
        _update_rotation(aws, id_, change)
    if change.has("description"):
        aws.kms.update_key_description(KeyId=id_, Description=change.new.get("description") or "")
    if change.has("policy"):
        bypass = change.new["bypassPolicyLockoutSafetyCheck"]
        aws.kms.put_key_policy(
            KeyId=id_, PolicyName="default", Policy=change.new["policy"], BypassPolicyLockoutSafetyCheck=bypass
        )
    if change.has("isEnabled") and not change.new["isEnabled"]:
        aws.kms.disable_key(KeyId=id_)


def _update_rotation(aws: Session, id_: str, change: Change) -> None:
    if change.get("enableKeyRotation"):
        _rotate(aws, id_, change.new)
    else:
        aws.kms.disable_key_rotation(KeyId=id_)


def _delete_key(aws: Session, id_: str, state: Properties) -> None:
    if _find_key(aws, id_) is not None:
        window = state.get("deletionWindowInDays") or _DEFAULT_WINDOW
        aws.kms.schedule_key_deletion(KeyId=id_, PendingWindowInDays=window)


def _retag_key(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del state
    if removed:
        aws.kms.untag_resource(KeyId=id_, TagKeys=removed)
    if written:
        aws.kms.tag_resource(KeyId=id_, Tags=tags.to_list(written, "TagKey", "TagValue"))


def _examine_key(inputs: Properties) -> list[CheckFailure]:
    if inputs.get("rotationPeriodInDays") and inputs.get("enableKeyRotation") is not True:
        return [CheckFailure("rotationPeriodInDays", "needs enableKeyRotation")]
    return []


KEY = Resource(
    type_="aws:kms/key:Key",
    inputs=_KEY,
    outputs=("arn", "keyId"),
    unsupported=("customKeyStoreId", "xksKeyId"),
    examine=_examine_key,
    create=_create_key,
    locate=_locate_key,
    settle=_settle_key,
    read=_read_key,
    update=_update_key,
    delete=_delete_key,
    retag=_retag_key,
)


@dataclass(frozen=True, kw_only=True)
class _KeyId(Text):
    """A key by its id or by its ARN: the same key."""

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return bool(old) and bool(new) and str(old).rpartition("/")[2] == str(new).rpartition("/")[2]


_ALIAS: Fields = {
    "name": Text(computed=True, force_new=True, max_length=256, aws="AliasName"),
    "namePrefix": Text(force_new=True),
    "targetKeyId": _KeyId(required=True),
}


def _create_alias(aws: Session, props: Properties) -> str:
    name = given_or_unique(props)
    aws.kms.create_alias(AliasName=name, TargetKeyId=props["targetKeyId"])
    return name


def _read_alias(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    pages = aws.kms.get_paginator("list_aliases").paginate()
    alias = next((each for page in pages for each in page["Aliases"] if each["AliasName"] == id_), None)
    if alias is None:
        return None
    key_id = alias.get("TargetKeyId", "")
    prefix = alias["AliasArn"].removesuffix(alias["AliasName"])
    return {"arn": alias["AliasArn"], "name": id_, "targetKeyId": key_id, "targetKeyArn": f"{prefix}key/{key_id}"}


def _update_alias(aws: Session, id_: str, change: Change) -> None:
    aws.kms.update_alias(AliasName=id_, TargetKeyId=change.new["targetKeyId"])


def _delete_alias(aws: Session, id_: str, state: Properties) -> None:
    del state
    aws.kms.delete_alias(AliasName=id_)


def _examine_alias(inputs: Properties) -> list[CheckFailure]:
    for name in ("name", "namePrefix"):
        if isinstance(inputs.get(name), str) and not inputs[name].startswith("alias/"):
            return [CheckFailure(name, f"{inputs[name]!r} does not begin with alias/")]
    return []


ALIAS = Resource(
    type_="aws:kms/alias:Alias",
    inputs=_ALIAS,
    outputs=("arn", "targetKeyArn"),
    name=AutoName(max_length=256, prefix="alias/"),
    at_most_one=(("name", "namePrefix"),),
    examine=_examine_alias,
    renewed={"targetKeyArn": ("targetKeyId",)},
    create=_create_alias,
    locate=lambda _, props: given_or_unique(props),
    read=_read_alias,
    update=_update_alias,
    delete=_delete_alias,
)

RESOURCES = (KEY, ALIAS)
