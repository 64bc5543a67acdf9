"""S3: objects, from a text, from base64 or from a file."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.archives import content, zip_bytes
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Changes, Code, Field, Flag, Text, kind_of
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.s3 import ALGORITHMS, empty
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, MapOf, check_exclusive, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Archive, Asset, Properties, Value

_CANNED = (
    *("private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read"),
    "bucket-owner-full-control",
)
_STORAGE = (
    *("STANDARD", "REDUCED_REDUNDANCY", "GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"),
    *("DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP"),
)
_SUMS = ("checksumCrc32", "checksumCrc32c", "checksumCrc64nvme", "checksumSha1", "checksumSha256")
_SUM_NAMES = dict(zip(_SUMS, ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"), strict=True))


@dataclass(frozen=True, kw_only=True)
class _File(Code):
    """A file or an archive; two are the same if they have the same content."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        if isinstance(old, (Archive, Asset)) and isinstance(new, (Archive, Asset)):
            return {} if _digest(old) == _digest(new) else {path: kind_of(old, new, replace=replace)}
        return Field.diff(self, path, old, new, replace=replace)


def _digest(source: Archive | Asset) -> str:
    if source.hash or source.elided:
        return source.hash
    return hashlib.sha256(_bytes(source)).hexdigest()


def _bytes(source: Archive | Asset) -> bytes:
    """The content of a file; an archive's is its zip file."""
    return zip_bytes(source) if isinstance(source, Archive) else content(source)


_HEADERS: Fields = {  # what HeadObject tells
    "bucketKeyEnabled": Flag(computed=True),
    "cacheControl": Text(),
    "contentDisposition": Text(),
    "contentEncoding": Text(),
    "contentLanguage": Text(),
    "contentType": Text(computed=True),
    "kmsKeyId": ArnText(computed=True, aws="SSEKMSKeyId"),
    "metadata": MapOf(key_pattern="[^A-Z]*"),
    "serverSideEncryption": Text(computed=True, one_of=ALGORITHMS),
    "storageClass": Text(computed=True, one_of=_STORAGE),
    "websiteRedirect": Text(aws="WebsiteRedirectLocation"),
}
_LOCKS = ("objectLockLegalHoldStatus", "objectLockMode", "objectLockRetainUntilDate")
_CONTENT = ("content", "contentBase64", "source")
_INPUTS: Fields = {
    "acl": Text(computed=True, one_of=_CANNED),
    "bucket": Text(required=True, force_new=True, min_length=1),
    "content": Text(),
    "contentBase64": Text(),
    "etag": Text(computed=True),
    "forceDestroy": Flag(default=False),
    "key": Text(required=True, force_new=True, min_length=1),
    "source": _File(),
    "sourceHash": Text(),
    **_HEADERS,
}


class _ObjectTagging(Tagging):
    """S3 takes all tags of an object at once."""

    def read(self, aws: Session, id_: str, props: Properties, found: Mapping[str, Any]) -> Tags:
        """The tags of an object."""
        return tags.from_list(aws.s3.get_object_tagging(Bucket=props["bucket"], Key=props["key"])["TagSet"])

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        if not written and not removed:
            return
        place = {"Bucket": props["bucket"], "Key": props["key"]}
        told = tags.from_list(aws.s3.get_object_tagging(**place)["TagSet"])
        kept = {key: value for key, value in told.items() if key not in removed} | written
        aws.s3.put_object_tagging(**place, Tagging={"TagSet": tags.to_list(kept)})


