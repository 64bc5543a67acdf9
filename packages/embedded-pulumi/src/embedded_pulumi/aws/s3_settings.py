"""S3: what may be said of a bucket in a resource of its own."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws.documents import IamPolicy
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Changes, Flag, Moment, Text, Whole
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.s3 import ENCRYPTION_RULE, NAME, OWNER
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, SetOf, TagMap
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

_STORAGE = ("GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR")
_AND = Block(
    fields={
        "objectSizeGreaterThan": Whole(at_least=0),
        "objectSizeLessThan": Whole(at_least=1),
        "prefix": Text(),
        "tags": TagMap(),
    }
)
_FILTER = Block(
    empty_is_none=True,
    fields={
        "and": _AND,
        "objectSizeGreaterThan": Whole(),
        "objectSizeLessThan": Whole(),
        "prefix": Text(),
        "tag": Block(fields={"key": Text(required=True), "value": Text(required=True)}),
    },
    at_most_one=(("and", "objectSizeGreaterThan", "objectSizeLessThan", "prefix", "tag"),),
)
_RULE = Block(
    fields={
        "abortIncompleteMultipartUpload": Block(fields={"daysAfterInitiation": Whole()}),
        "expiration": Block(
            fields={"date": Moment(), "days": Whole(), "expiredObjectDeleteMarker": Flag()},
            at_most_one=(("date", "days", "expiredObjectDeleteMarker"),),
        ),
        "filter": _FILTER,
        "id": Text(required=True, min_length=1, max_length=255, aws="ID"),
        "noncurrentVersionExpiration": Block(
            fields={
                "newerNoncurrentVersions": Whole(at_least=1),
                "noncurrentDays": Whole(required=True, at_least=1),
            }
        ),
        "noncurrentVersionTransitions": SetOf(
            item=Block(
                fields={
                    "newerNoncurrentVersions": Whole(at_least=1),
                    "noncurrentDays": Whole(required=True, at_least=0),
                    "storageClass": Text(required=True, one_of=_STORAGE),
                }
            )
        ),
        "prefix": Text(),
        "status": Text(required=True, one_of=("Disabled", "Enabled")),
        "transitions": SetOf(
            item=Block(
                fields={
                    "date": Moment(),
                    "days": Whole(at_least=0),
                    "storageClass": Text(required=True, one_of=_STORAGE),
                },
                at_most_one=(("date", "days"),),
            )
        ),
    },
    at_most_one=(("filter", "prefix"),),
)
_PATIENCE = Block(fields={"create": Text(), "update": Text()})


class OfBucket(ResourceType):
    """What a bucket has once. Its id is the bucket's name; behind a comma the owner that is expected, if one is."""

    def locate(self, aws: Session, props: Properties) -> str | None:
        owner = props.get("expectedBucketOwner")
        return f"{props['bucket']},{owner}" if owner else str(props["bucket"])

    def create(self, aws: Session, props: Properties) -> str:
        self.put(aws, self.of(str(self.locate(aws, props))), props)
        return str(self.locate(aws, props))

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self.put(aws, self.of(id_), change.new)

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        """Write it all."""
        raise NotImplementedError

    def of(self, id_: str) -> dict[str, str]:
        """The parameters that name the bucket."""
        name, _, owner = id_.partition(",")
        return {"Bucket": name, **({"ExpectedBucketOwner": owner} if owner else {})}

    def named(self, id_: str) -> Properties:
        """The properties that name the bucket."""
        name, _, owner = id_.partition(",")
        return {"bucket": name, **({"expectedBucketOwner": owner} if "expectedBucketOwner" in self.inputs else {})}


