"""How many instances there may be at once, and how many the private subnets have addresses for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import IPv4Network
from typing import Any

from tap_stack.components.addresses import SLOTS, usable_addresses, zone_subnets
from tap_stack.config.weights import at_most, heaviest

SIZES = ("min_size", "max_size", "desired_capacity")
"""The sizes of a group, which only fit together."""

INTERFACE_ENDPOINTS = ("ssm", "ssmmessages", "logs", "monitoring")
"""What an instance without a way to the internet needs; each takes an address in every private subnet.
SSM Agent 3.3.40 and later do without ec2messages (Systems Manager User Guide, "Reference: ec2messages, ssmmessages,
and other API operations")."""

BOOT_ENDPOINT = "autoscaling"
"""What an instance needs beside these to say how its first boot ended."""

LARGE_GROUP = 20
"""From this size on a replacement launches a tenth ahead of what it terminates, below it the same number again."""


def healthy_ceiling(size: int) -> int:
    """Percent of a group of `size` that may exist while an instance is replaced: 200, or 110 for a large group."""
    return 200 if size < LARGE_GROUP else 110


def sizes_that_fit(sizes: Mapping[str, int], asked: Collection[str]) -> dict[str, int]:
    """The sizes of a group, changed so that the least is not above the most, and the desired one between them.

    Args:
        sizes: `min_size`, `max_size` and `desired_capacity`.
        asked: Those that stay as they are; where they contradict each other, the least wins.
    """
    least, most, desired = (sizes[name] for name in SIZES)
    if "max_size" in asked and "min_size" not in asked:
        least = min(least, most)
    most = max(least, most)
    if "desired_capacity" in asked:
        least = least if "min_size" in asked else min(least, desired)
        most = most if "max_size" in asked else max(most, desired)
    return dict(zip(SIZES, (least, most, min(max(desired, least), most)), strict=True))


def usual_endpoints(*, boots: bool) -> tuple[str, ...]:
    """The services that instances need without a way to the internet; `boots`: they have files of their user's."""
    return (*INTERFACE_ENDPOINTS, *((BOOT_ENDPOINT,) if boots else ()))


def room_for_instances(vpc: IPv4Network, zones: int, endpoints: Collection[str] = (), *, boots: bool = False) -> int:
    """Addresses for instances in the private subnets of so many zones; the usual endpoints may come later.

    `endpoints` are the services of the interface endpoints that there are beside those; `boots` is as above.
    """
    private = zone_subnets(vpc, SLOTS[0]).private
    return zones * (usable_addresses(private) - len({*usual_endpoints(boots=boots), *endpoints}))


def most_at_once(size: int, weights: Mapping[str, str] | None = None) -> int:
    """How many instances a group of this size, in units if it has weights, may have while some are replaced."""
    weights = weights or {}
    return at_most(size, weights) * healthy_ceiling(size // heaviest(weights)) // 100


def room_of(values: Mapping[str, Any]) -> int | None:
    """The same for the fields of a configuration; None if a value that decides it is not usable.

    How much room there is in a network that exists is asked of AWS.
    """
    if values.get("vpc_id"):
        return None
    if not {"zones", "vpc_cidr"} <= values.keys():
        return None
    zones = values["zones"]
    count = zones if isinstance(zones, int) else len(zones)
    boots = bool(values.get("user_data_file"))
    return room_for_instances(values["vpc_cidr"], count, values.get("endpoints", ()), boots=boots)
