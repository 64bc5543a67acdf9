"""EBS encryption by default: whether new volumes are encrypted, and with which key. moto does not know of the key.

Source: EC2 API reference, GetEbsDefaultKmsKeyId, ModifyEbsDefaultKmsKeyId ("The Amazon Resource Name (ARN) of the
default KMS key"; the AWS CLI's example answers `alias/aws/ebs` for AWS's own key).
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import store

AWS_KEY = "alias/aws/ebs"


class EbsDefaults:
    """The default keys, region by region.

    Args:
        encrypted: Whether new volumes are encrypted, until somebody says otherwise.
        own_key: Whether the default key is one of the customer's, until somebody says otherwise.
    """

    def __init__(self, *, encrypted: bool = False, own_key: bool = False) -> None:
        self._encrypted = encrypted
        self._own_key = own_key
        self._keys: dict[str, str] = {}
        self._told: dict[str, bool] = {}

    def routes(self) -> Routes:
        """The calls that are answered here."""
        return {
            ("ec2", "GetEbsEncryptionByDefault"): lambda call: self._tell_encryption(call.region),
            ("ec2", "EnableEbsEncryptionByDefault"): self._set_encryption,
            ("ec2", "DisableEbsEncryptionByDefault"): self._set_encryption,
            ("ec2", "GetEbsDefaultKmsKeyId"): lambda call: {"KmsKeyId": self.key(call.region)},
            ("ec2", "ModifyEbsDefaultKmsKeyId"): self._set_key,
            ("ec2", "ResetEbsDefaultKmsKeyId"): self._reset_key,
        }

    def encrypted(self, region: str) -> bool:
        """Whether new volumes of a region are encrypted though nobody asks for it."""
        return self._told.get(region, self._encrypted)

    def key(self, region: str) -> str:
        """The default key of a region: a customer's key by its ARN, or `alias/aws/ebs`."""
        if self._own_key and region not in self._keys:
            self._keys[region] = str(_kms(region).create_key(**_SECURITYS_KEY).arn)
        return self._keys.get(region, AWS_KEY)

    def _tell_encryption(self, region: str) -> dict[str, Any]:
        return {"EbsEncryptionByDefault": self.encrypted(region), "SseType": "sse-kms"}

    def _set_encryption(self, call: Call) -> dict[str, Any]:
        self._told[call.region] = call.action.startswith("Enable")
        store.backend(call.region).ebs_encryption_by_default = self._told[call.region]
        return {"EbsEncryptionByDefault": self._told[call.region]}

    def _set_key(self, call: Call) -> dict[str, Any]:
        named = call.params["KmsKeyId"]
        wanted = named.rpartition(":")[2].removeprefix("key/")
        keys = _kms(call.region).keys.values()
        found = next((each for each in keys if wanted == each.id or wanted in each.aliases), None)
        if found is None:
            raise AwsError("InvalidKmsKeyId.NotFound", f"The KMS key ID '{named}' does not exist")
        self._keys[call.region] = str(found.arn)
        return {"KmsKeyId": self._keys[call.region]}

    def _reset_key(self, call: Call) -> dict[str, Any]:
        self._keys[call.region] = AWS_KEY
        return {"KmsKeyId": AWS_KEY}


_SECURITYS_KEY: dict[str, Any] = {
    "policy": None,  # the account's own policies decide, as in the key policy that the console writes
    "key_usage": "ENCRYPT_DECRYPT",
    "key_spec": "SYMMETRIC_DEFAULT",
    "description": "The security team's key for all volumes",
    "tags": None,
}


def _kms(region: str) -> Any:
    return get_backend("kms")[ACCOUNT][region]
