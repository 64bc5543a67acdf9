"""S3 as it is since 2023, where moto's buckets are as they were before, and the policies that S3 takes.

A new bucket blocks public access, has no ACLs and encrypts what it holds. moto makes one without all three, keeps any
text as a policy, and forgets parts of a lifecycle rule.

Source: S3 User Guide, "General purpose bucket naming rules", "Default settings for new S3 buckets FAQ" (since April
2023), "Default encryption FAQ" (since January 2023), "Controlling ownership of objects and disabling ACLs for your
bucket", "Blocking public access to your Amazon S3 storage", "Error responses"; API CreateBucket, PutBucketAcl,
PutBucketPolicy, PutObject, PutBucketLifecycleConfiguration, DeleteBucketEncryption.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.iam.admission import exists, principals
from embedded_aws.iam.documents import PolicyDocument, PolicyDocumentError, parse_document
from embedded_aws.services.s3_websites import put_website

ENFORCED = "BucketOwnerEnforced"
OWNERS = frozenset({"bucket-owner-full-control"})
"""The canned ACL that an object may have where ACLs are disabled."""

PUBLIC = frozenset({"authenticated-read", "public-read", "public-read-write"})
ALL_BLOCKED = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
OWN_KEY = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}
LARGE_ONLY = "all_storage_classes_128K"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NULL = "null"
TAKEN_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
TAKEN_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an")


def routes() -> Routes:
    """The calls that are looked at here and then left to moto, or answered here."""
    lifecycles = _Lifecycles()
    handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
        "CreateBucket": _create_bucket,
        "DeleteBucketEncryption": _delete_encryption,
        "DeleteObject": _delete_object,
        "DeleteObjects": _delete_object,
        "PutBucketAcl": _put_bucket_acl,
        "PutBucketPolicy": _put_policy,
        "PutBucketWebsite": put_website,
        "PutObject": _put_object,
        "PutObjectAcl": _put_object,
        **lifecycles.handlers(),
    }
    return {("s3", action): handler for action, handler in handlers.items()}


def _bucket(call: Call) -> Any:
    """The bucket as moto has it; None if there is none."""
    return get_backend("s3")[call.caller.account][get_partition(call.region)].buckets.get(call.params["Bucket"])


def _check_name(name: str) -> None:
    taken = name.startswith(TAKEN_PREFIXES) or name.endswith(TAKEN_SUFFIXES) or _is_address(name)
    if not NAME.fullmatch(name) or ".." in name or taken:
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def _create_bucket(call: Call) -> dict[str, Any]:
    _check_name(call.params["Bucket"])
    ownership = call.params.get("ObjectOwnership", ENFORCED)
    if ownership == ENFORCED and call.params.get("ACL", "private") != "private":
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", message)
    if call.params.get("ACL") in PUBLIC:
        raise AwsError(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
        )
    was_there = _bucket(call) is not None
    answer = call.forward()
    if not was_there:
        _as_new(call, ownership)
    return answer


def _as_new(call: Call, ownership: str) -> None:
    from moto.s3.models import PublicAccessBlock  # noqa: PLC0415 - with moto's S3

    bucket = _bucket(call)
    bucket.creation_date = call.time
    bucket.encryption = {"Rule": OWN_KEY}
    bucket.public_access_block = PublicAccessBlock(**dict.fromkeys(ALL_BLOCKED, True))
    bucket.ownership_rule = ownership


def _delete_encryption(call: Call) -> dict[str, Any]:
    """Back to S3's own keys: no bucket is without encryption."""
    answer = call.forward()
    _bucket(call).encryption = {"Rule": OWN_KEY}
    return answer


def _acls_disabled(bucket: Any) -> bool:
    return bool(bucket.ownership_rule == ENFORCED)


def _refuse_acl(bucket: Any, canned: str, *, allowed: frozenset[str]) -> None:
    if _acls_disabled(bucket) and canned not in allowed:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if canned in PUBLIC and bucket.public_access_block and bucket.public_access_block.block_public_acls:
        reason = "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
        raise AwsError("AccessDenied", f"Access Denied {reason}", 403)


def _put_bucket_acl(call: Call) -> dict[str, Any]:
    if (bucket := _bucket(call)) is not None:
        _refuse_acl(bucket, call.params.get("ACL", ""), allowed=frozenset())
    return call.forward()


def _put_object(call: Call) -> dict[str, Any]:
    bucket, asks = _bucket(call), call.params.keys() & {"ACL", "GrantFullControl", "GrantRead", "AccessControlPolicy"}
    if bucket is not None and asks:
        _refuse_acl(bucket, call.params.get("ACL", ""), allowed=OWNERS)
    return call.forward()


