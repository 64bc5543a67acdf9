"""EC2's networks: VPCs, subnets, internet gateways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, once_free, one, wait_gone
from embedded_pulumi.aws.fields import Changes, Flag, Text, Whole
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import pascal, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Properties, Value

_AMAZON_IPV6_POOL = "Amazon"


def _available(thing: Description | None) -> Description | None:
    return thing if thing and thing.get("State") == "available" else None


def _ipv6_block(thing: Description) -> Description:
    """The IPv6 block of a VPC or a subnet; empty if it has none."""
    blocks = thing.get("Ipv6CidrBlockAssociationSet", ())
    over = {"disassociating", "disassociated"}
    return next((each for each in blocks if each.get("Ipv6CidrBlockState", {}).get("State") not in over), {})


@dataclass(frozen=True, kw_only=True)
class _Tenancy(Text):
    """A VPC may go from dedicated to default tenancy in place, never the other way (EC2 `ModifyVpcTenancy`)."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        return super().diff(path, old, new, replace=replace or new == "dedicated")


_VPC_ATTRIBUTES = {  # with their values in a new VPC
    "enableDnsSupport": True,
    "enableDnsHostnames": False,
    "enableNetworkAddressUsageMetrics": False,
}


class Vpc(Ec2Type):
    """A VPC, with what comes with every VPC."""

    type_ = "aws:ec2/vpc:Vpc"
    described_by = ("describe_vpcs", "VpcIds", "Vpcs")
    inputs = {
        "cidrBlock": Text(required=True, force_new=True),
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
    renewed = dict.fromkeys(
        ("ipv6AssociationId", "ipv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"),
        ("assignGeneratedIpv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"),
    )
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
        wait_for(f"VPC {id_}", lambda: _available(self.find(aws, id_, props)))
        for name, fresh in _VPC_ATTRIBUTES.items():
            if props.get(name) not in (None, fresh):
                self._set(aws, id_, name, value=props[name])

    def _set(self, aws: Session, id_: str, name: str, *, value: bool) -> None:
        asked: dict[str, Any] = {pascal(name): {"Value": value}}
        aws.ec2.modify_vpc_attribute(VpcId=id_, **asked)

    def _is_set(self, aws: Session, id_: str, name: Any) -> bool:
        told: Description = aws.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)
        return bool(told[pascal(name)]["Value"])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        block = _ipv6_block(found)
        return {
            "arn": aws.arn("ec2", f"vpc/{id_}", account=found["OwnerId"]),
            **response(self.inputs, found, ("cidrBlock", "instanceTenancy")),
            "dhcpOptionsId": found.get("DhcpOptionsId"),
            "ownerId": found["OwnerId"],
            **{name: self._is_set(aws, id_, name) for name in _VPC_ATTRIBUTES},
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
            if change.old.get("ipv6AssociationId"):
                aws.ec2.disassociate_vpc_cidr_block(AssociationId=change.old["ipv6AssociationId"])
            if change.get("assignGeneratedIpv6CidrBlock"):
                group = request(self.inputs, change.new, ("ipv6CidrBlockNetworkBorderGroup",))
                aws.ec2.associate_vpc_cidr_block(VpcId=id_, AmazonProvidedIpv6CidrBlock=True, **group)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        once_free(f"VPC {id_}", aws.ec2.delete_vpc, timeout=5 * 60, VpcId=id_)
        wait_gone(f"VPC {id_}", lambda: self.find(aws, id_, state))

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs.get("ipv6CidrBlockNetworkBorderGroup") and not inputs.get("assignGeneratedIpv6CidrBlock"):
            return [CheckFailure("ipv6CidrBlockNetworkBorderGroup", "needs assignGeneratedIpv6CidrBlock")]
        return []


_SUBNET_FLAGS = (
    "assignIpv6AddressOnCreation",
    "mapPublicIpOnLaunch",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch",
)
_SUBNET_OTHERS = ("privateDnsHostnameTypeOnLaunch", "enableLniAtDeviceIndex")


class Subnet(Ec2Type):
    """A subnet. EC2 takes one attribute a call, and none when it makes the subnet."""

    type_ = "aws:ec2/subnet:Subnet"
    described_by = ("describe_subnets", "SubnetIds", "Subnets")
    inputs = {
        "vpcId": Text(required=True, force_new=True),
        "cidrBlock": Text(force_new=True),
        "availabilityZone": Text(computed=True, force_new=True),
        "availabilityZoneId": Text(computed=True, force_new=True),
        "ipv6CidrBlock": Text(computed=True),
        "ipv6Native": Flag(force_new=True),
        "assignIpv6AddressOnCreation": Flag(),
        "mapPublicIpOnLaunch": Flag(),
        "enableDns64": Flag(),
        "enableLniAtDeviceIndex": Whole(),
        "enableResourceNameDnsARecordOnLaunch": Flag(),
        "enableResourceNameDnsAaaaRecordOnLaunch": Flag(aws="EnableResourceNameDnsAAAARecordOnLaunch"),
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
    renewed = {"ipv6CidrBlockAssociationId": ("ipv6CidrBlock",)}

    def create(self, aws: Session, props: Properties) -> str:
        asked = {name: value for name, value in props.items() if name not in (*_SUBNET_FLAGS, *_SUBNET_OTHERS)}
        answer = aws.ec2.create_subnet(
            **request(self.inputs, asked), TagSpecifications=tags.specification("subnet", props["tagsAll"])
        )
        return str(answer["Subnet"]["SubnetId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        wait_for(f"subnet {id_}", lambda: _available(self.find(aws, id_, props)))
        for name in _SUBNET_FLAGS:
            if props.get(name):
                self._set_flag(aws, id_, name, value=True)
        self._set_others(aws, id_, props)

    def _set_flag(self, aws: Session, id_: str, name: str, *, value: bool) -> None:
        asked: dict[str, Any] = {self.inputs[name].aws or pascal(name): {"Value": value}}
        aws.ec2.modify_subnet_attribute(SubnetId=id_, **asked)

    def _set_others(self, aws: Session, id_: str, props: Properties) -> None:
        for name in _SUBNET_OTHERS:
            if props.get(name):
                aws.ec2.modify_subnet_attribute(SubnetId=id_, **{pascal(name): props[name]})

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        dns = found.get("PrivateDnsNameOptionsOnLaunch", {})
        block = _ipv6_block(found)
        return {
            **response(self.inputs, found),
            "arn": found.get("SubnetArn"),
            "ownerId": found.get("OwnerId"),
            "ipv6CidrBlock": block.get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockAssociationId": block.get("AssociationId", ""),
            "enableResourceNameDnsARecordOnLaunch": dns.get("EnableResourceNameDnsARecord"),
            "enableResourceNameDnsAaaaRecordOnLaunch": dns.get("EnableResourceNameDnsAAAARecord"),
            "privateDnsHostnameTypeOnLaunch": dns.get("HostnameType"),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("ipv6CidrBlock"):
            if change.old.get("ipv6CidrBlockAssociationId"):
                aws.ec2.disassociate_subnet_cidr_block(AssociationId=change.old["ipv6CidrBlockAssociationId"])
            if change.new.get("ipv6CidrBlock"):
                aws.ec2.associate_subnet_cidr_block(SubnetId=id_, Ipv6CidrBlock=change.new["ipv6CidrBlock"])
        for name in _SUBNET_FLAGS:
            if change.has(name):
                self._set_flag(aws, id_, name, value=bool(change.get(name)))
        self._set_others(aws, id_, {name: change.get(name) for name in _SUBNET_OTHERS if change.has(name)})

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        once_free(f"subnet {id_}", aws.ec2.delete_subnet, timeout=20 * 60, SubnetId=id_)
        wait_gone(f"subnet {id_}", lambda: self.find(aws, id_, state))


class InternetGateway(Ec2Type):
    """An internet gateway, and its attachment to a VPC."""

    type_ = "aws:ec2/internetGateway:InternetGateway"
    described_by = ("describe_internet_gateways", "InternetGatewayIds", "InternetGateways")
    inputs = {"vpcId": Text(computed=True)}
    outputs = ("arn", "ownerId")

    def create(self, aws: Session, props: Properties) -> str:
        named = tags.specification("internet-gateway", props["tagsAll"])
        answer = aws.ec2.create_internet_gateway(TagSpecifications=named)
        return str(answer["InternetGateway"]["InternetGatewayId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if props.get("vpcId") and self._vpc_of(self.find(aws, id_, props)) != props["vpcId"]:
            aws.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=props["vpcId"])

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
        attached = self._vpc_of(self.find(aws, id_, state))
        if attached and attached == state.get("vpcId"):
            where = {"InternetGatewayId": id_, "VpcId": attached}
            once_free(f"internet gateway {id_}", aws.ec2.detach_internet_gateway, timeout=20 * 60, **where)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._detach(aws, id_, state)
        aws.ec2.delete_internet_gateway(InternetGatewayId=id_)


TYPES = (Vpc, Subnet, InternetGateway)
