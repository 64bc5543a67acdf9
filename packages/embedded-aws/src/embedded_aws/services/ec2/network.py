"""Requests about a VPC that EC2 refuses and moto accepts, and answers in which moto leaves something out.

Each handler checks first, and then lets moto do the work. Deleting in a wrong order must fail here as it does on AWS.
Otherwise a program that destroys cleanly here would not do so there.

Source: EC2 API reference, "Error codes", and the pages of the calls below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2 import ipv6, network_acls, regional_nat, store
from embedded_aws.services.ec2.group_texts import check_group
from embedded_aws.services.ec2.routing import require_attached, require_target


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "CreateVpc"): _create_vpc,
        ("ec2", "CreateSecurityGroup"): _create_security_group,
        ("ec2", "DeleteSecurityGroup"): _delete_security_group,
        ("ec2", "CreateSubnet"): _create_subnet,
        ("ec2", "DescribeSubnets"): _answer_with_subnets,
        ("ec2", "DeleteSubnet"): _delete_subnet,
        ("ec2", "CreateRoute"): _set_route,
        ("ec2", "ReplaceRoute"): _set_route,
        ("ec2", "CreateNatGateway"): _create_nat_gateway,
        ("ec2", "DescribeNatGateways"): _describe_nat_gateways,
        ("ec2", "DeleteNatGateway"): _delete_nat_gateway,
        ("ec2", "ReleaseAddress"): _release_address,
    }


def _create_vpc(call: Call) -> dict[str, Any]:
    """Open the default security group to itself, as AWS creates it: it must be there to be taken away."""
    result = call.forward()
    ec2 = store.backend(call.region)
    group = ec2.get_default_security_group(result["Vpc"]["VpcId"])
    itself = [{"GroupId": group.id, "UserId": call.caller.account}]
    ec2.authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=itself)
    return result


def _create_security_group(call: Call) -> dict[str, Any]:
    check_group(call.params["GroupName"], call.params["Description"])
    return call.forward()


def _delete_security_group(call: Call) -> dict[str, Any]:
    ec2 = store.backend(call.region)
    group = ec2.get_security_group_by_name_or_id(call.params.get("GroupId") or call.params.get("GroupName"))
    if group is not None:
        if group.is_default:
            raise AwsError(
                "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
            )
        if any(group in interface.group_set for interface in _interfaces_in_use(ec2)) or _is_referred_to(ec2, group):
            raise AwsError("DependencyViolation", f"resource {group.id} has a dependent object")
    return call.forward()


def _is_referred_to(ec2: Any, group: Any) -> bool:
    """Whether another group's rule names this one."""
    others = (other for groups in ec2.groups.values() for other in groups.values() if other is not group)
    rules = (rule for other in others for rule in [*other.ingress_rules, *other.egress_rules])
    return any((rule.source_group or {}).get("GroupId") == group.id for rule in rules)


def _create_subnet(call: Call) -> dict[str, Any]:
    if block := call.params.get("Ipv6CidrBlock"):
        ipv6.check_block(call.region, call.params["VpcId"], block)
    return _answer_with_subnets(call)


def _answer_with_subnets(call: Call) -> dict[str, Any]:
    """Give each subnet an ARN of its own partition, and plain states of its blocks; moto's are always of `aws`."""
    result = call.forward()
    for subnet in result["Subnets"] if "Subnets" in result else [result["Subnet"]]:
        prefix = f"arn:{get_partition(call.region)}:ec2:{call.region}:{subnet['OwnerId']}"
        subnet["SubnetArn"] = f"{prefix}:subnet/{subnet['SubnetId']}"
        for block in subnet.get("Ipv6CidrBlockAssociationSet", ()):
            block["Ipv6CidrBlockState"] = {"State": "associated"}  # it tells of no others
    return result


def _delete_subnet(call: Call) -> dict[str, Any]:
    subnet = call.params["SubnetId"]
    if any(interface.subnet.id == subnet for interface in _interfaces_in_use(store.backend(call.region))):
        message = f"The subnet '{subnet}' has dependencies and cannot be deleted."
        raise AwsError("DependencyViolation", message)
    result = call.forward()
    network_acls.forget_subnet(store.backend(call.region), subnet)
    return result


def _interfaces_in_use(ec2: Any) -> Iterator[Any]:
    """Network interfaces, without those that moto forgets to delete with their instance."""
    return (
        interface
        for interface in ec2.enis.values()
        if interface.instance is None or interface.instance.state != "terminated"
    )


