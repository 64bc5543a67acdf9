"""A network that exists, as AWS tells of it: which answers are refused, and what is made in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tap_stack.errors import ConfigError

from .recording import Recording, Refused, Region, tap

VPC = "vpc-0123456789abcdef0"
ONE, OTHER, THIRD = (f"subnet-0123456789abcdef{number}" for number in range(3))
GIVEN = {"vpcId": VPC, "privateSubnetIds": f"{ONE},{OTHER}"}
GROUP = "aws:autoscaling/group:Group"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
OUT = {"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1", "gatewayId": ""}
TO_INTERNET = {"cidrBlock": "0.0.0.0/0", "natGatewayId": "", "gatewayId": "igw-1"}


@dataclass(frozen=True)
class Network(Region):
    """A VPC whose first two subnets share a table; the third follows the main one."""

    free: int = 200
    routes: tuple[tuple[str, ...], ...] = ()
    main_leads_out: bool = True
    endpoints: tuple[str, ...] = ()  # services of which there is one of somebody's
    several: tuple[str, ...] = ()  # services of which there are more
    cidrs: tuple[str, ...] = ("10.7.0.0/16",)
    members: int = 0
    public: tuple[str, ...] = ()
    silent: bool = False
    same_zone: bool = False

    def answer(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        question = token.rsplit(":", 1)[-1]
        known: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "getVpc": self._vpc,
            "getSubnet": self._subnet,
            "getRouteTable": self._table,
            "getVpcEndpoint": self._endpoint,
            "getInstances": lambda _: {"ids": [f"i-{number}" for number in range(self.members)]},
            "getPrefixList": lambda _: {"prefixListId": "pl-s3"},
        }
        return known[question](args) if question in known else super().answer(token, args)

    def _vpc(self, _: Mapping[str, Any]) -> dict[str, Any]:
        blocks = [{"cidrBlock": each, "state": "associated", "associationId": "x"} for each in self.cidrs]
        dns = {"enableDnsSupport": True, "enableDnsHostnames": True}
        return {"cidrBlock": self.cidrs[0], "cidrBlockAssociations": blocks, "mainRouteTableId": "rtb-main", **dns}

    def _subnet(self, args: Mapping[str, Any]) -> dict[str, Any]:
        zone = self.zones[0 if self.same_zone else int(args["id"][-1])]
        return {"availabilityZone": zone, "availableIpAddressCount": None if self.silent else self.free}

    def _table(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if args.get("subnetId") == THIRD:
            raise Refused("query returned no results. Please change your search criteria and try again")
        if "routeTableId" in args:
            return {"routeTableId": args["routeTableId"], "routes": [OUT] if self.main_leads_out else []}
        public = args["subnetId"] in self.public
        return {"routeTableId": "rtb-1", "routes": [TO_INTERNET if public else OUT]}

    def _endpoint(self, args: Mapping[str, Any]) -> dict[str, Any]:
        service = args["serviceName"].rpartition(".")[2]
        if "tags" in args or service not in (*self.endpoints, *self.several):
            raise Refused("no matching EC2 VPC Endpoint found")
        if service in self.several:
            raise Refused("multiple EC2 VPC Endpoints matched; use additional constraints")
        return {"tags": {}, "privateDnsEnabled": True}


def outputs(recording: Recording) -> dict[str, Any]:
    """What the component of the network publishes."""
    return recording.outputs[recording.one("tap:index:GivenNetwork").urn]


def test_the_group_is_put_into_its_subnets_and_nothing_of_a_network_is_made() -> None:
    recording = tap(Network(), **GIVEN)

    assert recording.one(GROUP).inputs["vpcZoneIdentifiers"] == [ONE, OTHER]
    made = {found.type for found in recording.resources if found.type.startswith(("aws:ec2/", "aws:vpc/"))}
    assert made == {
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
    assert recording.one("aws:ec2/securityGroup:SecurityGroup").inputs["vpcId"] == VPC


def test_vpcs_and_addresses_are_no_question_there() -> None:
    asked = [token.rsplit(":", 1)[-1] for token, _, _ in tap(Network(), **GIVEN).invokes]

    assert not {"getVpcs", "getEips", "getSubnets", "getAvailabilityZones"} & set(asked)


def test_a_subnet_without_a_table_of_its_own_follows_the_main_one() -> None:
    third = {**GIVEN, "privateSubnetIds": f"{ONE},{THIRD}"}

    assert outputs(tap(Network(), **third))["private_route_table_ids"] == ["rtb-1", "rtb-main"]
    assert tap(Network(), **third).warnings == []
    (warning,) = tap(Network(main_leads_out=False), **third).warnings
    assert f"{THIRD} (us-east-1c) will not reach Systems Manager" in warning
    there = Network(main_leads_out=False, endpoints=("ssm", "ssmmessages"))
    assert tap(there, **third).warnings == []


@pytest.mark.parametrize(
    ("network", "key", "said"),
    [
        (Network(same_zone=True), "privateSubnetIds", "are both in us-east-1a"),
        (Network(public=(OTHER,)), "privateSubnetIds", rf"{OTHER}, rtb-1, leads to igw-1$"),
        (Network(offering=("us-east-1a",)), "privateSubnetIds", rf"t3.micro \(us-east-1a\); {OTHER} is in us-east-1b"),
        (Network(free=3), "maxSize", "up to 8 instances with replacements, and there is room for 6$"),
        (Network(free=2, members=3), "maxSize", "and there is room for 7$"),
    ],
)
def test_a_network_that_does_not_do_is_refused(network: Network, key: str, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"^tap:{key} = .*{said}"):
        tap(network, **GIVEN)


@pytest.mark.parametrize("network", [Network(free=4), Network(free=2, members=4), Network(free=0, silent=True)])
def test_where_there_is_room_or_nobody_says_it_is_not_refused(network: Network) -> None:
    assert outputs(tap(network, **GIVEN))["vpc_id"] == VPC


def test_endpoints_to_come_take_addresses_too() -> None:
    with pytest.raises(ConfigError, match=r"tap:maxSize = .* room for 6, 4 in each for endpoints$"):
        tap(Network(free=7), **GIVEN, vpcEndpoints="true")


@pytest.mark.parametrize(
    ("network", "made"),
    [
        (Network(), {"logs", "monitoring", "s3", "ssm", "ssmmessages"}),
        (Network(endpoints=("logs", "s3")), {"monitoring", "ssm", "ssmmessages"}),
        (Network(several=("logs",)), {"monitoring", "s3", "ssm", "ssmmessages"}),
    ],
)
def test_endpoints_are_made_as_far_as_there_are_none(network: Network, made: set[str]) -> None:
    recording = tap(network, **GIVEN, vpcEndpoints="true")

    assert {each.inputs["serviceName"].rpartition(".")[2] for each in recording.of(ENDPOINT).values()} == made
    assert {tuple(each.inputs["subnetIds"]) for each in recording.of(ENDPOINT).values() if "subnetIds" in each.inputs}


def test_endpoints_that_are_named_are_made_alone() -> None:
    recording = tap(Network(endpoints=("kms",)), **GIVEN, endpoints="ecr.api,kms,dynamodb")

    made = {each.inputs["serviceName"].partition("us-east-1.")[2] for each in recording.of(ENDPOINT).values()}
    assert made == {"ecr.api", "dynamodb"}


def test_every_block_of_the_vpc_may_use_the_endpoints_and_is_where_closed_egress_leads() -> None:
    recording = tap(Network(cidrs=("10.7.0.0/16", "100.64.0.0/16")), **GIVEN, vpcEndpoints="true", openEgress="false")
    rules = recording.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()

    assert {each.inputs["cidrIpv4"] for each in rules if "endpoints" in each.name} == {"10.7.0.0/16", "100.64.0.0/16"}
    leads = {each.inputs.get("cidrIpv4") or each.inputs["prefixListId"] for each in recording.of(EGRESS).values()}
    assert leads == {"10.7.0.0/16", "100.64.0.0/16", "pl-s3"}


@pytest.mark.parametrize(
    ("standing", "settings", "moves"),
    [
        ((), GIVEN, False),
        (((VPC, "10.7.0.0/16"),), GIVEN, False),
        ((("vpc-own", "10.0.0.0/16"),), GIVEN, True),
        (((VPC, "10.7.0.0/16"),), {}, True),
        (((VPC, "10.7.0.0/16"), ("vpc-own", "10.0.0.0/16")), GIVEN, True),
        (((VPC, "10.7.0.0/16"), ("vpc-own", "10.0.0.0/16")), {}, True),
    ],
)
def test_a_fleet_that_comes_from_another_network_takes_its_template_along(
    standing: tuple[tuple[str, str], ...], settings: dict[str, str], *, moves: bool
) -> None:
    recording = tap(Network(vpcs=standing), **settings)

    assert ("launchTemplate" in recording.one(GROUP).ignore_changes) is not moves
