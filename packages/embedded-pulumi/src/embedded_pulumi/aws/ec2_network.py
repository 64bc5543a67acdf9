"""EC2's networks: VPCs, subnets, internet gateways, for both directions and for one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, interfaces_of, once_free, one, wait_gone
from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Changes, Flag, Text, Whole
from embedded_pulumi.aws.formats import Cidr
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import pascal, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.values import Properties, Value

_AMAZON_IPV6_POOL = "Amazon"
_CREATE_PATIENCE = 10 * 60  # seconds
_GATEWAY_PATIENCE = 20 * 60  # seconds


def _ipv6_blocks(thing: Description, *but: str) -> list[Description]:
    """The IPv6 blocks of a VPC or a subnet, without those in these states."""
    blocks = thing.get("Ipv6CidrBlockAssociationSet", ())
    return [each for each in blocks if each.get("Ipv6CidrBlockState", {}).get("State") not in but]


def _ready(thing: Description | None) -> Description | None:
    """A VPC or a subnet that is available, and none of whose IPv6 blocks is coming or going."""
    if not thing or thing.get("State") != "available":
        return None
    resting = _ipv6_blocks(thing, "associating", "disassociating")
    return thing if len(resting) == len(_ipv6_blocks(thing)) else None


@dataclass(frozen=True, kw_only=True)
class _Tenancy(Text):
    """A VPC goes from dedicated to default tenancy in place; any other change replaces it."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        return super().diff(path, old, new, replace=replace or (old, new) != ("dedicated", "default"))


_VPC_ATTRIBUTES = {  # with their values in a new VPC
    "enableDnsSupport": True,
    "enableDnsHostnames": False,
    "enableNetworkAddressUsageMetrics": False,
}


