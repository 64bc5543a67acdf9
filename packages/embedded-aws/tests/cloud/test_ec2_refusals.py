"""What AWS's EC2 refuses of networks, tags and security groups, with its codes and words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

Ec2 = Any


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=5) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ec2(cloud: Cloud) -> Ec2:
    return cloud.client("ec2")


@pytest.fixture
def vpc(ec2: Ec2) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnet(ec2: Ec2, vpc: str) -> str:
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"])


@pytest.fixture
def table(ec2: Ec2, vpc: str) -> str:
    return new_table(ec2, vpc)


@pytest.fixture
def gateway(ec2: Ec2, vpc: str) -> str:
    made = new_gateway(ec2)
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return made


@pytest.fixture
def nat(ec2: Ec2, subnet: str) -> str:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return str(ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"])


def new_gateway(ec2: Ec2) -> str:
    return str(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])


def new_table(ec2: Ec2, vpc: str) -> str:
    return str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def states(ec2: Ec2, table: str) -> dict[str, str]:
    (told,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return {route["DestinationCidrBlock"]: route["State"] for route in told["Routes"]}


# Gateways, tables, routes.


@pytest.mark.usefixtures("gateway")
def test_a_vpc_takes_one_internet_gateway(ec2: Ec2, vpc: str) -> None:
    told = refusal(ec2.attach_internet_gateway, InternetGatewayId=new_gateway(ec2), VpcId=vpc)

    assert told == f"InvalidParameterValue: Network {vpc} already has an internet gateway attached"


def test_a_gateway_that_is_attached_is_attached_nowhere_else(ec2: Ec2, gateway: str) -> None:
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

    told = refusal(ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=other)

    assert told.startswith("Resource.AlreadyAssociated")


def test_a_vpc_takes_another_gateway_once_the_first_is_gone(ec2: Ec2, vpc: str, gateway: str) -> None:
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)

    ec2.attach_internet_gateway(InternetGatewayId=new_gateway(ec2), VpcId=vpc)


def test_a_subnet_is_associated_with_one_table(ec2: Ec2, vpc: str, table: str, subnet: str) -> None:
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    other = new_table(ec2, vpc)

    told = refusal(ec2.associate_route_table, RouteTableId=other, SubnetId=subnet)

    conflict = f"the specified association for route table {other} conflicts with an existing association"
    assert told == f"Resource.AlreadyAssociated: {conflict}"


def test_the_same_association_again_is_the_same_association(ec2: Ec2, table: str, subnet: str) -> None:
    made = [ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"] for _ in "ab"]

    assert made[0] == made[1]


def test_a_subnet_and_a_table_of_two_networks_do_not_go_together(ec2: Ec2, subnet: str) -> None:
    other = new_table(ec2, ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])

    told = refusal(ec2.associate_route_table, RouteTableId=other, SubnetId=subnet)

    assert told == f"InvalidParameterValue: route table {other} and subnet {subnet} belong to different networks"


def test_a_gateway_stays_while_addresses_are_mapped(cloud: Cloud, ec2: Ec2, vpc: str, gateway: str, nat: str) -> None:
    told = refusal(ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)

    assert told.startswith(f"DependencyViolation: Network {vpc} has some mapped public address(es).")
    ec2.delete_nat_gateway(NatGatewayId=nat)
    cloud.clock.advance(300)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


@pytest.mark.usefixtures("gateway")
def test_a_route_to_a_nat_gateway_that_is_gone_is_a_black_hole(cloud: Cloud, ec2: Ec2, table: str, nat: str) -> None:
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    before = states(ec2, table)

    ec2.delete_nat_gateway(NatGatewayId=nat)
    cloud.clock.advance(300)

    assert before == {"10.0.0.0/16": "active", "0.0.0.0/0": "active"}
    assert states(ec2, table) == {"10.0.0.0/16": "active", "0.0.0.0/0": "blackhole"}


def test_a_route_to_a_gateway_that_is_detached_is_a_black_hole(ec2: Ec2, vpc: str, table: str, gateway: str) -> None:
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)

    assert states(ec2, table)["0.0.0.0/0"] == "blackhole"


def test_a_route_needs_a_gateway_of_its_network(ec2: Ec2, table: str) -> None:
    loose = new_gateway(ec2)

    told = refusal(ec2.create_route, RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=loose)

    assert (
        told == f"InvalidParameterValue: route table {table} and network gateway {loose} belong to different networks"
    )


# Tags.


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ([{"Key": "aws:x", "Value": "1"}], "Tag keys starting with 'aws:' are reserved for internal use"),
        ([{"Key": "AWS:x", "Value": "1"}], "Tag keys starting with 'aws:' are reserved for internal use"),
        ([{"Key": "k" * 128, "Value": "1"}], "Tag key exceeds the maximum length of 127 characters"),
        ([{"Key": "k", "Value": "v" * 257}], "Tag value exceeds the maximum length of 256 characters"),
        ([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}], "Duplicate tag key 'k' specified."),
    ],
)
def test_tags_are_refused_wherever_they_come_from(ec2: Ec2, vpc: str, tags: list[dict[str, str]], told: str) -> None:
    specification = [{"ResourceType": "internet-gateway", "Tags": tags}]

    assert refusal(ec2.create_tags, Resources=[vpc], Tags=tags) == f"InvalidParameterValue: {told}"
    assert refusal(ec2.create_internet_gateway, TagSpecifications=specification) == f"InvalidParameterValue: {told}"


def test_the_longest_tag_is_taken(ec2: Ec2, vpc: str) -> None:
    tag = {"Key": "k" * 127, "Value": "v" * 256}

    ec2.create_tags(Resources=[vpc], Tags=[tag])

    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == [tag]


# Blocks without host bits.


def test_a_network_is_told_without_host_bits(ec2: Ec2) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.5/16")["Vpc"]
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.1.7/24")["Subnet"]

    assert vpc["CidrBlock"] == "10.0.0.0/16"
    assert vpc["CidrBlockAssociationSet"][0]["CidrBlock"] == "10.0.0.0/16"
    assert ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]["CidrBlock"] == "10.0.1.0/24"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"CarrierGatewayId": "cagw-0123456789abcdef0"}, "InvalidCarrierGatewayID.NotFound"),
        ({"TransitGatewayId": "tgw-0123456789abcdef0"}, "InvalidTransitGatewayID.NotFound"),
        ({"LocalGatewayId": "lgw-0123456789abcdef0"}, "NotImplemented"),
        ({"CoreNetworkArn": "arn:aws:networkmanager::123456789012:core-network/core-network-0"}, "NotImplemented"),
        ({}, "MissingParameter"),
        ({"InstanceId": "i-0123456789abcdef0", "NetworkInterfaceId": "eni-0"}, "InvalidParameterCombination"),
    ],
)
def test_a_route_has_one_target_and_that_is_there(ec2: Ec2, table: str, target: dict[str, str], code: str) -> None:
    for act in (ec2.create_route, ec2.replace_route):
        told = refusal(act, RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)

        assert told.partition(":")[0] == code


def test_a_route_is_told_without_host_bits_and_found_with_them(ec2: Ec2, table: str, gateway: str) -> None:
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="1.2.3.4/8", GatewayId=gateway)
    made = states(ec2, table)

    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="1.9.9.9/8")

    assert made == {"10.0.0.0/16": "active", "1.0.0.0/8": "active"}
    assert states(ec2, table) == {"10.0.0.0/16": "active"}


def test_a_rule_is_told_without_host_bits_and_is_there_once(ec2: Ec2, vpc: str) -> None:
    group = ec2.create_security_group(GroupName="bits", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}
    made = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[permission | {"IpRanges": [{"CidrIp": "10.1.2.3/16"}]}]
    )
    again = permission | {"IpRanges": [{"CidrIp": "10.1.9.9/16"}]}

    assert made["SecurityGroupRules"][0]["CidrIpv4"] == "10.1.0.0/16"
    told = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert told[0]["IpRanges"] == [{"CidrIp": "10.1.0.0/16"}]
    assert refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[again]).startswith(
        "InvalidPermission.Duplicate"
    )


def test_an_ipv6_rule_is_told_without_host_bits(ec2: Ec2, vpc: str) -> None:
    group = ec2.create_security_group(GroupName="bits6", Description="d", VpcId=vpc)["GroupId"]
    peers = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "fd00:0:0::1/64"}]}

    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[peers])

    assert made["SecurityGroupRules"][0]["CidrIpv6"] == "fd00::/64"


# The texts of security groups.

SET = "are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
BEYOND = "Character sets beyond ASCII are not supported."


@pytest.mark.parametrize(
    ("name", "description", "told"),
    [
        (
            "sg-mine",
            "d",
            "Value (sg-mine) for parameter GroupName is invalid. Group names may not be in the format sg-*.",
        ),
        ("default", "d", "Cannot use reserved security group name: default"),
        (
            "a",
            "für alle",
            f"Value (für alle) for parameter GroupDescription is invalid. {BEYOND}",
        ),
        (
            "a",
            "it's",
            f"Invalid security group description. Valid descriptions {SET}",
        ),
        (
            "a",
            "d" * 256,
            f"Invalid security group description. Valid descriptions {SET}",
        ),
        (
            "a<b",
            "d",
            f"Value (a<b) for parameter GroupName is invalid. Valid names {SET}",
        ),
    ],
)
def test_a_groups_texts_are_looked_at(ec2: Ec2, vpc: str, name: str, description: str, told: str) -> None:
    refused = refusal(ec2.create_security_group, GroupName=name, Description=description, VpcId=vpc)

    assert refused == f"InvalidParameterValue: {told}"


BAD_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "a protocol that is none": (
        {"IpProtocol": "ssh", "FromPort": 22, "ToPort": 22},
        "InvalidParameterValue: Invalid value 'ssh' for IP protocol. Unknown protocol.",
    ),
    "all by its name": (
        {"IpProtocol": "all"},
        "InvalidParameterValue: Invalid value 'all' for IP protocol. Unknown protocol.",
    ),
    "a number that is too high": (
        {"IpProtocol": "256"},
        "InvalidParameterValue: Invalid value '256' for IP protocol. Unknown protocol.",
    ),
    "a port that is too high": (
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 70000},
        "InvalidPermission.Malformed: TCP/UDP port (70000) out of range",
    ),
    "a negative port": (
        {"IpProtocol": "6", "FromPort": -1, "ToPort": 80},
        "InvalidPermission.Malformed: TCP/UDP port (-1) out of range",
    ),
    "ports the wrong way round": (
        {"IpProtocol": "udp", "FromPort": 80, "ToPort": 22},
        "InvalidParameterValue: Invalid TCP/UDP port range (80:22)",
    ),
    "one port only": (
        {"IpProtocol": "tcp", "FromPort": 80},
        "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    ),
    "a type that is none": (
        {"IpProtocol": "icmp", "FromPort": 300, "ToPort": -1},
        "InvalidPermission.Malformed: ICMP type or code (300) out of range",
    ),
}


@pytest.mark.parametrize(("permission", "told"), BAD_RULES.values(), ids=BAD_RULES.keys())
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rules_traffic_is_looked_at(
    ec2: Ec2, vpc: str, direction: str, permission: dict[str, Any], told: str
) -> None:
    group = ec2.create_security_group(GroupName="traffic", Description="d", VpcId=vpc)["GroupId"]
    authorize = getattr(ec2, f"authorize_security_group_{direction}")

    refused = refusal(authorize, GroupId=group, IpPermissions=[permission | {"IpRanges": [{"CidrIp": "10.1.0.0/16"}]}])

    assert refused == told
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []


@pytest.mark.parametrize("text", ["CUSTOMER'S IP", "a -> b", "für", "d" * 256])
def test_a_rules_description_is_looked_at(ec2: Ec2, vpc: str, text: str) -> None:
    group = ec2.create_security_group(GroupName="described", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}
    described = permission | {"IpRanges": [{"CidrIp": "10.1.0.0/16", "Description": text}]}
    told = f"InvalidParameterValue: Invalid rule description. Valid descriptions {SET}"

    assert refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[described]) == told
    rule = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[permission | {"IpRanges": [{"CidrIp": "10.1.0.0/16"}]}]
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    anew = [{"SecurityGroupRuleId": rule, "Description": text}]
    assert (
        refusal(ec2.update_security_group_rule_descriptions_ingress, GroupId=group, SecurityGroupRuleDescriptions=anew)
        == told
    )


def test_a_block_twice_in_a_permission_is_refused(ec2: Ec2, vpc: str) -> None:
    group = ec2.create_security_group(GroupName="twice", Description="d", VpcId=vpc)["GroupId"]
    twice = [{"CidrIp": "10.1.0.0/16"}, {"CidrIp": "10.1.2.3/16"}]
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": twice}

    told = refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])

    assert told == "InvalidParameterValue: The same permission must not appear multiple times"


def test_a_subnet_without_free_addresses_takes_no_instance_and_no_part_of_several(ec2: Ec2, vpc: str) -> None:
    small = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/28")["Subnet"]["SubnetId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]

    def launch(count: int) -> None:
        ec2.run_instances(ImageId=image, InstanceType="t3.micro", SubnetId=small, MinCount=count, MaxCount=count)

    def members() -> int:
        filters = [{"Name": "subnet-id", "Values": [small]}]
        found = ec2.describe_instances(Filters=filters)["Reservations"]
        return sum(len(each["Instances"]) for each in found)

    for _ in range(2):
        with pytest.raises(ClientError, match=r"InsufficientFreeAddressesInSubnet.*not enough free addresses"):
            launch(40)
        assert members() == 0
    launch(9)
    assert members() == 9
