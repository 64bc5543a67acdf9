"""S3: buckets, with what a program may say of one in the bucket itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import PolicyText
from embedded_pulumi.aws.errors import code_of, unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, check_exclusive
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties, Value

ALGORITHMS = ("AES256", "aws:fsx", "aws:backup", "aws:kms", "aws:kms:dsse")
NAME = Text(required=True, force_new=True, min_length=1, max_length=63)
OWNER = Text(force_new=True, pattern=r"|\d{12}", accepts="an account's 12 digits")
DEFAULT_ENCRYPTION = Block(fields={"sseAlgorithm": Text(required=True, one_of=ALGORITHMS, aws="SSEAlgorithm"),
                                   "kmsMasterKeyId": Text(aws="KMSMasterKeyID")})  # fmt: skip
ENCRYPTION_RULE: Fields = {"applyServerSideEncryptionByDefault": DEFAULT_ENCRYPTION, "bucketKeyEnabled": Flag()}
_CANNED = ("private", "public-read", "public-read-write", "aws-exec-read", "authenticated-read", "log-delivery-write")
_CORS = Block(
    fields={
        "allowedHeaders": ListOf(),
        "allowedMethods": ListOf(required=True),
        "allowedOrigins": ListOf(required=True),
        "exposeHeaders": ListOf(),
        "maxAgeSeconds": Whole(),
    }
)
_WEBSITE = Block(
    computed=True,
    fields={"errorDocument": Text(), "indexDocument": Text(), "redirectAllRequestsTo": Text()},
    unsupported=("routingRules",),
    at_most_one=(("indexDocument", "redirectAllRequestsTo"), ("errorDocument", "redirectAllRequestsTo")),
)
_UNTOLD = ("NoSuchBucketPolicy", "NoSuchCORSConfiguration", "NoSuchTagSet", "NoSuchWebsiteConfiguration",
           "ServerSideEncryptionConfigurationNotFoundError")  # fmt: skip
_ZONES = {
    "af-south-1": "Z83WF9RJE8B12",
    "ap-east-1": "ZNB98KWMFR0R6",
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-northeast-2": "Z3W03O7B5YMIYP",
    "ap-northeast-3": "Z2YQB5RD63NC85",
    "ap-south-1": "Z11RGJOFQNVJUP",
    "ap-south-2": "Z02976202B4EZMXIPMXF7",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "ap-southeast-3": "Z01846753K324LI26A3VV",
    "ap-southeast-4": "Z0312387243XT5FE14WFO",
    "ap-southeast-5": "Z08660063OXLMA7F1FJHU",
    "ca-central-1": "Z1QDHH18159H29",
    "ca-west-1": "Z03565811Z33SLEZTHOUL",
    "cn-north-1": "Z5CN8UMXT92WN",
    "cn-northwest-1": "Z282HJ1KT0DH03",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-central-2": "Z030506016YDQGETNASS",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-south-1": "Z30OZKI7KPW7MI",
    "eu-south-2": "Z0081959F7139GRJC19J",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "il-central-1": "Z09640613K4A3MN55U7GU",
    "me-central-1": "Z06143092I8HRXZRUZROF",
    "me-south-1": "Z1MPMWCPA7YB62",
    "sa-east-1": "Z7KQH4QJS55SO",
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-gov-east-1": "Z2NIFVYYW2VKV1",
    "us-gov-west-1": "Z31GFT0UA1I2HV",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
}
"""Route 53's zone of the website endpoints in a region."""

_DASHED = frozenset({"ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-1", "sa-east-1", "us-east-1",
                     "us-gov-west-1", "us-west-1", "us-west-2"})  # fmt: skip
"""Regions in whose website endpoints a dash stands before the region."""


def asked(call: Any, **params: Any) -> dict[str, Any]:
    """The answer of a call; empty where nothing is set."""
    try:
        return dict(call(**params))
    except ClientError as error:
        if code_of(error) in _UNTOLD:
            return {}
        raise


class _BucketTagging(Tagging):
    """S3 takes all tags of a bucket at once."""

    def read(self, aws: Session, id_: str, props: Properties, found: Mapping[str, Any]) -> Tags:
        """The tags of a bucket."""
        return tags.from_list(asked(aws.s3.get_bucket_tagging, Bucket=id_).get("TagSet"))

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others; AWS's own stay."""
        told = asked(aws.s3.get_bucket_tagging, Bucket=id_).get("TagSet", [])
        kept = {each["Key"]: each["Value"] for each in told if each["Key"] not in removed} | written
        if kept:
            aws.s3.put_bucket_tagging(Bucket=id_, Tagging={"TagSet": tags.to_list(kept)})
        elif removed:
            aws.s3.delete_bucket_tagging(Bucket=id_)


