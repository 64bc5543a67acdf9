"""A network that somebody else has made, with EC2's own calls: what a stack is put into in tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

OWNER = {"Owner": "network team"}


@dataclass(frozen=True)
class Foreign:
    """The network: 10.50.0.0/16 with a NAT gateway in zone a.

    Attributes:
        private: Zone letter to the subnet behind the NAT gateway; `c` follows the main table, which leads nowhere.
        public: Zone letter to the subnet behind the internet gateway.
        small: A subnet in zone b with eleven addresses.
    """

    vpc: str
    private: Mapping[str, str]
    public: Mapping[str, str]
    small: str
    gateway: str
    nat: str
    private_table: str
    public_table: str
    main_table: str

    def config(self, letters: str = "ab") -> dict[str, str]:
        """The configuration of a stack that stands in it, in zones of these letters."""
        return {
            "tap:vpcId": self.vpc,
            "tap:privateSubnetIds": ",".join(self.private[letter] for letter in letters),
            "tap:publicSubnetIds": ",".join(self.public.values()),
        }


def _tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in OWNER.items()]}]


def make(ec2: Any, region: str) -> Foreign:
    """Make it."""
    vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16", TagSpecifications=_tagged("vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)

    def subnet(letter: str, cidr: str) -> str:
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{region}{letter}")
        return str(made["Subnet"]["SubnetId"])

    def table(*subnets: str, **target: str) -> str:
        made = str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
        for each in subnets:
            ec2.associate_route_table(RouteTableId=made, SubnetId=each)
        return made

    private = {letter: subnet(letter, f"10.50.{number}.0/26") for number, letter in enumerate("abc")}
    public = {letter: subnet(letter, f"10.50.{number + 100}.0/26") for number, letter in enumerate("ab")}
    public_table = table(*public.values(), GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public["a"], AllocationId=address)["NatGateway"]["NatGatewayId"]
    small = subnet("b", "10.50.200.0/28")
    private_table = table(private["a"], private["b"], small, NatGatewayId=nat)
    main = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    (followed,) = ec2.describe_route_tables(Filters=main)["RouteTables"]
    ends = {"private_table": private_table, "public_table": public_table, "main_table": followed["RouteTableId"]}
    return Foreign(vpc, private, public, small, gateway, nat, **ends)


LOOKED_AT = {
    "describe_vpcs": "Vpcs",
    "describe_subnets": "Subnets",
    "describe_route_tables": "RouteTables",
    "describe_network_acls": "NetworkAcls",
    "describe_vpc_endpoints": "VpcEndpoints",
    "describe_nat_gateways": "NatGateways",
}


def seen(ec2: Any, vpc: str) -> dict[str, Any]:
    """All that there is of a network, without what its users change: free addresses and their security groups."""
    within = [{"Name": "vpc-id", "Values": [vpc]}]
    found = {call: getattr(ec2, call)(Filters=within)[key] for call, key in LOOKED_AT.items()}
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    default = [*within, {"Name": "group-name", "Values": ["default"]}]
    return {
        **{call: list(_without(each, "AvailableIpAddressCount")) for call, each in found.items()},
        "dns": [
            ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)[name[0].upper() + name[1:]]
            for name in ("enableDnsSupport", "enableDnsHostnames")
        ],
        "gateways": ec2.describe_internet_gateways(Filters=attached)["InternetGateways"],
        "default": ec2.describe_security_groups(Filters=default)["SecurityGroups"],
        "flow logs": ec2.describe_flow_logs()["FlowLogs"],
    }


def _without(things: list[dict[str, Any]], key: str) -> Iterator[dict[str, Any]]:
    """What is there, without what has been deleted and is shown for a while."""
    for thing in (each for each in things if each.get("State") != "deleted"):
        yield {name: value for name, value in thing.items() if name != key}
