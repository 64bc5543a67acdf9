"""How many instances there may be at once, and how many the private subnets have addresses for."""

from __future__ import annotations

from ipaddress import IPv4Network

from tap_stack.components.addresses import SLOTS, usable_addresses, zone_subnets

INTERFACE_ENDPOINTS = ("ssm", "ssmmessages", "logs", "monitoring")
"""What an instance without a way to the internet needs; each takes an address in every private subnet.
SSM Agent 3.3.40 and later do without ec2messages (Systems Manager User Guide, "Reference: ec2messages, ssmmessages,
and other API operations")."""

LARGE_GROUP = 20
"""From this size on a replacement launches a tenth ahead of what it terminates, below it the same number again."""


def healthy_ceiling(size: int) -> int:
    """Percent of a group of `size` that may exist while an instance is replaced: 200, or 110 for a large group."""
    return 200 if size < LARGE_GROUP else 110


def room_for_instances(vpc: IPv4Network, zones: int) -> int:
    """Addresses for instances in the private subnets of so many zones, endpoints or not: they may come later."""
    private = zone_subnets(vpc, SLOTS[0]).private
    return zones * (usable_addresses(private) - len(INTERFACE_ENDPOINTS))