def names_of(aws: Session, bucket: str, *, is_site: bool) -> Properties:
    """What follows from a bucket's name, and from whether it is a web site."""
    suffix = aws.dns_suffix
    domain = f"s3-website{'-' if aws.region in _DASHED else '.'}{aws.region}.{suffix}"
    return {
        "arn": f"arn:{aws.partition}:s3:::{bucket}",
        "bucketDomainName": f"{bucket}.s3.{suffix}",
        "bucketRegion": aws.region,
        "bucketRegionalDomainName": f"{bucket}.s3.{aws.region}.{suffix}",
        "hostedZoneId": _ZONES.get(aws.region, ""),
        "websiteDomain": domain if is_site else "",
        "websiteEndpoint": f"{bucket}.{domain}" if is_site else "",
    }


class Bucket(ResourceType):
    """A bucket. Its name is its id; what it says beside its name may as well be in resources of their own.

    What a program says no more of it stays as it is: all these properties are computed. Nobody reads the ACL back.

    Source: terraform-provider-aws/internal/service/s3/bucket.go (4c72bcc7dc2f) and hosted_zones.go (06df6bd5149a);
    pulumi-aws/provider/resources.go (78cafdc0cc02), for the name in lower case; read on 2026-11-30.
    """

    type_ = "aws:s3/bucket:Bucket"
    inputs = {
        "bucket": Text(computed=True, force_new=True, max_length=63),
        "bucketPrefix": Text(computed=True, force_new=True, max_length=37),
        "acl": Text(computed=True, one_of=_CANNED),
        "corsRules": ListOf(computed=True, item=_CORS),
        "forceDestroy": Flag(default=False),
        "logging": Block(computed=True, fields={"targetBucket": Text(required=True), "targetPrefix": Text()}),
        "objectLockEnabled": Flag(computed=True, force_new=True),
        "policy": PolicyText(computed=True, as_object=True),
        "serverSideEncryptionConfiguration": Block(
            computed=True,
            fields={
                "rule": Block(required=True, fields=ENCRYPTION_RULE, unsupported=("blockedEncryptionTypes",)),
            },
        ),
        "versioning": Block(computed=True, fields={"enabled": Flag(default=False)}, unsupported=("mfaDelete",)),
        "website": _WEBSITE,
    }
    outputs = (
        *("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId"),
        *("websiteDomain", "websiteEndpoint"),
    )
    renewed = {"websiteDomain": ("website",), "websiteEndpoint": ("website",)}
    unsupported: ClassVar[tuple[str, ...]] = (
        *("accelerationStatus", "bucketNamespace", "grants", "lifecycleRules", "objectLockConfiguration"),
        *("replicationConfiguration", "requestPayer"),
    )
    name = AutoName(property="bucket", max_length=63, unless=("bucketPrefix",), lower=True)
    tagging = _BucketTagging(service="s3", target="Bucket")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        site = inputs.get("website")
        if isinstance(site, dict) and not site.keys() & {"indexDocument", "redirectAllRequestsTo"}:
            return [CheckFailure("website", "needs indexDocument or redirectAllRequestsTo")]
        return check_exclusive((("bucket", "bucketPrefix"),), inputs)

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props, "bucket", "bucketPrefix")
        asks: dict[str, Any] = {"ACL": props.get("acl") or "private"}
        if aws.region != "us-east-1":
            asks["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
        if props.get("objectLockEnabled"):
            asks["ObjectLockEnabledForBucket"] = True
        aws.s3.create_bucket(Bucket=name, **asks)
        if props["tagsAll"]:
            aws.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags.to_list(props["tagsAll"])})
        return name

    def locate(self, aws: Session, props: Properties) -> str | None:
        return given_or_unique(props, "bucket", "bucketPrefix")

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        for name, put in _PARTS.items():
            if props.get(name):
                put(aws, id_, props[name])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.s3.head_bucket, Bucket=id_)
        if found is not None and found.get("BucketRegion", aws.region) != aws.region:
            raise ProviderError(f"bucket {id_} is in {found['BucketRegion']}, not in {aws.region}")
        return found

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        s3 = aws.s3
        lock = {} if state.get("objectLockEnabled") is None else {"objectLockEnabled": self._is_locked(aws, id_)}
        site = _website(asked(s3.get_bucket_website, Bucket=id_))
        return {
            "bucket": id_,
            **names_of(aws, id_, is_site=bool(site)),
            "corsRules": [_CORS.from_aws(each) for each in asked(s3.get_bucket_cors, Bucket=id_).get("CORSRules", [])],
            "logging": _logging(s3.get_bucket_logging(Bucket=id_)),
            "policy": asked(s3.get_bucket_policy, Bucket=id_).get("Policy"),
            "serverSideEncryptionConfiguration": _encryption(asked(s3.get_bucket_encryption, Bucket=id_)),
            "versioning": {"enabled": s3.get_bucket_versioning(Bucket=id_).get("Status") == "Enabled"},
            "website": site,
            **lock,
        }

    def _is_locked(self, aws: Session, id_: str) -> bool:
        try:
            lock = aws.s3.get_object_lock_configuration(Bucket=id_)["ObjectLockConfiguration"]
        except ClientError as error:
            if code_of(error) == "ObjectLockConfigurationNotFoundError":
                return False
            raise
        return bool(lock.get("ObjectLockEnabled") == "Enabled")

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("acl"):
            aws.s3.put_bucket_acl(Bucket=id_, ACL=change.new["acl"])
        for name, put in _PARTS.items():
            if name in self.inputs and change.has(name):
                put(aws, id_, change.new[name])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        try:
            aws.s3.delete_bucket(Bucket=id_)
        except ClientError as error:
            if code_of(error) != "BucketNotEmpty" or not state.get("forceDestroy"):
                raise
            empty(aws, id_)
            aws.s3.delete_bucket(Bucket=id_)