class BucketObjectV2(ResourceType):
    """An object; its id is bucket and key. Whatever is said of its content or its headers writes it anew.

    An object without a type is `application/octet-stream`, as AWS's SDK for Go has it. The key is the logical name
    where a program gives none. Nobody reads the ACL back.

    Source: terraform-provider-aws/internal/service/s3/object.go (033c721bf1ed, 2025); pulumi-aws/provider/resources.go
    (78cafdc0cc02); read on 2026-11-30.
    """

    type_ = "aws:s3/bucketObjectv2:BucketObjectv2"
    inputs: ClassVar[Fields] = {
        **_INPUTS,
        "checksumAlgorithm": Text(one_of=tuple(_SUM_NAMES.values())),
        "overrideProvider": Block(fields={"defaultTags": Block(fields={"tags": MapOf()})}),
    }
    outputs: ClassVar[tuple[str, ...]] = ("arn", "versionId", *_SUMS)
    unsupported = _LOCKS
    name = AutoName(property="key", unless=(), plain=True)
    tagging = _ObjectTagging(service="s3", target="Key")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        failures = check_exclusive((_CONTENT, ("etag", "kmsKeyId")), inputs)
        given = inputs.get("contentBase64")
        if given not in (None, UNKNOWN):
            try:
                base64.b64decode(given, validate=True)
            except binascii.Error:
                failures.append(CheckFailure("contentBase64", "is not base64"))
        if inputs.get("overrideProvider"):
            failures.append(CheckFailure("overrideProvider", "is not supported by this provider"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        self._upload(aws, props)
        return f"{props['bucket']}/{_clean(props['key'])}"

    def _upload(self, aws: Session, props: Properties) -> None:
        headers = request(_HEADERS, {name: value for name, value in props.items() if name in _HEADERS})
        headers.setdefault("ContentType", "application/octet-stream")
        if props.get("kmsKeyId"):
            headers["ServerSideEncryption"] = "aws:kms"
        for name, parameter in (("acl", "ACL"), ("checksumAlgorithm", "ChecksumAlgorithm")):
            if props.get(name):
                headers[parameter] = props[name]
        if props["tagsAll"]:
            headers["Tagging"] = urlencode(props["tagsAll"])
        aws.s3.put_object(Bucket=props["bucket"], Key=_clean(props["key"]), Body=_body(props), **headers)

    def locate(self, aws: Session, props: Properties) -> str | None:
        return f"{props['bucket']}/{_clean(props['key'])}"

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        bucket, _, key = _place(id_, state)
        asked = {"ChecksumMode": "ENABLED"} if state.get("checksumAlgorithm") else {}
        return unless_gone(aws.s3.head_object, Bucket=bucket, Key=key, **asked)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        bucket, _, key = _place(id_, state)
        told = response(_HEADERS, {"StorageClass": "STANDARD", "BucketKeyEnabled": False, **found})
        sums = {name: found.get(f"Checksum{_SUM_NAMES[name]}", "") for name in _SUMS if name in self.outputs}
        return {
            **told,
            **sums,
            "id": f"{bucket}/{key}",
            "arn": f"arn:{aws.partition}:s3:::{bucket}/{key}",
            "bucket": bucket,
            "key": state.get("key") or key,
            "etag": found["ETag"].strip('"'),
            "versionId": found.get("VersionId", ""),
        }

    def renews(self, change: Change, changed: Collection[str]) -> Collection[str]:
        """A new upload is a new version; the real provider foresees nothing else that comes with it."""
        written = set(changed) & {*_HEADERS, *_CONTENT, "etag", "sourceHash", "checksumAlgorithm"}
        encrypted = ("kmsKeyId", "serverSideEncryption") if {"kmsKeyId", "serverSideEncryption"} & set(changed) else ()
        return (*encrypted, "versionId", *(("etag",) if "sourceHash" in changed else ())) if written else ()

    def update(self, aws: Session, id_: str, change: Change) -> None:
        anew = (*_HEADERS, *_CONTENT, "etag", "sourceHash", *({"checksumAlgorithm"} & self.inputs.keys()))
        if change.has(*anew):
            self._upload(aws, {**change.new, **self._kept(change)})
        elif change.has("acl"):
            aws.s3.put_object_acl(Bucket=change.new["bucket"], Key=_clean(change.new["key"]), ACL=change.new["acl"])

    def _kept(self, change: Change) -> Properties:
        """The headers that AWS filled in before; a key only with the encryption that it is for."""
        filled = {name: change.get(name) for name, each in _HEADERS.items() if each.computed}
        said = change.new.get("serverSideEncryption")
        if change.new.get("kmsKeyId"):
            filled["serverSideEncryption"] = said
        elif said and not said.startswith("aws:kms"):
            filled["kmsKeyId"] = None
        return {name: value for name, value in filled.items() if value}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        bucket, _, key = _place(id_, state)
        if state.get("versionId"):
            empty(aws, bucket, key)
        else:
            aws.s3.delete_object(Bucket=bucket, Key=key)


class BucketObject(BucketObjectV2):
    """The same under Terraform's former name, without checksums.

    Source: terraform-provider-aws/internal/service/s3/bucket_object.go (01c08000ddb1), whose default ACL is gone since
    version 5 of the provider; read on 2026-11-30.
    """

    type_ = "aws:s3/bucketObject:BucketObject"
    inputs = _INPUTS
    outputs = ("arn", "versionId")


def _clean(key: str) -> str:
    """A key as the real provider writes it: without slashes at its begin, and never two in a row."""
    return "/".join(part for part in key.removeprefix("./").lstrip("/").split("/") if part) + (
        "/" if key.endswith("/") and key.strip("/") else ""
    )


def _place(id_: str, state: Properties) -> tuple[str, str, str]:
    """The bucket and the key of an id, `/` between them."""
    if state.get("bucket") and state.get("key"):
        return state["bucket"], "/", _clean(state["key"])
    bucket, slash, key = id_.removeprefix("s3://").partition("/")
    if not key:
        raise ProviderError(f"{id_!r} is not an object; accepted: bucket/key, s3://bucket/key")
    return bucket, slash, key


def _body(props: Properties) -> bytes:
    if isinstance(props.get("source"), (Archive, Asset)):
        return _bytes(props["source"])
    if props.get("contentBase64"):
        return base64.b64decode(props["contentBase64"])
    text: Any = props.get("content") or ""
    return str(text).encode()


TYPES = (BucketObject, BucketObjectV2)
