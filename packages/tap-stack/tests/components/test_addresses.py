"""The address plan: fixed by VPC and zone letter, whatever else is in use."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_stack.components.addresses import (
    LARGEST_PREFIX,
    SLOTS,
    ZonesUnavailable,
    choose_zones,
    subnet_plan,
    usable_addresses,
    zone_letter,
    zone_subnets,
)

letters = st.sets(st.sampled_from(SLOTS), min_size=1)
zones = st.sets(st.sampled_from([f"eu-west-1{letter}" for letter in SLOTS]))


@st.composite
def vpcs(draw: st.DrawFn) -> IPv4Network:
    """A VPC in 10.0.0.0/8 of any size that can be planned."""
    prefix = draw(st.integers(16, LARGEST_PREFIX))
    position = draw(st.integers(0, 2 ** (prefix - 8) - 1))
    return IPv4Network((int(IPv4Network("10.0.0.0/8").network_address) + position * 2 ** (32 - prefix), prefix))


def test_the_documented_example() -> None:
    subnets = zone_subnets(IPv4Network("10.0.0.0/16"), "b")

    assert (str(subnets.private), str(subnets.public)) == ("10.0.32.0/20", "10.0.48.0/21")


@given(vpcs(), letters, letters)
def test_a_zones_subnets_do_not_depend_on_which_other_zones_are_in_use(
    vpc: IPv4Network, some: set[str], others: set[str]
) -> None:
    first = subnet_plan(vpc, [f"eu-west-1{letter}" for letter in some])
    second = subnet_plan(vpc, [f"eu-west-1{letter}" for letter in some | others])

    assert {letter: second[letter] for letter in some} == first


@given(vpcs())
def test_no_two_subnets_overlap_and_all_lie_in_the_vpc(vpc: IPv4Network) -> None:
    plan = subnet_plan(vpc, [f"eu-west-1{letter}" for letter in SLOTS])

    subnets = [subnet for pair in plan.values() for subnet in (pair.public, pair.private)]
    assert [(one, other) for one, other in combinations(subnets, 2) if one.overlaps(other)] == []
    assert [subnet for subnet in subnets if not subnet.subnet_of(vpc)] == []


@given(vpcs(), st.sampled_from(SLOTS))
def test_no_subnet_is_smaller_than_aws_allows(vpc: IPv4Network, letter: str) -> None:
    subnets = zone_subnets(vpc, letter)

    assert max(subnets.public.prefixlen, subnets.private.prefixlen) <= 28
    assert min(usable_addresses(subnets.public), usable_addresses(subnets.private)) >= 11


def test_a_vpc_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/25 is too small for 8 zones: /24 or larger"):
        zone_subnets(IPv4Network("10.0.0.0/25"), "a")


@pytest.mark.parametrize("zone", ["eu-west-1z", "eu-west-1", "", "a", "us-east-1-bos-a"])
def test_a_zone_without_a_place_in_the_plan_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="has no place in the address plan"):
        zone_letter(zone)


@given(st.integers(1, 8), zones, zones)
def test_a_number_of_zones_is_met_exactly_or_refused(wanted: int, available: set[str], offering: set[str]) -> None:
    both = sorted(available & offering)

    if len(both) < wanted:
        with pytest.raises(ZonesUnavailable):
            choose_zones(wanted, available, offering)
    else:
        assert choose_zones(wanted, available, offering) == both[:wanted]


@given(zones.filter(bool), zones, zones)
def test_named_zones_are_used_exactly_or_refused(wanted: set[str], available: set[str], offering: set[str]) -> None:
    if wanted <= available & offering:
        assert choose_zones(tuple(wanted), available, offering) == sorted(wanted)
    else:
        with pytest.raises(ZonesUnavailable):
            choose_zones(tuple(wanted), available, offering)


@given(st.integers(1, 7), zones, zones)
def test_one_more_zone_keeps_the_zones_that_were_there(wanted: int, available: set[str], offering: set[str]) -> None:
    if len(available & offering) > wanted:
        fewer, more = (choose_zones(number, available, offering) for number in (wanted, wanted + 1))

        assert more[:wanted] == fewer
