"""The VPC: a public and a private subnet in each zone, the ways out, and a record of the traffic."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components.addresses import ZoneSubnets, subnet_plan, zone_ipv6
from tap_stack.components.component import Component
from tap_stack.components.endpoints import DUAL_STACK, IPV4, Endpoints
from tap_stack.components.flow_logs import FlowLogs, FlowLogsArgs
from tap_stack.components.nat import NatPlan, nat_plan
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.config.network import NO_NAT, REGIONAL
from tap_stack.outputs import NetworkOutputs

ANYWHERE = "0.0.0.0/0"
ANYWHERE_IPV6 = "::/0"


class NetworkingArgs(TypedDict):
    """What the network is made for.

    With `ipv6_block` the VPC and its subnets have IPv6 blocks, in use or not: AWS does not take one from a subnet in
    which an instance has an address of it. `dual_stack` are then the services whose endpoints can have one too.
    """

    config: InfraConfig
    ipv6_block: bool
    place: Place
    zones: Sequence[str]
    endpoint_zones: Mapping[str, Sequence[str]]
    dual_stack: Collection[str]
    flow_log: str


class SubnetOfType(TypedDict):
    """A subnet with its tag `Type`, for those who must not take a public one."""

    id: pulumi.Output[str]
    type: pulumi.Output[str]


class Networking(Component, NetworkOutputs):
    """VPC, subnets, gateways, route tables, endpoints and flow log.

    Everything of a zone is named for its letter, and its addresses follow from the letter: adding or removing a zone
    touches no other zone's resources. `ways` are the routes of the `public` and of the `private` subnets, without which
    their ids are of little use.
    """

    zones: pulumi.Input[Sequence[str]]
    fleet_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    endpoints: Endpoints | None
    closed_egress: Mapping[str, Mapping[str, Any]]

    def __init__(self, name: str, args: NetworkingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self.ways: dict[str, list[pulumi.Resource]] = {"public": [], "private": []}
        self._zone_of = {zone[-1]: zone for zone in args["zones"]}
        self._plan = subnet_plan(self.config.vpc_cidr, args["zones"])
        self._has_ipv6 = args["ipv6_block"]
        self._vpc = self._create_vpc()
        self._gateway = self._create_internet_gateway()
        self._public_table = self._create_public_route_table()
        self._public = {letter: self._create_public_subnet(letter, plan) for letter, plan in self._plan.items()}
        # Without NAT there is to be no way to the internet, by IPv6 neither.
        leads_out = self.config.ipv6 and self.config.nat_strategy != NO_NAT
        self._one_way = self._create_one_way_gateway() if leads_out else None
        self._nat = self._create_nat_gateways(nat_plan(self.config, args["zones"]))
        self._private = {
            letter: self._create_subnet("Private", letter, plan.private) for letter, plan in self._plan.items()
        }
        self._private_tables = {letter: self._create_private_route_table(letter) for letter in self._plan}
        self.endpoints = self._create_endpoints(args) if self.config.makes_endpoints else None
        self.closed_egress = _egress_to(self.endpoints) if self.endpoints else {}
        flow_logs: FlowLogsArgs = {
            "config": self.config,
            "place": args["place"],
            "vpc_id": self._vpc.id,
            "log_group": args["flow_log"],
        }
        FlowLogs(self.names.of("flow-logs"), flow_logs, self.child())
        self.zones = list(args["zones"])
        self.fleet_subnet_ids = [
            private_only({"id": subnet.id, "type": subnet.tags.apply(lambda tags: (tags or {}).get("Type", ""))})
            for subnet in self._private.values()
        ]
        self.publish(
            vpc_id=self._vpc.id,
            vpc_cidr=self._vpc.cidr_block,
            public_subnet_ids=_ids(self._public.values()),
            private_subnet_ids=_ids(self._private.values()),
            internet_gateway_id=self._gateway.id,
            nat_gateway_ids=_ids(dict.fromkeys(self._nat.values())),
            public_route_table_id=self._public_table.id,
            private_route_table_ids=_ids(self._private_tables.values()),
        )

    def _create_vpc(self) -> aws.ec2.Vpc:
        vpc = aws.ec2.Vpc(
            **self.tagged(self.names.of("vpc"), self.kept()),
            cidr_block=str(self.config.vpc_cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private names of interface endpoints need it
            assign_generated_ipv6_cidr_block=True if self._has_ipv6 else None,
        )
        # The default group lets its members talk to each other; without rules, forgetting a group means silence.
        aws.ec2.DefaultSecurityGroup(
            **self.tagged(self.names.of("default-closed")), vpc_id=vpc.id, ingress=[], egress=[]
        )
        return vpc

    def _create_internet_gateway(self) -> aws.ec2.InternetGateway:
        # It could be taken to another VPC, but never while the NAT gateways of the old one have their addresses.
        opts = self.child(replace_on_changes=["vpcId"])
        return aws.ec2.InternetGateway(
            **self.tagged(self.names.of("internet"), opts, Type="Public"), vpc_id=self._vpc.id
        )

    def _create_public_route_table(self) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(**self.tagged(self.names.of("public"), Type="Public"), vpc_id=self._vpc.id)
        self._route("public-internet", table, ANYWHERE, gateway_id=self._gateway.id)
        if self.config.ipv6:
            self._route("public-internet-ipv6", table, ANYWHERE_IPV6, gateway_id=self._gateway.id)
        return table

    def _route(self, thing: str, table: aws.ec2.RouteTable, to: str, **target: pulumi.Input[str]) -> None:
        destination = {"destination_ipv6_cidr_block" if ":" in to else "destination_cidr_block": to}
        args = aws.ec2.RouteArgs(route_table_id=table.id, **destination, **target)
        self.ways[thing.partition("-")[0]].append(aws.ec2.Route(self.names.of(thing), args, self.child()))

    def _create_public_subnet(self, letter: str, plan: ZoneSubnets) -> aws.ec2.Subnet:
        subnet = self._create_subnet("Public", letter, plan.public)
        self._associate(f"public-{letter}", subnet, self._public_table)
        return subnet

    def _create_subnet(self, type_: str, letter: str, addresses: IPv4Network) -> aws.ec2.Subnet:
        public = type_ == "Public"
        block = None
        if self._has_ipv6:
            block = self._vpc.ipv6_cidr_block.apply(lambda vpc: zone_ipv6(vpc, letter, public=public))
        opts = self.held_by_instances() if type_ == "Private" else self.child()
        return aws.ec2.Subnet(
            **self.tagged(self.names.of(f"{type_.lower()}-{letter}"), opts, Type=type_),
            vpc_id=self._vpc.id,
            availability_zone=self._zone_of[letter],
            cidr_block=str(addresses),
            map_public_ip_on_launch=False,  # also in public subnets: NAT gateways bring their own address
            ipv6_cidr_block=block,
            assign_ipv6_address_on_creation=True if self.config.ipv6 and not public else None,
        )

    def _associate(self, thing: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) -> None:
        joined = aws.ec2.RouteTableAssociation(
            self.names.of(thing), subnet_id=subnet.id, route_table_id=table.id, opts=self.child()
        )
        self.ways[thing.partition("-")[0]].append(joined)

    def _create_nat_gateways(self, plan: NatPlan) -> dict[str, aws.ec2.NatGateway]:
        """Zone letter to the gateway that its instances go through; empty without NAT."""
        if plan.regional:
            return dict.fromkeys(self._plan, self._create_regional_nat_gateway(plan.own))
        made = {letter: self._create_nat_gateway(letter, address) for letter, address in plan.own.items()}
        return {letter: made[plan.letter_for(letter)] for letter in self._plan} if made else {}

    def _create_nat_gateway(self, letter: str, own: str | None) -> aws.ec2.NatGateway:
        name = self.names.of(f"nat-{letter}")
        address = own or aws.ec2.Eip(**self.tagged(name, self.kept(), Type="Public"), domain="vpc").id
        # Without a way out its creation fails, and so it does while its address is still the old gateway's.
        opts = self.child(depends_on=[self._gateway], delete_before_replace=True)
        return aws.ec2.NatGateway(
            **self.tagged(name, opts, Type="Public"), subnet_id=self._public[letter].id, allocation_id=address
        )

    def _create_regional_nat_gateway(self, own: Mapping[str, str | None]) -> aws.ec2.NatGateway:
        """One for all zones. Without addresses of the user's, AWS looks after its zones and follows the subnets."""
        places = [
            aws.ec2.NatGatewayAvailabilityZoneAddressArgs(
                availability_zone=self._zone_of[letter], allocation_ids=[str(address)]
            )
            for letter, address in own.items()
        ]
        opts = self.child(depends_on=[self._gateway], delete_before_replace=bool(places))
        return aws.ec2.NatGateway(
            **self.tagged(self.names.of(f"nat-{REGIONAL}"), opts, Type="Public"),
            availability_mode=REGIONAL,
            vpc_id=self._vpc.id,
            availability_zone_addresses=places or None,
        )

    def _create_private_route_table(self, letter: str) -> aws.ec2.RouteTable:
        name = self.names.of(f"private-{letter}")
        table = aws.ec2.RouteTable(**self.tagged(name, Type="Private"), vpc_id=self._vpc.id)
        self._associate(f"private-{letter}", self._private[letter], table)
        if self._nat:
            self._route(f"private-{letter}-nat", table, ANYWHERE, nat_gateway_id=self._nat[letter].id)
        if self._one_way:
            self._route(f"private-{letter}-ipv6", table, ANYWHERE_IPV6, egress_only_gateway_id=self._one_way.id)
        return table

    def _create_one_way_gateway(self) -> aws.ec2.EgressOnlyInternetGateway:
        """The way out by IPv6, through which nobody comes in: an IPv6 address has no NAT gateway before it."""
        return aws.ec2.EgressOnlyInternetGateway(
            **self.tagged(self.names.of("internet-one-way"), Type="Private"), vpc_id=self._vpc.id
        )

    def _create_endpoints(self, args: NetworkingArgs) -> Endpoints:
        return Endpoints(
            self.names.of("endpoints"),
            {
                "config": self.config,
                "place": args["place"],
                "vpc_id": self._vpc.id,
                "vpc_cidrs": [str(self.config.vpc_cidr)],
                "vpc_ipv6": self._vpc.ipv6_cidr_block if self._has_ipv6 else None,
                "address_types": dict.fromkeys(args["dual_stack"], DUAL_STACK if self.config.ipv6 else IPV4),
                "gateways": self.config.gateway_endpoints,
                "subnet_ids": {self._zone_of[letter]: subnet.id for letter, subnet in self._private.items()},
                "zones": args["endpoint_zones"],
                "route_table_ids": [table.id for table in self._private_tables.values()],
            },
            self.child(),
        )


def private_only(subnet: SubnetOfType) -> pulumi.Output[str]:
    """The subnet's id, if it is a private one.

    Its type is known before it exists, so a public subnet is refused in preview already.

    Raises:
        ValueError: (when the output resolves) the subnet is not tagged as private.
    """

    def check(type_: str) -> str:
        if type_ != "Private":
            raise ValueError(f"instances live in private subnets alone; this subnet's Type is {type_!r}")
        return type_

    return pulumi.Output.all(subnet["id"], subnet["type"].apply(check)).apply(lambda checked: str(checked[0]))


def _egress_to(endpoints: Endpoints) -> dict[str, dict[str, Any]]:
    lists = {service: {"prefix_list_id": id_} for service, id_ in endpoints.prefix_list_ids.items()}
    group = endpoints.security_group_id
    return {**({"endpoints": {"referenced_security_group_id": group}} if group else {}), **lists}


def _ids(resources: Iterable[pulumi.CustomResource]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(resource.id for resource in resources)).apply(list)
