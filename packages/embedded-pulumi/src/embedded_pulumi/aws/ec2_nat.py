"""Elastic IP addresses and NAT gateways, zonal and regional."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, difference, one, wait_gone
from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Changes, Text, Whole, is_empty, kind_of
from embedded_pulumi.aws.formats import Address
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, SetOf, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

_ADDRESS_PATIENCE = 10 * 60  # seconds
_DELETE_PATIENCE = 30 * 60  # seconds

_EIP_TARGET = {
    "instance": Text(computed=True, aws="InstanceId"),
    "networkInterface": Text(computed=True, aws="NetworkInterfaceId"),
    "associateWithPrivateIp": Text(aws="PrivateIpAddress"),
}


_NO_CLASSIC = "with the retirement of EC2-Classic standard domain EC2 EIPs are no longer supported"


class Eip(Ec2Type):
    """An Elastic IP address, and its association with an instance or an interface.

    Source: terraform-provider-aws/internal/service/ec2/ec2_eip.go (01606926a0c0, 2025; read 2026-11-29).
    """

    type_ = "aws:ec2/eip:Eip"
    inputs = {
        "domain": Text(computed=True, force_new=True, one_of=("vpc", "standard")),
        "address": Text(force_new=True),
        "publicIpv4Pool": Text(computed=True, force_new=True),
        "networkBorderGroup": Text(computed=True, force_new=True),
        **_EIP_TARGET,
    }
    outputs = (
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
    )
    unsupported = ("customerOwnedIpv4Pool", "ipamPoolId")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """What the real provider says only once the address is there: a preview must not promise it."""
        return [CheckFailure("domain", _NO_CLASSIC)] if inputs.get("domain") == "standard" else []

    def create(self, aws: Session, props: Properties) -> str:
        if self.check(props):
            raise ProviderError(_NO_CLASSIC)
        asked = request(self.inputs, props, ("domain", "address", "publicIpv4Pool", "networkBorderGroup"))
        named = tags.specification("elastic-ip", props["tagsAll"])
        return str(aws.ec2.allocate_address(**{"Domain": "vpc", **asked}, TagSpecifications=named)["AllocationId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if not (props.get("instance") or props.get("networkInterface")):
            return
        wanted, held = request(_EIP_TARGET, props), self.find(aws, id_, props) or {}
        if any(held.get(name) != value for name, value in wanted.items()):
            aws.ec2.associate_address(AllocationId=id_, **wanted)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_addresses, "Addresses", AllocationIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        public, private = found.get("PublicIp", ""), found.get("PrivateIpAddress", "")
        # DNS names in the oldest region have a pattern of their own.
        oldest = aws.region == "us-east-1"
        public_zone = "compute-1" if oldest else f"{aws.region}.compute"
        private_zone = "ec2" if oldest else f"{aws.region}.compute"
        return {
            "allocationId": id_,
            "arn": aws.arn("ec2", f"elastic-ip/{id_}"),
            "associationId": found.get("AssociationId", ""),
            "carrierIp": found.get("CarrierIp", ""),
            "customerOwnedIp": found.get("CustomerOwnedIp", ""),
            "domain": found.get("Domain"),
            "instance": found.get("InstanceId", ""),
            "networkInterface": found.get("NetworkInterfaceId", ""),
            "networkBorderGroup": found.get("NetworkBorderGroup"),
            "publicIpv4Pool": found.get("PublicIpv4Pool"),
            "publicIp": public,
            "privateIp": private,
            "ptrRecord": self._reverse_name(aws, id_),
            "publicDns": f"ec2-{public.replace('.', '-')}.{public_zone}.{aws.dns_suffix}" if public else "",
            "privateDns": f"ip-{private.replace('.', '-')}.{private_zone}.internal" if private else "",
        }

    def _reverse_name(self, aws: Session, id_: str) -> str:
        """The reverse DNS name of an address, without its final dot."""
        named = one(aws.ec2.describe_addresses_attribute, "Addresses", AllocationIds=[id_], Attribute="domain-name")
        return str((named or {}).get("PtrRecord", "")).removesuffix(".")

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has(*_EIP_TARGET):
            self._disassociate(aws, change.old)
            self.settle(aws, id_, {name: change.new.get(name) for name in _EIP_TARGET})

    def _disassociate(self, aws: Session, state: Properties) -> None:
        if state.get("associationId"):
            with gone_is_fine():
                aws.ec2.disassociate_address(AssociationId=state["associationId"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("instance") or state.get("networkInterface"):
            self._disassociate(aws, state)
        aws.ec2.release_address(AllocationId=id_)


_ZONE_ADDRESS = Block(
    fields={
        "allocationIds": SetOf(),
        "availabilityZone": Text(computed=True),
        "availabilityZoneId": Text(computed=True),
    }
)
_REGIONAL_ADDRESS = {
    "allocationId": Text(),
    "associationId": Text(),
    "availabilityZone": Text(),
    "availabilityZoneId": Text(),
    "networkInterfaceId": Text(),
    "publicIp": Text(),
    "status": Text(),
}


class NatGateway(Ec2Type):
    """A NAT gateway: a zonal one in a subnet, or a regional one with addresses in each zone.

    AWS refuses a subnet or VPC that its mode does not take, the real provider does not; this one refuses it in the
    preview.

    Source: terraform-provider-aws/internal/service/ec2/vpc_nat_gateway.go (v6.28 or later; read 2026-11-29).
    """

    type_ = "aws:ec2/natGateway:NatGateway"
    inputs = {
        "subnetId": Text(force_new=True),
        "vpcId": Text(computed=True, force_new=True),
        "allocationId": Text(force_new=True),
        "availabilityMode": Text(computed=True, force_new=True, one_of=("zonal", "regional")),
        "availabilityZoneAddresses": SetOf(item=_ZONE_ADDRESS),
        "connectivityType": Text(default="public", force_new=True, one_of=("public", "private")),
        "privateIp": Address(computed=True, force_new=True, aws="PrivateIpAddress"),
        "secondaryAllocationIds": SetOf(computed=True),
        "secondaryPrivateIpAddressCount": Whole(computed=True, force_new=True),
        "secondaryPrivateIpAddresses": SetOf(computed=True),
    }
    outputs = (
        "associationId",
        "autoProvisionZones",
        "autoScalingIps",
        "networkInterfaceId",
        "publicIp",
        "regionalNatGatewayAddresses",
        "regionalNatGatewayAutoMode",
        "routeTableId",
    )
    at_most_one = (("secondaryPrivateIpAddressCount", "secondaryPrivateIpAddresses"),)
    renewed = {
        "secondaryPrivateIpAddressCount": ("secondaryAllocationIds", "secondaryPrivateIpAddresses"),
        "secondaryPrivateIpAddresses": ("secondaryAllocationIds",),
        "regionalNatGatewayAddresses": ("availabilityZoneAddresses",),
    }

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.ec2.create_nat_gateway(
            **request(self.inputs, props), TagSpecifications=tags.specification("natgateway", props["tagsAll"])
        )
        return str(answer["NatGateway"]["NatGatewayId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        def available() -> Description | None:
            gateway = self.find(aws, id_, props)
            if gateway and gateway["State"] == "failed":
                raise ProviderError(f"{gateway.get('FailureCode')}: {gateway.get('FailureMessage')}")
            return gateway if gateway and gateway["State"] == "available" else None

        wait_for(f"NAT gateway {id_}", available, timeout=_ADDRESS_PATIENCE)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """The gateway; EC2 shows a deleted one for about an hour."""
        gateway = one(aws.ec2.describe_nat_gateways, "NatGateways", NatGatewayIds=[id_])
        return None if gateway is None or gateway["State"] == "deleted" else gateway

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        regional = found.get("AvailabilityMode") == "regional"
        return {
            "connectivityType": found.get("ConnectivityType"),
            "availabilityMode": found.get("AvailabilityMode", "zonal"),
            "vpcId": found.get("VpcId"),
            **(_regional_parts(found) if regional else _zonal_parts(found)),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("secondaryAllocationIds"):
            come, gone = difference(change.old.get("secondaryAllocationIds"), change.new.get("secondaryAllocationIds"))
            known = change.old.get("secondaryPrivateIpAddresses") or ()
            private, _ = difference(known, change.new.get("secondaryPrivateIpAddresses"))
            self._associate(aws, id_, come, **({"PrivateIpAddresses": private} if private else {}))
            self._disassociate(aws, id_, gone)
        if change.has("secondaryPrivateIpAddresses") and change.get("connectivityType") == "private":
            self._update_private_addresses(aws, id_, change)
        if change.has("availabilityZoneAddresses"):
            self._update_zone_addresses(aws, id_, change)

    def _associate(self, aws: Session, id_: str, allocations: list[str], **more: Any) -> None:
        """Give the gateway more addresses; `more` are a zone, or private addresses that go with them."""
        if allocations:
            aws.ec2.associate_nat_gateway_address(NatGatewayId=id_, AllocationIds=allocations, **more)

    def _disassociate(self, aws: Session, id_: str, allocations: list[str]) -> None:
        if allocations:
            held = (self.find(aws, id_, {}) or {}).get("NatGatewayAddresses", [])
            associations = [each["AssociationId"] for each in held if each.get("AllocationId") in allocations]
            aws.ec2.disassociate_nat_gateway_address(NatGatewayId=id_, AssociationIds=associations)

    def _update_private_addresses(self, aws: Session, id_: str, change: Change) -> None:
        name = "secondaryPrivateIpAddresses"
        come, gone = difference(change.old.get(name), change.new.get(name))
        if come:
            aws.ec2.assign_private_nat_gateway_address(NatGatewayId=id_, PrivateIpAddresses=come)
        if gone:
            aws.ec2.unassign_private_nat_gateway_address(NatGatewayId=id_, PrivateIpAddresses=gone)

    def _update_zone_addresses(self, aws: Session, id_: str, change: Change) -> None:
        name = "availabilityZoneAddresses"
        old = [each for zone in change.old.get(name) or () for each in zone["allocationIds"]]
        new = [each for zone in change.new.get(name) or () for each in zone["allocationIds"]]
        come, gone = difference(old, new)
        for zone in change.new.get(name) or ():
            where = request(_ZONE_ADDRESS.fields, zone, ("availabilityZone", "availabilityZoneId"))
            self._associate(aws, id_, [each for each in zone["allocationIds"] if each in come], **where)
        self._disassociate(aws, id_, gone)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ec2.delete_nat_gateway(NatGatewayId=id_)
        wait_gone(f"NAT gateway {id_}", lambda: self.find(aws, id_, state), timeout=_DELETE_PATIENCE)

    def compare(self, state: Properties, news: Properties) -> Changes:
        """A regional gateway begins or ceases to have its addresses given: AWS makes another."""
        name = "availabilityZoneAddresses"
        before, after = is_empty(state.get(name)), is_empty(news.get(name))
        if before == after or state.get("availabilityMode") != "regional":
            return {}
        return {name: kind_of(state.get(name), news.get(name), replace=True)}

    def check(self, inputs: Properties) -> list[CheckFailure]:
        regional = inputs.get("availabilityMode") == "regional"
        needed, refused = ("vpcId", "subnetId") if regional else ("subnetId", "vpcId")
        mode = "regional" if regional else "zonal"
        failures = []
        if not inputs.get(needed):
            failures.append(CheckFailure(needed, f"is required for a {mode} gateway"))
        if inputs.get(refused):
            failures.append(CheckFailure(refused, f"is not accepted for a {mode} gateway"))
        return failures + _check_connectivity(inputs) + _check_zones(inputs)


def _check_connectivity(inputs: Properties) -> list[CheckFailure]:
    """A public gateway has allocated addresses, a private one has private ones."""
    kind = inputs.get("connectivityType")
    unfit = {
        "public": ("secondaryPrivateIpAddressCount",),
        "private": ("allocationId", "secondaryAllocationIds"),
    }.get(str(kind), ())
    given = [name for name in unfit if inputs.get(name) not in (None, UNKNOWN, "", [])]
    return [CheckFailure(name, f"is not supported with connectivityType {kind!r}") for name in given]


def _check_zones(inputs: Properties) -> list[CheckFailure]:
    zones = inputs.get("availabilityZoneAddresses", UNKNOWN)
    return [
        CheckFailure(f"availabilityZoneAddresses[{index}]", "needs availabilityZone or availabilityZoneId")
        for index, zone in enumerate([] if zones is UNKNOWN else zones)
        if zone is not UNKNOWN and not (zone.get("availabilityZone") or zone.get("availabilityZoneId"))
    ]


def _zonal_parts(gateway: Description) -> Properties:
    """The addresses of a zonal gateway. A single address is primary, whatever EC2 answers."""
    addresses = gateway.get("NatGatewayAddresses", [])
    primary: Description = next((each for each in addresses if each.get("IsPrimary") or len(addresses) == 1), {})
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
        "secondaryPrivateIpAddressCount": sum(1 for each in others if each.get("PrivateIp")),
        "availabilityZoneAddresses": None,
    }


def _regional_parts(gateway: Description) -> Properties:
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


def _by_zone(addresses: list[Description]) -> list[Properties]:
    zones: dict[str, Properties] = {}
    taken = [each for each in addresses if each.get("Status", "succeeded") == "succeeded"]
    for each in sorted(taken, key=lambda each: str(each.get("AvailabilityZone", ""))):
        zone = zones.setdefault(
            each.get("AvailabilityZoneId", ""),
            _told(response(_REGIONAL_ADDRESS, each, ("availabilityZone", "availabilityZoneId")))
            | {"allocationIds": []},
        )
        zone["allocationIds"].append(each["AllocationId"])
    return list(zones.values())


TYPES = (Eip, NatGateway)