class BucketVersioning(OfBucket):
    """Whether a bucket keeps old versions. A bucket that had versions once can only suspend them.

    Source: terraform-provider-aws/internal/service/s3/bucket_versioning.go (01c08000ddb1), read on 2026-11-30.
    """

    type_ = "aws:s3/bucketVersioning:BucketVersioning"
    inputs = {
        "bucket": NAME,
        "expectedBucketOwner": OWNER,
        "versioningConfiguration": Block(
            required=True,
            fields={"status": Text(required=True, one_of=("Enabled", "Suspended", "Disabled"))},
            unsupported=("mfaDelete",),
        ),
    }
    unsupported = ("mfa",)

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        status = props["versioningConfiguration"]["status"]
        if status != "Disabled":
            aws.s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": status})

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.s3.get_bucket_versioning, **self.of(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {**self.named(id_), "versioningConfiguration": {"status": found.get("Status", "Disabled")}}

    def compare(self, state: Properties, news: Properties) -> Changes:
        """Raises ProviderError: S3 cannot go back to a bucket without versions."""
        old, new = (each.get("versioningConfiguration") for each in (state, news))
        if not isinstance(old, dict) or not isinstance(new, dict) or state.get("bucket") != news.get("bucket"):
            return {}
        if new.get("status") == "Disabled" and old.get("status") in ("Enabled", "Suspended"):
            raise ProviderError(
                f"versioningConfiguration.status cannot be updated from '{old['status']}' to 'Disabled'; accepted: "
                "Enabled, Suspended"
            )
        return {}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if (state.get("versioningConfiguration") or {}).get("status") != "Disabled":
            aws.s3.put_bucket_versioning(**self.of(id_), VersioningConfiguration={"Status": "Suspended"})


class BucketEncryption(OfBucket):
    """How a bucket encrypts what it holds. Without this it does so with S3's own keys, so it is never gone.

    Source: terraform-provider-aws/internal/service/s3/bucket_server_side_encryption_configuration.go (01606926a0c0),
    read on 2026-11-30.
    """

    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    inputs = {
        "bucket": NAME,
        "expectedBucketOwner": OWNER,
        "rules": SetOf(required=True, item=Block(fields=ENCRYPTION_RULE, unsupported=("blockedEncryptionTypes",))),
    }

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        rules = self.inputs["rules"].to_aws(props["rules"])
        aws.s3.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration={"Rules": rules})

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.s3.get_bucket_encryption, "ServerSideEncryptionConfiguration", **self.of(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {**self.named(id_), "rules": self.inputs["rules"].from_aws(found["Rules"])}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.s3.delete_bucket_encryption(**self.of(id_))


class BucketPublicAccessBlock(OfBucket):
    """What a bucket refuses of policies and ACLs that let everybody in.

    Source: terraform-provider-aws/internal/service/s3/bucket_public_access_block.go (01606926a0c0), read on 2026-11-30.
    """

    type_ = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    inputs = {
        "bucket": Text(required=True, force_new=True),
        "blockPublicAcls": Flag(default=False),
        "blockPublicPolicy": Flag(default=False),
        "ignorePublicAcls": Flag(default=False),
        "restrictPublicBuckets": Flag(default=False),
        "skipDestroy": Flag(),
    }
    _OWN = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        wish = {name[0].upper() + name[1:]: props[name] for name in self._OWN}
        aws.s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=wish)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.s3.get_public_access_block, "PublicAccessBlockConfiguration", **self.of(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"bucket": id_, **{name: found.get(name[0].upper() + name[1:], False) for name in self._OWN}}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if not state.get("skipDestroy"):
            aws.s3.delete_public_access_block(**self.of(id_))


class BucketPolicy(OfBucket):
    """A bucket's policy; a program may give the object in place of its text.

    Source: terraform-provider-aws/internal/service/s3/bucket_policy.go (0073593e7d69); pulumi-aws/provider/resources.go
    (78cafdc0cc02); read on 2026-11-30.
    """

    type_ = "aws:s3/bucketPolicy:BucketPolicy"
    inputs = {"bucket": Text(required=True, force_new=True), "policy": IamPolicy(required=True)}

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        policy = self.inputs["policy"].as_output(props["policy"])
        aws.s3.put_bucket_policy(**bucket, Policy=policy)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.s3.get_bucket_policy, **self.of(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"bucket": id_, "policy": found["Policy"]}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.s3.delete_bucket_policy(**self.of(id_))


class BucketOwnershipControls(OfBucket):
    """Who owns what is put into a bucket, and so whether it has ACLs.

    Source: terraform-provider-aws/internal/service/s3/bucket_ownership_controls.go (01c08000ddb1), read on 2026-11-30.
    """

    type_ = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    inputs = {
        "bucket": Text(required=True, force_new=True, min_length=1),
        "rule": Block(
            required=True,
            fields={
                "objectOwnership": Text(
                    required=True, one_of=("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced")
                )
            },
        ),
    }

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        rules = [self.inputs["rule"].to_aws(props["rule"])]
        aws.s3.put_bucket_ownership_controls(**bucket, OwnershipControls={"Rules": rules})

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.s3.get_bucket_ownership_controls, "OwnershipControls", **self.of(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"bucket": id_, "rule": self.inputs["rule"].from_aws(found["Rules"][0])}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.s3.delete_bucket_ownership_controls(**self.of(id_))


