"""R1 and R7: zones, subnets, routes, gateways, endpoints and the flow log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tap_stack.errors import ConfigError

from .recording import Recording, Refused, Region, tap

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


def routes_out(recording: Recording) -> dict[str, str]:
    """The letter of each private table to the NAT gateway that it leads to."""
    found = recording.of(ROUTE).items()
    return {name[12]: each.inputs["natGatewayId"][4:-7] for name, each in found if name.startswith("tap-private")}


@pytest.mark.parametrize(
    ("settings", "leads"),
    [
        ({"natZones": "1"}, {"a": "nat-a", "b": "nat-a", "c": "nat-a"}),
        ({"natZones": "2"}, {"a": "nat-a", "b": "nat-b", "c": "nat-a"}),
        ({"natZones": "us-east-1c,us-east-1b"}, {"a": "nat-b", "b": "nat-b", "c": "nat-c"}),
        ({"natStrategy": "regional"}, dict.fromkeys("abc", "nat-regional")),
    ],
)
def test_zones_without_a_nat_gateway_go_through_one_that_there_is(
    settings: dict[str, str], leads: dict[str, str]
) -> None:
    recording = tap(zones="3", **settings)

    assert routes_out(recording) == leads
    assert set(recording.of(NAT)) == {f"tap-{each}-dev" for each in leads.values()}


def test_a_zone_to_have_a_nat_gateway_must_be_one_of_the_stacks() -> None:
    with pytest.raises(ConfigError, match=r"tap:natZones = .* stack stands \(us-east-1a, us-east-1b\); us-east-1c is"):
        tap(natZones="us-east-1c")


def test_a_regional_nat_gateway_is_the_vpcs_and_brings_its_addresses_along() -> None:
    recording = tap(natStrategy="regional")
    gateway = recording.one(NAT).inputs

    assert (gateway["availabilityMode"], gateway["vpcId"]) == ("regional", "tap-vpc-dev-id")
    assert not {"subnetId", "allocationId", "availabilityZoneAddresses"} & gateway.keys()
    assert recording.of("aws:ec2/eip:Eip") == {}
    assert "L-0263D0A3" not in {args.get("quotaCode") for _, args, _ in recording.invokes}  # elastic addresses


EIPS = [f"eipalloc-0123456789abcdef{number}" for number in range(2)]


def test_addresses_of_ones_own_go_to_the_zones_in_their_order() -> None:
    own = {"natAllocationIds": ",".join(EIPS)}
    zonal, regional = tap(**own), tap(**own, natStrategy="regional")

    assert [each.inputs["allocationId"] for _, each in sorted(zonal.of(NAT).items())] == EIPS
    assert zonal.of("aws:ec2/eip:Eip") == {}
    assert regional.one(NAT).inputs["availabilityZoneAddresses"] == [
        {"availabilityZone": f"us-east-1{letter}", "allocationIds": [id_]}
        for letter, id_ in zip("ab", EIPS, strict=True)
    ]
    assert tap(natStrategy="single", natAllocationIds=EIPS[1]).one(NAT).inputs["allocationId"] == EIPS[1]


@dataclass(frozen=True)
class Taken(Region):
    """A region in which the second address is in use, perhaps by a gateway of the stack's own."""

    by: str = ""

    def answer(self, token: str, args: Any) -> dict[str, Any]:
        """Answer what is asked of addresses and gateways."""
        question = token.rsplit(":", 1)[-1]
        own = {"allocationId": EIPS[1], "state": "available", "tags": {"Name": self.by}}
        known: dict[str, dict[str, Any]] = {
            "getElasticIp": {"associationId": "eipassoc-1" if args.get("id") == EIPS[1] else ""},
            "getNatGateways": {"ids": ["nat-1"] if self.by else []},
            "getNatGateway": {**own, "regionalNatGatewayAddresses": []},
        }
        return known[question] if question in known else super().answer(token, args)


@pytest.mark.parametrize(
    ("by", "said"),
    [("", "is taken by something else$"), ("tap-nat-c-dev", "is taken by tap-nat-c-dev, which gives it up later$")],
)
def test_an_address_that_is_taken_is_refused(by: str, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"tap:natAllocationIds = .*; {EIPS[1]} {said}"):
        tap(Taken(by=by), natAllocationIds=",".join(EIPS))


def test_an_address_that_its_own_gateway_has_already_is_no_news() -> None:
    assert len(tap(Taken(by="tap-nat-b-dev"), natAllocationIds=",".join(EIPS)).of(NAT)) == 2


ONE_WAY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"


def ipv6_of(recording: Recording) -> dict[str, tuple[Any, Any]]:
    """Each subnet's name with its IPv6 block and whether it hands out addresses of it."""
    found = recording.of(SUBNET).items()
    keys = "ipv6CidrBlock", "assignIpv6AddressOnCreation"
    return {name[4:-4]: (each.inputs.get(keys[0]), each.inputs.get(keys[1])) for name, each in found}


