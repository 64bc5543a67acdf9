"""VPC endpoints: which services have them, and what EC2 demands before it makes or changes one.

moto takes any service name, and does not find the services of a VPC stack when asked for them.

Source: AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink" and "Gateway endpoints"; API
DescribeVpcEndpointServices; the requirements on DNS are in the guide's "Private DNS" section.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2 import endpoint_parts, ipv6, store
from embedded_aws.services.ec2.conditions import ZoneConditions
from embedded_aws.services.ec2.endpoint_parts import GATEWAY, INTERFACE
from embedded_aws.services.ec2.zones import zones_of

IPV4, DUAL = "ipv4", "dualstack"

SERVICES: Mapping[str, tuple[str, ...]] = {
    "autoscaling": (INTERFACE,),
    "cloudformation": (INTERFACE,),
    "dynamodb": (GATEWAY, INTERFACE),
    "ebs": (INTERFACE,),
    "ec2": (INTERFACE,),
    "ec2messages": (INTERFACE,),
    "ecr.api": (INTERFACE,),
    "ecr.dkr": (INTERFACE,),
    "ecs": (INTERFACE,),
    "ecs-agent": (INTERFACE,),
    "ecs-telemetry": (INTERFACE,),
    "elasticfilesystem": (INTERFACE,),
    "elasticloadbalancing": (INTERFACE,),
    "events": (INTERFACE,),
    "execute-api": (INTERFACE,),
    "kinesis-firehose": (INTERFACE,),
    "kinesis-streams": (INTERFACE,),
    "kms": (INTERFACE,),
    "lambda": (INTERFACE,),
    "logs": (INTERFACE,),
    "monitoring": (INTERFACE,),
    "rds": (INTERFACE,),
    "s3": (GATEWAY, INTERFACE),
    "secretsmanager": (INTERFACE,),
    "sns": (INTERFACE,),
    "sqs": (INTERFACE,),
    "ssm": (INTERFACE,),
    "ssmmessages": (INTERFACE,),
    "states": (INTERFACE,),
    "sts": (INTERFACE,),
    "xray": (INTERFACE,),
}
"""Services that a private fleet talks to, and the kinds of endpoint that each has."""

DUAL_STACK = frozenset({"kms", "s3"})
"""Services whose interface endpoints take IPv6 too, as their guides say (KMS Developer Guide, "Dual-stack endpoint
support"; S3 User Guide, "IP address types for VPC endpoints"). More have it than are listed here."""

FACTS: filters.Facts[dict[str, Any]] = {
    "owner": lambda detail: [detail["Owner"]],
    "service-name": lambda detail: [detail["ServiceName"]],
    "service-region": lambda detail: [detail["ServiceRegion"]],
    "service-type": lambda detail: [each["ServiceType"] for each in detail["ServiceType"]],
    "supported-ip-address-types": lambda detail: detail["SupportedIpAddressTypes"],
}


def routes(conditions: ZoneConditions) -> Routes:
    """The calls that this part answers; not every zone need have every service."""
    return {
        ("ec2", "DescribeVpcEndpointServices"): partial(_describe_services, conditions),
        ("ec2", "CreateVpcEndpoint"): partial(_create, conditions),
        ("ec2", "ModifyVpcEndpoint"): partial(_modify, conditions),
        ("ec2", "DescribeVpcEndpoints"): _describe,
    }


def _describe_services(conditions: ZoneConditions, call: Call) -> dict[str, Any]:
    known = _details(call.region, conditions)
    names = call.params.get("ServiceNames", [])
    for name in names:
        _require_service(known, name)
    named = [detail for detail in known if not names or detail["ServiceName"] in names]
    details = filters.select(named, call.params.get("Filters", []), FACTS)
    return {"ServiceNames": sorted({detail["ServiceName"] for detail in details}), "ServiceDetails": details}


def _create(conditions: ZoneConditions, call: Call) -> dict[str, Any]:
    params = call.params
    name, kind = params.get("ServiceName", ""), params.get("VpcEndpointType", GATEWAY)
    known = _details(call.region, conditions)
    _require_service(known, name)
    kinds = [detail["ServiceType"][0]["ServiceType"] for detail in known if detail["ServiceName"] == name]
    if kind not in kinds:
        message = f"Endpoint type ({kind}) does not match available service types ({kinds})."
        raise AwsError("InvalidParameter", message)
    _require_groups(call.region, params.get("SecurityGroupIds", []))
    if kind == INTERFACE:
        _require_zones_apart(call.region, params.get("SubnetIds", []))
        _require_service_there(call.region, name, params.get("SubnetIds", []), known)
        _require_addresses(call.region, name, params.get("IpAddressType", IPV4), params.get("SubnetIds", []))
        # API CreateVpcEndpoint: PrivateDnsEnabled "Default: true", of interface endpoints.
        if params.get("PrivateDnsEnabled", True):
            _require_private_dns(call.region, params["VpcId"], name)
    told = call.forward()["VpcEndpoint"]
    endpoint = store.backend(call.region).vpc_end_points[told["VpcEndpointId"]]
    endpoint.ip_address_type = params.get("IpAddressType", IPV4)
    return {"VpcEndpoint": told | _assemble(call.region, told["VpcEndpointId"])}


def _describe(call: Call) -> dict[str, Any]:
    """Say which addresses each endpoint has."""
    result, known = call.forward(), store.backend(call.region).vpc_end_points
    for each in result["VpcEndpoints"]:
        each["IpAddressType"] = getattr(known[each["VpcEndpointId"]], "ip_address_type", IPV4)
    return result


def _require_addresses(region: str, name: str, wished: str, subnets: list[str]) -> None:
    """Both kinds of addresses need a service that takes them and subnets that have them.

    Source: AWS PrivateLink guide, "Access an AWS service using an interface VPC endpoint", "IP address types".
    """
    if wished == IPV4:
        return
    service = name.partition(f".{region}.")[2]
    if wished != DUAL or service not in DUAL_STACK:
        raise AwsError("InvalidParameter", f"The service {name} does not support the IP address type {wished}")
    for subnet in subnets:
        if not any(True for _ in ipv6.blocks_of(store.backend(region).get_subnet(subnet))):
            raise AwsError("InvalidParameter", f"The subnet {subnet} has no IPv6 CIDR block, as {wished} needs")


def _require_groups(region: str, groups: Iterable[str]) -> None:
    for group in groups:
        if store.backend(region).get_security_group_from_id(group) is None:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{group}' does not exist")


def _modify(conditions: ZoneConditions, call: Call) -> dict[str, Any]:
    endpoint = store.backend(call.region).vpc_end_points.get(call.params["VpcEndpointId"])
    if endpoint is not None:  # moto refuses what does not exist
        kept = set(endpoint.subnet_ids or ()) - set(call.params.get("RemoveSubnetIds", []))
        _require_zones_apart(call.region, sorted(kept | set(call.params.get("AddSubnetIds", []))))
        _require_groups(call.region, call.params.get("AddSecurityGroupIds", []))
        known = _details(call.region, conditions)
        _require_service_there(call.region, endpoint.service_name, call.params.get("AddSubnetIds", []), known)
        wished = str(call.params.get("IpAddressType") or getattr(endpoint, "ip_address_type", IPV4))
        subnets = sorted(kept | set(call.params.get("AddSubnetIds", [])))
        _require_addresses(call.region, endpoint.service_name, wished, subnets)
        endpoint.ip_address_type = wished
    result = call.forward()
    if endpoint is not None:
        endpoint.private_dns_enabled = call.params.get("PrivateDnsEnabled", endpoint.private_dns_enabled)
        _assemble(call.region, endpoint.id)
    return result


def _assemble(region: str, identity: str) -> dict[str, Any]:
    """Bring an endpoint's parts in line with it; what is told of them."""
    ec2 = store.backend(region)
    endpoint = ec2.vpc_end_points[identity]
    service = endpoint.service_name.partition(f".{region}.")[2]
    endpoint_parts.assemble(
        ec2, endpoint, endpoint_parts.private_name(region, service) if endpoint.private_dns_enabled else None
    )
    entries = [{"DnsName": each["dns_name"], "HostedZoneId": each["hosted_zone_id"]} for each in endpoint.dns_entries]
    groups = [{"GroupId": each["GroupId"], "GroupName": each["GroupName"]} for each in endpoint.groups]
    for interface in (ec2.enis[each] for each in endpoint.network_interface_ids):
        if endpoint.ip_address_type == DUAL:
            ipv6.take_address(ec2, interface.subnet, interface)
        else:
            interface.ipv6_addresses.clear()
    return {
        "IpAddressType": endpoint.ip_address_type,
        "NetworkInterfaceIds": endpoint.network_interface_ids,
        "DnsEntries": entries,
        "Groups": groups,
    }


def _require_zones_apart(region: str, subnets: list[str]) -> None:
    """Source: EC2 API reference, "Error codes": DuplicateSubnetsInSameZone."""
    known = store.backend(region)
    zones = [known.get_subnet(each).availability_zone for each in subnets]
    if len(set(zones)) < len(zones):
        raise AwsError(
            "DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of it."
        )


def _require_service(known: list[dict[str, Any]], name: str) -> None:
    if name not in {detail["ServiceName"] for detail in known}:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


def _require_service_there(region: str, name: str, subnets: list[str], known: list[dict[str, Any]]) -> None:
    """Source: the words as in terraform-aws-modules/terraform-aws-vpc 462 (read 2026-11-30)."""
    zones = {zone for detail in known if detail["ServiceName"] == name for zone in detail["AvailabilityZones"]}
    for subnet in subnets:
        if store.backend(region).get_subnet(subnet).availability_zone not in zones:
            message = f"The VPC endpoint service {name} does not support the availability zone of the subnet: {subnet}."
            raise AwsError("InvalidParameter", message)


def _require_private_dns(region: str, vpc_id: str, name: str) -> None:
    """The VPC must have DNS, and one endpoint of it may have a private name."""
    vpc = store.backend(region).get_vpc(vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        both = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
        raise AwsError("InvalidParameter", f"{both} for {vpc_id}")
    for each in store.backend(region).vpc_end_points.values():
        if (each.vpc_id, each.service_name) == (vpc_id, name) and each.private_dns_enabled and each.state != "deleted":
            private = endpoint_parts.private_name(region, name.partition(f".{region}.")[2])
            conflict = f"there is already a conflicting DNS domain for {private} in the VPC {vpc_id}"
            raise AwsError("InvalidParameter", f"private-dns-enabled cannot be set because {conflict}")


def _details(region: str, conditions: ZoneConditions) -> list[dict[str, Any]]:
    """Every service of a region as DescribeVpcEndpointServices lists them: once for each kind of endpoint."""
    zones = [zone.name for zone in zones_of(region) if zone.type == "availability-zone"]
    return [
        _detail(region, service, kind, [each for each in zones if conditions.has_service(each, service)])
        for service, kinds in SERVICES.items()
        for kind in kinds
    ]


def _detail(region: str, service: str, kind: str, zones: list[str]) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "ServiceName": endpoint_parts.service_name(region, service, kind),
        "ServiceType": [{"ServiceType": kind}],
        "ServiceRegion": region,
        "AvailabilityZones": zones,
        "Owner": "amazon",
        "BaseEndpointDnsNames": [f"{service}.{region}.vpce.{endpoint_parts.dns_suffix(region)}"],
        "VpcEndpointPolicySupported": True,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
        "SupportedIpAddressTypes": [IPV4, DUAL, "ipv6"] if service in DUAL_STACK and kind == INTERFACE else [IPV4],
    }
    private = endpoint_parts.private_name(region, service)
    if kind == INTERFACE and private is not None:
        detail |= {"PrivateDnsName": private, "PrivateDnsNames": [{"PrivateDnsName": private}]}
    return detail
