"""Where instances are to each other: a placement group that exists, or one of the stack's own. Pure.

Source: EC2 User Guide, "Placement strategies": a cluster is in one zone; a spread group has at most seven running
instances in each zone, a partition group at most seven partitions; neither is for Dedicated Instances without limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tap_stack.config.capacity import most_at_once

SPREAD, PARTITION = "spread", "partition"
STRATEGIES = (SPREAD, PARTITION)
PARTITIONS = 7
MOST_SPREAD = 7
"""Running instances of a spread group in one zone."""

STRATEGY_IN_WORDS = "empty, spread or partition; not cluster, which is in one zone, and the fleet is in two or more"


def contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that do not go together, each with what is accepted."""
    strategy = values["placement_strategy"]
    if not strategy:
        return
    if values["placement_group"]:
        yield "placement_strategy", "empty beside placementGroup, which has a strategy of its own"
    if values["tenancy"] != "default":
        yield "placement_strategy", "empty where tenancy is dedicated: EC2 does not spread Dedicated Instances"
    most, zones = most_at_once(values["max_size"], values["instance_weights"]), _zones(values)
    if strategy == SPREAD and zones and most > MOST_SPREAD * zones:
        room = f"{MOST_SPREAD} running instances in each of {zones} zones"
        yield "placement_strategy", f"partition or empty: spread has {room}, and maxSize with replacements is {most}"


def _zones(values: Mapping[str, Any]) -> int:
    """In how many zones the fleet is; 0 where that is not known yet."""
    if values["vpc_id"] or values["private_subnet_ids"]:
        return len(values["private_subnet_ids"])
    zones = values["zones"]
    return zones if isinstance(zones, int) else len(zones)
