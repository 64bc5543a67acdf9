"""Cases: S3."""

from __future__ import annotations

import json
from typing import Any

from embedded_pulumi.values import Asset, Properties
from support.provider.case import Case, With
from support.provider.world import World

LOGGERS = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"]}


def policy(bucket: str, action: str) -> str:
    principal = {"AWS": "arn:aws:iam::123456789012:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def log_bucket(world: World) -> str:
    """A bucket that takes logs."""
    name = world.fresh_bucket()
    statement = {**LOGGERS, "Resource": f"arn:aws:s3:::{name}/*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    world.make("aws:s3/bucketPolicy:BucketPolicy", world.next_name(), bucket=name, policy=json.dumps(document))
    return name


def policed_bucket(world: World) -> Properties:
    """A bucket, and a policy for it."""
    name = world.fresh_bucket()
    return {"bucket": name, "policy": policy(name, "s3:GetObject")}


BUCKET = Case(
    inputs=lambda _: {"forceDestroy": True, "tags": {"Name": "bucket"}},
    updates={
        "acl": "public-read",
        "corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["*"], "maxAgeSeconds": 60}],
        "forceDestroy": False,
        "policy": policy("mine", "s3:GetObject"),
    },
    replaces={"bucket": "another", "bucketPrefix": With("some-", {"bucket": None}), "objectLockEnabled": True},
)

OBJECT: dict[str, Any] = {
    "unreadable": ("content",),
    "stale": ("bucketKeyEnabled", "etag"),
    "inputs": lambda w: {"bucket": w.versioned_bucket, "key": w.next_name(), "content": "one", "tags": {"Name": "o"}},
    "updates": {
        "acl": "bucket-owner-full-control",
        "bucketKeyEnabled": lambda w: With(value=True, also={"kmsKeyId": w.key["arn"]}),
        "cacheControl": "max-age=60",
        "content": "two",
        "contentBase64": With("dHdv", {"content": None}),
        "contentDisposition": "inline",
        "contentEncoding": "gzip",
        "contentLanguage": "en",
        "contentType": "text/plain",
        "etag": With("b8a9f715dbb64fd5c56e7783c6820a61", {"content": "two"}),
        "forceDestroy": True,
        "kmsKeyId": lambda w: w.other_key["arn"],
        "metadata": {"team": "fleet"},
        "serverSideEncryption": "AES256",
        "source": With(Asset(text="three"), {"content": None}),
        "sourceHash": "another",
        "storageClass": "STANDARD_IA",
        "websiteRedirect": "/other",
    },
    "replaces": {"bucket": "another", "key": "another"},
    "import_id": "{bucket}/{key}",
}
VERSIONING = Case(
    import_id="{bucket}",
    outlives=True,
    inputs=lambda w: {"bucket": w.fresh_bucket(), "versioningConfiguration": {"status": "Enabled"}},
    updates={"versioningConfiguration": {"status": "Suspended"}},
    replaces={"bucket": "another", "expectedBucketOwner": "123456789012"},
)
ENCRYPTION = Case(
    outlives=True,
    inputs=lambda w: {
        "bucket": w.fresh_bucket(),
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    },
    updates={
        "rules": lambda w: [
            {
                "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": w.key["arn"]},
                "bucketKeyEnabled": True,
            }
        ]
    },
    replaces={"bucket": "another", "expectedBucketOwner": "123456789012"},
)
LOGGING = Case(
    inputs=lambda w: {"bucket": w.fresh_bucket(), "targetBucket": w.logs_bucket, "targetPrefix": "one/"},
    updates={"targetBucket": log_bucket, "targetPrefix": "two/"},
    replaces={"bucket": "another", "expectedBucketOwner": "123456789012"},
)
RULE = {"id": "old", "status": "Enabled", "filter": {"prefix": "logs/"}, "expiration": {"days": 30}}
LIFECYCLE = Case(
    inputs=lambda w: {"bucket": w.fresh_bucket(), "rules": [RULE]},
    updates={
        "rules": [
            {**RULE, "expiration": None, "transitions": [{"days": 30, "storageClass": "GLACIER"}]},
            {
                "id": "versions",
                "status": "Disabled",
                "noncurrentVersionExpiration": {"noncurrentDays": 3},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
            },
        ],
        "timeouts": {"create": "5m"},
    },
    stuck={"transitionDefaultMinimumObjectSize": "varies_by_storage_class"},
    replaces={"bucket": "another", "expectedBucketOwner": "123456789012"},
)
WEBSITE = Case(
    inputs=lambda w: {
        "bucket": w.fresh_bucket(),
        "indexDocument": {"suffix": "index.html"},
        "errorDocument": {"key": "error.html"},
    },
    updates={  # the redirection comes first: rules that were given once stay, and S3 takes no both
        "redirectAllRequestsTo": With(
            {"hostName": "example.com", "protocol": "https"}, {"errorDocument": None, "indexDocument": None}
        ),
        "errorDocument": {"key": "missing.html"},
        "indexDocument": {"suffix": "main.html"},
        "routingRuleDetails": With(
            '[{"Condition": {"HttpErrorCodeReturnedEquals": "404"}, "Redirect": {"HostName": "example.com"}}]',
            {"routingRules": None},
        ),
        "routingRules": [
            {
                "condition": {"httpErrorCodeReturnedEquals": "403"},
                "redirect": {"httpRedirectCode": "302", "protocol": "https", "replaceKeyWith": "login.html"},
            }
        ],
    },
    replaces={"bucket": "another", "expectedBucketOwner": "123456789012"},
    stale=("routingRuleDetails", "routingRules"),
)

CASES: dict[str, Case] = {
    "aws:s3/bucket:Bucket": Case(
        inputs=BUCKET.inputs,
        updates={
            **BUCKET.updates,
            "logging": lambda w: {"targetBucket": w.logs_bucket, "targetPrefix": "one/"},
            "serverSideEncryptionConfiguration": {
                "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}
            },
            "versioning": {"enabled": True},
            "website": {"indexDocument": "index.html", "errorDocument": "error.html"},
        },
        replaces=BUCKET.replaces,
    ),
    "aws:s3/bucketV2:BucketV2": BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": VERSIONING,
    "aws:s3/bucketVersioningV2:BucketVersioningV2": VERSIONING,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ENCRYPTION,
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": ENCRYPTION,
    "aws:s3/bucketLogging:BucketLogging": LOGGING,
    "aws:s3/bucketLoggingV2:BucketLoggingV2": LOGGING,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": LIFECYCLE,
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": LIFECYCLE,
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": WEBSITE,
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": WEBSITE,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Case(
        inputs=lambda w: {"bucket": w.fresh_bucket(), "blockPublicAcls": True},
        updates={
            "blockPublicAcls": False,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
            "skipDestroy": True,
        },
        replaces={"bucket": "another"},
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Case(
        inputs=policed_bucket,
        updates={"policy": policy("another", "s3:PutObject")},
        replaces={"bucket": "another"},
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Case(
        inputs=lambda w: {"bucket": w.fresh_bucket(), "rule": {"objectOwnership": "BucketOwnerPreferred"}},
        updates={"rule": {"objectOwnership": "ObjectWriter"}},
        replaces={"bucket": "another"},
    ),
    "aws:s3/bucketObject:BucketObject": Case(**OBJECT),
    "aws:s3/bucketObjectv2:BucketObjectv2": Case(
        **{
            **OBJECT,
            "updates": {**OBJECT["updates"], "checksumAlgorithm": "SHA256"},
            "stale": ("bucketKeyEnabled", "checksumSha256", "etag"),
            "refused": {"overrideProvider": {"defaultTags": {"tags": {}}}},
        }
    ),
}
