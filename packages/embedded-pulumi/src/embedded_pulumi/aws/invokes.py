"""Data sources: what a program asks before it creates anything.

EC2's own are in `invokes_ec2`, `invokes_network` and `invokes_vpc`, those about the account in `invokes_account`.
"""

from __future__ import annotations

from embedded_pulumi.aws.datasource import FILTERS, REGION, DataSource, filters_of
from embedded_pulumi.aws.fields import Flag, Text, nearest
from embedded_pulumi.aws.invokes_account import DATA_SOURCES as _ACCOUNT_SOURCES
from embedded_pulumi.aws.invokes_autoscaling import DATA_SOURCES as _AUTOSCALING_SOURCES
from embedded_pulumi.aws.invokes_balancing import DATA_SOURCES as _BALANCING_SOURCES
from embedded_pulumi.aws.invokes_ec2 import DATA_SOURCES as _EC2_SOURCES
from embedded_pulumi.aws.invokes_network import DATA_SOURCES as _NETWORK_SOURCES
from embedded_pulumi.aws.invokes_vpc import DATA_SOURCES as _VPC_SOURCES
from embedded_pulumi.aws.policy_document import POLICY_DOCUMENT
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties


def _zones(aws: Session, args: Properties) -> Properties:
    asked = filters_of(args)
    if args.get("state"):
        asked.append({"Name": "state", "Values": [args["state"]]})
    answer = aws.ec2.describe_availability_zones(
        Filters=asked, AllAvailabilityZones=bool(args.get("allAvailabilityZones"))
    )
    zones = sorted(answer["AvailabilityZones"], key=lambda zone: zone["ZoneName"])
    names, ids = args.get("excludeNames", ()), args.get("excludeZoneIds", ())
    chosen = [zone for zone in zones if zone["ZoneName"] not in names and zone["ZoneId"] not in ids]
    return {
        "id": aws.region,
        "region": aws.region,
        "names": [zone["ZoneName"] for zone in chosen],
        "zoneIds": [zone["ZoneId"] for zone in chosen],
        "groupNames": sorted({zone.get("GroupName", aws.region) for zone in chosen}),
    }


def _caller(aws: Session, args: Properties) -> Properties:
    del args
    who = aws.identity
    return {"id": who["Account"], "accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"]}


def _partition(aws: Session, args: Properties) -> Properties:
    del args
    suffix = aws.dns_suffix
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _region(aws: Session, args: Properties) -> Properties:
    region = args.get("name") or args.get("region") or _region_of(args.get("endpoint")) or aws.region
    descriptions = aws.region_descriptions
    if region not in descriptions:
        raise ProviderError(f"{region!r} is not an AWS region{nearest(region, descriptions)}")
    return {
        "id": region,
        "name": region,
        "region": region,
        "description": descriptions[region],
        "endpoint": f"ec2.{region}.{aws.dns_suffix}",
    }


def _region_of(endpoint: str | None) -> str | None:
    """The region in an EC2 endpoint such as `ec2.eu-west-1.amazonaws.com`."""
    return endpoint.split(".")[1] if endpoint and endpoint.count(".") > 1 else None


def _regions(aws: Session, args: Properties) -> Properties:
    answer = aws.ec2.describe_regions(Filters=filters_of(args), AllRegions=bool(args.get("allRegions")))
    names = sorted(region["RegionName"] for region in answer["Regions"])
    return {"id": aws.partition, "names": names}


def _parameter(aws: Session, args: Properties) -> Properties:
    answer = aws.ssm.get_parameter(Name=args["name"], WithDecryption=args["withDecryption"])
    parameter = answer["Parameter"]
    value, secret = parameter["Value"], parameter["Type"] == "SecureString"
    return {
        "id": parameter["Name"],
        "arn": parameter["ARN"],
        "name": args["name"],
        "type": parameter["Type"],
        "value": value,
        "insecureValue": "" if secret else value,
        "version": parameter["Version"],
        "region": aws.region,
    }


def _log_groups(aws: Session, args: Properties) -> Properties:
    """All log groups whose names begin with a text.

    Source: terraform-provider-aws/internal/service/logs/groups_data_source.go.
    """
    begin = args.get("logGroupNamePrefix")
    pages = aws.logs.get_paginator("describe_log_groups").paginate(**({"logGroupNamePrefix": begin} if begin else {}))
    found = [each for page in pages for each in page["logGroups"]]
    return {
        "id": aws.region,
        "region": aws.region,
        "arns": [each["arn"].removesuffix(":*") for each in found],
        "logGroupNames": [each["logGroupName"] for each in found],
    }


_SOURCES = (
    DataSource(
        function="aws:index/getAvailabilityZones:getAvailabilityZones",
        answer=_zones,
        args={
            "allAvailabilityZones": Flag(),
            "excludeNames": SetOf(),
            "excludeZoneIds": SetOf(),
            "filters": FILTERS,
            "state": Text(one_of=("available", "information", "impaired", "unavailable", "constrained")),
            "region": REGION,
        },
    ),
    DataSource(function="aws:index/getCallerIdentity:getCallerIdentity", answer=_caller, args={"id": Text()}),
    DataSource(function="aws:index/getPartition:getPartition", answer=_partition, args={"id": Text()}),
    DataSource(
        function="aws:index/getRegion:getRegion",
        answer=_region,
        args={"endpoint": Text(), "id": Text(), "name": Text(), "region": Text()},
        any_region=True,
    ),
    DataSource(
        function="aws:index/getRegions:getRegions",
        answer=_regions,
        args={"allRegions": Flag(), "filters": FILTERS, "id": Text()},
    ),
    DataSource(
        function="aws:ssm/getParameter:getParameter",
        answer=_parameter,
        args={"name": Text(required=True), "withDecryption": Flag(default=True), "region": REGION},
    ),
    DataSource(
        function="aws:cloudwatch/getLogGroups:getLogGroups",
        answer=_log_groups,
        args={"logGroupNamePrefix": Text(), "region": REGION},
    ),
    POLICY_DOCUMENT,
)

DATA_SOURCES: dict[str, DataSource] = {
    source.function: source
    for source in (
        *(*_SOURCES, *_EC2_SOURCES, *_NETWORK_SOURCES, *_VPC_SOURCES, *_BALANCING_SOURCES, *_ACCOUNT_SOURCES),
        *_AUTOSCALING_SOURCES,
    )
}
