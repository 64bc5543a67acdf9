"""Data sources about what others have stored: buckets, zones of names, secrets."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.datasource import REGION, DataSource
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Moment, Text
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.route53 import HostedZone
from embedded_pulumi.aws.s3 import asked, names_of
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import MapOf
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_MOMENT = Moment()


def _bucket(aws: Session, args: Properties) -> Properties:
    """Source: terraform-provider-aws/internal/service/s3/bucket_data_source.go (1bf14ce2417c, 2026)."""
    name = args["bucket"]
    if unless_gone(aws.s3.head_bucket, Bucket=name) is None:
        raise ProviderError(f"the bucket {name} does not exist")
    is_site = bool(asked(aws.s3.get_bucket_website, Bucket=name))
    return {"id": name, "bucket": name, "region": aws.region, **names_of(aws, name, is_site=is_site)}


def _zone(aws: Session, args: Properties) -> Properties:
    """The zone with an id, or the only one that all else fits.

    Source: terraform-provider-aws/internal/service/route53/zone_data_source.go (0ebfd2b07543, 2025), where both an id
    and a name are a warning and no answer; here they are an error.
    """
    if args.get("zoneId") and args.get("name"):
        raise ProviderError("only one of zoneId and name may be set")
    private = args.get("privateZone") or bool(args.get("vpcId"))
    if args.get("zoneId"):
        id_ = args["zoneId"]
    else:
        pages = aws.route53.get_paginator("list_hosted_zones").paginate()
        every = [each for page in pages for each in page["HostedZones"]]
        fitting = [each for each in every if _fits(aws, each, args, private=private)]
        if len(fitting) != 1:
            wanted = ", ".join(f"{name} {value!r}" for name, value in args.items() if value) or "no condition"
            raise ProviderError(f"{len(fitting)} hosted zones fit {wanted}; one must")
        id_ = fitting[0]["Id"].rpartition("/")[2]
    zone = HostedZone()
    found = zone.find(aws, id_, {})
    if found is None:
        raise ProviderError(f"the hosted zone {id_} does not exist")
    told, itself = zone.describe(aws, id_, found, {}), found["HostedZone"]
    return {
        "id": id_,
        **{name: told[name] for name in ("arn", "comment", "name", "nameServers", "primaryNameServer", "zoneId")},
        "callerReference": itself["CallerReference"],
        "enableAcceleratedRecovery": False,
        "linkedServiceDescription": itself.get("LinkedService", {}).get("Description", ""),
        "linkedServicePrincipal": itself.get("LinkedService", {}).get("ServicePrincipal", ""),
        "privateZone": bool(itself.get("Config", {}).get("PrivateZone")),
        "resourceRecordSetCount": itself.get("ResourceRecordSetCount", 0),
        "tags": _tags_of(aws, id_),
        "vpcId": args.get("vpcId") or "",
    }


def _fits(aws: Session, zone: Mapping[str, Any], args: Properties, *, private: bool) -> bool:
    id_, name = zone["Id"].rpartition("/")[2], (args.get("name") or "").removesuffix(".").lower()
    if name and zone["Name"].removesuffix(".").lower() != name:
        return False
    if bool(zone.get("Config", {}).get("PrivateZone")) is not private:
        return False
    if args.get("vpcId"):
        known = aws.route53.get_hosted_zone(Id=id_).get("VPCs", ())
        if args["vpcId"] not in [each["VPCId"] for each in known]:
            return False
    wished = args.get("tags") or {}
    return not wished or wished.items() <= _tags_of(aws, id_).items()


def _tags_of(aws: Session, id_: str) -> dict[str, str]:
    answer = aws.route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=id_)
    return tags.from_list(answer["ResourceTagSet"]["Tags"], "Key", "Value")


def _secret(aws: Session, args: Properties) -> Properties:
    """Source: terraform-provider-aws/internal/service/secretsmanager/secret_data_source.go (0413c661ec1b, 2026)."""
    given = [args[name] for name in ("arn", "name") if args.get(name)]
    if len(given) != 1:
        raise ProviderError("exactly one of arn, name must be set")
    found = unless_gone(aws.secretsmanager.describe_secret, SecretId=given[0])
    if found is None or found.get("DeletedDate"):
        raise ProviderError(f"the secret {given[0]} does not exist")
    policy = aws.secretsmanager.get_resource_policy(SecretId=found["ARN"]).get("ResourcePolicy", "")
    changed = found.get("LastChangedDate") or found["CreatedDate"]
    return {
        "id": found["ARN"],
        "arn": found["ARN"],
        "createdDate": _MOMENT.from_aws(found["CreatedDate"]),
        "description": found.get("Description", ""),
        "kmsKeyId": found.get("KmsKeyId", ""),
        "lastChangedDate": _MOMENT.from_aws(changed),
        "name": found["Name"],
        "policy": policy,
        "region": aws.region,
        "tags": tags.from_list(found.get("Tags", []), "Key", "Value"),
        "type": found.get("Type", ""),
    }


def _secret_version(aws: Session, args: Properties) -> Properties:
    """Source: terraform-provider-aws/internal/service/secretsmanager/secret_version_data_source.go (05389d465b6e)."""
    version, stage = args.get("versionId"), args["versionStage"]
    wanted = {"VersionId": version} if version else {"VersionStage": stage}
    found = unless_gone(aws.secretsmanager.get_secret_value, SecretId=args["secretId"], **wanted)
    if found is None:
        raise ProviderError(f"the secret {args['secretId']} has no version {version or stage}, or does not exist")
    binary = found.get("SecretBinary")
    return {
        "id": f"{args['secretId']}|{version or stage}",
        "arn": found["ARN"],
        "createdDate": _MOMENT.from_aws(found["CreatedDate"]),
        "region": aws.region,
        "secretArn": found["ARN"],
        "secretBinary": base64.b64encode(binary).decode() if binary else "",
        "secretId": args["secretId"],
        "secretString": found.get("SecretString", ""),
        "versionId": found["VersionId"],
        "versionStage": stage,
        "versionStages": found.get("VersionStages", []),
    }


DATA_SOURCES = (
    DataSource(
        function="aws:s3/getBucket:getBucket", answer=_bucket, args={"bucket": Text(required=True), "region": REGION}
    ),
    DataSource(
        function="aws:route53/getZone:getZone",
        answer=_zone,
        args={
            "name": Text(),
            "privateZone": Flag(),
            "tags": MapOf(),
            "vpcId": Text(),
            "zoneId": Text(),
        },
        unsupported=("enableAcceleratedRecovery",),
    ),
    DataSource(
        function="aws:secretsmanager/getSecret:getSecret",
        answer=_secret,
        args={"arn": ArnText(), "name": Text(), "tags": MapOf(), "region": REGION},
    ),
    DataSource(
        function="aws:secretsmanager/getSecretVersion:getSecretVersion",
        answer=_secret_version,
        args={
            "secretId": Text(required=True),
            "versionId": Text(),
            "versionStage": Text(default="AWSCURRENT"),
            "region": REGION,
        },
    ),
)
