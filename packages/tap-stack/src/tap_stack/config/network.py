"""What a configuration says of the network: ids of what exists, ways out, and which keys do not go together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator

from tap_stack.components.addresses import SLOTS
from tap_stack.config import checks
from tap_stack.config.capacity import usual_endpoints
from tap_stack.config.checks import FEWEST_ZONES
from tap_stack.errors import shown

VPC_ID = r"vpc-([0-9a-f]{8}|[0-9a-f]{17})"
SUBNET_ID = r"subnet-([0-9a-f]{8}|[0-9a-f]{17})"
"""EC2's ids, of today and of before 2018 (EC2 User Guide, "Resource IDs")."""

SUBNETS_IN_WORDS = "ids of subnets with commas between them, such as subnet-0123456789abcdef0, each once"

ALLOCATION_ID = r"eipalloc-([0-9a-f]{8}|[0-9a-f]{17})"
ALLOCATIONS_IN_WORDS = (
    "allocation ids of elastic addresses with commas between them, such as eipalloc-0123456789abcdef0, each once"
)
ZONE = r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]"
NAT_ZONES_IN_WORDS = "0 for every zone, a number of zones, or names of zones with commas between them"

MOST_IDS = 50
"""More than anybody has zones for."""

GATEWAYS = ("dynamodb", "s3")
"""Services that have a gateway in the route tables, free of charge, and are taken so (AWS PrivateLink guide, "Gateway
endpoints")."""

SERVICE = r"[a-z0-9]+([.-][a-z0-9]+){0,5}"
SERVICES_IN_WORDS = "short names of AWS services with commas between them, such as ecr.api,ecr.dkr, each once"
MOST_SERVICES = 40
"""Interface endpoints of a VPC are 50 by AWS's quota; the usual ones, and some of others, come off."""

PER_ZONE, SINGLE, REGIONAL, NO_NAT = "per_az", "single", "regional", "none"

OWN_NETWORK = {
    "zones": "its private subnets say in which zones the fleet stands",
    "vpc_cidr": "it has its own addresses",
    "nat_strategy": "its ways out are its owner's",
    "nat_zones": "its ways out are its owner's",
    "nat_allocation_ids": "its ways out are its owner's",
    "ipv6": "its addresses are its owner's",
    "flow_log_retention_days": "its traffic is its owner's to record",
}
"""Fields about a network of the stack's own, each with why it says nothing of one that exists."""

WITHOUT_IDS = dict.fromkeys(
    ("vpc_endpoints", "endpoints"), "which endpoints it lacks is not known yet; a Network makes its own"
)
"""Fields that cannot be followed in a network whose ids are not known yet."""

OF_NETWORKS = (*OWN_NETWORK, *WITHOUT_IDS)
"""Fields that a fleet which is given its network does not read."""


def _ids(pattern: str, accepted: str, most: int = MOST_IDS) -> Any:
    """Checks of a list of ids or names, each once; whether what they name exists is asked later."""

    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(pattern, value):
                raise ValueError(f"{accepted}; {shown(value)} is none")
        if len(set(values)) < len(values) or len(values) > most:
            raise ValueError(f"{accepted}, at most {most}")
        return values

    return check


def _nat_zones(value: int | tuple[str, ...]) -> int | tuple[str, ...]:
    if isinstance(value, int) and not 0 <= value <= len(SLOTS):
        raise ValueError(NAT_ZONES_IN_WORDS)
    if isinstance(value, tuple):
        if not value or len(set(value)) < len(value):
            raise ValueError(f"{NAT_ZONES_IN_WORDS}, each once")
        if others := [each for each in value if not re.fullmatch(ZONE, each)]:
            raise ValueError(f"{NAT_ZONES_IN_WORDS}; {shown(others[0])} is none")
    return value


SubnetIds: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(checks.items), AfterValidator(_ids(SUBNET_ID, SUBNETS_IN_WORDS))
]
AllocationIds: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(checks.items), AfterValidator(_ids(ALLOCATION_ID, ALLOCATIONS_IN_WORDS))
]
Services: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(checks.items), AfterValidator(_ids(SERVICE, SERVICES_IN_WORDS, MOST_SERVICES))
]
NatZones: TypeAlias = Annotated[int | tuple[str, ...], BeforeValidator(checks.zones), AfterValidator(_nat_zones)]


