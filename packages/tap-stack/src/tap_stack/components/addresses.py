"""Where each zone's subnets lie in the VPC, and which zones the stack stands in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

SLOTS = "abcdefgh"
"""One fixed eighth of the VPC for each zone letter. AWS's regions have had at most six zones (a to f)."""

LARGEST_PREFIX = 24
"""The smallest VPC that can be planned: an eighth of a /24, halved, is a /28, and AWS has no smaller subnet."""

RESERVED_ADDRESSES = 5
"""AWS keeps the first four addresses of a subnet and the last one (VPC User Guide, "Subnet sizing")."""

SMALLEST_SUBNET = 28


class ZonesUnavailable(ValueError):
    """The zones that were asked for cannot be had; the message lists those that can."""


@dataclass(frozen=True)
class ZoneSubnets:
    """The two subnets of one zone."""

    public: IPv4Network
    private: IPv4Network


def zone_letter(zone: str) -> str:
    """The letter that names a zone within its region: `c` of a region's third zone.

    Raises:
        ValueError: it is not one of `SLOTS`, so that the zone has no place in the plan.
    """
    letter = zone[-1:]
    if letter not in SLOTS or not zone[:-1].endswith(tuple("0123456789")):
        raise ValueError(f"zone {zone!r} has no place in the address plan, which has one for each letter of {SLOTS}")
    return letter


def zone_subnets(vpc: IPv4Network, letter: str) -> ZoneSubnets:
    """The subnets of one zone: they depend on the VPC and the letter alone, never on which other zones are in use.

    The VPC is cut into eighths, one for each letter of `SLOTS`. The first half of an eighth is the private subnet,
    for instances; the first quarter after it is the public one, for NAT gateways; the last quarter stays free for
    a tier that may come. 10.0.0.0/16, zone b: private 10.0.32.0/20, public 10.0.48.0/21.

    Raises:
        ValueError: the VPC is smaller than a /24, or the letter is unknown.
    """
    if vpc.prefixlen > LARGEST_PREFIX:
        raise ValueError(f"{vpc} is too small for {len(SLOTS)} zones: /{LARGEST_PREFIX} or larger")
    eighth = _nth_subnet(vpc, vpc.prefixlen + 3, SLOTS.index(letter))
    private, rest = eighth.subnets(prefixlen_diff=1)
    return ZoneSubnets(_nth_subnet(rest, min(rest.prefixlen + 1, SMALLEST_SUBNET), 0), private)


def _nth_subnet(network: IPv4Network, prefix: int, position: int) -> IPv4Network:
    size = 1 << (network.max_prefixlen - prefix)
    return IPv4Network((int(network.network_address) + position * size, prefix))


IPV6_SUBNET = 64
"""The prefix length of a subnet that hands out addresses; Amazon's block for a VPC is a /56 (VPC User Guide)."""


def zone_ipv6(vpc: str, letter: str, *, public: bool) -> str:
    """The IPv6 block of one of a zone's two subnets: like the IPv4 one, it depends on the VPC and the letter alone."""
    block = IPv6Network(vpc)
    position = 2 * SLOTS.index(letter) + public
    return str(IPv6Network((int(block.network_address) + (position << (128 - IPV6_SUBNET)), IPV6_SUBNET)))


def subnet_plan(vpc: IPv4Network, zones: Iterable[str]) -> dict[str, ZoneSubnets]:
    """Zone letter to its subnets, for each zone in use."""
    return {letter: zone_subnets(vpc, letter) for letter in map(zone_letter, zones)}


def usable_addresses(network: IPv4Network) -> int:
    """How many addresses of a subnet are left for its users."""
    return network.num_addresses - RESERVED_ADDRESSES


def choose_zones(
    wanted: int | Sequence[str],
    available: Collection[str],
    offering: Collection[str],
    standing: Collection[str] = (),
) -> list[str]:
    """The zones to use, in alphabetical order.

    A zone in which the stack stands already stays chosen, in trouble or not: to leave it would move the network, and
    all instances with it, at the worst time.

    Args:
        wanted: How many, or exactly which.
        available: The region's zones that are up and need no opt-in.
        offering: The zones in which the instance type can be had.
        standing: The zones in which the stack has subnets.

    Raises:
        ZonesUnavailable: fewer than wanted qualify, or one that was named does not.
    """
    kept = sorted(set(standing) & set(offering))
    qualified = kept + sorted(set(available) & set(offering) - set(kept))
    chosen = qualified[:wanted] if isinstance(wanted, int) else set(wanted) & set(qualified)
    if len(chosen) < (wanted if isinstance(wanted, int) else len(wanted)):
        raise ZonesUnavailable(_what_was_seen(sorted(qualified), available, offering))
    return sorted(chosen)


def _what_was_seen(qualified: Sequence[str], available: Collection[str], offering: Collection[str]) -> str:
    seen = f"at most {len(qualified)} ({_listed(qualified)})" if qualified else "no zone at all"
    return f"{seen}: available are {_listed(available)}; the instance type is offered in {_listed(offering)}"


def _listed(zones: Collection[str]) -> str:
    return ", ".join(sorted(zones)) or "none"
