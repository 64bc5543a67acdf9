"""The VPC: a public and a private subnet in each zone, the ways out, and a record of the traffic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components.addresses import ZoneSubnets, subnet_plan
from tap_stack.components.component import Component
from tap_stack.components.endpoints import Endpoints
from tap_stack.components.flow_logs import FlowLogs
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig

ANYWHERE = "0.0.0.0/0"


class NetworkingArgs(TypedDict):
    """What the network is made for."""

    config: InfraConfig
    place: Place
    zones: Sequence[str]


class SubnetOfType(TypedDict):
    """A subnet with its tag `Type`, for those who must not take a public one."""

    id: pulumi.Output[str]
    type: pulumi.Output[str]


class Networking(Component):
    """VPC, subnets, gateways, route tables, endpoints and flow log.

    Everything of a zone is named for its letter, and its addresses follow from the letter: adding or removing a zone
    touches no other zone's resources.
    """

    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]
    private_subnets: list[SubnetOfType]
    internet_gateway_id: pulumi.Output[str]
    nat_gateway_ids: pulumi.Output[list[str]]
    public_route_table_id: pulumi.Output[str]
    private_route_table_ids: pulumi.Output[list[str]]
    endpoints: Endpoints | None

    def __init__(self, name: str, args: NetworkingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._zone_of = {zone[-1]: zone for zone in args["zones"]}
        self._plan = subnet_plan(self.config.vpc_cidr, args["zones"])
        self._vpc = self._create_vpc()
        self._gateway = self._create_internet_gateway()
        self._public_table = self._create_public_route_table()
        self._public = {letter: self._create_public_subnet(letter, plan) for letter, plan in self._plan.items()}
        self._nat = {letter: self._create_nat_gateway(letter) for letter in self._letters_with_nat()}
        self._private = {letter: self._create_private_subnet(letter, plan) for letter, plan in self._plan.items()}
        self._private_tables = {letter: self._create_private_route_table(letter) for letter in self._plan}
        self.endpoints = self._create_endpoints(args["place"]) if self.config.endpoints else None
        self._create_flow_logs(args["place"])
        self._publish()

    def _create_vpc(self) -> aws.ec2.Vpc:
        name = self.names.of("vpc")
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(self.config.vpc_cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private names of interface endpoints need it
            tags=self.tags(name),
            opts=self.kept(),
        )
        # The default group lets its members talk to each other; without rules, forgetting a group means silence.
        closed = self.names.of("default-closed")
        aws.ec2.DefaultSecurityGroup(
            closed, vpc_id=vpc.id, ingress=[], egress=[], tags=self.tags(closed), opts=self.child()
        )
        return vpc

    def _create_internet_gateway(self) -> aws.ec2.InternetGateway:
        name = self.names.of("internet")
        return aws.ec2.InternetGateway(
            name,
            vpc_id=self._vpc.id,
            tags=self.tags(name, Type="Public"),
            # It could be taken to another VPC, but never while the NAT gateways of the old one have their addresses.
            opts=self.child(replace_on_changes=["vpcId"]),
        )

    def _create_public_route_table(self) -> aws.ec2.RouteTable:
        name = self.names.of("public")
        table = aws.ec2.RouteTable(name, vpc_id=self._vpc.id, tags=self.tags(name, Type="Public"), opts=self.child())
        aws.ec2.Route(
            self.names.of("public-internet"),
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=self._gateway.id,
            opts=self.child(),
        )
        return table

    def _create_public_subnet(self, letter: str, plan: ZoneSubnets) -> aws.ec2.Subnet:
        subnet = self._create_subnet(f"public-{letter}", letter, str(plan.public), "Public")
        self._associate(f"public-{letter}", subnet, self._public_table)
        return subnet

    def _create_private_subnet(self, letter: str, plan: ZoneSubnets) -> aws.ec2.Subnet:
        return self._create_subnet(f"private-{letter}", letter, str(plan.private), "Private")

    def _create_subnet(self, thing: str, letter: str, cidr: str, type_: str) -> aws.ec2.Subnet:
        name = self.names.of(thing)
        return aws.ec2.Subnet(
            name,
            vpc_id=self._vpc.id,
            availability_zone=self._zone_of[letter],
            cidr_block=cidr,
            map_public_ip_on_launch=False,  # also in public subnets: NAT gateways bring their own address
            tags=self.tags(name, Type=type_),
            opts=self.held_by_instances() if type_ == "Private" else self.child(),
        )

    def _associate(self, thing: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) -> None:
        aws.ec2.RouteTableAssociation(
            self.names.of(thing), subnet_id=subnet.id, route_table_id=table.id, opts=self.child()
        )

    def _letters_with_nat(self) -> list[str]:
        letters = sorted(self._plan)
        return {"per_az": letters, "single": letters[:1], "none": []}[self.config.nat_strategy]

    def _create_nat_gateway(self, letter: str) -> aws.ec2.NatGateway:
        name = self.names.of(f"nat-{letter}")
        address = aws.ec2.Eip(name, domain="vpc", tags=self.tags(name, Type="Public"), opts=self.kept())
        return aws.ec2.NatGateway(
            name,
            subnet_id=self._public[letter].id,
            allocation_id=address.id,
            tags=self.tags(name, Type="Public"),
            # Without a way out its creation fails, and so it does while its address is still the old gateway's.
            opts=self.child(depends_on=[self._gateway], delete_before_replace=True),
        )

    def _create_private_route_table(self, letter: str) -> aws.ec2.RouteTable:
        name = self.names.of(f"private-{letter}")
        table = aws.ec2.RouteTable(name, vpc_id=self._vpc.id, tags=self.tags(name, Type="Private"), opts=self.child())
        self._associate(f"private-{letter}", self._private[letter], table)
        if self._nat:
            aws.ec2.Route(
                self.names.of(f"private-{letter}-nat"),
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=self._nat.get(letter, next(iter(self._nat.values()))).id,
                opts=self.child(),
            )
        return table

    def _create_endpoints(self, place: Place) -> Endpoints:
        return Endpoints(
            self.names.of("endpoints"),
            {
                "config": self.config,
                "place": place,
                "vpc_id": self._vpc.id,
                "subnet_ids": [subnet.id for subnet in self._private.values()],
                "route_table_ids": [table.id for table in self._private_tables.values()],
            },
            self.child(),
        )

    def _create_flow_logs(self, place: Place) -> None:
        FlowLogs(
            self.names.of("flow-logs"),
            {"config": self.config, "place": place, "vpc_id": self._vpc.id},
            self.child(),
        )

    def _publish(self) -> None:
        self.vpc_id = self._vpc.id
        self.vpc_cidr = self._vpc.cidr_block
        self.public_subnet_ids = _ids(self._public.values())
        self.private_subnet_ids = _ids(self._private.values())
        self.private_subnets = [
            {"id": subnet.id, "type": subnet.tags.apply(lambda tags: (tags or {}).get("Type", ""))}
            for subnet in self._private.values()
        ]
        self.internet_gateway_id = self._gateway.id
        self.nat_gateway_ids = _ids(self._nat.values())
        self.public_route_table_id = self._public_table.id
        self.private_route_table_ids = _ids(self._private_tables.values())
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "vpc_cidr": self.vpc_cidr,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "internet_gateway_id": self.internet_gateway_id,
                "nat_gateway_ids": self.nat_gateway_ids,
                "public_route_table_id": self.public_route_table_id,
                "private_route_table_ids": self.private_route_table_ids,
            }
        )


def _ids(resources: Iterable[pulumi.CustomResource]) -> pulumi.Output[list[str]]:
    return pulumi.Output.all(*(resource.id for resource in resources)).apply(list)
