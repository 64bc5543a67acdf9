"""Where subnets lead to, followed over references: nothing of it needs an id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.model import Plain, Program, Resource, as_list
from pulumi_guardrails.types import (
    GROUP,
    INSTANCE,
    INTERNET_GATEWAY,
    LAUNCH_TEMPLATE,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SUBNET,
    VPC_ENDPOINT,
)

ANYWHERE = ("0.0.0.0/0", "::/0")

_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock")
_GATEWAYS = {"gatewayId": INTERNET_GATEWAY, "natGatewayId": NAT_GATEWAY}
_LITERALS = {"igw-": INTERNET_GATEWAY, "nat-": NAT_GATEWAY}


@dataclass(frozen=True)
class DefaultRoute:
    """A route to anywhere: to what type of gateway, and whether it is certain that it is one to anywhere."""

    gateway: str
    certain: bool


def default_routes(program: Program, table: Resource) -> Iterator[DefaultRoute]:
    """The routes to anywhere of a route table: of its own, and those that are resources of their own."""
    for route in program.users(table, ROUTE, by="routeTableId"):
        yield from _default_route(program, route, route.inputs, "")
    for inline in table.items("routes"):
        yield from _default_route(program, table, inline, "routes")


def _default_route(program: Program, owner: Resource, route: Plain, within: str) -> Iterator[DefaultRoute]:
    destinations = [route.get(name) for name in _DESTINATIONS]
    certain = any(each in ANYWHERE for each in destinations if isinstance(each, str))
    if certain or UNKNOWN in destinations:
        for gateway in _gateways(program, owner, route, within):
            yield DefaultRoute(gateway, certain)


def _gateways(program: Program, owner: Resource, route: Plain, within: str) -> Iterator[str]:
    for name, type_ in _GATEWAYS.items():
        value = route.get(name)
        found = {target.type for target in program.behind(owner, within or name, value)}
        literal = {kind for prefix, kind in _LITERALS.items() if isinstance(value, str) and value.startswith(prefix)}
        if type_ in found | literal:
            yield type_


def tables_of(program: Program, subnet: Resource) -> list[Resource]:
    """The route tables that a subnet is associated with; AWS allows one."""
    associations = program.users(subnet, ROUTE_TABLE_ASSOCIATION, by="subnetId")
    return [table for each in associations for table in program.targets(each, "routeTableId", ROUTE_TABLE)]


def may_lead_to(program: Program, subnet: Resource, gateway: str) -> bool:
    """Whether a subnet has a default route to a type of gateway, as far as is known."""
    return gateway in {
        route.gateway for table in tables_of(program, subnet) for route in default_routes(program, table)
    }


def is_public(program: Program, subnet: Resource) -> bool:
    """Whether what has a public address in this subnet can certainly be reached from the internet."""
    routes = [route for table in tables_of(program, subnet) for route in default_routes(program, table)]
    return INTERNET_GATEWAY in {route.gateway for route in routes if route.certain}


def homes_of_instances(program: Program) -> Iterator[tuple[Resource, Resource]]:
    """Who launches instances, with each subnet that it launches them in."""
    for property_, type_ in (
        ("vpcZoneIdentifiers", GROUP),
        ("subnetId", INSTANCE),
        ("networkInterfaces", LAUNCH_TEMPLATE),
    ):
        for launcher in program.of(type_):
            for subnet in program.targets(launcher, property_, SUBNET):
                yield launcher, subnet


def may_reach(program: Program, subnet: Resource, service: str) -> bool:
    """Whether the VPC of a subnet has an endpoint for a service, such as `ssm`, as far as is known."""
    endpoints = [
        endpoint
        for vpc in program.targets(subnet, "vpcId")
        for endpoint in program.users(vpc, VPC_ENDPOINT, by="vpcId")
    ]
    names = [endpoint.raw("serviceName") for endpoint in endpoints]
    return any(name is UNKNOWN or (isinstance(name, str) and name.endswith(f".{service}")) for name in names)


def ports(rule: Plain) -> range | None:
    """The ports of a rule of a security group or network ACL, none if they are not known; None if it is about all."""
    protocol = rule.get("protocol", rule.get("ipProtocol"))
    first, last = rule.get("fromPort"), rule.get("toPort")
    if UNKNOWN in (protocol, first, last):
        return range(0)
    if protocol in ("-1", -1, "all") or not isinstance(first, int | float) or not isinstance(last, int | float):
        return None
    return range(int(first), int(last) + 1)


def includes(rule: Plain, port: int) -> bool:
    """Whether a rule lets a port through."""
    found = ports(rule)
    return found is None or port in found


def sources(rule: Plain) -> list[str]:
    """The address ranges of a rule, however its type spells them."""
    names = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "cidrBlock", "ipv6CidrBlock")
    return [str(value) for name in names for value in as_list(rule.get(name)) if isinstance(value, str)]
