"""R1 and R7: zones, subnets, routes, gateways, endpoints and the flow log."""

from __future__ import annotations

from typing import Any

import pytest

from .recording import Recording, Region, tap

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"

ALL_ZONES = tuple(f"us-east-1{letter}" for letter in "abcdef")
SIX = Region(zones=ALL_ZONES, offering=ALL_ZONES)


def facts(recording: Recording) -> dict[tuple[str, str], dict[str, Any]]:
    """Type and name of every resource of the network to its inputs."""
    return {
        (found.type, found.name): found.inputs
        for found in recording.resources
        if found.type.startswith("aws:ec2/") and "launchTemplate" not in found.type
    }


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("us-east-1a,us-east-1b", "us-east-1a,us-east-1b,us-east-1c", "c"),
        ("us-east-1a,us-east-1b,us-east-1c", "us-east-1a,us-east-1c", "b"),
        ("us-east-1b,us-east-1c", "us-east-1a,us-east-1b,us-east-1c", "a"),
    ],
)
def test_a_zone_more_or_less_touches_no_other_zone(before: str, after: str, changed: str) -> None:
    first, second = (facts(tap(SIX, zones=zones)) for zones in (before, after))

    differing = {name for key in {*first, *second} if first.get(key) != second.get(key) for name in [key[1]]}
    assert differing == {
        f"tap-{thing}-dev"
        for thing in (f"public-{changed}", f"private-{changed}", f"private-{changed}-nat", f"nat-{changed}")
    }


def test_each_zone_has_a_public_and_a_private_subnet_that_give_no_public_address() -> None:
    subnets = tap(zones="2").of(SUBNET)

    assert {
        name: (found.inputs["availabilityZone"], found.inputs["cidrBlock"], found.tags["Type"])
        for name, found in subnets.items()
    } == {
        "tap-public-a-dev": ("us-east-1a", "10.0.16.0/21", "Public"),
        "tap-private-a-dev": ("us-east-1a", "10.0.0.0/20", "Private"),
        "tap-public-b-dev": ("us-east-1b", "10.0.48.0/21", "Public"),
        "tap-private-b-dev": ("us-east-1b", "10.0.32.0/20", "Private"),
    }
    assert {found.inputs["mapPublicIpOnLaunch"] for found in subnets.values()} == {False}


def test_there_is_one_public_route_table_and_one_private_table_for_each_zone() -> None:
    recording = tap(zones="3")

    assert sorted(recording.of(TABLE)) == [
        "tap-private-a-dev",
        "tap-private-b-dev",
        "tap-private-c-dev",
        "tap-public-dev",
    ]
    associations = recording.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    assert {(found.inputs["subnetId"], found.inputs["routeTableId"]) for found in associations.values()} == {
        *((f"tap-public-{letter}-dev-id", "tap-public-dev-id") for letter in "abc"),
        *((f"tap-private-{letter}-dev-id", f"tap-private-{letter}-dev-id") for letter in "abc"),
    }


def test_routes_are_resources_of_their_own() -> None:
    recording = tap(zones="2")

    assert {name: _target(found.inputs) for name, found in recording.of(ROUTE).items()} == {
        "tap-public-internet-dev": "tap-internet-dev-id",
        "tap-private-a-nat-dev": "tap-nat-a-dev-id",
        "tap-private-b-nat-dev": "tap-nat-b-dev-id",
    }
    assert [found.name for found in recording.of(TABLE).values() if "routes" in found.inputs] == []


def _target(inputs: dict[str, Any]) -> str:
    assert inputs["destinationCidrBlock"] == "0.0.0.0/0"
    return str(inputs.get("gatewayId") or inputs["natGatewayId"])


def test_a_single_nat_gateway_serves_every_zone() -> None:
    recording = tap(zones="3", natStrategy="single")

    assert list(recording.of(NAT)) == ["tap-nat-a-dev"]
    assert {
        found.inputs["natGatewayId"] for name, found in recording.of(ROUTE).items() if name.startswith("tap-private")
    } == {"tap-nat-a-dev-id"}


