"""What the functions that programs ask most answer, for any region: as plausible as it can be without a cloud.

Everything here depends on the region and the arguments alone. A caller may give answers of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_guardrails.recording.placeholders import ACCOUNT

ZONE_LETTERS = "abcdef"
"""The most that a region of AWS has had. A program that asks for fewer takes the first."""

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-eusc": "amazonaws.eu",
}

Args = Mapping[str, Any]


def partition_of(region: str) -> str:
    """The partition that a region lies in."""
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def answer(token: str, args: Args, region: str) -> dict[str, Any] | None:
    """The answer to a function, with the arguments themselves; None if it is not one of those known here.

    Args:
        token: Such as `aws:index/getAvailabilityZones:getAvailabilityZones`.
        args: By camelCase name.
        region: Where the question goes.
    """
    known = _ANSWERS.get(token)
    return None if known is None else {"id": region, "region": region, **args, **known(args, region)}


def facts(token: str, args: Args, region: str) -> dict[str, Any]:
    """What is plausible of one thing that exists, for a function whose other results are made up."""
    known = _FACTS.get(token)
    return {} if known is None else known(args, region)


def _zones(_: Args, region: str) -> dict[str, Any]:
    names = [f"{region}{letter}" for letter in ZONE_LETTERS]
    ids = [f"{region}-az{number}" for number, _ in enumerate(names, 1)]
    return {"names": names, "zoneIds": ids, "groupNames": [region]}


def _zone(args: Args, region: str) -> dict[str, Any]:
    name = str(args.get("name") or f"{region}a")
    return {
        "name": name,
        "nameSuffix": name.removeprefix(region),
        "zoneId": f"{region}-az1",
        "zoneType": "availability-zone",
    }


def _identity(_: Args, region: str) -> dict[str, Any]:
    arn = f"arn:{partition_of(region)}:iam::{ACCOUNT}:user/somebody"
    return {"accountId": ACCOUNT, "arn": arn, "userId": "AIDAMADEUP", "id": ACCOUNT}


def _partition(_: Args, region: str) -> dict[str, Any]:
    partition = partition_of(region)
    suffix = _SUFFIXES[partition]
    reverse = ".".join(reversed(suffix.split(".")))
    return {"partition": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse, "id": partition}


def _region(args: Args, region: str) -> dict[str, Any]:
    name = str(args.get("name") or args.get("region") or region)
    return {"name": name, "region": name, "id": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def _offerings(args: Args, region: str) -> dict[str, Any]:
    values = [value for item in args.get("filters") or [] for value in item.get("values", [])] or ["t3.micro"]
    zones = [f"{region}{letter}" for letter in ZONE_LETTERS]
    by_zone = args.get("locationType") == "availability-zone"
    locations = zones if by_zone else [region]
    return {"locations": locations, "instanceTypes": [values[0]] * len(locations), "locationTypes": []}


def _instance_type(args: Args, _: str) -> dict[str, Any]:
    """AWS's families for Graviton have a `g` after the generation: t4g, m7gd, c8gn."""
    family = str(args.get("instanceType", "")).split(".")[0]
    attributes = family.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")
    return {
        "supportedArchitectures": ["arm64"] if "g" in attributes or family == "a1" else ["x86_64"],
        "ebsOptimizedSupport": "unsupported" if family in {"t1", "t2", "m1", "c1"} else "default",
        "autoRecoverySupported": True,
    }


def _endpoint_service(args: Args, region: str) -> dict[str, Any]:
    return {"availabilityZones": [f"{region}{letter}" for letter in ZONE_LETTERS], **args}


def _quota(_: Args, __: str) -> dict[str, Any]:
    """More than a program could want."""
    return {"value": 1_000_000.0, "defaultValue": 1_000_000.0, "adjustable": True, "globalQuota": False}


def _vpcs(args: Mapping[str, Any], _: str) -> dict[str, Any]:
    """The default VPC, which a region has; of any other, nobody can say whether it is there."""
    default = {"name": "is-default", "values": ["true"]}
    return {"ids": ["vpc-0123456789abcdef0"] if default in (args.get("filters") or []) else []}


