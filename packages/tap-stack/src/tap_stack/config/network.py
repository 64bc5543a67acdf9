"""What a configuration says of the network: ids of one that exists, and which keys do not go together with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tap_stack.config.checks import FEWEST_ZONES
from tap_stack.errors import shown

VPC_ID = r"vpc-([0-9a-f]{8}|[0-9a-f]{17})"
SUBNET_ID = r"subnet-([0-9a-f]{8}|[0-9a-f]{17})"
"""EC2's ids, of today and of before 2018 (EC2 User Guide, "Resource IDs")."""

SUBNETS_IN_WORDS = "ids of subnets with commas between them, such as subnet-0123456789abcdef0, each once"

OWN_NETWORK = {
    "zones": "its private subnets say in which zones the fleet stands",
    "vpc_cidr": "it has its own addresses",
    "nat_strategy": "its ways out are its owner's",
    "flow_log_retention_days": "its traffic is its owner's to record",
}
"""Fields about a network of the stack's own, each with why it says nothing of one that exists."""


def subnet_ids(values: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of subnets, each once; whether they exist is asked later."""
    for value in values:
        if not re.fullmatch(SUBNET_ID, value):
            raise ValueError(f"{SUBNETS_IN_WORDS}; {shown(value)} is none")
    if len(set(values)) < len(values):
        raise ValueError(SUBNETS_IN_WORDS)
    return values


def contradictions(values: Mapping[str, Any], asked: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields that do not go together with a network that exists, or with none, each with what is accepted.

    Args:
        values: Of all fields.
        asked: The fields that the user set, each with the name under which it was: a default contradicts nothing.
    """
    vpc, private, public = (values[name] for name in ("vpc_id", "private_subnet_ids", "public_subnet_ids"))
    if not vpc:
        for name in ("private_subnet_ids", "public_subnet_ids"):
            if values[name]:
                yield name, "unset, or the subnets of the VPC that tap:vpcId names"
        return
    if len(private) < FEWEST_ZONES:
        yield "private_subnet_ids", f"{FEWEST_ZONES} or more private subnets of {vpc}, in different zones"
    if both := sorted(set(private) & set(public)):
        yield "public_subnet_ids", f"subnets that are not among the private ones; {both[0]} is"
    for name, why in OWN_NETWORK.items():
        if name in asked:
            yield name, f"unset beside {asked.get('vpc_id', 'tap:vpcId')}: {vpc} exists, and {why}"