def _put_policy(call: Call) -> dict[str, Any]:
    if (bucket := _bucket(call)) is None:
        return call.forward()
    text = call.params["Policy"]
    try:
        document = parse_document(text, "as given")
    except PolicyDocumentError as error:
        raise _malformed(_reason(error)) from error
    _check_policy(call, document)
    if bucket.public_access_block and bucket.public_access_block.block_public_policy and _is_public(text):
        reason = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        who = call.caller.role_arn or f"arn:{get_partition(call.region)}:iam::{call.caller.account}:root"
        message = f"User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: {_arn(call)} {reason}"
        raise AwsError("AccessDenied", message, 403)
    return call.forward()


def _reason(error: PolicyDocumentError) -> str:
    said = str(error)
    return "Policies must be valid JSON and the first byte must be '{'" if "JSON" in said else said


def _is_public(text: str) -> bool:
    from moto.s3.utils import bucket_policy_is_public  # noqa: PLC0415 - with moto's S3

    return bool(bucket_policy_is_public(text))


def _arn(call: Call) -> str:
    return f"arn:{get_partition(call.region)}:s3:::{call.params['Bucket']}"


def _check_policy(call: Call, document: PolicyDocument) -> None:
    if not document.statements:
        raise _malformed("Missing required field Statement")
    own = _arn(call)
    for statement in document.statements:
        if statement.principals is None and statement.not_principals is None:
            raise _malformed("Missing required field Principal")
        for kind, value in principals(statement):
            if not exists(call, kind, value):
                raise _malformed("Invalid principal in policy")
        resources = (*statement.resources, *statement.not_resources)
        if not resources or not all(
            each == own or each.startswith(f"{own}/") or _wild(each, own) for each in resources
        ):
            raise _malformed("Policy has invalid resource")
        named = (*statement.actions, *statement.not_actions)
        if not all(each == "*" or each.lower().startswith("s3:") for each in named):
            raise _malformed("Policy has invalid action")


def _wild(resource: str, own: str) -> bool:
    """Whether a pattern begins as the bucket does: `arn:aws:s3:::name*`."""
    return "*" in resource and resource.partition("*")[0] in {own, f"{own}/"}


def _malformed(why: str) -> AwsError:
    return AwsError("MalformedPolicy", why)


def _delete_object(call: Call) -> dict[str, Any]:
    """Delete objects, or versions of them; moto takes all versions away while versioning is suspended.

    Source: S3 User Guide, "Deleting objects from versioning-suspended buckets".
    """
    bucket = _bucket(call)
    if bucket is None or bucket.versioning_status != "Suspended":
        return call.forward()
    bucket.versioning_status = "Enabled"
    try:
        answer = call.forward()
    finally:
        bucket.versioning_status = "Suspended"
    named = call.params.get("Key")
    if named is None or call.params.get("VersionId") or not answer.get("DeleteMarker"):
        return answer
    *others, marker = bucket.keys.getlist(named)
    marker._version_id = _NULL  # noqa: SLF001 - a suspended bucket gives no ids
    bucket.keys.setlist(named, [*(each for each in others if str(each.version_id) != _NULL), marker])
    return {**answer, "VersionId": _NULL}


class _Lifecycles:
    """The lifecycle configurations of buckets, whole as they were given."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()

    def handlers(self) -> dict[str, Callable[[Call], dict[str, Any]]]:
        """The calls about them."""
        return {
            "PutBucketLifecycleConfiguration": self._put,
            "GetBucketLifecycleConfiguration": self._get,
            "DeleteBucketLifecycle": self._delete,
        }

    def _put(self, call: Call) -> dict[str, Any]:
        rules = [
            {"ID": secrets.token_hex(24), **each}
            for each in call.params.get("LifecycleConfiguration", {}).get("Rules", [])
        ]
        if not rules or len({each["ID"] for each in rules}) < len(rules):
            raise AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
        call.forward()  # it checks the rules
        smallest = call.params.get("TransitionDefaultMinimumObjectSize", LARGE_ONLY)
        self._kept[_bucket(call)] = {"Rules": rules, "TransitionDefaultMinimumObjectSize": smallest}
        return {"TransitionDefaultMinimumObjectSize": smallest}

    def _get(self, call: Call) -> dict[str, Any]:
        found = self._kept.get(_bucket(call)) if _bucket(call) is not None else None
        return call.forward() if found is None else dict(found)

    def _delete(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        self._kept.pop(_bucket(call), None)
        return answer
