"""What the API actions of the services need that keep a program's data.

Where AWS decides about several resources of a call, each must be allowed. S3's actions are not called as its operations
are, and a call that also sets an ACL or tags needs those actions too.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service; S3 User Guide,
"Required permissions for Amazon S3 API operations".
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_aws.calls import Call
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import Needs, Permission, on

_CANNED = {"s3:x-amz-acl": "ACL"}
_LISTED = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"}


def _bucket(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    return (_named(call.params["Bucket"], facts),)


def _named(bucket: str, facts: AccountFacts) -> str:
    return bucket if bucket.startswith("arn:") else f"arn:{facts.partition}:s3:::{bucket}"


def _object(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    return (f"{_named(call.params['Bucket'], facts)}/{call.params['Key']}",)


def _objects(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The objects of a DeleteObjects call."""
    bucket = _named(call.params["Bucket"], facts)
    return tuple(f"{bucket}/{each['Key']}" for each in call.params.get("Delete", {}).get("Objects", []))


def _as_written(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """What an object that is written has besides: an ACL, tags, a lock."""
    asked = {
        "ACL": "s3:PutObjectAcl",
        "Tagging": "s3:PutObjectTagging",
        "ObjectLockMode": "s3:PutObjectRetention",
        "ObjectLockLegalHoldStatus": "s3:PutObjectLegalHold",
    }
    (arn,) = _object(call, facts)
    return tuple(Permission(action, arn) for name, action in asked.items() if call.params.get(name))


def _copied(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """For a copy: to read its source, `bucket/key`."""
    source = call.params.get("CopySource", "")
    name = source if isinstance(source, str) else f"{source.get('Bucket')}/{source.get('Key')}"
    read = Permission("s3:GetObject", _named(name.lstrip("/").partition("?")[0], facts))
    return (read, *_as_written(call, facts))


def _bucket_acl(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """What a bucket is made with besides.

    Source: API CreateBucket, "Permissions".
    """
    asked = {
        "ACL": "s3:PutBucketAcl",
        "ObjectOwnership": "s3:PutBucketOwnershipControls",
        "ObjectLockEnabledForBucket": "s3:PutBucketObjectLockConfiguration",
    }
    (arn,) = _bucket(call, facts)
    own = call.params.get("ACL") == "private"  # what every bucket has
    needed = [action for name, action in asked.items() if call.params.get(name) and not (own and name == "ACL")]
    return tuple(Permission(action, arn) for action in needed)


def _calls(action: str, operations: str) -> dict[str, Needs]:
    """Rows for operations on a bucket that need one action of another name."""
    return {operation: Needs(_bucket, action=action) for operation in operations.split()}


def _versioned(plain: str, versioned: str, operation: str) -> dict[str, Needs]:
    """A row for an operation on an object, which needs another action for a version of it."""

    def also(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        action = versioned if call.params.get("VersionId") else plain
        return tuple(Permission(f"s3:{action}", arn) for arn in _object(call, facts))

    return {operation: Needs(lambda *_: (), also=also)}


S3 = {
    "ListBuckets": Needs(action="ListAllMyBuckets"),
    "CreateBucket": Needs(_bucket, also=_bucket_acl),
    **on(
        _bucket,
        """
            DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetBucketAcl GetBucketLocation GetBucketLogging
            GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketRequestPayment GetBucketTagging
            GetBucketVersioning GetBucketWebsite PutBucketAcl PutBucketLogging PutBucketOwnershipControls
            PutBucketPolicy PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
        """,
    ),
    **_calls("ListBucket", "HeadBucket"),
    **_calls("GetAccelerateConfiguration", "GetBucketAccelerateConfiguration"),
    **_calls("GetBucketCORS", "GetBucketCors"),
    **_calls("GetBucketNotification", "GetBucketNotificationConfiguration"),
    **_calls("GetBucketObjectLockConfiguration", "GetObjectLockConfiguration"),
    **_calls("GetBucketPublicAccessBlock", "GetPublicAccessBlock"),
    **_calls("GetEncryptionConfiguration", "GetBucketEncryption"),
    **_calls("GetLifecycleConfiguration", "GetBucketLifecycleConfiguration"),
    **_calls("GetReplicationConfiguration", "GetBucketReplication"),
    **_calls("ListBucketMultipartUploads", "ListMultipartUploads"),
    **_calls("PutAccelerateConfiguration", "PutBucketAccelerateConfiguration"),
    **_calls("PutBucketCORS", "PutBucketCors DeleteBucketCors"),
    **_calls("PutBucketNotification", "PutBucketNotificationConfiguration"),
    **_calls("PutBucketObjectLockConfiguration", "PutObjectLockConfiguration"),
    **_calls("PutBucketOwnershipControls", "DeleteBucketOwnershipControls"),
    **_calls("PutBucketPublicAccessBlock", "PutPublicAccessBlock DeletePublicAccessBlock"),
    **_calls("PutBucketTagging", "DeleteBucketTagging"),
    **_calls("PutEncryptionConfiguration", "PutBucketEncryption DeleteBucketEncryption"),
    **_calls("PutLifecycleConfiguration", "PutBucketLifecycleConfiguration DeleteBucketLifecycle"),
    **_calls("PutReplicationConfiguration", "PutBucketReplication DeleteBucketReplication"),
    **{
        operation: Needs(_bucket, action=action, context=_LISTED)
        for operation, action in (
            ("ListObjects", "ListBucket"),
            ("ListObjectsV2", "ListBucket"),
            ("ListObjectVersions", "ListBucketVersions"),
        )
    },
    **_versioned("GetObject", "GetObjectVersion", "GetObject"),
    **_versioned("GetObject", "GetObjectVersion", "HeadObject"),
    **_versioned("DeleteObject", "DeleteObjectVersion", "DeleteObject"),
    **_versioned("GetObjectAcl", "GetObjectVersionAcl", "GetObjectAcl"),
    **_versioned("PutObjectAcl", "PutObjectVersionAcl", "PutObjectAcl"),
    **_versioned("GetObjectTagging", "GetObjectVersionTagging", "GetObjectTagging"),
    **_versioned("PutObjectTagging", "PutObjectVersionTagging", "PutObjectTagging"),
    **_versioned("DeleteObjectTagging", "DeleteObjectVersionTagging", "DeleteObjectTagging"),
    "DeleteObjects": Needs(_objects, action="DeleteObject"),
    "PutObject": Needs(_object, context=_CANNED, also=_as_written),
    "CopyObject": Needs(_object, action="PutObject", context=_CANNED, also=_copied),
    "CreateMultipartUpload": Needs(_object, action="PutObject", context=_CANNED, also=_as_written),
    **{operation: Needs(_object, action="PutObject") for operation in ("CompleteMultipartUpload", "UploadPart")},
    "AbortMultipartUpload": Needs(_object),
    "ListParts": Needs(_object, action="ListMultipartUploadParts"),
    **on(_object, "GetObjectLegalHold GetObjectRetention PutObjectLegalHold PutObjectRetention"),
}

STORAGE: Mapping[str, Mapping[str, Needs]] = {"s3": S3}
"""botocore's service name to botocore's operation name to what it needs, beside `tables`."""