def _set_route(call: Call) -> dict[str, Any]:
    """Set a route. The id of a NAT gateway is also taken as that of a gateway: the route shows it as a NAT gateway's.

    Source: hashicorp/terraform#8035, hashicorp/terraform-provider-aws#19373.
    """
    require_target(call.region, call.params)
    gateway = call.params.get("GatewayId", "")
    nat_gateway = call.params.get("NatGatewayId") or (gateway if gateway.startswith("nat-") else "")
    if nat_gateway:
        _require_nat_gateways(call.region, [nat_gateway], "InvalidNatGatewayID.NotFound", {"deleted"})
    require_attached(call.region, call.params["RouteTableId"], gateway)
    result = call.forward()
    if nat_gateway and nat_gateway == gateway:
        from moto.ec2.utils import generate_route_id  # noqa: PLC0415 - moto's EC2 is slow to import

        ec2, params = store.backend(call.region), call.params
        of_ipv6 = params.get("DestinationIpv6CidrBlock")
        destination = params.get("DestinationCidrBlock") or of_ipv6 or params.get("DestinationPrefixListId")
        route_id = generate_route_id(params["RouteTableId"], destination, of_ipv6)
        route = next(each for each in ec2.route_tables[params["RouteTableId"]].routes if each.id == route_id)
        route.nat_gateway = ec2.nat_gateways[nat_gateway]
    return result


def _create_nat_gateway(call: Call) -> dict[str, Any]:
    if call.params.get("AvailabilityMode") == regional_nat.REGIONAL:
        return regional_nat.create(call)
    if call.params.get("ConnectivityType", "public") == "public":
        allocation = call.params.get("AllocationId")
        if allocation is None:
            raise AwsError("MissingParameter", "The request must contain the parameter AllocationId")
        addresses = store.backend(call.region).addresses
        if any(each.allocation_id == allocation and each.association_id for each in addresses):
            raise AwsError("Resource.AlreadyAssociated", f"The Elastic IP address [{allocation}] is already associated")
    result = call.forward()
    return result | {"NatGateway": _complete_nat_gateway(call.region, result["NatGateway"])}


def _describe_nat_gateways(call: Call) -> dict[str, Any]:
    _require_nat_gateways(call.region, call.params.get("NatGatewayIds", []), "NatGatewayNotFound", set())
    result = call.forward()
    told = [_complete_nat_gateway(call.region, each) for each in result["NatGateways"]]
    return result | {"NatGateways": _with_tags(told, call.params.get("Filter", []))}


def _with_tags(things: list[dict[str, Any]], asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The NAT gateways that the filters on tags let through; moto looks at no tags."""
    on_tags = [each for each in asked if each["Name"].startswith("tag:")]
    facts = {each["Name"]: partial(_tag_of, each["Name"].removeprefix("tag:")) for each in on_tags}
    return filters.select(things, on_tags, facts)


def _tag_of(key: str, thing: dict[str, Any]) -> list[str]:
    return [tag["Value"] for tag in thing.get("Tags", []) if tag["Key"] == key]


def _complete_nat_gateway(region: str, told: dict[str, Any]) -> dict[str, Any]:
    ec2 = store.backend(region)
    kept = ec2.nat_gateways[told["NatGatewayId"]]
    if regional_nat.is_regional(kept):
        return {name: value for name, value in told.items() if name != "SubnetId"} | regional_nat.describe(ec2, kept)
    return told | {"ConnectivityType": kept.connectivity_type or "public", "AvailabilityMode": "zonal"}


def _delete_nat_gateway(call: Call) -> dict[str, Any]:
    """Give its address and its network interface back, which moto keeps."""
    identity = call.params["NatGatewayId"]
    _require_nat_gateways(call.region, [identity], "NatGatewayNotFound", {"deleted"})
    result = call.forward()
    ec2 = store.backend(call.region)
    if regional_nat.is_regional(ec2.nat_gateways[identity]):
        regional_nat.delete(ec2, ec2.nat_gateways[identity])
        return result
    for interface in (each["networkInterfaceId"] for each in ec2.nat_gateways[identity].nat_gateway_addresses):
        for address in ec2.addresses:
            if address.eni is not None and address.eni.id == interface:
                ec2.disassociate_address(association_id=address.association_id)
        ec2.enis.pop(interface, None)
    return result


def _require_nat_gateways(region: str, ids: Iterable[str], code: str, gone: set[str]) -> None:
    known = store.backend(region).nat_gateways
    for each in ids:
        if each not in known or known[each].state in gone:
            raise AwsError(code, f"The Nat Gateway {each} was not found")


def _release_address(call: Call) -> dict[str, Any]:
    allocation, ip = call.params.get("AllocationId"), call.params.get("PublicIp")
    for address in store.backend(call.region).addresses:
        if address.allocation_id != allocation and address.public_ip != ip:
            continue
        if address.allocation_id in regional_nat.managed_addresses(store.backend(call.region)):
            raise AwsError("OperationNotPermitted", f"{address.public_ip} is managed by a regional NAT gateway.")
        if address.association_id:
            raise AwsError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
    return call.forward()
