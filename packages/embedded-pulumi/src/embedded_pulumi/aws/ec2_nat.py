"""Elastic IP addresses and NAT gateways, zonal and regional."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import by_mark, difference, one, retag
from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Text, Whole
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, SetOf, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties

_EIP_TARGET = {
    "instance": Text(computed=True, aws="InstanceId"),
    "networkInterface": Text(computed=True, aws="NetworkInterfaceId"),
    "associateWithPrivateIp": Text(aws="PrivateIpAddress"),
}
_EIP = {
    "domain": Text(computed=True, force_new=True, one_of=("vpc", "standard")),
    "address": Text(force_new=True),
    "publicIpv4Pool": Text(computed=True, force_new=True),
    "networkBorderGroup": Text(computed=True, force_new=True),
    **_EIP_TARGET,
}


def _create_eip(aws: Session, props: Properties) -> str:
    asked = request(_EIP, props, ("domain", "address", "publicIpv4Pool", "networkBorderGroup"))
    answer = aws.ec2.allocate_address(
        **{"Domain": "vpc", **asked}, TagSpecifications=tags.specification("elastic-ip", props["tagsAll"])
    )
    return str(answer["AllocationId"])


def _settle_eip(aws: Session, id_: str, props: Properties) -> None:
    if props.get("instance") or props.get("networkInterface"):
        aws.ec2.associate_address(AllocationId=id_, AllowReassociation=True, **request(_EIP_TARGET, props))


def _read_eip(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    address = one(aws.ec2.describe_addresses, "Addresses", AllocationIds=[id_])
    if address is None:
        return None
    public, private = address.get("PublicIp", ""), address.get("PrivateIpAddress", "")
    return {
        "allocationId": id_,
        "arn": aws.arn("ec2", f"elastic-ip/{id_}"),
        "associationId": address.get("AssociationId", ""),
        "carrierIp": address.get("CarrierIp", ""),
        "customerOwnedIp": address.get("CustomerOwnedIp", ""),
        "domain": address.get("Domain"),
        "instance": address.get("InstanceId", ""),
        "networkInterface": address.get("NetworkInterfaceId", ""),
        "networkBorderGroup": address.get("NetworkBorderGroup"),
        "publicIpv4Pool": address.get("PublicIpv4Pool"),
        "publicIp": public,
        "privateIp": private,
        "ptrRecord": "",
        "publicDns": f"ec2-{public.replace('.', '-')}.{_public_zone(aws.region)}.amazonaws.com" if public else "",
        "privateDns": f"ip-{private.replace('.', '-')}.{_private_zone(aws.region)}.internal" if private else "",
        "tagsAll": tags.from_list(address.get("Tags")),
    }


def _public_zone(region: str) -> str:
    """DNS names in the oldest region have a pattern of their own."""
    return "compute-1" if region == "us-east-1" else f"{region}.compute"


def _private_zone(region: str) -> str:
    return "ec2" if region == "us-east-1" else f"{region}.compute"


def _update_eip(aws: Session, id_: str, change: Change) -> None:
    if not change.has(*_EIP_TARGET):
        return
    moved = {name: change.new.get(name) for name in _EIP_TARGET}
    _disassociate(aws, change.old)
    _settle_eip(aws, id_, moved)


def _disassociate(aws: Session, state: Properties) -> None:
    if state.get("associationId"):
        with gone_is_fine():
            aws.ec2.disassociate_address(AssociationId=state["associationId"])


def _delete_eip(aws: Session, id_: str, state: Properties) -> None:
    if state.get("instance") or state.get("networkInterface"):
        _disassociate(aws, state)
    aws.ec2.release_address(AllocationId=id_)


EIP = Resource(
    type_="aws:ec2/eip:Eip",
    inputs=_EIP,
    outputs=(
        "allocationId",
        "arn",
        "associationId",
        "carrierIp",
        "customerOwnedIp",
        "privateDns",
        "privateIp",
        "ptrRecord",
        "publicDns",
        "publicIp",
    ),
    unsupported=("customerOwnedIpv4Pool", "ipamPoolId"),
    at_most_one=(("instance", "networkInterface"),),
    renewed=dict.fromkeys(
        ("associationId", "privateIp", "privateDns", "instance", "networkInterface"), tuple(_EIP_TARGET)
    ),
    create=_create_eip,
    locate=by_mark,
    settle=_settle_eip,
    read=_read_eip,
    update=_update_eip,
    delete=_delete_eip,
    retag=retag,
)

_ZONE_ADDRESS = Block(
    fields={
        "allocationIds": SetOf(),
        "availabilityZone": Text(computed=True),
        "availabilityZoneId": Text(computed=True),
    }
)
_NAT = {
    "subnetId": Text(force_new=True),
    "vpcId": Text(computed=True, force_new=True),
    "allocationId": Text(computed=True, force_new=True),
    "availabilityMode": Text(computed=True, force_new=True, one_of=("zonal", "regional")),
    "availabilityZoneAddresses": SetOf(item=_ZONE_ADDRESS, computed=True),
    "connectivityType": Text(default="public", force_new=True, one_of=("public", "private")),
    "privateIp": Text(computed=True, force_new=True, aws="PrivateIpAddress"),
    "secondaryAllocationIds": SetOf(computed=True),
    "secondaryPrivateIpAddressCount": Whole(computed=True, force_new=True),
    "secondaryPrivateIpAddresses": SetOf(computed=True),
}
_REGIONAL_ADDRESS = {
    "allocationId": Text(),
    "associationId": Text(),
    "availabilityZone": Text(),
    "availabilityZoneId": Text(),
    "networkInterfaceId": Text(),
    "publicIp": Text(),
    "status": Text(),
}


def _create_nat(aws: Session, props: Properties) -> str:
    answer = aws.ec2.create_nat_gateway(
        **request(_NAT, props), TagSpecifications=tags.specification("natgateway", props["tagsAll"])
    )
    return str(answer["NatGateway"]["NatGatewayId"])


def _settle_nat(aws: Session, id_: str, props: Properties) -> None:
    del props
    wait_for(f"NAT gateway {id_}", lambda: _nat_available(_find_nat(aws, id_)))


def _nat_available(gateway: dict[str, Any] | None) -> dict[str, Any] | None:
    if gateway and gateway["State"] == "failed":
        raise ProviderError(f"{gateway.get('FailureCode')}: {gateway.get('FailureMessage')}")
    return gateway if gateway and gateway["State"] == "available" else None


def _find_nat(aws: Session, id_: str) -> dict[str, Any] | None:
    """The gateway; EC2 shows a deleted one for about an hour."""
    gateway = one(aws.ec2.describe_nat_gateways, "NatGateways", NatGatewayIds=[id_])
    return None if gateway is None or gateway["State"] == "deleted" else gateway


def _read_nat(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    gateway = _find_nat(aws, id_)
    if gateway is None:
        return None
    answer = {
        "connectivityType": gateway.get("ConnectivityType"),
        "availabilityMode": gateway.get("AvailabilityMode", "zonal"),
        "vpcId": gateway.get("VpcId"),
        "tagsAll": tags.from_list(gateway.get("Tags")),
    }
    if gateway.get("AvailabilityMode") == "regional":
        return answer | _regional_parts(gateway)
    return answer | _zonal_parts(gateway)


def _zonal_parts(gateway: dict[str, Any]) -> Properties:
    """The addresses of a zonal gateway. A single address is primary, whatever EC2 answers."""
    addresses = gateway.get("NatGatewayAddresses", [])
    primary: dict[str, Any] = next((each for each in addresses if each.get("IsPrimary") or len(addresses) == 1), {})
    others = [each for each in addresses if each is not primary]
    return {
        "subnetId": gateway.get("SubnetId"),
        "allocationId": primary.get("AllocationId", ""),
        "associationId": primary.get("AssociationId", ""),
        "networkInterfaceId": primary.get("NetworkInterfaceId", ""),
        "privateIp": primary.get("PrivateIp", ""),
        "publicIp": primary.get("PublicIp", ""),
        "secondaryAllocationIds": [each["AllocationId"] for each in others if each.get("AllocationId")],
        "secondaryPrivateIpAddresses": [each["PrivateIp"] for each in others if each.get("PrivateIp")],
        "secondaryPrivateIpAddressCount": len(others),
        "availabilityZoneAddresses": None,
    }


def _regional_parts(gateway: dict[str, Any]) -> Properties:
    addresses = gateway.get("NatGatewayAddresses", [])
    automatic = gateway.get("AutoProvisionZones") == "enabled"
    return {
        "subnetId": None,
        "routeTableId": gateway.get("RouteTableId"),
        "autoProvisionZones": gateway.get("AutoProvisionZones"),
        "autoScalingIps": gateway.get("AutoScalingIps"),
        "regionalNatGatewayAutoMode": gateway.get("AutoProvisionZones"),
        "regionalNatGatewayAddresses": [_told(response(_REGIONAL_ADDRESS, each)) for each in addresses],
        "availabilityZoneAddresses": None if automatic else _by_zone(addresses),
    }


def _told(values: Properties) -> Properties:
    return {name: value for name, value in values.items() if value is not None}


def _by_zone(addresses: list[dict[str, Any]]) -> list[Properties]:
    zones: dict[str, Properties] = {}
    for each in addresses:
        zone = zones.setdefault(
            each.get("AvailabilityZoneId", ""),
            _told(response(_REGIONAL_ADDRESS, each, ("availabilityZone", "availabilityZoneId")))
            | {"allocationIds": []},
        )
        zone["allocationIds"].append(each["AllocationId"])
    return list(zones.values())


def _update_nat(aws: Session, id_: str, change: Change) -> None:
    if change.has("secondaryAllocationIds"):
        come, gone = difference(change.old.get("secondaryAllocationIds"), change.new.get("secondaryAllocationIds"))
        _associate_nat(aws, id_, come)
        _disassociate_nat(aws, id_, gone)
    if change.has("secondaryPrivateIpAddresses") and change.get("connectivityType") == "private":
        _update_private_addresses(aws, id_, change)
    if change.has("availabilityZoneAddresses"):
        _update_zone_addresses(aws, id_, change)


def _associate_nat(aws: Session, id_: str, allocations: list[str], **zone: str) -> None:
    if allocations:
        aws.ec2.associate_nat_gateway_address(NatGatewayId=id_, AllocationIds=allocations, **zone)


def _disassociate_nat(aws: Session, id_: str, allocations: list[str]) -> None:
    if allocations:
        held = (_find_nat(aws, id_) or {}).get("NatGatewayAddresses", [])
        associations = [each["AssociationId"] for each in held if each.get("AllocationId") in allocations]
        aws.ec2.disassociate_nat_gateway_address(NatGatewayId=id_, AssociationIds=associations)


def _update_private_addresses(aws: Session, id_: str, change: Change) -> None:
    name = "secondaryPrivateIpAddresses"
    come, gone = difference(change.old.get(name), change.new.get(name))
    if come:
        aws.ec2.assign_private_nat_gateway_address(NatGatewayId=id_, PrivateIpAddresses=come)
    if gone:
        aws.ec2.unassign_private_nat_gateway_address(NatGatewayId=id_, PrivateIpAddresses=gone)


def _update_zone_addresses(aws: Session, id_: str, change: Change) -> None:
    name = "availabilityZoneAddresses"
    old = [each for zone in change.old.get(name) or () for each in zone["allocationIds"]]
    new = [each for zone in change.new.get(name) or () for each in zone["allocationIds"]]
    come, gone = difference(old, new)
    for zone in change.new.get(name) or ():
        where = request(_ZONE_ADDRESS.fields, zone, ("availabilityZone", "availabilityZoneId"))
        _associate_nat(aws, id_, [each for each in zone["allocationIds"] if each in come], **where)
    _disassociate_nat(aws, id_, gone)


def _delete_nat(aws: Session, id_: str, state: Properties) -> None:
    del state
    aws.ec2.delete_nat_gateway(NatGatewayId=id_)
    wait_for(f"NAT gateway {id_} to be deleted", lambda: True if _find_nat(aws, id_) is None else None)


def _examine_nat(inputs: Properties) -> list[CheckFailure]:
    regional = inputs.get("availabilityMode") == "regional"
    needed, refused = ("vpcId", "subnetId") if regional else ("subnetId", "vpcId")
    mode = "regional" if regional else "zonal"
    failures = []
    if not inputs.get(needed):
        failures.append(CheckFailure(needed, f"is required for a {mode} gateway"))
    if inputs.get(refused):
        failures.append(CheckFailure(refused, f"is not accepted for a {mode} gateway"))
    if inputs.get("connectivityType") == "private" and inputs.get("allocationId"):
        failures.append(CheckFailure("allocationId", "is not accepted for a private gateway"))
    return failures


NAT_GATEWAY = Resource(
    type_="aws:ec2/natGateway:NatGateway",
    inputs=_NAT,
    outputs=(
        "associationId",
        "autoProvisionZones",
        "autoScalingIps",
        "networkInterfaceId",
        "publicIp",
        "regionalNatGatewayAddresses",
        "regionalNatGatewayAutoMode",
        "routeTableId",
    ),
    at_most_one=(("secondaryPrivateIpAddressCount", "secondaryPrivateIpAddresses"),),
    examine=_examine_nat,
    create=_create_nat,
    locate=by_mark,
    settle=_settle_nat,
    read=_read_nat,
    update=_update_nat,
    delete=_delete_nat,
    retag=retag,
)

RESOURCES = (EIP, NAT_GATEWAY)
