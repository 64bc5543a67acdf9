"""EC2's networks: VPCs, subnets, internet gateways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import by_filter, by_mark, once_free, one, retag, wait_gone
from embedded_pulumi.aws.fields import Changes, Flag, Text, Whole
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import pascal, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Properties, Value

_AMAZON_IPV6_POOL = "Amazon"


@dataclass(frozen=True, kw_only=True)
class _Tenancy(Text):
    """A VPC may go from dedicated to default tenancy in place, never the other way (EC2 `ModifyVpcTenancy`)."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        return super().diff(path, old, new, replace=replace or new == "dedicated")


_VPC_ATTRIBUTES = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")

_VPC = {
    "cidrBlock": Text(required=True, force_new=True),
    "instanceTenancy": _Tenancy(default="default", one_of=("default", "dedicated")),
    "enableDnsSupport": Flag(default=True),
    "enableDnsHostnames": Flag(computed=True),
    "enableNetworkAddressUsageMetrics": Flag(computed=True),
    "assignGeneratedIpv6CidrBlock": Flag(aws="AmazonProvidedIpv6CidrBlock"),
    "ipv6CidrBlockNetworkBorderGroup": Text(computed=True),
}


def _create_vpc(aws: Session, props: Properties) -> str:
    answer = aws.ec2.create_vpc(
        **request(
            _VPC,
            props,
            ("cidrBlock", "instanceTenancy", "assignGeneratedIpv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"),
        ),
        TagSpecifications=tags.specification("vpc", props["tagsAll"]),
    )
    return str(answer["Vpc"]["VpcId"])


def _settle_vpc(aws: Session, id_: str, props: Properties) -> None:
    wait_for(f"VPC {id_}", lambda: _available(_find_vpc(aws, id_)))
    wishes = {name: props.get(name) for name in _VPC_ATTRIBUTES}
    fresh = {"enableDnsSupport": True, "enableDnsHostnames": False, "enableNetworkAddressUsageMetrics": False}
    for name, value in wishes.items():
        if value is not None and value != fresh[name]:
            _set_vpc_attribute(aws, id_, name, value)


def _set_vpc_attribute(aws: Session, id_: str, name: str, value: bool) -> None:  # noqa: FBT001 - a property's value
    aws.ec2.modify_vpc_attribute(VpcId=id_, **{pascal(name): {"Value": value}})


def _available(thing: dict[str, Any] | None) -> dict[str, Any] | None:
    return thing if thing and thing.get("State") == "available" else None


def _find_vpc(aws: Session, id_: str) -> dict[str, Any] | None:
    return one(aws.ec2.describe_vpcs, "Vpcs", VpcIds=[id_])