def empty(aws: Session, bucket: str, key: str | None = None) -> None:
    """Delete all versions of all objects in a bucket, or of one."""
    pages = aws.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, **({"Prefix": key} if key else {}))
    for page in pages:
        for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            if key in (None, each["Key"]):
                aws.s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])


def _put_cors(aws: Session, bucket: str, rules: Value) -> None:
    if rules:
        aws.s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": Bucket.inputs["corsRules"].to_aws(rules)})
    else:
        aws.s3.delete_bucket_cors(Bucket=bucket)


def _put_logging(aws: Session, bucket: str, wish: Value) -> None:
    status = {"TargetBucket": wish["targetBucket"], "TargetPrefix": wish.get("targetPrefix") or ""}
    aws.s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": status})


def _put_policy(aws: Session, bucket: str, policy: Value) -> None:
    aws.s3.put_bucket_policy(Bucket=bucket, Policy=policy)


def _put_encryption(aws: Session, bucket: str, wish: Value) -> None:
    rule = Block(fields=ENCRYPTION_RULE).to_aws(wish["rule"])
    aws.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _put_versioning(aws: Session, bucket: str, wish: Value) -> None:
    """A bucket that never had versions cannot have them suspended."""
    if wish.get("enabled") or aws.s3.get_bucket_versioning(Bucket=bucket).get("Status"):
        status = "Enabled" if wish.get("enabled") else "Suspended"
        aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def _put_website(aws: Session, bucket: str, wish: Value) -> None:
    site: dict[str, Any] = {}
    if wish.get("indexDocument"):
        site["IndexDocument"] = {"Suffix": wish["indexDocument"]}
    if wish.get("errorDocument"):
        site["ErrorDocument"] = {"Key": wish["errorDocument"]}
    if wish.get("redirectAllRequestsTo"):
        protocol, _, host = wish["redirectAllRequestsTo"].rpartition("://")
        site["RedirectAllRequestsTo"] = {"HostName": host, **({"Protocol": protocol} if protocol else {})}
    aws.s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=site)


_PARTS = {
    "policy": _put_policy,
    "corsRules": _put_cors,
    "website": _put_website,
    "versioning": _put_versioning,
    "logging": _put_logging,
    "serverSideEncryptionConfiguration": _put_encryption,
}
"""A part to how it is put, in the real provider's order."""

_LISTS = {
    "logging": "loggings",
    "serverSideEncryptionConfiguration": "serverSideEncryptionConfigurations",
    "versioning": "versionings",
    "website": "websites",
}
"""What is a list in version 6 of the SDK, and its name there."""


def _website(answer: Description) -> Properties | None:
    if not answer.keys() & {"IndexDocument", "RedirectAllRequestsTo"}:
        return None
    site: Properties = {}
    if "IndexDocument" in answer:
        site["indexDocument"] = answer["IndexDocument"]["Suffix"]
    if "ErrorDocument" in answer:
        site["errorDocument"] = answer["ErrorDocument"]["Key"]
    if "RedirectAllRequestsTo" in answer:
        to = answer["RedirectAllRequestsTo"]
        site["redirectAllRequestsTo"] = f"{to['Protocol']}://{to['HostName']}" if to.get("Protocol") else to["HostName"]
    return site


def _logging(answer: Description) -> Properties | None:
    told = answer.get("LoggingEnabled")
    return None if not told else {"targetBucket": told["TargetBucket"], "targetPrefix": told.get("TargetPrefix") or ""}


def _encryption(answer: Description) -> Properties | None:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    return {"rule": Block(fields=ENCRYPTION_RULE).from_aws(rules[0])} if rules else None


class BucketV2(Bucket):
    """The same bucket under the name, and with the lists, that it had in version 6 of the SDK."""

    type_ = "aws:s3/bucketV2:BucketV2"
    inputs = {name: each for name, each in Bucket.inputs.items() if name not in _LISTS}
    unsupported = (
        *("accelerationStatus", "bucketNamespace", "grants", "lifecycleRules", "objectLockConfiguration"),
        *("replicationConfigurations", "requestPayer", "tagsAll", *_LISTS.values()),
    )

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = super().describe(aws, id_, found, state)
        return {name: value for name, value in told.items() if name not in _LISTS}


TYPES = (Bucket, BucketV2)
