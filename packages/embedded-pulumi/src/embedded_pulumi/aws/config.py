"""The provider's own inputs: `aws:region`, `aws:defaultTags` and the like, which arrive as strings or JSON strings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.session import Session as BotocoreSession

from embedded_pulumi.aws.fields import Flag, Text, nearest
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf, TagMap, check_fields
from embedded_pulumi.aws.tags import Ignored
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Properties, Value

FIELDS: Fields = {
    "region": Text(required=True),
    "defaultTags": Block(fields={"tags": TagMap()}),
    "ignoreTags": Block(fields={"keyPrefixes": SetOf(), "keys": SetOf()}),
    "allowedAccountIds": ListOf(),
    "forbiddenAccountIds": ListOf(),
    "accessKey": Text(),
    "secretKey": Text(),
    "token": Text(),
    "skipCredentialsValidation": Flag(),
    "skipMetadataApiCheck": Flag(),
    "skipRegionValidation": Flag(),
    "skipRequestingAccountId": Flag(),
    "version": Text(),
}
"""The skip flags are accepted and change nothing: this provider asks no metadata service, and the account and the
region are checked because that costs nothing here."""

UNSUPPORTED = (
    "assumeRoleWithWebIdentity",
    "assumeRoles",
    "customCaBundle",
    "ec2MetadataServiceEndpoint",
    "ec2MetadataServiceEndpointMode",
    "endpoints",
    "httpProxy",
    "httpsProxy",
    "insecure",
    "maxRetries",
    "noProxy",
    "profile",
    "retryMode",
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
    "stsRegion",
    "tagPolicyCompliance",
    "tokenBucketRateLimiterCapacity",
    "useDualstackEndpoint",
    "useFipsEndpoint",
    "userAgents",
)


@dataclass(frozen=True)
class ProviderSettings:
    """The provider's inputs, read."""

    region: str
    default_tags: Mapping[str, str]
    ignored_tags: Ignored
    allowed_accounts: tuple[str, ...]
    forbidden_accounts: tuple[str, ...]
    access_key: str | None
    secret_key: str | None
    token: str | None


def decoded(inputs: Mapping[str, Value]) -> Properties:
    """The inputs as values: on the wire everything but a string is JSON in a string."""
    return {name: _decode(FIELDS.get(name), value) for name, value in inputs.items() if value is not None}


def _decode(field: object, value: Value) -> Value:
    if not isinstance(value, str) or isinstance(field, Text) or field is None:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def problems(inputs: Mapping[str, Value], botocore: BotocoreSession) -> list[CheckFailure]:
    """What is wrong with the provider's inputs."""
    checked, failures = check_fields(FIELDS, decoded(inputs), unsupported=UNSUPPORTED)
    region = checked.get("region")
    if isinstance(region, str):
        known = regions(botocore)
        if region not in known:
            failures.append(CheckFailure("region", f"{region!r} is not an AWS region{nearest(region, known)}"))
    return failures


def regions(botocore: BotocoreSession) -> list[str]:
    """All regions of all partitions."""
    partitions = botocore.get_available_partitions()
    return [region for name in partitions for region in botocore.get_available_regions("ec2", partition_name=name)]


def read(inputs: Mapping[str, Value]) -> ProviderSettings:
    """The settings in checked inputs."""
    values = decoded(inputs)
    ignored = values.get("ignoreTags") or {}
    return ProviderSettings(
        region=values["region"],
        default_tags=(values.get("defaultTags") or {}).get("tags") or {},
        ignored_tags=Ignored(tuple(ignored.get("keys") or ()), tuple(ignored.get("keyPrefixes") or ())),
        allowed_accounts=tuple(values.get("allowedAccountIds") or ()),
        forbidden_accounts=tuple(values.get("forbiddenAccountIds") or ()),
        access_key=values.get("accessKey"),
        secret_key=values.get("secretKey"),
        token=values.get("token"),
    )
