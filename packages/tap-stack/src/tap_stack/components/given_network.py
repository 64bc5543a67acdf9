"""A network that somebody else owns, in the place of the stack's own: the same outputs, and endpoints if asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi

from tap_stack.components.component import Component
from tap_stack.components.endpoints import S3, Endpoints
from tap_stack.components.given import Given
from tap_stack.components.networking import SubnetOfType
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig


class GivenNetworkArgs(TypedDict):
    """The network, and for each endpoint that is to be made the zones of its service."""

    config: InfraConfig
    place: Place
    given: Given
    endpoint_zones: Mapping[str, Sequence[str]]


class GivenNetwork(Component):
    """A VPC that exists. It makes nothing but the endpoints that it is asked for, and changes nothing.

    Where closed egress leads to is the VPC itself, in which somebody's endpoints may be, and S3.
    """

    private_subnets: list[SubnetOfType]
    endpoints: Endpoints | None
    closed_egress: Mapping[str, Mapping[str, Any]]
    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]

    def __init__(self, name: str, args: GivenNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        given = args["given"]
        self.private_subnets = [
            {"id": pulumi.Output.from_input(each.id), "type": pulumi.Output.from_input("Private")}
            for each in given.private
        ]
        self.endpoints = self._create_endpoints(args) if self.config.makes_endpoints else None
        vpc = {f"vpc-{cidr}" if number else "vpc": {"cidr_ipv4": cidr} for number, cidr in enumerate(given.cidrs)}
        self.closed_egress = {**vpc, S3: {"prefix_list_id": given.s3_prefix_list}}
        public_tables = [subnet.table for subnet in given.public]
        self.publish(
            vpc_id=_told(given.vpc_id),
            vpc_cidr=_told(given.cidrs[0]),
            public_subnet_ids=_told([subnet.id for subnet in given.public]),
            private_subnet_ids=_told([subnet.id for subnet in given.private]),
            internet_gateway_id=_told(next((table.internet_gateway for table in public_tables), "")),
            nat_gateway_ids=_told(given.nat_gateways),
            public_route_table_id=_told(next((table.id for table in public_tables), "")),
            private_route_table_ids=_told(given.private_tables),
        )

    def _create_endpoints(self, args: GivenNetworkArgs) -> Endpoints:
        given = args["given"]
        return Endpoints(
            self.names.of("endpoints"),
            {
                "config": self.config,
                "place": args["place"],
                "vpc_id": given.vpc_id,
                "vpc_cidrs": given.cidrs,
                "vpc_ipv6": None,
                "address_types": {},
                "gateways": [each for each in self.config.gateway_endpoints if each not in given.present],
                "subnet_ids": {subnet.zone: subnet.id for subnet in given.private},
                "zones": args["endpoint_zones"],
                "route_table_ids": given.private_tables,
            },
            self.child(),
        )


def _told(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)
