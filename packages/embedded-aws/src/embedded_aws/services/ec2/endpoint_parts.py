"""What a VPC endpoint consists of: names, interfaces in subnets, or routes.

moto gives an interface endpoint addresses that are in none of its subnets, interfaces of the default security group and
a DNS name that is not AWS's; when an endpoint is changed, moto changes what is told of it and nothing else.

Source: AWS PrivateLink guide, "Access an AWS service using an interface VPC endpoint" (one interface in each subnet,
with the endpoint's security groups; its DNS names), "Gateway endpoints" (a route in each table that is associated),
"AWS services that integrate with AWS PrivateLink"; for China what DescribeVpcEndpointServices lists in cn-north-1 and
cn-northwest-1 (aws/aws-cdk 9864, 25333, and its aws-ec2/lib/vpc-endpoint.ts).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from moto.utilities.utils import get_partition

GATEWAY, INTERFACE = "Gateway", "Interface"

_NAMED_CN = """
autoscaling cloudformation ebs ec2 ecr.api ecr.dkr elasticfilesystem execute-api kinesis-streams lambda monitoring rds
s3 sqs states sts xray
"""
NAMED_CN = frozenset(_NAMED_CN.split())
"""Services whose interface endpoints in China are called `cn.com.amazonaws...`; all gateways and the others are not."""

HOST_NAMES = {
    "ecr.api": "api.ecr",
    "ecr.dkr": "*.dkr.ecr",
    "ecs-agent": "ecs-a",
    "ecs-telemetry": "ecs-t",
    "execute-api": "*.execute-api",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
}
"""How a service's own name begins, where its endpoints are called otherwise (AWS General Reference, "Service endpoints
and quotas"; ECR User Guide and ECS Developer Guide, "VPC endpoints")."""

NO_PRIVATE_DNS = frozenset({"dynamodb"})
INTERFACE_TYPE = "vpc_endpoint"
HOSTED_ZONE_IDS = {"public": "Z38GZ743OKFT7T", "private": "ZONEIDPENDING"}
"""Examples; the private one is what EC2 shows until its hosted zone is there."""


def dns_suffix(region: str) -> str:
    """What the names of a region's endpoints end in."""
    return "amazonaws.com.cn" if _in_china(region) else "amazonaws.com"


def service_name(region: str, service: str, kind: str) -> str:
    """The name of a service for one kind of endpoint."""
    prefix = "cn." if _in_china(region) and kind == INTERFACE and service in NAMED_CN else ""
    return f"{prefix}com.amazonaws.{region}.{service}"


def private_name(region: str, service: str) -> str | None:
    """The public name that an interface endpoint with private DNS takes over; None for services that have none."""
    return None if service in NO_PRIVATE_DNS else f"{HOST_NAMES.get(service, service)}.{region}.{dns_suffix(region)}"


def _in_china(region: str) -> bool:
    return get_partition(region) == "aws-cn"


def assemble(ec2: Any, endpoint: Any, private_name: str | None) -> None:
    """Give an endpoint exactly the parts that it should have by its subnets, groups and route tables.

    Args:
        ec2: moto's backend of the region.
        endpoint: moto's endpoint.
        private_name: The service's own name, which the endpoint takes over inside the VPC; None without private DNS.
    """
    if str(endpoint.vpc_endpoint_type).lower() == "interface":
        _place_interfaces(ec2, endpoint)
        endpoint.dns_entries = list(_dns_entries(ec2, endpoint, private_name))
    else:
        _set_routes(ec2, endpoint)


def _place_interfaces(ec2: Any, endpoint: Any) -> None:
    if not endpoint.security_group_ids:
        endpoint.security_group_ids = [ec2.get_default_security_group(endpoint.vpc_id).id]
    present = {ec2.enis[each].subnet.id: ec2.enis[each] for each in endpoint.network_interface_ids}
    for subnet in present.keys() - set(endpoint.subnet_ids):
        interface = present.pop(subnet)
        interface.subnet.del_subnet_ip(interface.private_ip_address)
        ec2.enis.pop(interface.id, None)
    for subnet in endpoint.subnet_ids:
        interface = present.get(subnet) or ec2.create_network_interface(subnet, "")
        present[subnet] = interface
        _finish_interface(ec2, endpoint, interface)
    endpoint.network_interface_ids = [present[subnet].id for subnet in endpoint.subnet_ids]


def _finish_interface(ec2: Any, endpoint: Any, interface: Any) -> None:
    if interface.interface_type != INTERFACE_TYPE:
        interface.interface_type, interface.requester_managed, interface.status = INTERFACE_TYPE, True, "in-use"
        interface.description = f"VPC Endpoint Interface {endpoint.id}"
        address = interface.subnet.get_available_subnet_ip(interface)
        interface.private_ip_address = address
        interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    interface._group_set = [ec2.get_security_group_from_id(each) for each in endpoint.security_group_ids]  # noqa: SLF001 - moto has no setter


def _dns_entries(ec2: Any, endpoint: Any, private_name: str | None) -> Iterable[dict[str, str]]:
    """The regional name, one for each zone, and the service's own."""
    service = endpoint.service_name.partition(f".{ec2.region_name}.")[2]
    suffix = f"{service}.{ec2.region_name}.vpce.{dns_suffix(ec2.region_name)}"
    first = f"{endpoint.id}-{zlib.crc32(endpoint.id.encode()):08x}"
    zones = sorted(ec2.get_subnet(each).availability_zone for each in endpoint.subnet_ids)
    for name in (first, *(f"{first}-{zone}" for zone in zones)):
        yield {"dns_name": f"{name}.{suffix}", "hosted_zone_id": HOSTED_ZONE_IDS["public"]}
    if private_name is not None:
        yield {"dns_name": private_name, "hosted_zone_id": HOSTED_ZONE_IDS["private"]}


def _set_routes(ec2: Any, endpoint: Any) -> None:
    """One route to the service's prefix list in each of the endpoint's tables and in no other."""
    prefix_list = endpoint.destination_prefix_list_id
    for table in ec2.describe_route_tables():
        routes = [route for route in table.routes if route.gateway is endpoint]
        if table.id in endpoint.route_table_ids and not routes:
            ec2.create_route(table.id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
        elif table.id not in endpoint.route_table_ids and routes:
            ec2.delete_route(table.id, None, destination_prefix_list_id=prefix_list)
