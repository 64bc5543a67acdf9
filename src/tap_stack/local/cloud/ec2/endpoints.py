"""VPC endpoints: which services have them, and what EC2 demands before it makes one.

moto takes any service name, and does not find the services of a VPC stack when asked for them.

Source: AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink" and "Gateway endpoints"; API
DescribeVpcEndpointServices; the requirement on DNS attributes is in the guide's "Private DNS" section.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_stack.local.cloud.calls import AwsError, Call, Routes
from tap_stack.local.cloud.ec2 import filters, store
from tap_stack.local.cloud.ec2.zones import zones_of

GATEWAY, INTERFACE = "Gateway", "Interface"

SERVICES: Mapping[str, tuple[str, ...]] = {
    "autoscaling": (INTERFACE,),
    "dynamodb": (GATEWAY, INTERFACE),
    "ec2": (INTERFACE,),
    "ec2messages": (INTERFACE,),
    "events": (INTERFACE,),
    "kms": (INTERFACE,),
    "lambda": (INTERFACE,),
    "logs": (INTERFACE,),
    "monitoring": (INTERFACE,),
    "s3": (GATEWAY, INTERFACE),
    "secretsmanager": (INTERFACE,),
    "sns": (INTERFACE,),
    "sqs": (INTERFACE,),
    "ssm": (INTERFACE,),
    "ssmmessages": (INTERFACE,),
    "sts": (INTERFACE,),
}
"""The services that a private fleet talks to, and the kinds of endpoint that each has."""

NO_PRIVATE_DNS = frozenset({"dynamodb"})

FACTS: filters.Facts[dict[str, Any]] = {
    "owner": lambda detail: [detail["Owner"]],
    "service-name": lambda detail: [detail["ServiceName"]],
    "service-region": lambda detail: [detail["ServiceRegion"]],
    "service-type": lambda detail: [each["ServiceType"] for each in detail["ServiceType"]],
    "supported-ip-address-types": lambda detail: detail["SupportedIpAddressTypes"],
}


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "DescribeVpcEndpointServices"): _describe_services,
        ("ec2", "CreateVpcEndpoint"): _create,
    }


def _describe_services(call: Call) -> dict[str, Any]:
    known = _details(call.region)
    names = call.params.get("ServiceNames", [])
    for name in names:
        _require_service(known, name)
    named = [detail for detail in known if not names or detail["ServiceName"] in names]
    details = filters.select(named, call.params.get("Filters", []), FACTS)
    return {"ServiceNames": sorted({detail["ServiceName"] for detail in details}), "ServiceDetails": details}


def _create(call: Call) -> dict[str, Any]:
    params = call.params
    name, kind = params.get("ServiceName", ""), params.get("VpcEndpointType", GATEWAY)
    known = _details(call.region)
    _require_service(known, name)
    if kind not in {
        each["ServiceType"] for detail in known for each in detail["ServiceType"] if detail["ServiceName"] == name
    }:
        message = (
            f"Endpoint type ({kind}) does not match available service types ({list(SERVICES[name.rsplit('.')[-1]])})."
        )
        raise AwsError("InvalidParameter", message)
    # API CreateVpcEndpoint: PrivateDnsEnabled "Default: true", of interface endpoints.
    if kind == INTERFACE and params.get("PrivateDnsEnabled", True):
        _require_dns(call.region, params["VpcId"])
    return call.forward()


def _require_service(known: list[dict[str, Any]], name: str) -> None:
    if name not in {detail["ServiceName"] for detail in known}:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


def _require_dns(region: str, vpc_id: str) -> None:
    vpc = store.backend(region).get_vpc(vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        both = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
        raise AwsError("InvalidParameter", f"{both} for {vpc_id}")


def _details(region: str) -> list[dict[str, Any]]:
    """Every service of a region as DescribeVpcEndpointServices lists them: once for each kind of endpoint."""
    zones = [zone.name for zone in zones_of(region) if zone.type == "availability-zone"]
    return [_detail(region, service, kind, zones) for service, kinds in SERVICES.items() for kind in kinds]


def _detail(region: str, service: str, kind: str, zones: list[str]) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "ServiceName": f"com.amazonaws.{region}.{service}",
        "ServiceType": [{"ServiceType": kind}],
        "ServiceRegion": region,
        "AvailabilityZones": zones,
        "Owner": "amazon",
        "BaseEndpointDnsNames": [f"{service}.{region}.vpce.amazonaws.com"],
        "VpcEndpointPolicySupported": True,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
        "SupportedIpAddressTypes": ["ipv4"],
    }
    if kind == INTERFACE and service not in NO_PRIVATE_DNS:
        private = f"{service}.{region}.amazonaws.com"
        detail |= {"PrivateDnsName": private, "PrivateDnsNames": [{"PrivateDnsName": private}]}
    return detail