def how_many(zones: int | tuple[str, ...]) -> int:
    """How many zones a number or a list of them is."""
    return zones if isinstance(zones, int) else len(zones)


def nat_addresses(values: Mapping[str, Any]) -> int:
    """How many elastic addresses the NAT gateways have, or take if they are given any."""
    zones = how_many(values["zones"])
    per_zone = how_many(values["nat_zones"]) or zones
    return {PER_ZONE: per_zone, SINGLE: 1, REGIONAL: zones, NO_NAT: 0}[values["nat_strategy"]]


def _has_usual_endpoints(values: Mapping[str, Any]) -> bool:
    """Whether there are the usual endpoints: where instances could not reach SSM otherwise, they are not a choice.

    In a network of somebody else's they are.
    """
    needed = not values["vpc_id"] and (values["nat_strategy"] == NO_NAT or not values["open_egress"])
    return values["vpc_endpoints"] or needed


def interface_endpoints(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The services of which there are interface endpoints, given all fields."""
    named = [each for each in values["endpoints"] if each not in GATEWAYS]
    usual = usual_endpoints(boots=bool(values["user_data_file"])) if _has_usual_endpoints(values) else ()
    return tuple(dict.fromkeys([*usual, *named]))


def gateway_endpoints(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The services that have a gateway in the private route tables, given all fields."""
    named = [each for each in values["endpoints"] if each in GATEWAYS]
    return tuple(dict.fromkeys([*(["s3"] if _has_usual_endpoints(values) else ()), *named]))


def contradictions(values: Mapping[str, Any], asked: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields that do not go together with a network that exists, or with none, each with what is accepted.

    Args:
        values: Of all fields.
        asked: The fields that the user set, each with the name under which it was: a default contradicts nothing.
    """
    vpc, private, public = (values[name] for name in ("vpc_id", "private_subnet_ids", "public_subnet_ids"))
    if not vpc:
        yield from _wrong_ways_out(values)
        for name in ("private_subnet_ids", "public_subnet_ids"):
            if values[name]:
                yield name, "unset, or the subnets of the VPC that tap:vpcId names"
        return
    if len(private) < FEWEST_ZONES:
        yield "private_subnet_ids", f"{FEWEST_ZONES} or more private subnets of {vpc}, in different zones"
    if both := sorted(set(private) & set(public)):
        yield "public_subnet_ids", f"subnets that are not among the private ones; {both[0]} is"
    if values["load_balancer"] == "public" and len(public) < FEWEST_ZONES:
        yield "public_subnet_ids", f"{FEWEST_ZONES} or more public subnets of {vpc} for the public load balancer"
    for name, why in OWN_NETWORK.items():
        if name in asked:
            yield name, f"unset beside {asked.get('vpc_id', 'tap:vpcId')}: {vpc} exists, and {why}"


def _wrong_ways_out(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    strategy, zones, nat_zones = values["nat_strategy"], values["zones"], values["nat_zones"]
    given, needed = len(values["nat_allocation_ids"]), nat_addresses(values)
    if nat_zones != 0 and strategy != PER_ZONE:
        yield "nat_zones", f"unset beside natStrategy = {strategy}, which is not about NAT gateways of single zones"
    elif how_many(nat_zones) > how_many(zones):
        yield "nat_zones", f"at most {how_many(zones)} zones, as many as the stack stands in"
    elif isinstance(nat_zones, tuple) and isinstance(zones, tuple) and (others := sorted(set(nat_zones) - set(zones))):
        yield "nat_zones", f"zones of {', '.join(zones)}; {shown(others[0])} is none of them"
    elif given and not needed:
        yield "nat_allocation_ids", "unset beside natStrategy = none, with which there is no NAT gateway"
    elif given and given != needed:
        each = "the one gateway" if strategy == SINGLE else "each zone with NAT, in the order of their names"
        yield "nat_allocation_ids", f"{needed} allocation ids, one for {each}; there are {given}"
