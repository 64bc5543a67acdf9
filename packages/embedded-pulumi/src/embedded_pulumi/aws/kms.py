"""KMS keys, aliases and grants."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from embedded_pulumi.aws.documents import PolicyText
from embedded_pulumi.aws.ec2_calls import wait_gone
from embedded_pulumi.aws.errors import is_denied, is_gone, unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf, request
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties, Value

_SPECS = (
    *("RSA_2048", "RSA_3072", "RSA_4096"),
    *("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"),
    "SYMMETRIC_DEFAULT",
    *("HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"),
    "SM2",
    *("ML_DSA_44", "ML_DSA_65", "ML_DSA_87"),
    "ECC_NIST_EDWARDS25519",
)
_OPERATIONS = (
    *("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"),
    *("Sign", "Verify", "GetPublicKey", "CreateGrant", "RetireGrant", "DescribeKey"),
    *("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "DeriveSharedSecret"),
)
_ALIAS = r"alias/(?!aws/)[0-9A-Za-z_/-]+"
_TAGGING = Tagging(service="kms", target="KeyId", show="list_resource_tags", pair=("TagKey", "TagValue"))


class Key(ResourceType):
    """A key. It does not exist any more once its deletion is scheduled.

    Source: terraform-provider-aws/internal/service/kms/key.go (00a35305dc1b, 2026).
    """

    type_ = "aws:kms/key:Key"
    inputs = {
        "description": Text(computed=True, max_length=8192),
        "policy": PolicyText(computed=True),
        "bypassPolicyLockoutSafetyCheck": Flag(default=False),
        "customerMasterKeySpec": Text(default="SYMMETRIC_DEFAULT", force_new=True, one_of=_SPECS, aws="KeySpec"),
        "keyUsage": Text(
            default="ENCRYPT_DECRYPT",
            force_new=True,
            one_of=("SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"),
        ),
        "multiRegion": Flag(computed=True, force_new=True),
        "isEnabled": Flag(default=True),
        "enableKeyRotation": Flag(default=False),
        "rotationPeriodInDays": Whole(computed=True, at_least=90, at_most=2560),
        "deletionWindowInDays": Whole(at_least=7, at_most=30, aws="PendingWindowInDays"),
    }
    outputs = ("arn", "keyId")
    required_with = {"rotationPeriodInDays": ("enableKeyRotation",)}
    unsupported = ("customKeyStoreId", "xksKeyId")
    tagging = _TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        later = ("isEnabled", "enableKeyRotation", "rotationPeriodInDays", "deletionWindowInDays")
        asked = request(self.inputs, {name: value for name, value in props.items() if name not in later})
        answer = aws.kms.create_key(**asked, Tags=_TAGGING.to_aws(props["tagsAll"]))
        return str(answer["KeyMetadata"]["KeyId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by its mark. KMS gives keys no names and cannot search tags, so this reads the tags of every key."""
        mark = {"TagKey": MARK, "TagValue": props[MARK]}
        keys = [key["KeyId"] for page in aws.kms.get_paginator("list_keys").paginate() for key in page["Keys"]]
        return next((key for key in keys if mark in self._tags_of(aws, key)), None)

    def _tags_of(self, aws: Session, key: str) -> list[dict[str, str]]:
        """The tags of a key; empty for AWS's own keys, whose tags nobody may read."""
        try:
            return list(aws.kms.list_resource_tags(KeyId=key)["Tags"])
        except ClientError as error:
            if is_denied(error):
                return []
            raise

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if props["enableKeyRotation"]:
            self._rotate(aws, id_, props.get("rotationPeriodInDays"))
        if not props["isEnabled"]:
            aws.kms.disable_key(KeyId=id_)

    def _rotate(self, aws: Session, id_: str, days: int | None) -> None:
        aws.kms.enable_key_rotation(KeyId=id_, **({"RotationPeriodInDays": days} if days else {}))

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """The key; None if it does not exist, or waits for its deletion."""
        key = unless_gone(aws.kms.describe_key, "KeyMetadata", KeyId=id_)
        if key and key.get("MultiRegionConfiguration", {}).get("MultiRegionKeyType", "PRIMARY") != "PRIMARY":
            raise ProviderError(f"KMS key {id_} is not a multi-Region primary key")
        return None if key is None or key["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion") else key

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["Arn"],
            "keyId": found["KeyId"],
            "description": found.get("Description", ""),
            "policy": aws.kms.get_key_policy(KeyId=id_, PolicyName="default")["Policy"],
            "customerMasterKeySpec": found.get("KeySpec") or found.get("CustomerMasterKeySpec"),
            "keyUsage": found["KeyUsage"],
            "multiRegion": found.get("MultiRegion", False),
            "isEnabled": found["Enabled"],
            **self._rotation(aws, id_, found),
        }

    def _rotation(self, aws: Session, id_: str, key: Description) -> Properties:
        """The rotation of a key. Only symmetric keys that KMS made can rotate."""
        if key.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT" or key.get("Origin", "AWS_KMS") != "AWS_KMS":
            return {"enableKeyRotation": False, "rotationPeriodInDays": None}
        status = aws.kms.get_key_rotation_status(KeyId=id_)
        enabled = status["KeyRotationEnabled"]
        days = status.get("RotationPeriodInDays") if enabled else None
        return {"enableKeyRotation": enabled, "rotationPeriodInDays": days}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        """A disabled key refuses every other change, so it is enabled first and disabled last."""
        if change.has("isEnabled") and change.new["isEnabled"]:
            aws.kms.enable_key(KeyId=id_)
        rotates = change.new["enableKeyRotation"]
        if rotates and change.has("enableKeyRotation", "rotationPeriodInDays"):
            self._rotate(aws, id_, change.get("rotationPeriodInDays"))
        elif change.has("enableKeyRotation"):
            aws.kms.disable_key_rotation(KeyId=id_)
        if change.has("description"):
            aws.kms.update_key_description(KeyId=id_, Description=change.new.get("description") or "")
        if change.has("policy"):
            asked = request(self.inputs, change.new, ("policy", "bypassPolicyLockoutSafetyCheck"))
            aws.kms.put_key_policy(KeyId=id_, PolicyName="default", **asked)
        if change.has("isEnabled") and not change.new["isEnabled"]:
            aws.kms.disable_key(KeyId=id_)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if self.find(aws, id_, state) is not None:
            aws.kms.schedule_key_deletion(KeyId=id_, **request(self.inputs, state, ("deletionWindowInDays",)))


