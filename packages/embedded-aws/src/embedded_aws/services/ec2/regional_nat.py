"""Regional NAT gateways, which moto has none of: one gateway for a whole VPC, with addresses in each zone.

In automatic mode AWS gives it an address in every zone in which the VPC has subnets, follows them as they come and go,
and keeps those addresses to itself. If the caller names addresses for zones, the caller looks after all of it. The
gateway brings a route table along that leads to the internet gateway.

Source: botocore 1.44.5, ec2 CreateNatGatewayRequest (AvailabilityMode, VpcId, AvailabilityZoneAddresses), NatGateway
(AutoProvisionZones, AutoScalingIps, RouteTableId, FailureCode and FailureMessage), NatGatewayAddress, Address
(ServiceManaged); VPC User Guide, "Regional NAT gateways for automatic multi-AZ expansion" (read 2026-11-30). By the
guide a zone counts with its first interface, by the API reference with its first subnet, as here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import store

REGIONAL = "regional"
MANAGED_BY = "rnat"
"""What DescribeAddresses says of an address that a regional gateway has brought along."""

ANYWHERE = "0.0.0.0/0"
NOT_TAKEN = ("SubnetId", "AllocationId", "PrivateIpAddress", "SecondaryAllocationIds", "SecondaryPrivateIpAddresses")
"""Parameters of CreateNatGateway that are about a gateway in one zone."""


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "AssociateNatGatewayAddress"): _associate,
        ("ec2", "DisassociateNatGatewayAddress"): _disassociate,
        ("ec2", "DescribeAddresses"): _describe_addresses,
    }


def create(call: Call) -> dict[str, Any]:
    """Make a regional gateway.

    Raises:
        AwsError: a parameter is missing, is about a zonal gateway, or names what is not there.
    """
    params, ec2 = call.params, store.backend(call.region)
    _check(params, ec2)
    asked = params.get("AvailabilityZoneAddresses") or []
    placed = [(_zone_of(call.region, each), _free(ec2, id_)) for each in asked for id_ in each.get("AllocationIds", [])]
    tags = [tag for each in params.get("TagSpecifications", []) for tag in each.get("Tags", [])]
    gateway = _made(ec2, params["VpcId"], {tag["Key"]: tag["Value"] for tag in tags}, automatic=not asked)
    internet = _internet_gateway(ec2, gateway.vpc_id)
    if internet is None:
        gateway.state = "failed"
    else:
        table = ec2.create_route_table(gateway.vpc_id)
        ec2.create_route(table.id, ANYWHERE, gateway_id=internet.id)
        gateway.route_table_id = table.id
        for zone, address in placed:
            _take(gateway, address, zone)
    return {"NatGateway": {"NatGatewayId": gateway.id, **describe(ec2, gateway), "CreateTime": gateway.create_time}}


def _check(params: dict[str, Any], ec2: Any) -> None:
    if not params.get("VpcId"):
        raise AwsError("MissingParameter", "The request must contain the parameter VpcId for a regional NAT gateway")
    if given := [name for name in NOT_TAKEN if params.get(name)]:
        raise AwsError("InvalidParameterCombination", f"{given[0]} is not valid for a regional NAT gateway")
    if params.get("ConnectivityType", "public") != "public":
        raise AwsError("InvalidParameterCombination", "A regional NAT gateway has public connectivity")
    if params["VpcId"] not in ec2.vpcs:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{params['VpcId']}' does not exist")


def _zone_of(region: str, place: dict[str, Any]) -> str:
    """The zone that is meant, by its name or its id."""
    zones = {zone.name: zone.zone_id for zone in store.backend(region).describe_availability_zones()}
    for name, id_ in zones.items():
        if name == place.get("AvailabilityZone") or id_ == place.get("AvailabilityZoneId"):
            return str(name)
    named = place.get("AvailabilityZone") or place.get("AvailabilityZoneId")
    raise AwsError("InvalidParameterValue", f"Availability Zone '{named}' does not exist")


def _free(ec2: Any, allocation: str) -> Any:
    address = next((each for each in ec2.addresses if each.allocation_id == allocation), None)
    if address is None:
        raise AwsError("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist")
    if address.association_id:
        raise AwsError("Resource.AlreadyAssociated", f"The Elastic IP address [{allocation}] is already associated")
    return address


def _internet_gateway(ec2: Any, vpc: str) -> Any:
    attached = (each for each in ec2.internet_gateways.values() if each.vpc is not None and each.vpc.id == vpc)
    return next(attached, None)


def _made(ec2: Any, vpc: str, tags: dict[str, str], *, automatic: bool) -> Any:
    from moto.core.utils import utcnow  # noqa: PLC0415 - moto's EC2 is slow to import
    from moto.ec2.models.nat_gateways import NatGateway  # noqa: PLC0415 - as above
    from moto.ec2.utils import random_nat_gateway_id  # noqa: PLC0415 - as above

    # Its own constructor puts an interface into a subnet.
    gateway: Any = object.__new__(NatGateway)  # type: ignore[type-abstract]
    gateway.id, gateway.vpc_id, gateway.subnet_id = random_nat_gateway_id(), vpc, None
    gateway.address_set, gateway.state, gateway.connectivity_type = [], "available", "public"
    gateway.ec2_backend, gateway._created_at = ec2, utcnow()  # noqa: SLF001 - as its own constructor does
    gateway.automatic, gateway.taken, gateway.route_table_id = automatic, {}, ""
    gateway.add_tags(tags)
    ec2.nat_gateways[gateway.id] = gateway
    return gateway


def is_regional(gateway: Any) -> bool:
    """Whether a gateway of moto's is one of ours."""
    return hasattr(gateway, "automatic")


