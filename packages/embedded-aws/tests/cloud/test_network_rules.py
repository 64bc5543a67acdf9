"""Network ACLs, main route tables and peering connections, through the whole cloud: what AWS would refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

Ec2 = Any
BLOCKS = count()
WEB = {"Protocol": "6", "RuleAction": "allow", "Egress": False, "PortRange": {"From": 80, "To": 80}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=3) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ec2(cloud: Cloud) -> Ec2:
    return cloud.client("ec2")


def new_vpc(ec2: Ec2) -> str:
    return str(ec2.create_vpc(CidrBlock=f"10.{next(BLOCKS)}.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def vpc(ec2: Ec2) -> str:
    return new_vpc(ec2)


@pytest.fixture
def acl(ec2: Ec2, vpc: str) -> str:
    return str(ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"])


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def entries(ec2: Ec2, acl: str) -> list[dict[str, Any]]:
    return list(ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"])


def test_a_new_acl_denies_everything_and_nobody_can_change_that(ec2: Ec2, acl: str) -> None:
    told = [(each["RuleNumber"], each["RuleAction"], each["Egress"]) for each in entries(ec2, acl)]

    assert told == [(32767, "deny", True), (32767, "deny", False)]
    rule = {"NetworkAclId": acl, "RuleNumber": 32767, "Egress": True}
    assert refusal(ec2.delete_network_acl_entry, **rule) == "InvalidNetworkAclEntry.NotFound"


def test_a_rule_has_a_number_one_block_and_what_its_protocol_needs(ec2: Ec2, acl: str) -> None:
    def refused(**changed: Any) -> str:
        usual = {**WEB, "NetworkAclId": acl, "RuleNumber": 1, "CidrBlock": "10.0.0.0/8"}
        wished = {name: value for name, value in (usual | changed).items() if value is not None}
        return refusal(ec2.create_network_acl_entry, **wished)

    assert refused(RuleNumber=32767) == "InvalidParameterValue"
    assert refused(CidrBlock=None) == "MissingParameter"
    assert refused(Ipv6CidrBlock="2001:db8::/32") == "InvalidParameterCombination"
    assert refused(PortRange=None) == "MissingParameter"
    assert refused(Protocol="1") == "MissingParameter"
    assert refused(Protocol="tcp") == "InvalidParameterValue"
    assert refused(NetworkAclId="acl-1") == "InvalidNetworkAclID.NotFound"


def test_a_rule_keeps_what_its_protocol_has_and_a_block_without_host_bits(ec2: Ec2, acl: str) -> None:
    place = {"NetworkAclId": acl, "RuleNumber": 1, "Egress": False, "RuleAction": "allow"}
    ports, ping = {"From": 0, "To": 0}, {"Code": -1, "Type": 8}
    ec2.create_network_acl_entry(**place, Protocol="1", CidrBlock="10.1.2.3/8", PortRange=ports, IcmpTypeCode=ping)

    told = next(each for each in entries(ec2, acl) if each["RuleNumber"] == 1)
    assert (told["CidrBlock"], told["IcmpTypeCode"], "PortRange" in told) == ("10.0.0.0/8", ping, False)

    ec2.replace_network_acl_entry(**place, Protocol="-1", CidrBlock="10.0.0.0/8", PortRange=ports)
    told = next(each for each in entries(ec2, acl) if each["RuleNumber"] == 1)
    assert not {"PortRange", "IcmpTypeCode"} & told.keys()


def test_a_rule_that_is_not_there_is_neither_replaced_nor_deleted(ec2: Ec2, acl: str) -> None:
    rule = {"NetworkAclId": acl, "RuleNumber": 7, "Egress": False}

    assert refusal(ec2.delete_network_acl_entry, **rule) == "InvalidNetworkAclEntry.NotFound"
    wished = {**WEB, **rule, "CidrBlock": "10.0.0.0/8"}
    assert refusal(ec2.replace_network_acl_entry, **wished) == "InvalidNetworkAclEntry.NotFound"


def test_a_subnet_has_one_acl_of_its_own_vpc_and_leaves_it_at_its_end(ec2: Ec2, vpc: str, acl: str) -> None:
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"].replace("/16", "/24")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]

    def association() -> str:
        filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
        (found,) = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
        return str(found["Associations"][0]["NetworkAclAssociationId"])

    foreign = ec2.create_network_acl(VpcId=new_vpc(ec2))["NetworkAcl"]["NetworkAclId"]
    move = ec2.replace_network_acl_association
    assert refusal(move, AssociationId="aclassoc-1", NetworkAclId=acl) == "InvalidAssociationID.NotFound"
    assert refusal(move, AssociationId=association(), NetworkAclId=foreign) == "InvalidParameterValue"

    move(AssociationId=association(), NetworkAclId=acl)
    assert refusal(ec2.delete_network_acl, NetworkAclId=acl) == "DependencyViolation"
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_network_acl(NetworkAclId=acl)


def test_the_acl_that_came_with_a_vpc_stays(ec2: Ec2, vpc: str) -> None:
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
    (found,) = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]

    assert refusal(ec2.delete_network_acl, NetworkAclId=found["NetworkAclId"]) == "InvalidParameterValue"


def main_of(ec2: Ec2, vpc: str) -> tuple[str, str]:
    """The main route table of a VPC and its association."""
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    (found,) = (each for table in tables for each in table["Associations"] if each["Main"])
    return str(found["RouteTableId"]), str(found["RouteTableAssociationId"])


def test_a_vpc_always_has_a_main_route_table_of_its_own(ec2: Ec2, vpc: str) -> None:
    old, association = main_of(ec2, vpc)
    other = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    foreign = ec2.create_route_table(VpcId=new_vpc(ec2))["RouteTable"]["RouteTableId"]
    replace = ec2.replace_route_table_association

    assert refusal(ec2.disassociate_route_table, AssociationId=association) == "InvalidParameterValue"
    assert refusal(ec2.delete_route_table, RouteTableId=old) == "DependencyViolation"
    assert refusal(replace, AssociationId=association, RouteTableId=foreign) == "InvalidParameterValue"

    replace(AssociationId=association, RouteTableId=other)
    assert main_of(ec2, vpc)[0] == other
    ec2.delete_route_table(RouteTableId=old)


def peered(ec2: Ec2, one: str, other: str) -> str:
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    return str(made["VpcPeeringConnectionId"])


def status(ec2: Ec2, connection: str) -> str:
    told = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[connection])["VpcPeeringConnections"]
    return str(told[0]["Status"]["Code"])


def test_vpcs_whose_blocks_overlap_are_not_peered(ec2: Ec2, vpc: str) -> None:
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"]
    same = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]

    assert status(ec2, peered(ec2, vpc, same)) == "failed"


def test_two_vpcs_have_one_connection_and_no_options_before_it_is_active(ec2: Ec2, vpc: str) -> None:
    other = new_vpc(ec2)
    connection = peered(ec2, vpc, other)
    options = {"AllowDnsResolutionFromRemoteVpc": True}

    def set_options() -> None:
        ec2.modify_vpc_peering_connection_options(
            VpcPeeringConnectionId=connection, RequesterPeeringConnectionOptions=options
        )

    again = {"VpcId": other, "PeerVpcId": vpc}
    assert refusal(ec2.create_vpc_peering_connection, **again) == "VpcPeeringConnectionAlreadyExists"
    assert refusal(set_options) == "OperationNotPermitted"

    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    set_options()
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)
    assert status(ec2, connection) == "deleted"
    assert peered(ec2, vpc, other) != connection


def test_connections_are_found_by_their_ends(ec2: Ec2, vpc: str) -> None:
    connection = peered(ec2, vpc, new_vpc(ec2))
    filters = [{"Name": "requester-vpc-info.vpc-id", "Values": [vpc]}]

    told = ec2.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]

    assert [each["VpcPeeringConnectionId"] for each in told] == [connection]
    unknown = {"VpcPeeringConnectionIds": ["pcx-1"]}
    assert refusal(ec2.describe_vpc_peering_connections, **unknown) == "InvalidVpcPeeringConnectionID.NotFound"


def test_a_route_through_a_connection_that_is_deleted_is_a_black_hole(ec2: Ec2, vpc: str) -> None:
    connection, (table, _) = peered(ec2, vpc, new_vpc(ec2)), main_of(ec2, vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="172.16.0.0/16", VpcPeeringConnectionId=connection)

    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)

    (told,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    states = {route["DestinationCidrBlock"]: route["State"] for route in told["Routes"]}
    assert states["172.16.0.0/16"] == "blackhole"
