"""Other ways out than the default's: a regional NAT gateway, IPv6, and endpoints of services that are named."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Any

import pytest
from support.deployed.stack import REGION, Deployed, OneAtATime, Variant

from embedded_pulumi.errors import ProgramRefused

CONFIG = {"tap:natStrategy": "regional", "tap:ipv6": "true", "tap:endpoints": "ecr.api,kms,dynamodb"}
WAYS_OUT = Variant("out", CONFIG, REGION)


@pytest.fixture
def stack(stacks: OneAtATime) -> Deployed:
    return stacks.deployed(WAYS_OUT)


ENDS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = ("NatGatewayId", "EgressOnlyInternetGatewayId", "GatewayId")


def private_routes(stack: Deployed) -> list[dict[str, str]]:
    """Of each private table, the targets by their destinations."""
    own = set(stack.outputs["private_route_table_ids"])
    tables = [each for each in stack.in_vpc("describe_route_tables", "RouteTables") if each["RouteTableId"] in own]
    return [
        {
            next(filter(None, map(each.get, ENDS))): next(filter(None, map(each.get, TARGETS)))
            for each in table["Routes"]
        }
        for table in tables
    ]


def test_one_regional_gateway_serves_both_zones_from_both_zones(stack: Deployed) -> None:
    (gateway,) = stack.client("ec2").describe_nat_gateways()["NatGateways"]

    assert (gateway["AvailabilityMode"], gateway["State"]) == ("regional", "available")
    assert [each["AvailabilityZone"] for each in gateway["NatGatewayAddresses"]] == stack.outputs["zones"]
    assert stack.outputs["nat_gateway_ids"] == [gateway["NatGatewayId"]]
    assert [table["0.0.0.0/0"] for table in private_routes(stack)] == [gateway["NatGatewayId"]] * 2


def test_instances_have_ipv6_addresses_of_their_zones_block_and_one_way_out(stack: Deployed) -> None:
    blocks = {
        each["SubnetId"]: IPv6Network(each["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        for each in stack.in_vpc("describe_subnets", "Subnets")
    }
    (one_way,) = stack.client("ec2").describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]

    assert len(set(blocks.values())) == 4
    for instance in stack.instances:
        (interface,) = instance["NetworkInterfaces"]
        (address,) = interface["Ipv6Addresses"]
        assert IPv6Address(address["Ipv6Address"]) in blocks[instance["SubnetId"]]
    assert {table["::/0"] for table in private_routes(stack)} == {one_way["EgressOnlyInternetGatewayId"]}


def test_the_endpoints_are_those_that_are_named(stack: Deployed) -> None:
    found = {each["ServiceName"]: each for each in stack.in_vpc("describe_vpc_endpoints", "VpcEndpoints")}

    assert set(found) == {f"com.amazonaws.{REGION}.{service}" for service in ("ecr.api", "kms", "dynamodb")}
    assert set(found[f"com.amazonaws.{REGION}.ecr.api"]["SubnetIds"]) == set(stack.outputs["private_subnet_ids"])


def test_an_endpoint_has_ipv6_addresses_where_its_service_takes_them(stack: Deployed) -> None:
    found = {each["ServiceName"]: each for each in stack.in_vpc("describe_vpc_endpoints", "VpcEndpoints")}
    kms, ecr = (found[f"com.amazonaws.{REGION}.{service}"] for service in ("kms", "ecr.api"))
    ask = stack.client("ec2").describe_network_interfaces

    def addresses(endpoint: dict[str, Any]) -> set[int]:
        interfaces = ask(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"]
        return {len(each["Ipv6Addresses"]) for each in interfaces}

    assert (kms["IpAddressType"], addresses(kms)) == ("dualstack", {1})
    # Interfaces of AWS's have no address that they did not ask for, whatever their subnet hands out.
    assert (ecr["IpAddressType"], addresses(ecr)) == ("ipv4", {0})


def test_after_a_refresh_there_is_nothing_to_change(stack: Deployed) -> None:
    stack.sandbox.engine.refresh()

    assert set(stack.sandbox.engine.preview().changes) == {"same"}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("tap:endpoints", "ecr.api,nowhere", "services of which eu-west-1 has interface endpoints; 'nowhere' is none"),
        (
            "tap:natAllocationIds",
            "eipalloc-00000000000000000,eipalloc-00000000000000001",
            "elastic addresses that exist in eu-west-1; eipalloc-00000000000000000 does not",
        ),
    ],
)
def test_what_does_not_exist_is_refused_by_name(stack: Deployed, key: str, value: str, said: str) -> None:
    with pytest.raises(ProgramRefused, match=rf"{key} = .* accepted: {said}"):
        stack.sandbox.engine_for({**CONFIG, key: value}).preview()