def test_a_nat_gateway_waits_for_the_internet_gateway() -> None:
    recording = tap()

    gateway = recording.one("aws:ec2/internetGateway:InternetGateway").urn
    assert [found.name for found in recording.of(NAT).values() if gateway not in found.dependencies] == []


def test_without_nat_no_private_subnet_has_a_way_to_the_internet() -> None:
    recording = tap(natStrategy="none")

    assert recording.of(NAT) == {}
    assert recording.of("aws:ec2/eip:Eip") == {}
    assert list(recording.of(ROUTE)) == ["tap-public-internet-dev"]


def test_without_nat_the_endpoints_are_there() -> None:
    recording = tap(natStrategy="none", zones="2")
    private = ["tap-private-a-dev-id", "tap-private-b-dev-id"]

    endpoints = {found.inputs["serviceName"]: found.inputs for found in recording.of(ENDPOINT).values()}
    assert sorted(endpoints) == [
        f"com.amazonaws.us-east-1.{service}" for service in ("logs", "monitoring", "s3", "ssm", "ssmmessages")
    ]
    gateway = endpoints.pop("com.amazonaws.us-east-1.s3")
    assert (gateway["vpcEndpointType"], gateway["routeTableIds"]) == ("Gateway", private)
    assert {inputs["vpcEndpointType"] for inputs in endpoints.values()} == {"Interface"}
    assert [inputs for inputs in endpoints.values() if not inputs["privateDnsEnabled"]] == []
    assert [inputs for inputs in endpoints.values() if inputs["subnetIds"] != private] == []
    assert [i for i in endpoints.values() if i["securityGroupIds"] != ["tap-endpoints-dev-id"]] == []


@pytest.mark.parametrize(
    ("settings", "there"),
    [
        ({}, False),
        ({"vpcEndpoints": "true"}, True),
        ({"openEgress": "false"}, True),
        ({"natStrategy": "single"}, False),
    ],
)
def test_endpoints_are_made_where_they_are_wanted_or_needed(settings: dict[str, str], *, there: bool) -> None:
    assert bool(tap(**settings).of(ENDPOINT)) == there


def test_the_endpoints_let_in_https_from_the_vpc_alone() -> None:
    rule = tap(natStrategy="none").one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "tap-endpoints-dev")

    assert {key: rule.inputs[key] for key in ("cidrIpv4", "fromPort", "toPort", "ipProtocol", "description")} == {
        "cidrIpv4": "10.0.0.0/16",
        "fromPort": 443,
        "toPort": 443,
        "ipProtocol": "tcp",
        "description": "HTTPS from the VPC",
    }


def test_every_table_subnet_gateway_and_address_says_whether_it_is_public() -> None:
    recording = tap()

    types = (SUBNET, TABLE, NAT, "aws:ec2/eip:Eip", "aws:ec2/internetGateway:InternetGateway")
    resources = [found for type_ in types for found in recording.of(type_).values()]
    assert {found.name: found.tags["Type"] for found in resources} == {
        found.name: "Private" if "private" in found.name else "Public" for found in resources
    }
    assert [found.name for found in resources if found.tags["Name"] != found.name] == []


def test_the_vpcs_default_security_group_has_no_rules() -> None:
    group = tap().one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")

    assert (group.inputs.get("ingress"), group.inputs.get("egress")) == ([], [])


def test_all_traffic_is_logged_to_a_group_with_a_retention() -> None:
    recording = tap(flowLogRetentionDays="30")

    log = recording.one("aws:ec2/flowLog:FlowLog")
    assert (log.inputs["vpcId"], log.inputs["trafficType"]) == ("tap-vpc-dev-id", "ALL")
    assert log.inputs["logDestination"] == "arn:tap-flow-logs-dev"
    group = recording.one("aws:cloudwatch/logGroup:LogGroup", "tap-flow-logs-dev")
    assert group.inputs["retentionInDays"] == 30


def test_zones_are_used_as_they_are_named() -> None:
    recording = tap(SIX, zones="us-east-1f,us-east-1c")

    assert recording.exports["zones"] == ["us-east-1c", "us-east-1f"]
    assert sorted(recording.of(SUBNET)) == [
        "tap-private-c-dev",
        "tap-private-f-dev",
        "tap-public-c-dev",
        "tap-public-f-dev",
    ]