def _take(gateway: Any, address: Any, zone: str) -> None:
    from moto.ec2.utils import random_eip_association_id  # noqa: PLC0415 - moto's EC2 is slow to import

    address.association_id = random_eip_association_id()
    gateway.taken[address.allocation_id] = (address, zone)


def _give_back(gateway: Any, allocation: str) -> None:
    address, _ = gateway.taken.pop(allocation)
    address.association_id = None
    if gateway.automatic:
        gateway.ec2_backend.addresses.remove(address)


def _follow_subnets(ec2: Any, gateway: Any) -> None:
    """Bring a gateway that looks after itself to the zones in which its VPC has subnets."""
    used = {subnet.availability_zone for subnet in ec2.describe_subnets() if subnet.vpc_id == gateway.vpc_id}
    for allocation, (_, zone) in list(gateway.taken.items()):
        if zone not in used:
            _give_back(gateway, allocation)
    for zone in sorted(used - {zone for _, zone in gateway.taken.values()}):
        _take(gateway, ec2.allocate_address("vpc"), zone)


def describe(ec2: Any, gateway: Any) -> dict[str, Any]:
    """What EC2 tells of a regional gateway beside what moto does."""
    if gateway.automatic and gateway.state == "available":
        _follow_subnets(ec2, gateway)
    ids = {zone.name: zone.zone_id for zone in ec2.describe_availability_zones()}
    failure = {
        "FailureCode": "Gateway.NotAttached",
        "FailureMessage": f"Network {gateway.vpc_id} has no Internet gateway attached",
    }
    automatic = "enabled" if gateway.automatic else "disabled"
    return {
        "VpcId": gateway.vpc_id,
        "State": gateway.state,
        "ConnectivityType": "public",
        "AvailabilityMode": REGIONAL,
        "AutoProvisionZones": automatic,
        "AutoScalingIps": automatic,
        "NatGatewayAddresses": [
            {
                "AllocationId": allocation,
                "AssociationId": address.association_id,
                "PublicIp": address.public_ip,
                "AvailabilityZone": zone,
                "AvailabilityZoneId": ids[zone],
                "Status": "succeeded",
            }
            for allocation, (address, zone) in sorted(gateway.taken.items(), key=lambda item: item[1][1])
        ],
        **({"RouteTableId": gateway.route_table_id} if gateway.route_table_id else {}),
        **({} if gateway.state != "failed" else failure),
    }


def delete(ec2: Any, gateway: Any) -> None:
    """Give back what it had: its addresses, and its route table."""
    for allocation in list(gateway.taken):
        _give_back(gateway, allocation)
    if gateway.route_table_id:
        ec2.delete_route_table(gateway.route_table_id)
        gateway.route_table_id = ""


def of_vpc(ec2: Any, vpc: str) -> Iterator[Any]:
    """The regional gateways of a VPC that are there."""
    there = (each for each in ec2.nat_gateways.values() if is_regional(each) and each.state == "available")
    return (each for each in there if each.vpc_id == vpc)


def _associate(call: Call) -> dict[str, Any]:
    ec2, gateway = store.backend(call.region), _managed_by_hand(call)
    if not (call.params.get("AvailabilityZone") or call.params.get("AvailabilityZoneId")):
        raise AwsError("MissingParameter", "The request must name the Availability Zone of a regional NAT gateway")
    zone = _zone_of(call.region, call.params)
    for address in [_free(ec2, each) for each in call.params.get("AllocationIds", [])]:
        _take(gateway, address, zone)
    return {"NatGatewayId": gateway.id, "NatGatewayAddresses": describe(ec2, gateway)["NatGatewayAddresses"]}


def _disassociate(call: Call) -> dict[str, Any]:
    ec2, gateway = store.backend(call.region), _managed_by_hand(call)
    known = {address.association_id: allocation for allocation, (address, _) in gateway.taken.items()}
    wished: Iterable[str] = call.params.get("AssociationIds", [])
    for each in wished:
        if each not in known:
            raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{each}' does not exist")
    for each in wished:
        _give_back(gateway, known[each])
    return {"NatGatewayId": gateway.id, "NatGatewayAddresses": describe(ec2, gateway)["NatGatewayAddresses"]}


def _managed_by_hand(call: Call) -> Any:
    """The gateway of a call about its addresses."""
    identity = call.params["NatGatewayId"]
    gateway = store.backend(call.region).nat_gateways.get(identity)
    if gateway is None or gateway.state == "deleted":
        raise AwsError("NatGatewayNotFound", f"The Nat Gateway {identity} was not found")
    if not is_regional(gateway):
        raise AwsError("NotImplemented", "more addresses of a zonal NAT gateway are not part of the embedded AWS.", 501)
    if gateway.automatic:
        message = f"The addresses of {identity} are managed by the regional NAT gateway itself"
        raise AwsError("OperationNotPermitted", message)
    return gateway


def _describe_addresses(call: Call) -> dict[str, Any]:
    """Say which addresses a regional gateway has brought along."""
    result, managed = call.forward(), managed_addresses(store.backend(call.region))
    if managed:
        for each in result["Addresses"]:
            if each.get("AllocationId") in managed:
                each["ServiceManaged"] = MANAGED_BY
    return result


def managed_addresses(ec2: Any) -> set[str]:
    """The allocation ids of the addresses that regional gateways have brought along, which nobody else may release."""
    regional = (gateway for gateway in ec2.nat_gateways.values() if is_regional(gateway) and gateway.automatic)
    return {allocation for gateway in regional for allocation in gateway.taken}