class Vpc(Ec2Type):
    """A VPC, with what comes with every VPC. The real provider takes IPAM pools too, from which come other blocks.

    Source: terraform-provider-aws/internal/service/ec2/vpc_.go (00081ce41cc6, 2024; read 2026-11-29).
    """

    type_ = "aws:ec2/vpc:Vpc"
    inputs = {
        "cidrBlock": Cidr(required=True, force_new=True, min_bits=16, max_bits=28),
        "instanceTenancy": _Tenancy(default="default", one_of=("default", "dedicated")),
        "enableDnsSupport": Flag(default=True),
        "enableDnsHostnames": Flag(computed=True),
        "enableNetworkAddressUsageMetrics": Flag(computed=True),
        "assignGeneratedIpv6CidrBlock": Flag(aws="AmazonProvidedIpv6CidrBlock"),
        "ipv6CidrBlockNetworkBorderGroup": Text(computed=True),
    }
    outputs = (
        "arn",
        "defaultNetworkAclId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "dhcpOptionsId",
        "ipv6AssociationId",
        "ipv6CidrBlock",
        "mainRouteTableId",
        "ownerId",
    )
    required_with = {"ipv6CidrBlockNetworkBorderGroup": ("assignGeneratedIpv6CidrBlock",)}
    renewed = dict.fromkeys(("ipv6AssociationId", "ipv6CidrBlock"), ("assignGeneratedIpv6CidrBlock",))
    unsupported = (  # all of them need an IPAM pool
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6CidrBlock",
        "ipv6IpamPoolId",
        "ipv6NetmaskLength",
    )

    def create(self, aws: Session, props: Properties) -> str:
        asked = {name: value for name, value in props.items() if name not in _VPC_ATTRIBUTES}
        answer = aws.ec2.create_vpc(
            **request(self.inputs, asked), TagSpecifications=tags.specification("vpc", props["tagsAll"])
        )
        return str(answer["Vpc"]["VpcId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        self._wait_until_ready(aws, id_)
        for name, fresh in _VPC_ATTRIBUTES.items():
            if props.get(name) not in (None, fresh):
                self._set(aws, id_, name, value=props[name])

    def _wait_until_ready(self, aws: Session, id_: str) -> None:
        wait_for(f"VPC {id_}", lambda: _ready(self.find(aws, id_, {})), timeout=_CREATE_PATIENCE)

    def _set(self, aws: Session, id_: str, name: str, *, value: bool) -> None:
        aws.ec2.modify_vpc_attribute(VpcId=id_, **{pascal(name): {"Value": value}})

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_vpcs, "Vpcs", VpcIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        blocks = _ipv6_blocks(found, "associating", "disassociating", "disassociated", "failed")
        known = (each for each in blocks if each["AssociationId"] == state.get("ipv6AssociationId"))
        block: Description = next(known, blocks[-1] if blocks else {})
        return {
            "arn": aws.arn("ec2", f"vpc/{id_}", account=found["OwnerId"]),
            "cidrBlock": found["CidrBlock"],
            "dhcpOptionsId": found.get("DhcpOptionsId"),
            "instanceTenancy": found["InstanceTenancy"],
            "ownerId": found["OwnerId"],
            **{
                name: bool(aws.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[pascal(name)]["Value"])
                for name in _VPC_ATTRIBUTES
            },
            **self._defaults(aws, id_),
            "assignGeneratedIpv6CidrBlock": bool(block)
            and block.get("Ipv6Pool", _AMAZON_IPV6_POOL) == _AMAZON_IPV6_POOL,
            "ipv6AssociationId": block.get("AssociationId", ""),
            "ipv6CidrBlock": block.get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockNetworkBorderGroup": block.get("NetworkBorderGroup", ""),
        }

    def _defaults(self, aws: Session, id_: str) -> Properties:
        """What comes with every VPC: a network ACL, a main route table, a security group."""
        ec2, mine = aws.ec2, by_filter("vpc-id", id_)
        acl = one(ec2.describe_network_acls, "NetworkAcls", Filters=mine + by_filter("default", "true"))
        table = one(ec2.describe_route_tables, "RouteTables", Filters=mine + by_filter("association.main", "true"))
        group = one(ec2.describe_security_groups, "SecurityGroups", Filters=mine + by_filter("group-name", "default"))
        table_id = table and table["RouteTableId"]
        return {
            "defaultNetworkAclId": acl and acl["NetworkAclId"],
            "defaultRouteTableId": table_id,
            "mainRouteTableId": table_id,
            "defaultSecurityGroupId": group and group["GroupId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        for name in _VPC_ATTRIBUTES:
            if change.has(name):
                self._set(aws, id_, name, value=bool(change.get(name)))
        if change.has("instanceTenancy"):
            aws.ec2.modify_vpc_tenancy(VpcId=id_, InstanceTenancy=change.get("instanceTenancy"))
        if change.has("assignGeneratedIpv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"):
            self._update_ipv6(aws, id_, change)

    def _update_ipv6(self, aws: Session, id_: str, change: Change) -> None:
        if change.old.get("ipv6AssociationId"):
            aws.ec2.disassociate_vpc_cidr_block(AssociationId=change.old["ipv6AssociationId"])
            self._wait_until_ready(aws, id_)
        if change.get("assignGeneratedIpv6CidrBlock"):
            group = request(self.inputs, change.new, ("ipv6CidrBlockNetworkBorderGroup",))
            aws.ec2.associate_vpc_cidr_block(VpcId=id_, AmazonProvidedIpv6CidrBlock=True, **group)
            self._wait_until_ready(aws, id_)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        users = partial(interfaces_of, aws, "vpc-id", id_)
        once_free(f"VPC {id_}", aws.ec2.delete_vpc, users, timeout=5 * 60, VpcId=id_)
        wait_gone(f"VPC {id_}", lambda: self.find(aws, id_, state), timeout=5 * 60)


_SUBNET_FLAGS = (
    "mapPublicIpOnLaunch",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch",
)
_IPV6_ON_CREATION = "assignIpv6AddressOnCreation"  # only while the subnet has an IPv6 block
_SUBNET_OTHERS = ("privateDnsHostnameTypeOnLaunch", "enableLniAtDeviceIndex")


class Subnet(Ec2Type):
    """A subnet. EC2 takes one attribute a call, and none when it makes the subnet.

    Source: terraform-provider-aws/internal/service/ec2/vpc_subnet.go (after v6.8.0; read 2026-11-29). The types of
    pulumi_aws 7.51.1 say that `cidrBlock` is computed.
    """

    type_ = "aws:ec2/subnet:Subnet"
    inputs = {
        "vpcId": Text(required=True, force_new=True),
        "cidrBlock": Cidr(computed=True, force_new=True),
        "availabilityZone": Text(computed=True, force_new=True),
        "availabilityZoneId": Text(computed=True, force_new=True),
        "ipv6CidrBlock": Cidr(version=6, computed=True),
        "ipv6Native": Flag(default=False, force_new=True),
        "assignIpv6AddressOnCreation": Flag(default=False),
        "mapPublicIpOnLaunch": Flag(default=False),
        "enableDns64": Flag(default=False),
        "enableLniAtDeviceIndex": Whole(at_least=1),
        "enableResourceNameDnsARecordOnLaunch": Flag(default=False),
        "enableResourceNameDnsAaaaRecordOnLaunch": Flag(default=False, aws="EnableResourceNameDnsAAAARecordOnLaunch"),
        "privateDnsHostnameTypeOnLaunch": Text(computed=True, one_of=("ip-name", "resource-name")),
    }
    outputs = ("arn", "ipv6CidrBlockAssociationId", "ownerId")
    unsupported = (  # outposts and IPAM pools
        "customerOwnedIpv4Pool",
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6IpamPoolId",
        "ipv6NetmaskLength",
        "mapCustomerOwnedIpOnLaunch",
        "outpostArn",
    )
    at_most_one = (("availabilityZone", "availabilityZoneId"),)

    def create(self, aws: Session, props: Properties) -> str:
        later = (_IPV6_ON_CREATION, *_SUBNET_FLAGS, *_SUBNET_OTHERS)
        asked = {name: value for name, value in props.items() if value and name not in later}
        answer = aws.ec2.create_subnet(
            **request(self.inputs, asked), TagSpecifications=tags.specification("subnet", props["tagsAll"])
        )
        return str(answer["Subnet"]["SubnetId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        self._wait_until_ready(aws, id_)
        for name in (_IPV6_ON_CREATION, *_SUBNET_FLAGS):
            if props.get(name):
                self._set_flag(aws, id_, name, value=True)
        self._set_others(aws, id_, {name: props.get(name) for name in _SUBNET_OTHERS if props.get(name)})

    def _wait_until_ready(self, aws: Session, id_: str) -> None:
        wait_for(f"subnet {id_}", lambda: _ready(self.find(aws, id_, {})), timeout=_CREATE_PATIENCE)

    def _set_flag(self, aws: Session, id_: str, name: str, *, value: bool) -> None:
        attribute = self.inputs[name].aws or pascal(name)
        aws.ec2.modify_subnet_attribute(SubnetId=id_, **{attribute: {"Value": value}})

    def _set_others(self, aws: Session, id_: str, values: Properties) -> None:
        for name, value in values.items():
            aws.ec2.modify_subnet_attribute(SubnetId=id_, **{pascal(name): value or 0})

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_subnets, "Subnets", SubnetIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        dns = found.get("PrivateDnsNameOptionsOnLaunch", {})
        block: Description = next(iter(_ipv6_blocks(found, "disassociating", "disassociated")), {})
        return {
            **response(self.inputs, found),
            **{name: bool(found.get(pascal(name))) for name in (_IPV6_ON_CREATION, "ipv6Native", *_SUBNET_FLAGS)},
            "arn": found.get("SubnetArn"),
            "ownerId": found.get("OwnerId"),
            "ipv6CidrBlock": block.get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockAssociationId": block.get("AssociationId", ""),
            "enableResourceNameDnsARecordOnLaunch": bool(dns.get("EnableResourceNameDnsARecord")),
            "enableResourceNameDnsAaaaRecordOnLaunch": bool(dns.get("EnableResourceNameDnsAAAARecord")),
            "privateDnsHostnameTypeOnLaunch": dns.get("HostnameType"),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        with_ipv6 = bool(change.get(_IPV6_ON_CREATION))
        if change.has(_IPV6_ON_CREATION) and not with_ipv6:
            self._set_flag(aws, id_, _IPV6_ON_CREATION, value=False)
        if change.has("ipv6CidrBlock"):
            self._update_ipv6(aws, id_, change)
        for name in _SUBNET_FLAGS:
            if change.has(name):
                self._set_flag(aws, id_, name, value=bool(change.get(name)))
        self._set_others(aws, id_, {name: change.get(name) for name in _SUBNET_OTHERS if change.has(name)})
        if change.has(_IPV6_ON_CREATION) and with_ipv6:
            self._set_flag(aws, id_, _IPV6_ON_CREATION, value=True)

    def _update_ipv6(self, aws: Session, id_: str, change: Change) -> None:
        if change.old.get("ipv6CidrBlockAssociationId"):
            aws.ec2.disassociate_subnet_cidr_block(AssociationId=change.old["ipv6CidrBlockAssociationId"])
            self._wait_until_ready(aws, id_)
        if change.new.get("ipv6CidrBlock"):
            aws.ec2.associate_subnet_cidr_block(SubnetId=id_, Ipv6CidrBlock=change.new["ipv6CidrBlock"])
            self._wait_until_ready(aws, id_)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        users = partial(interfaces_of, aws, "subnet-id", id_)
        once_free(f"subnet {id_}", aws.ec2.delete_subnet, users, timeout=20 * 60, SubnetId=id_)
        wait_gone(f"subnet {id_}", lambda: self.find(aws, id_, state))


class InternetGateway(Ec2Type):
    """An internet gateway, and its attachment to a VPC.

    Source: terraform-provider-aws/internal/service/ec2/vpc_internet_gateway.go (2024; read 2026-11-29).
    """

    type_ = "aws:ec2/internetGateway:InternetGateway"
    inputs = {"vpcId": Text(computed=True)}
    outputs = ("arn", "ownerId")

    def create(self, aws: Session, props: Properties) -> str:
        named = tags.specification("internet-gateway", props["tagsAll"])
        answer = aws.ec2.create_internet_gateway(TagSpecifications=named)
        return str(answer["InternetGateway"]["InternetGatewayId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if props.get("vpcId") and self._vpc_of(self.find(aws, id_, props)) != props["vpcId"]:
            aws.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=props["vpcId"])
            what = f"internet gateway {id_} to be attached"
            wait_for(what, lambda: self._vpc_of(self.find(aws, id_, props)) or None, timeout=_GATEWAY_PATIENCE)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_internet_gateways, "InternetGateways", InternetGatewayIds=[id_])

    def _vpc_of(self, gateway: Description | None) -> str:
        """The VPC that a gateway is attached to, or empty."""
        attached: list[dict[str, Any]] = (gateway or {}).get("Attachments") or [{}]
        return str(attached[0].get("VpcId", ""))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        owner = found.get("OwnerId")
        return {
            "arn": aws.arn("ec2", f"internet-gateway/{id_}", account=owner),
            "ownerId": owner or aws.account_id,
            "vpcId": self._vpc_of(found),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("vpcId"):
            self._detach(aws, id_, change.old)
            self.settle(aws, id_, change.new)

    def _detach(self, aws: Session, id_: str, state: Properties) -> None:
        if not state.get("vpcId"):
            return
        where = {"InternetGatewayId": id_, "VpcId": state["vpcId"]}
        detach = aws.ec2.detach_internet_gateway
        with gone_is_fine():
            once_free(
                f"internet gateway {id_}", detach, lambda: _mapped(aws, state), timeout=_GATEWAY_PATIENCE, **where
            )

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._detach(aws, id_, state)
        delete = aws.ec2.delete_internet_gateway
        users = partial(_mapped, aws, state)
        once_free(f"internet gateway {id_}", delete, users, timeout=_GATEWAY_PATIENCE, InternetGatewayId=id_)


def _mapped(aws: Session, state: Properties) -> list[str]:
    """The network interfaces of a gateway's VPC that have a public address: they keep it from being detached.

    Source: DetachInternetGateway in the EC2 API Reference: "The VPC must not contain any running instances with
    Elastic IP addresses or public IPv4 addresses."
    """
    filters = by_filter("vpc-id", state.get("vpcId", ""))
    found = aws.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return [
        f"{each['NetworkInterfaceId']} with {each['Association']['PublicIp']}"
        for each in found
        if "Association" in each
    ]


class EgressOnlyInternetGateway(Ec2Type):
    """A gateway through which a VPC reaches the internet by IPv6, and nobody reaches the VPC.

    Source: terraform-provider-aws/internal/service/ec2/vpc_egress_only_internet_gateway.go (08923b68b5ad).
    """

    type_ = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
    inputs = {"vpcId": Text(required=True, force_new=True)}

    def create(self, aws: Session, props: Properties) -> str:
        named = tags.specification("egress-only-internet-gateway", props["tagsAll"])
        answer = aws.ec2.create_egress_only_internet_gateway(VpcId=props["vpcId"], TagSpecifications=named)
        return str(answer["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        describe = aws.ec2.describe_egress_only_internet_gateways
        return one(describe, "EgressOnlyInternetGateways", EgressOnlyInternetGatewayIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        attached = [each["VpcId"] for each in found.get("Attachments", ()) if each.get("State") == "attached"]
        return {"vpcId": attached[0] if len(attached) == 1 else None}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id_)


TYPES = (Vpc, Subnet, InternetGateway, EgressOnlyInternetGateway)