def _read_vpc(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    vpc = _find_vpc(aws, id_)
    if vpc is None:
        return None
    return {
        "arn": aws.arn("ec2", f"vpc/{id_}", account=vpc["OwnerId"]),
        "cidrBlock": vpc["CidrBlock"],
        "dhcpOptionsId": vpc.get("DhcpOptionsId"),
        "instanceTenancy": vpc["InstanceTenancy"],
        "ownerId": vpc["OwnerId"],
        **{
            name: bool(aws.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[pascal(name)]["Value"])
            for name in _VPC_ATTRIBUTES
        },
        **_vpc_defaults(aws, id_),
        **_vpc_ipv6(vpc),
        "tagsAll": tags.from_list(vpc.get("Tags")),
    }


def _vpc_defaults(aws: Session, id_: str) -> Properties:
    """What comes with every VPC: a network ACL, a main route table, a security group."""
    mine = by_filter("vpc-id", id_)
    acl = one(aws.ec2.describe_network_acls, "NetworkAcls", Filters=mine + by_filter("default", "true"))
    table = one(aws.ec2.describe_route_tables, "RouteTables", Filters=mine + by_filter("association.main", "true"))
    group = one(aws.ec2.describe_security_groups, "SecurityGroups", Filters=mine + by_filter("group-name", "default"))
    table_id = table and table["RouteTableId"]
    return {
        "defaultNetworkAclId": acl and acl["NetworkAclId"],
        "defaultRouteTableId": table_id,
        "mainRouteTableId": table_id,
        "defaultSecurityGroupId": group and group["GroupId"],
    }


def _vpc_ipv6(vpc: dict[str, Any]) -> Properties:
    block: dict[str, Any] = next((each for each in vpc.get("Ipv6CidrBlockAssociationSet", ()) if _associated(each)), {})
    return {
        "assignGeneratedIpv6CidrBlock": block.get("Ipv6Pool", _AMAZON_IPV6_POOL) == _AMAZON_IPV6_POOL and bool(block),
        "ipv6AssociationId": block.get("AssociationId", ""),
        "ipv6CidrBlock": block.get("Ipv6CidrBlock", ""),
        "ipv6CidrBlockNetworkBorderGroup": block.get("NetworkBorderGroup", ""),
    }


def _associated(block: dict[str, Any]) -> bool:
    return block.get("Ipv6CidrBlockState", {}).get("State") not in {"disassociating", "disassociated"}


def _update_vpc(aws: Session, id_: str, change: Change) -> None:
    for name in _VPC_ATTRIBUTES:
        if change.has(name):
            _set_vpc_attribute(aws, id_, name, bool(change.get(name)))
    if change.has("instanceTenancy"):
        aws.ec2.modify_vpc_tenancy(VpcId=id_, InstanceTenancy=change.get("instanceTenancy"))
    if change.has("assignGeneratedIpv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"):
        _update_vpc_ipv6(aws, id_, change)


def _update_vpc_ipv6(aws: Session, id_: str, change: Change) -> None:
    if change.old.get("ipv6AssociationId"):
        aws.ec2.disassociate_vpc_cidr_block(AssociationId=change.old["ipv6AssociationId"])
    if change.get("assignGeneratedIpv6CidrBlock"):
        group = change.new.get("ipv6CidrBlockNetworkBorderGroup")
        extra = {"Ipv6CidrBlockNetworkBorderGroup": group} if group else {}
        aws.ec2.associate_vpc_cidr_block(VpcId=id_, AmazonProvidedIpv6CidrBlock=True, **extra)


def _delete_vpc(aws: Session, id_: str, state: Properties) -> None:
    del state
    once_free(f"VPC {id_}", aws.ec2.delete_vpc, timeout=5 * 60, VpcId=id_)
    wait_gone(f"VPC {id_}", lambda: _find_vpc(aws, id_))


def _examine_vpc(inputs: Properties) -> list[CheckFailure]:
    if inputs.get("ipv6CidrBlockNetworkBorderGroup") and not inputs.get("assignGeneratedIpv6CidrBlock"):
        return [CheckFailure("ipv6CidrBlockNetworkBorderGroup", "needs assignGeneratedIpv6CidrBlock")]
    return []


VPC = Resource(
    type_="aws:ec2/vpc:Vpc",
    inputs=_VPC,
    outputs=(
        "arn",
        "defaultNetworkAclId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "dhcpOptionsId",
        "ipv6AssociationId",
        "ipv6CidrBlock",
        "mainRouteTableId",
        "ownerId",
    ),
    renewed=dict.fromkeys(
        ("ipv6AssociationId", "ipv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"),
        ("assignGeneratedIpv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"),
    ),
    unsupported=(  # all of them need an IPAM pool
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6CidrBlock",
        "ipv6IpamPoolId",
        "ipv6NetmaskLength",
    ),
    create=_create_vpc,
    locate=by_mark,
    settle=_settle_vpc,
    read=_read_vpc,
    update=_update_vpc,
    delete=_delete_vpc,
    retag=retag,
    examine=_examine_vpc,
)

_SUBNET_NAMED = ("cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6CidrBlock", "ipv6Native")
_SUBNET = {
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
_SUBNET_FLAGS = (
    "assignIpv6AddressOnCreation",
    "mapPublicIpOnLaunch",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch",
)


def _create_subnet(aws: Session, props: Properties) -> str:
    answer = aws.ec2.create_subnet(
        **request(_SUBNET, props, ("vpcId", *_SUBNET_NAMED)),
        TagSpecifications=tags.specification("subnet", props["tagsAll"]),
    )
    return str(answer["Subnet"]["SubnetId"])


def _settle_subnet(aws: Session, id_: str, props: Properties) -> None:
    wait_for(f"subnet {id_}", lambda: _available(_find_subnet(aws, id_)))
    for name in _SUBNET_FLAGS:
        if props.get(name):
            _set_subnet_flag(aws, id_, name, value=True)
    _set_subnet_others(aws, id_, props)


def _set_subnet_flag(aws: Session, id_: str, name: str, *, value: bool) -> None:
    """EC2 takes one attribute a call."""
    attribute = _SUBNET[name].aws or pascal(name)
    aws.ec2.modify_subnet_attribute(SubnetId=id_, **{attribute: {"Value": value}})


def _set_subnet_others(aws: Session, id_: str, props: Properties) -> None:
    if props.get("privateDnsHostnameTypeOnLaunch"):
        kind = props["privateDnsHostnameTypeOnLaunch"]
        aws.ec2.modify_subnet_attribute(SubnetId=id_, PrivateDnsHostnameTypeOnLaunch=kind)
    if props.get("enableLniAtDeviceIndex"):
        aws.ec2.modify_subnet_attribute(SubnetId=id_, EnableLniAtDeviceIndex=props["enableLniAtDeviceIndex"])


def _find_subnet(aws: Session, id_: str) -> dict[str, Any] | None:
    return one(aws.ec2.describe_subnets, "Subnets", SubnetIds=[id_])


def _read_subnet(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    subnet = _find_subnet(aws, id_)
    if subnet is None:
        return None
    dns = subnet.get("PrivateDnsNameOptionsOnLaunch", {})
    block: dict[str, Any] = next(
        (each for each in subnet.get("Ipv6CidrBlockAssociationSet", ()) if _associated(each)), {}
    )
    return {
        "arn": subnet.get("SubnetArn"),
        "ownerId": subnet.get("OwnerId"),
        **response(
            _SUBNET,
            subnet,
            (
                "vpcId",
                "cidrBlock",
                "availabilityZone",
                "availabilityZoneId",
                "ipv6Native",
                "assignIpv6AddressOnCreation",
                "mapPublicIpOnLaunch",
                "enableDns64",
                "enableLniAtDeviceIndex",
            ),
        ),
        "ipv6CidrBlock": block.get("Ipv6CidrBlock", ""),
        "ipv6CidrBlockAssociationId": block.get("AssociationId", ""),
        "enableResourceNameDnsARecordOnLaunch": dns.get("EnableResourceNameDnsARecord"),
        "enableResourceNameDnsAaaaRecordOnLaunch": dns.get("EnableResourceNameDnsAAAARecord"),
        "privateDnsHostnameTypeOnLaunch": dns.get("HostnameType"),
        "tagsAll": tags.from_list(subnet.get("Tags")),
    }


def _update_subnet(aws: Session, id_: str, change: Change) -> None:
    if change.has("ipv6CidrBlock"):
        _update_subnet_ipv6(aws, id_, change)
    for name in _SUBNET_FLAGS:
        if change.has(name):
            _set_subnet_flag(aws, id_, name, value=bool(change.get(name)))
    others = ("privateDnsHostnameTypeOnLaunch", "enableLniAtDeviceIndex")
    _set_subnet_others(aws, id_, {name: change.get(name) for name in others if change.has(name)})


def _update_subnet_ipv6(aws: Session, id_: str, change: Change) -> None:
    if change.old.get("ipv6CidrBlockAssociationId"):
        aws.ec2.disassociate_subnet_cidr_block(AssociationId=change.old["ipv6CidrBlockAssociationId"])
    if change.new.get("ipv6CidrBlock"):
        aws.ec2.associate_subnet_cidr_block(SubnetId=id_, Ipv6CidrBlock=change.new["ipv6CidrBlock"])


def _delete_subnet(aws: Session, id_: str, state: Properties) -> None:
    del state
    once_free(f"subnet {id_}", aws.ec2.delete_subnet, timeout=20 * 60, SubnetId=id_)
    wait_gone(f"subnet {id_}", lambda: _find_subnet(aws, id_))


SUBNET = Resource(
    type_="aws:ec2/subnet:Subnet",
    inputs=_SUBNET,
    outputs=("arn", "ipv6CidrBlockAssociationId", "ownerId"),
    unsupported=(  # outposts and IPAM pools
        "customerOwnedIpv4Pool",
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6IpamPoolId",
        "ipv6NetmaskLength",
        "mapCustomerOwnedIpOnLaunch",
        "outpostArn",
    ),
    at_most_one=(("availabilityZone", "availabilityZoneId"),),
    renewed={"ipv6CidrBlockAssociationId": ("ipv6CidrBlock",)},
    create=_create_subnet,
    locate=by_mark,
    settle=_settle_subnet,
    read=_read_subnet,
    update=_update_subnet,
    delete=_delete_subnet,
    retag=retag,
)


def _create_gateway(aws: Session, props: Properties) -> str:
    answer = aws.ec2.create_internet_gateway(TagSpecifications=tags.specification("internet-gateway", props["tagsAll"]))
    return str(answer["InternetGateway"]["InternetGatewayId"])


def _settle_gateway(aws: Session, id_: str, props: Properties) -> None:
    attached = _attachment(_find_gateway(aws, id_) or {})
    if props.get("vpcId") and attached != props["vpcId"]:
        aws.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=props["vpcId"])


def _find_gateway(aws: Session, id_: str) -> dict[str, Any] | None:
    return one(aws.ec2.describe_internet_gateways, "InternetGateways", InternetGatewayIds=[id_])


def _attachment(gateway: dict[str, Any]) -> str:
    """The VPC that a gateway is attached to, or empty."""
    attached = gateway.get("Attachments") or [{}]
    return str(attached[0].get("VpcId", ""))


def _read_gateway(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    gateway = _find_gateway(aws, id_)
    if gateway is None:
        return None
    owner = gateway.get("OwnerId")
    return {
        "arn": aws.arn("ec2", f"internet-gateway/{id_}", account=owner),
        "ownerId": owner or aws.account_id,
        "vpcId": _attachment(gateway),
        "tagsAll": tags.from_list(gateway.get("Tags")),
    }


def _update_gateway(aws: Session, id_: str, change: Change) -> None:
    if change.has("vpcId"):
        _detach_gateway(aws, id_, change.old)
        _settle_gateway(aws, id_, change.new)


def _detach_gateway(aws: Session, id_: str, state: Properties) -> None:
    attached = _attachment(_find_gateway(aws, id_) or {})
    if attached and attached == state.get("vpcId"):
        where = {"InternetGatewayId": id_, "VpcId": attached}
        once_free(f"internet gateway {id_}", aws.ec2.detach_internet_gateway, timeout=20 * 60, **where)


def _delete_gateway(aws: Session, id_: str, state: Properties) -> None:
    _detach_gateway(aws, id_, state)
    aws.ec2.delete_internet_gateway(InternetGatewayId=id_)


INTERNET_GATEWAY = Resource(
    type_="aws:ec2/internetGateway:InternetGateway",
    inputs={"vpcId": Text(computed=True)},
    outputs=("arn", "ownerId"),
    create=_create_gateway,
    locate=by_mark,
    settle=_settle_gateway,
    read=_read_gateway,
    update=_update_gateway,
    delete=_delete_gateway,
    retag=retag,
)

RESOURCES = (VPC, SUBNET, INTERNET_GATEWAY)
