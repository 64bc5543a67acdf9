"""A network that exists, in the place of the stack's own: the same outputs, and endpoints if asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi

from tap_stack.components.component import Component
from tap_stack.components.endpoints import S3, Endpoints
from tap_stack.components.given import Given
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.outputs import NetworkOutputs


class GivenNetworkArgs(TypedDict):
    """The network, and for each endpoint that is to be made the zones of its service.

    `given` is an output where the network's ids are outputs of resources.
    """

    config: InfraConfig
    place: Place
    given: Given | pulumi.Output[Given]
    endpoint_zones: Mapping[str, Sequence[str]]


class GivenNetwork(Component, NetworkOutputs):
    """A VPC that exists. It makes nothing but the endpoints that it is asked for, and changes nothing.

    Where closed egress leads to is the VPC itself, in which somebody's endpoints may be, and S3. Of a VPC that is not
    known yet, that is its first block of addresses.
    """

    zones: pulumi.Input[Sequence[str]]
    fleet_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    endpoints: Endpoints | None
    closed_egress: Mapping[str, Mapping[str, Any]]

    def __init__(self, name: str, args: GivenNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        known = args["given"] if isinstance(args["given"], Given) else None
        self.endpoints = self._create_endpoints(known, args) if known and self.config.makes_endpoints else None
        given = pulumi.Output.from_input(args["given"])
        vpc_cidr = given.apply(lambda network: network.cidrs[0])
        self.zones = list(known.zones) if known else given.apply(lambda network: list(network.zones))
        self.fleet_subnet_ids = given.apply(lambda network: [subnet.id for subnet in network.private])
        others = {f"vpc-{cidr}": {"cidr_ipv4": cidr} for cidr in (known.cidrs[1:] if known else ())}
        s3 = given.apply(lambda network: network.s3_prefix_list)
        self.closed_egress = {"vpc": {"cidr_ipv4": vpc_cidr}, **others, S3: {"prefix_list_id": s3}}
        self.publish(
            vpc_id=given.apply(lambda network: network.vpc_id),
            vpc_cidr=vpc_cidr,
            public_subnet_ids=given.apply(lambda network: [subnet.id for subnet in network.public]),
            private_subnet_ids=self.fleet_subnet_ids,
            internet_gateway_id=given.apply(lambda network: network.internet_gateway),
            nat_gateway_ids=given.apply(lambda network: network.nat_gateways),
            public_route_table_id=given.apply(lambda network: network.public_table),
            private_route_table_ids=given.apply(lambda network: network.private_tables),
        )

    def _create_endpoints(self, given: Given, args: GivenNetworkArgs) -> Endpoints:
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
