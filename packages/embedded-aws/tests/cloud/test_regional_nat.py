"""Regional NAT gateways: they follow the subnets of their VPC, or have the addresses that somebody gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

Ec2 = Any
ANYWHERE = "0.0.0.0/0"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=4) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ec2(cloud: Cloud) -> Ec2:
    return cloud.client("ec2")


@pytest.fixture
def vpc(ec2: Ec2) -> str:
    made = str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made)
    return made


def subnet(ec2: Ec2, vpc: str, letter: str) -> str:
    number = ord(letter)
    created = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{letter}")
    return str(created["Subnet"]["SubnetId"])


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def told(ec2: Ec2, gateway: str) -> dict[str, Any]:
    (found,) = ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    return dict(found)


def zones(ec2: Ec2, gateway: str) -> list[str]:
    return [each["AvailabilityZone"][-1] for each in told(ec2, gateway)["NatGatewayAddresses"]]


def regional(ec2: Ec2, vpc: str, **more: Any) -> str:
    return str(ec2.create_nat_gateway(AvailabilityMode="regional", VpcId=vpc, **more)["NatGateway"]["NatGatewayId"])


def test_it_has_an_address_in_each_zone_with_subnets_and_follows_them(ec2: Ec2, vpc: str) -> None:
    first = subnet(ec2, vpc, "a")
    gateway = regional(ec2, vpc)

    assert zones(ec2, gateway) == ["a"]
    subnet(ec2, vpc, "c")
    assert zones(ec2, gateway) == ["a", "c"]
    ec2.delete_subnet(SubnetId=first)  # it stands in no subnet
    assert zones(ec2, gateway) == ["c"]
    found = told(ec2, gateway)
    assert (found["State"], found["AvailabilityMode"], found["AutoProvisionZones"]) == (
        "available",
        "regional",
        "enabled",
    )
    assert "SubnetId" not in found


def test_gateways_are_found_by_their_tags(ec2: Ec2, vpc: str) -> None:
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Whose", "Value": "mine"}]}]
    mine, _ = regional(ec2, vpc, TagSpecifications=tags), regional(ec2, vpc)

    found = ec2.describe_nat_gateways(Filters=[{"Name": "tag:Whose", "Values": ["m*"]}])["NatGateways"]
    assert [(each["NatGatewayId"], each["Tags"]) for each in found] == [(mine, tags[0]["Tags"])]


def test_its_route_table_leads_to_the_internet_gateway_and_goes_with_it(ec2: Ec2, vpc: str) -> None:
    subnet(ec2, vpc, "a")
    gateway = regional(ec2, vpc)
    own = told(ec2, gateway)["RouteTableId"]
    (table,) = ec2.describe_route_tables(RouteTableIds=[own])["RouteTables"]
    (out,) = [each for each in table["Routes"] if each.get("DestinationCidrBlock") == ANYWHERE]

    assert out["GatewayId"].startswith("igw-")
    other = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=other, DestinationCidrBlock=ANYWHERE, NatGatewayId=gateway)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert refusal(ec2.describe_route_tables, RouteTableIds=[own]) == "InvalidRouteTableID.NotFound"
    (left,) = ec2.describe_route_tables(RouteTableIds=[other])["RouteTables"]
    assert {each["State"] for each in left["Routes"] if each.get("NatGatewayId")} == {"blackhole"}


def test_the_addresses_that_it_brings_along_are_its_own_and_go_with_it(ec2: Ec2, vpc: str) -> None:
    subnet(ec2, vpc, "a")
    gateway = regional(ec2, vpc)
    (mine,) = [each["AllocationId"] for each in told(ec2, gateway)["NatGatewayAddresses"]]
    (address,) = ec2.describe_addresses(AllocationIds=[mine])["Addresses"]

    assert address["ServiceManaged"] == "rnat"
    assert refusal(ec2.release_address, AllocationId=mine) == "OperationNotPermitted"
    by_hand = {"NatGatewayId": gateway, "AllocationIds": [mine], "AvailabilityZone": "us-east-1a"}
    assert refusal(ec2.associate_nat_gateway_address, **by_hand) == "OperationNotPermitted"
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert mine not in {each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]}


def test_with_addresses_of_ones_own_its_zones_are_ones_own_too(ec2: Ec2, vpc: str) -> None:
    subnet(ec2, vpc, "a")
    one, other = (ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2))
    placed = [{"AvailabilityZone": "us-east-1b", "AllocationIds": [one]}]
    gateway = regional(ec2, vpc, AvailabilityZoneAddresses=placed)

    assert zones(ec2, gateway) == ["b"]
    assert told(ec2, gateway)["AutoProvisionZones"] == "disabled"
    assert refusal(ec2.release_address, AllocationId=one) == "InvalidIPAddress.InUse"
    ec2.associate_nat_gateway_address(NatGatewayId=gateway, AllocationIds=[other], AvailabilityZone="us-east-1a")
    assert zones(ec2, gateway) == ["a", "b"]
    held = {each["AllocationId"]: each["AssociationId"] for each in told(ec2, gateway)["NatGatewayAddresses"]}
    ec2.disassociate_nat_gateway_address(NatGatewayId=gateway, AssociationIds=[held[one]])
    assert zones(ec2, gateway) == ["a"]
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    for each in (one, other):
        ec2.release_address(AllocationId=each)


def test_what_cannot_be_is_refused(ec2: Ec2, vpc: str) -> None:
    mode = {"AvailabilityMode": "regional"}
    in_a = subnet(ec2, vpc, "a")
    taken = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=in_a, AllocationId=taken)

    def placed(zone: str, address: str) -> dict[str, Any]:
        return {
            **mode,
            "VpcId": vpc,
            "AvailabilityZoneAddresses": [{"AvailabilityZone": zone, "AllocationIds": [address]}],
        }

    assert refusal(ec2.create_nat_gateway, **mode) == "MissingParameter"
    assert refusal(ec2.create_nat_gateway, **mode, VpcId=vpc, SubnetId=in_a) == "InvalidParameterCombination"
    private = {"VpcId": vpc, "ConnectivityType": "private"}
    assert refusal(ec2.create_nat_gateway, **mode, **private) == "InvalidParameterCombination"
    assert refusal(ec2.create_nat_gateway, **mode, VpcId="vpc-00000000000000000") == "InvalidVpcID.NotFound"
    assert refusal(ec2.create_nat_gateway, **placed("us-east-1a", taken)) == "Resource.AlreadyAssociated"
    assert refusal(ec2.create_nat_gateway, **placed("us-east-1a", "eipalloc-1")) == "InvalidAllocationID.NotFound"
    assert refusal(ec2.create_nat_gateway, **placed("eu-west-1a", taken)) == "InvalidParameterValue"


def test_without_an_internet_gateway_it_fails_and_with_one_it_holds_it(ec2: Ec2, vpc: str) -> None:
    bare = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    failed = told(ec2, regional(ec2, bare))

    assert (failed["State"], failed["FailureCode"]) == ("failed", "Gateway.NotAttached")
    subnet(ec2, vpc, "a")
    gateway = regional(ec2, vpc)
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    (internet,) = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]
    detach = {"InternetGatewayId": internet["InternetGatewayId"], "VpcId": vpc}
    assert zones(ec2, gateway) == ["a"]
    assert refusal(ec2.detach_internet_gateway, **detach) == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.detach_internet_gateway(**detach)