def test_with_ipv6_private_instances_reach_out_and_nobody_reaches_in() -> None:
    recording = tap(ipv6="true")
    out = {name: each.inputs for name, each in recording.of(ROUTE).items() if "ipv6" in name}

    assert recording.one("aws:ec2/vpc:Vpc").inputs["assignGeneratedIpv6CidrBlock"] is True
    assert ipv6_of(recording) == {
        "private-a": ("2001:db8:0:ff00::/64", True),
        "public-a": ("2001:db8:0:ff01::/64", None),
        "private-b": ("2001:db8:0:ff02::/64", True),
        "public-b": ("2001:db8:0:ff03::/64", None),
    }
    assert {each["destinationIpv6CidrBlock"] for each in out.values()} == {"::/0"}
    assert {name: each.get("gatewayId") or each["egressOnlyGatewayId"] for name, each in out.items()} == {
        "tap-public-internet-ipv6-dev": "tap-internet-dev-id",
        "tap-private-a-ipv6-dev": "tap-internet-one-way-dev-id",
        "tap-private-b-ipv6-dev": "tap-internet-one-way-dev-id",
    }
    egress = recording.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").values()
    assert {each.inputs.get("cidrIpv4") or each.inputs["cidrIpv6"] for each in egress} == {"0.0.0.0/0", "::/0"}


def test_without_nat_there_is_no_way_out_by_ipv6_either() -> None:
    recording = tap(ipv6="true", natStrategy="none")

    assert recording.of(ONE_WAY) == {}
    assert [name for name in recording.of(ROUTE) if "private" in name] == []


def test_a_block_stays_with_the_vpc_that_has_one_and_is_used_no_more() -> None:
    left = tap(Region(vpcs=(("vpc-1", "10.0.0.0/16"),), ipv6_blocks=("associated",)))

    assert left.one("aws:ec2/vpc:Vpc").inputs["assignGeneratedIpv6CidrBlock"] is True
    assert {handed for _, handed in ipv6_of(left).values()} == {None}
    assert all(block for block, _ in ipv6_of(left).values())
    assert left.of(ONE_WAY) == {}
    assert not [name for name in left.of(ROUTE) if "ipv6" in name]


def test_nothing_of_ipv6_is_there_by_default() -> None:
    standing = tap(Region(vpcs=(("vpc-1", "10.0.0.0/16"),), ipv6_blocks=("disassociated",)))

    for recording in (tap(), standing):
        assert "assignGeneratedIpv6CidrBlock" not in recording.one("aws:ec2/vpc:Vpc").inputs
        assert set(ipv6_of(recording).values()) == {(None, None)}


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


def services(recording: Recording) -> dict[str, dict[str, Any]]:
    """The endpoints by the ends of their services' names."""
    found = [each.inputs for each in recording.of(ENDPOINT).values()]
    return {each["serviceName"].partition("us-east-1.")[2]: each for each in found}


def test_endpoints_of_further_services_come_beside_the_usual_ones_or_alone() -> None:
    usual = {"logs", "monitoring", "s3", "ssm", "ssmmessages"}

    assert set(services(tap(endpoints="ecr.api,ssm,dynamodb", natStrategy="none"))) == {*usual, "ecr.api", "dynamodb"}
    alone = services(tap(endpoints="ecr.api,s3"))
    assert {service: each["vpcEndpointType"] for service, each in alone.items()} == {
        "ecr.api": "Interface",
        "s3": "Gateway",
    }
    gateways = tap(endpoints="dynamodb")
    assert set(services(gateways)) == {"dynamodb"}
    assert list(gateways.of("aws:ec2/securityGroup:SecurityGroup")) == ["tap-instances-dev"]


@dataclass(frozen=True)
class Without(Region):
    """A region without interface endpoints of these services."""

    services: tuple[str, ...] = ()
    words: str = "no matching EC2 VPC Endpoint Service found"

    def answer(self, token: str, args: Any) -> dict[str, Any]:
        """Refuse what there is not."""
        if token.endswith("getVpcEndpointService") and args["serviceName"].endswith(self.services):
            raise Refused(self.words)
        return super().answer(token, args)


@pytest.mark.parametrize("words", [Without.words, "InvalidServiceName: The Vpc Endpoint Service does not exist"])
def test_a_service_that_the_region_has_no_endpoints_of_is_refused_by_name(words: str) -> None:
    with pytest.raises(ConfigError, match=r"tap:endpoints = .*; accepted: services of which us-east-1 .*; 'kmz' is"):
        tap(Without(services=(".kmz",), words=words), endpoints="ecr.api,kmz")


def test_a_service_of_which_nobody_may_ask_is_taken_at_its_word() -> None:
    found = services(tap(Without(services=(".kmz",), words="UnauthorizedOperation"), endpoints="kmz"))

    assert len(found["kmz"]["subnetIds"]) == 2


def test_a_services_endpoint_is_in_the_zones_that_have_it() -> None:
    only_b = Region(endpoint_zones=("us-east-1b",))

    assert services(tap(only_b, endpoints="ecr.api"))["ecr.api"]["subnetIds"] == ["tap-private-b-dev-id"]


@pytest.mark.parametrize(
    ("settings", "region", "types"),
    [
        ({}, Region(), {"kms": None, "ecr.api": None}),
        ({"ipv6": "true"}, Region(), {"kms": "dualstack", "ecr.api": None}),
        (
            {},
            Region(vpcs=(("vpc-1", "10.0.0.0/16"),), ipv6_blocks=("associated",)),
            {"kms": "ipv4", "ecr.api": None},
        ),
    ],
)
def test_an_endpoint_has_both_kinds_of_addresses_where_its_service_can(
    settings: dict[str, str], region: Region, types: dict[str, str | None]
) -> None:
    recording = tap(region, endpoints="kms,ecr.api", **settings)
    rules = recording.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")

    assert {service: each.get("ipAddressType") for service, each in services(recording).items()} == types
    let_in = {each.inputs.get("cidrIpv6") for name, each in rules.items() if "endpoints" in name}
    assert let_in == ({None, "2001:db8:0:ff00::/56"} if settings else {None})


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