@dataclass(frozen=True, kw_only=True)
class _KeyId(Text):
    """A key: its id means the same as an ARN with that id."""

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return super().same(old, new) or _names(old, new) or _names(new, old)


def _names(arn: Value, key_id: Value) -> bool:
    return str(arn).startswith("arn:") and str(arn).endswith(f":key/{key_id}")


class KeyAlias(ResourceType):
    """A name of a key. KMS finds no single one, so all are read.

    Source: terraform-provider-aws/internal/service/kms/alias.go and arn.go (28b90493560c), read on 2026-11-29.
    """

    type_ = "aws:kms/alias:Alias"
    inputs = {
        "name": Text(computed=True, force_new=True, pattern=_ALIAS, aws="AliasName"),
        "namePrefix": Text(computed=True, force_new=True, pattern=_ALIAS),
        "targetKeyId": _KeyId(required=True),
    }
    outputs = ("arn", "targetKeyArn")
    name = AutoName(max_length=238, prefix="alias/")

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props)
        aws.kms.create_alias(AliasName=name, TargetKeyId=props["targetKeyId"])
        return name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        pages = aws.kms.get_paginator("list_aliases").paginate()
        return next((each for page in pages for each in page["Aliases"] if each["AliasName"] == id_), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        key_id = found.get("TargetKeyId", "")
        key_arn = f"{found['AliasArn'].removesuffix(found['AliasName'])}key/{key_id}"
        return {"arn": found["AliasArn"], "name": id_, "targetKeyId": key_id, "targetKeyArn": key_arn}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        aws.kms.update_alias(AliasName=id_, TargetKeyId=change.new["targetKeyId"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.kms.delete_alias(AliasName=id_)


class KeyGrant(ResourceType):
    """A grant. Nothing of it can be changed; its id is the key's and its own.

    Source: terraform-provider-aws/internal/service/kms/grant.go (01f431114674), read on 2026-11-30.
    """

    type_ = "aws:kms/grant:Grant"
    inputs = {
        "granteePrincipal": Text(required=True, force_new=True),
        "keyId": Text(required=True, force_new=True),
        "name": Text(computed=True, force_new=True, max_length=256, pattern="[a-zA-Z0-9:/_-]+"),
        "operations": SetOf(required=True, force_new=True, item=Text(one_of=_OPERATIONS)),
        "retiringPrincipal": Text(force_new=True),
        "retireOnDelete": Flag(default=False, force_new=True),
    }
    outputs = ("grantId", "grantToken")
    unsupported = ("constraints", "grantCreationTokens")
    name = AutoName(max_length=256)

    def create(self, aws: Session, props: Properties) -> str:
        asked = request(self.inputs, {name: value for name, value in props.items() if name != "retireOnDelete"})
        return f"{props['keyId']}:{aws.kms.create_grant(**asked)['GrantId']}"

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by its name, which is unique if it was generated."""
        pages = aws.kms.get_paginator("list_grants").paginate(KeyId=props["keyId"])
        found = [each for page in pages for each in page["Grants"] if each.get("Name") == given_or_unique(props)]
        return f"{props['keyId']}:{found[0]['GrantId']}" if found else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        key, _, grant = id_.rpartition(":")
        try:
            pages = list(aws.kms.get_paginator("list_grants").paginate(KeyId=key))
        except ClientError as error:
            if is_gone(error):
                return None
            raise
        return next((each for page in pages for each in page["Grants"] if each["GrantId"] == grant), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "granteePrincipal": found["GranteePrincipal"],
            "keyId": id_.rpartition(":")[0],
            "name": found.get("Name"),
            "operations": found["Operations"],
            "retiringPrincipal": found.get("RetiringPrincipal"),
            "grantId": found["GrantId"],
        }

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        key, _, grant = id_.rpartition(":")
        end = aws.kms.retire_grant if state.get("retireOnDelete") else aws.kms.revoke_grant
        end(KeyId=key, GrantId=grant)
        wait_gone(id_, lambda: self.find(aws, id_, state))


TYPES = (Key, KeyAlias, KeyGrant)
