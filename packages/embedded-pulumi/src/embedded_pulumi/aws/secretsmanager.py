"""Secrets Manager: secrets and their values. A value is in the state, encrypted, and nowhere else.

The SDK marks the values as secrets, by which the engine encrypts them.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import PolicyText
from embedded_pulumi.aws.ec2_calls import difference
from embedded_pulumi.aws.errors import code_of, message_of, unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

_NAME = r"[0-9A-Za-z/_+=.@-]+"
_CURRENT, _PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class ManagedSecret(ResourceType):
    """A secret without its value; its id is its ARN. One that waits for its deletion does not exist any more.

    Source: terraform-provider-aws/internal/service/secretsmanager/secret.go (00c21cedec06), read on 2026-11-30.
    """

    type_ = "aws:secretsmanager/secret:Secret"
    inputs = {
        "name": Text(computed=True, force_new=True, max_length=512, pattern=_NAME),
        "namePrefix": Text(computed=True, force_new=True, max_length=486, pattern=_NAME),
        "description": Text(),
        "forceOverwriteReplicaSecret": Flag(default=False),
        "kmsKeyId": Text(),
        "policy": PolicyText(computed=True),
        "recoveryWindowInDays": Whole(default=30, one_of=(0, *range(7, 31))),
    }
    outputs = ("arn",)
    unsupported = ("replicas", "type")
    name = AutoName(max_length=512)
    tagging = Tagging(service="secretsmanager", target="SecretId")

    def create(self, aws: Session, props: Properties) -> str:
        asked = {"KmsKeyId": props["kmsKeyId"]} if props.get("kmsKeyId") else {}
        answer = aws.secretsmanager.create_secret(
            Name=given_or_unique(props),
            Description=props.get("description") or "",
            Tags=tags.to_list(props["tagsAll"]),
            **asked,
        )
        return str(answer["ARN"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        found = unless_gone(aws.secretsmanager.describe_secret, SecretId=given_or_unique(props))
        return str(found["ARN"]) if found else None

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if props.get("policy") not in (None, "", "{}"):
            aws.secretsmanager.put_resource_policy(SecretId=id_, ResourcePolicy=props["policy"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.secretsmanager.describe_secret, SecretId=id_)
        return None if found is None or found.get("DeletedDate") else found

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["ARN"],
            "name": found["Name"],
            "description": found.get("Description", ""),
            "kmsKeyId": found.get("KmsKeyId", ""),
            "policy": aws.secretsmanager.get_resource_policy(SecretId=id_).get("ResourcePolicy", ""),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        secrets = aws.secretsmanager
        if change.has("description", "kmsKeyId"):
            asked = {"KmsKeyId": change.new.get("kmsKeyId") or ""} if change.has("kmsKeyId") else {}
            secrets.update_secret(SecretId=id_, Description=change.new.get("description") or "", **asked)
        if change.has("policy"):
            if change.new.get("policy") in (None, "", "{}"):
                secrets.delete_resource_policy(SecretId=id_)
            else:
                secrets.put_resource_policy(SecretId=id_, ResourcePolicy=change.new["policy"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if self.find(aws, id_, state) is None:
            return
        days = state.get("recoveryWindowInDays", 30)
        end: dict[str, Any] = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        aws.secretsmanager.delete_secret(SecretId=id_, **end)


class SecretVersion(ResourceType):
    """A value of a secret; its id is the secret's and its own. The current value cannot be taken away.

    Source: terraform-provider-aws/internal/service/secretsmanager/secret_version.go (0042e8ea0de2), read on 2026-11-30.
    """

    type_ = "aws:secretsmanager/secretVersion:SecretVersion"
    inputs = {
        "secretId": Text(required=True, force_new=True),
        "secretBinary": Text(force_new=True),
        "secretString": Text(force_new=True),
        "versionStages": SetOf(computed=True),
    }
    outputs = ("arn", "hasSecretStringWo", "secretArn", "versionId")
    unsupported = ("secretStringWo", "secretStringWoVersion")
    at_most_one = (("secretBinary", "secretString"),)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        given = inputs.get("secretBinary")
        if given in (None, UNKNOWN):
            return []
        try:
            base64.b64decode(given, validate=True)
        except binascii.Error:
            return [CheckFailure("secretBinary", "is not base64")]
        return []

    def create(self, aws: Session, props: Properties) -> str:
        asked: dict[str, Any] = {}
        if props.get("secretBinary"):
            asked["SecretBinary"] = base64.b64decode(props["secretBinary"])
        if props.get("secretString"):
            asked["SecretString"] = props["secretString"]
        if props.get("versionStages"):
            asked["VersionStages"] = props["versionStages"]
        answer = aws.secretsmanager.put_secret_value(SecretId=props["secretId"], **asked)
        return f"{props['secretId']}|{answer['VersionId']}"

    def locate(self, aws: Session, props: Properties) -> str | None:
        """The newest value of the secret."""
        found = self._value(aws, props["secretId"])
        return f"{props['secretId']}|{found['VersionId']}" if found else None

    def _value(self, aws: Session, secret: str, **which: str) -> Description | None:
        try:
            return unless_gone(aws.secretsmanager.get_secret_value, SecretId=secret, **which)
        except ClientError as error:
            ends = ("because it was deleted", "because it was marked for deletion")
            if code_of(error) == "InvalidRequestException" and any(each in message_of(error) for each in ends):
                return None
            raise

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        secret, version = _parts(id_)
        return self._value(aws, secret, VersionId=version)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        binary = found.get("SecretBinary")
        return {
            "arn": found["ARN"],
            "secretArn": found["ARN"],
            "hasSecretStringWo": False,
            "secretBinary": base64.b64encode(binary).decode() if binary else "",
            "secretId": _parts(id_)[0],
            "secretString": found.get("SecretString", ""),
            "versionId": found["VersionId"],
            "versionStages": found.get("VersionStages", []),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        secret, version = _parts(id_)
        come, gone = difference(change.old.get("versionStages"), change.new.get("versionStages"))
        move = aws.secretsmanager.update_secret_version_stage
        for stage in come:
            taken = {"RemoveFromVersionId": self._holder(aws, secret)} if stage == _CURRENT else {}
            move(SecretId=secret, VersionStage=stage, MoveToVersionId=version, **taken)
        for stage in gone:
            if stage != _CURRENT and not (_CURRENT in come and stage == _PREVIOUS):
                move(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)

    def _holder(self, aws: Session, secret: str) -> str:
        """The version that is the current one."""
        versions = aws.secretsmanager.describe_secret(SecretId=secret)["VersionIdsToStages"]
        return next(str(version) for version, stages in versions.items() if _CURRENT in stages)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Take the stages off it; the current one stays where it is."""
        secret, version = _parts(id_)
        found = self.find(aws, id_, state)
        for stage in (found or {}).get("VersionStages", []):
            if stage != _CURRENT:
                aws.secretsmanager.update_secret_version_stage(
                    SecretId=secret, VersionStage=stage, RemoveFromVersionId=version
                )


def _parts(id_: str) -> tuple[str, str]:
    secret, _, version = id_.partition("|")
    if not version:
        raise ProviderError(f"{id_!r} is not the id of a secret's version; accepted: <secret>|<version>")
    return secret, version


TYPES = (ManagedSecret, SecretVersion)