class BucketLogging(OfBucket):
    """Where the accesses to a bucket are logged.

    Source: terraform-provider-aws/internal/service/s3/bucket_logging.go (01f431114674), read on 2026-11-30.
    """

    type_ = "aws:s3/bucketLogging:BucketLogging"
    inputs = {
        "bucket": NAME,
        "expectedBucketOwner": OWNER,
        "targetBucket": Text(required=True),
        "targetPrefix": Text(required=True),
    }
    unsupported = ("targetGrants", "targetObjectKeyFormat")

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        wish = {"TargetBucket": props["targetBucket"], "TargetPrefix": props["targetPrefix"]}
        aws.s3.put_bucket_logging(**bucket, BucketLoggingStatus={"LoggingEnabled": wish})

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.s3.get_bucket_logging, **self.of(id_))
        return (found or {}).get("LoggingEnabled")

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = {"targetBucket": found["TargetBucket"], "targetPrefix": found.get("TargetPrefix") or ""}
        return {**self.named(id_), **told}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.s3.put_bucket_logging(**self.of(id_), BucketLoggingStatus={})


class BucketLifecycle(OfBucket):
    """When the objects in a bucket move to another class, and when they go.

    A rule without a filter is for all objects, and so is one with an empty filter.

    Source: terraform-provider-aws/internal/service/s3/bucket_lifecycle_configuration.go (01606926a0c0), read on
    2026-11-30.
    """

    type_ = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    inputs = {
        "bucket": NAME,
        "expectedBucketOwner": OWNER,
        "rules": ListOf(item=_RULE, min_items=1),
        "timeouts": _PATIENCE,
        "transitionDefaultMinimumObjectSize": Text(
            computed=True, one_of=("varies_by_storage_class", "all_storage_classes_128K")
        ),
    }

    def check(self, inputs: Properties) -> list[CheckFailure]:
        rules = inputs.get("rules")
        if rules is UNKNOWN:
            return []
        if not rules:
            return [CheckFailure("rules", "is required")]
        return [
            CheckFailure(f"rules[{number}].transitions", "needs date or days")
            for number, rule in enumerate(rules)
            if rule is not UNKNOWN
            for each in _known(rule.get("transitions"))
            if not each.keys() & {"date", "days"}
        ]

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        smallest = props.get("transitionDefaultMinimumObjectSize")
        aws.s3.put_bucket_lifecycle_configuration(
            **bucket,
            LifecycleConfiguration={"Rules": [_rule_to_aws(each) for each in props["rules"]]},
            **({"TransitionDefaultMinimumObjectSize": smallest} if smallest else {}),
        )

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.s3.get_bucket_lifecycle_configuration, **self.of(id_))
        return found if found and found.get("Rules") else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            **self.named(id_),
            "rules": [_rule_from_aws(each) for each in found["Rules"]],
            "transitionDefaultMinimumObjectSize": found.get("TransitionDefaultMinimumObjectSize"),
        }

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.s3.delete_bucket_lifecycle(**self.of(id_))


def _known(values: Value) -> list[Properties]:
    return [] if values in (None, UNKNOWN) else [each for each in values if each is not UNKNOWN]


def _rule_to_aws(rule: Properties) -> dict[str, Any]:
    """A rule as S3 takes it: with a filter, unless it has a prefix of its own."""
    said: dict[str, Any] = _RULE.to_aws(rule)
    if "Prefix" not in said:
        said.setdefault("Filter", {})
    return said


def _rule_from_aws(rule: Description) -> Properties:
    """A rule as S3 shows it; a filter that is empty says nothing."""
    told: Properties = _RULE.from_aws(rule)
    if told.get("filter") in ({}, {"prefix": ""}):
        del told["filter"]
    return {name: value for name, value in told.items() if value not in ("", [])}


class BucketVersioningV2(BucketVersioning):
    """The same under the name that it had in version 6 of the SDK; so are the three below."""

    type_ = "aws:s3/bucketVersioningV2:BucketVersioningV2"


class BucketEncryptionV2(BucketEncryption):
    """See `BucketVersioningV2`."""

    type_ = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"


class BucketLoggingV2(BucketLogging):
    """See `BucketVersioningV2`."""

    type_ = "aws:s3/bucketLoggingV2:BucketLoggingV2"


class BucketLifecycleV2(BucketLifecycle):
    """See `BucketVersioningV2`."""

    type_ = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"


TYPES = (
    BucketVersioning,
    BucketVersioningV2,
    BucketEncryption,
    BucketEncryptionV2,
    BucketPublicAccessBlock,
    BucketPolicy,
    BucketOwnershipControls,
    BucketLogging,
    BucketLoggingV2,
    BucketLifecycle,
    BucketLifecycleV2,
)
