"""A NAT gateway serves its own zone."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import NAT_GATEWAY, ROUTE, ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, SUBNET


def _judge(program: Program) -> Iterator[Violation]:
    for gateway in program.of(NAT_GATEWAY):
        homes = {subnet.text("availabilityZone") for subnet in program.targets(gateway, "subnetId", SUBNET)}
        routes = program.users(gateway, ROUTE, by="natGatewayId")
        tables = [table for route in routes for table in program.targets(route, "routeTableId", ROUTE_TABLE)]
        for subnet in (one for table in tables for one in _subnets(program, table)):
            zone = subnet.text("availabilityZone")
            if None not in homes and zone is not None and zone not in homes:
                yield Violation(
                    gateway.urn, f"{subnet.name} in {zone} depends on this gateway in {', '.join(map(str, homes))}"
                )


def _subnets(program: Program, table: Resource) -> list[Resource]:
    associations = program.users(table, ROUTE_TABLE_ASSOCIATION, by="routeTableId")
    return [subnet for each in associations for subnet in program.targets(each, "subnetId", SUBNET)]


RULE = Rule(
    id="nat-gateway-per-zone",
    title="A NAT gateway serves its own zone",
    severity=ADVISORY,
    controls=("seed:7",),
    why="A zone that fails takes the way out of every other zone along, and traffic between zones is paid for.",
    mend="One NAT gateway for each zone. To save its price on purpose, write an exception.",
    judge=_judge,
)
