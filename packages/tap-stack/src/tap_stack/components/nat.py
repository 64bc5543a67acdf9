"""Where NAT gateways are, through which one each zone goes, and whose elastic addresses they have. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tap_stack.components.addresses import SLOTS, zone_letter
from tap_stack.config import InfraConfig
from tap_stack.config.network import NO_NAT, REGIONAL, SINGLE, how_many


@dataclass(frozen=True)
class NatPlan:
    """The NAT gateways of a network.

    Attributes:
        own: Zone letter to the elastic address of the user's that it has, None for a new one. Of a regional gateway,
            which has addresses in each zone, empty if AWS is to manage them.
        regional: Whether there is one gateway for the whole region, in place of one in each of these zones.
    """

    own: Mapping[str, str | None]
    regional: bool = False

    def letter_for(self, letter: str) -> str:
        """The zone whose gateway the instances of a zone go through: its own, or one that follows from the letter."""
        letters = sorted(self.own)
        return letter if letter in self.own else letters[SLOTS.index(letter) % len(letters)]

    @property
    def new_addresses(self) -> int:
        """How many elastic addresses are made."""
        return sum(1 for address in self.own.values() if address is None)

    def holders(self) -> dict[str, str]:
        """The user's addresses, each with the part of a name that its gateway has."""
        of_letter = {letter: REGIONAL if self.regional else letter for letter in self.own}
        return {address: of_letter[letter] for letter, address in self.own.items() if address}


def nat_plan(config: InfraConfig, zones: Sequence[str]) -> NatPlan:
    """The NAT gateways for these zones.

    Raises:
        ConfigError: a zone that is to have one is not among them.
    """
    letters = sorted(zone_letter(zone) for zone in zones)
    given = config.nat_allocation_ids
    if config.nat_strategy == REGIONAL:
        return NatPlan(dict(zip(letters, given, strict=True)) if given else {}, regional=True)
    if config.nat_strategy == SINGLE:
        chosen: Sequence[str] = letters[:1]
    else:
        chosen = [] if config.nat_strategy == NO_NAT else _chosen(config, zones, letters)
    return NatPlan(dict(zip(chosen, given or [None] * len(chosen), strict=True)))


def _chosen(config: InfraConfig, zones: Collection[str], letters: Sequence[str]) -> Sequence[str]:
    wanted = config.nat_zones
    if isinstance(wanted, int):
        return letters[: how_many(wanted) or len(letters)]
    if others := sorted(set(wanted) - set(zones)):
        raise config.refused("nat_zones", f"zones in which the stack stands ({', '.join(zones)}); {others[0]} is none")
    return sorted(map(zone_letter, wanted))