def _vpc(args: Args, _: str) -> dict[str, Any]:
    """A VPC as most are."""
    dns = {"enableDnsSupport": True, "enableDnsHostnames": True}
    return {"cidrBlock": args.get("cidrBlock") or "10.0.0.0/16", "state": "available", **dns}


def _roomy_subnet(_: Args, __: str) -> dict[str, Any]:
    """More addresses than a program could want."""
    return {"availableIpAddressCount": 1_000_000}


def _free_address(_: Args, __: str) -> dict[str, Any]:
    return {"associationId": "", "instanceId": "", "networkInterfaceId": ""}


def _security_groups(_: Args, __: str) -> dict[str, Any]:
    return {"ids": [], "vpcIds": [], "arns": []}


def _nothing_there(_: Args, __: str) -> dict[str, Any]:
    return {"ids": []}


def _parameter(args: Args, _: str) -> dict[str, Any]:
    name = str(args.get("name", ""))
    value = "ami-0123456789abcdef0" if any(word in name for word in ("ami", "image")) else f"the value of {name}"
    return {"value": value, "insecureValue": value, "type": "String", "version": 1}


def _image(args: Args, _: str) -> dict[str, Any]:
    by_id = [item["values"][0] for item in args.get("filters") or [] if item.get("name") == "image-id"]
    image = by_id[0] if by_id else "ami-0123456789abcdef0"
    # Nobody knows the architecture of an image that somebody names.
    known = {} if by_id else {"architecture": "x86_64"}
    return {"id": image, "imageId": image, "rootDeviceName": "/dev/xvda", "name": "an image", **known}


def _log_groups(_: Args, __: str) -> dict[str, Any]:
    return {"logGroupNames": [], "arns": []}


def _document(args: Args, _: str) -> dict[str, Any]:
    statements = [_statement(item) for item in args.get("statements") or []]
    text = json.dumps({"Version": args.get("version") or "2012-10-17", "Statement": statements})
    return {"json": text, "minifiedJson": text, "id": "0"}


def _statement(item: Args) -> dict[str, Any]:
    fields = {
        "Sid": item.get("sid"),
        "Effect": item.get("effect") or "Allow",
        "Action": item.get("actions"),
        "NotAction": item.get("notActions"),
        "Resource": item.get("resources"),
        "NotResource": item.get("notResources"),
        "Principal": _principals(item.get("principals")),
        "NotPrincipal": _principals(item.get("notPrincipals")),
        "Condition": _conditions(item.get("conditions")),
    }
    return {name: value for name, value in fields.items() if value}


def _principals(principals: Any) -> Any:
    found: dict[str, list[str]] = {}
    for item in principals or []:
        found.setdefault(item["type"], []).extend(item["identifiers"])
    return "*" if found.get("*") else found


def _conditions(conditions: Any) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for item in conditions or []:
        found.setdefault(item["test"], {})[item["variable"]] = item["values"]
    return found


_ANSWERS: Mapping[str, Callable[[Args, str], dict[str, Any]]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getAvailabilityZone:getAvailabilityZone": _zone,
    "aws:index/getCallerIdentity:getCallerIdentity": _identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offerings,
    "aws:ec2/getInstanceType:getInstanceType": _instance_type,
    "aws:ec2/getAmi:getAmi": _image,
    "aws:ec2/getVpcs:getVpcs": _vpcs,
    "aws:ec2/getSecurityGroups:getSecurityGroups": _security_groups,
    "aws:ec2/getInstances:getInstances": _nothing_there,
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": _endpoint_service,
    "aws:servicequotas/getServiceQuota:getServiceQuota": _quota,
    "aws:ssm/getParameter:getParameter": _parameter,
    "aws:cloudwatch/getLogGroups:getLogGroups": _log_groups,
    "aws:iam/getPolicyDocument:getPolicyDocument": _document,
}

_FACTS: Mapping[str, Callable[[Args, str], dict[str, Any]]] = {
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ec2/getSubnet:getSubnet": _roomy_subnet,
    "aws:ec2/getElasticIp:getElasticIp": _free_address,
}
