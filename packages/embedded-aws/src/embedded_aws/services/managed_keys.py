"""Keys that AWS makes for its services are AWS's, and not there before a service first used them.

moto says that they are a customer's, and gives the aliases of those that do not exist the ids of keys that nobody made.

Source: AWS KMS API reference, KeyMetadata.KeyManager, ListAliases ("The response might include several aliases that do
not have a TargetKeyId field because they are not associated with a KMS key. These are predefined aliases").
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError, Call, Routes

AWS_ALIAS = "alias/aws/"
USUAL = {"KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("kms", "DescribeKey"): _describe_key,
        ("kms", "ListAliases"): _list_aliases,
        ("kms", "CreateGrant"): _create_grant,
    }


def _create_grant(call: Call) -> dict[str, Any]:
    """Refuse a role that does not exist: KMS looks it up (API CreateGrant, InvalidArnException)."""
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        arn = call.params.get(name, "")
        roles = get_backend("iam")[ACCOUNT][get_partition(call.region)].roles.values()
        if ":role/" in arn and f":{ACCOUNT}:" in arn and all(role.arn != arn for role in roles):
            raise AwsError("InvalidArnException", f"ARN does not refer to a valid principal: {arn}")
    return call.forward()


def _describe_key(call: Call) -> dict[str, Any]:
    result = call.forward()
    metadata = result["KeyMetadata"]
    for name, default in USUAL.items():  # what CreateKey takes if nothing is said
        metadata.setdefault(name, default)
    if any(alias.startswith(AWS_ALIAS) for alias in _keys(call.region)[metadata["KeyId"]].aliases):
        metadata["KeyManager"] = "AWS"
    return result


def _list_aliases(call: Call) -> dict[str, Any]:
    result = call.forward()
    for alias in result["Aliases"]:
        if alias.get("TargetKeyId") not in _keys(call.region):
            alias.pop("TargetKeyId", None)
    return result


def _keys(region: str) -> Any:
    return get_backend("kms")[ACCOUNT][region].keys
