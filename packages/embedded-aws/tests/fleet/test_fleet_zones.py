"""Zones: kept even, and left alone during a zonal shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from embedded_aws.fleet import Adjustment, Check, Health, Lifecycle, Park, Process, ScalingGroup, SimplePolicy

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
SOON = timedelta(minutes=5)


def zones(fleet: ScalingGroup) -> Counter[str]:
    """Members that serve or will, by zone."""
    return Counter(member.zone for member in fleet.members if member.serving)


def in_zone(fleet: ScalingGroup, zone: str) -> list[str]:
    return [member.id for member in fleet.members if member.zone == zone]


def test_zones_made_uneven_are_evened_out_by_launching_first(make: Make, at: At) -> None:
    fleet = make(desired=4, rebalance_delay=SOON)
    fleet.detach(in_zone(fleet, "b"), at(10), decrement=True)
    fleet.advance(at(14.9))
    assert zones(fleet) == {"a": 2}

    fleet.advance(at(15))
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == 2
    assert fleet.members.by_state.count(Lifecycle.PENDING) == 1
    fleet.advance(at(20))

    assert zones(fleet) == {"a": 1, "b": 1}
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == 2


def test_a_group_at_its_maximum_may_exceed_it_to_rebalance(make: Make, at: At) -> None:
    fleet = make(desired=4, max_size=4, rebalance_delay=SOON)
    fleet.detach(in_zone(fleet, "b"), at(10), decrement=True)
    fleet.update(at(11), max_size=2)
    fleet.advance(at(16))
    assert len(fleet.members) == 3

    fleet.advance(at(20))

    assert zones(fleet) == {"a": 1, "b": 1}


def test_a_suspended_rebalance_leaves_zones_uneven(make: Make, at: At) -> None:
    fleet = make(desired=4, rebalance_delay=SOON)
    fleet.suspend([Process.AZ_REBALANCE], at(5))
    fleet.detach(in_zone(fleet, "b"), at(10), decrement=True)
    fleet.advance(at(60))

    assert zones(fleet) == {"a": 2}


def test_with_terminate_suspended_rebalancing_launches_and_does_not_terminate(make: Make, at: At) -> None:
    fleet = make(desired=4, rebalance_delay=SOON)
    fleet.detach(in_zone(fleet, "b"), at(10), decrement=True)
    fleet.suspend([Process.TERMINATE], at(11))
    fleet.advance(at(30))
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == 3

    fleet.resume([Process.TERMINATE], at(31))
    fleet.advance(at(33))

    assert zones(fleet) == {"a": 1, "b": 1}


def test_a_zone_that_was_dry_gets_its_share_when_it_recovers(make: Make, park: Park, at: At) -> None:
    park.dry_up("b", "Insufficient capacity")
    fleet = make(desired=4, rebalance_delay=SOON)
    assert zones(fleet) == {"a": 4}
    fleet.advance(at(30))
    assert zones(fleet) == {"a": 4}

    park.refill("b")
    fleet.advance(at(60))

    assert zones(fleet) == {"a": 2, "b": 2}


def test_a_zone_taken_from_the_group_is_emptied(make: Make, at: At) -> None:
    fleet = make(desired=4, zones=("a", "b"), rebalance_delay=SOON)
    fleet.update(at(10), zones=("a", "c"))
    fleet.advance(at(60))

    assert zones(fleet) == {"a": 2, "c": 2}


def test_protected_members_stay_where_they_are(make: Make, at: At) -> None:
    fleet = make(desired=4, rebalance_delay=SOON)
    fleet.protect(in_zone(fleet, "a"), at(5), protected=True)
    fleet.detach(in_zone(fleet, "b"), at(10), decrement=True)
    fleet.advance(at(60))

    assert zones(fleet) == {"a": 2}


def test_during_a_zonal_shift_new_members_go_elsewhere(make: Make, at: At) -> None:
    fleet = make(desired=4, rebalance_delay=SOON)
    fleet.shift_zone("a", at(5), away=True)
    fleet.set_desired_capacity(8, at(6))
    fleet.advance(at(60))

    assert zones(fleet) == {"a": 2, "b": 6}


def test_after_a_zonal_shift_the_zones_are_evened_out(make: Make, at: At) -> None:
    fleet = make(desired=4, rebalance_delay=SOON)
    fleet.shift_zone("a", at(5), away=True)
    fleet.set_desired_capacity(8, at(6))
    fleet.shift_zone("a", at(20), away=False)
    fleet.advance(at(60))

    assert zones(fleet) == {"a": 4, "b": 4}


def test_unhealthy_members_of_a_shifted_zone_are_ignored_until_it_is_back(make: Make, at: At) -> None:
    fleet = make(desired=4)
    impaired, marked = in_zone(fleet, "a")
    fleet.shift_zone("a", at(5), away=True)
    fleet.break_instance(impaired, Check.SYSTEM, at(6))
    fleet.set_instance_health(marked, Health.UNHEALTHY, at(6))
    fleet.advance(at(60))
    assert {fleet.member(each).lifecycle for each in (impaired, marked)} == {Lifecycle.IN_SERVICE}

    fleet.shift_zone("a", at(61), away=False)

    assert fleet.member(marked).lifecycle is Lifecycle.TERMINATING


def test_unhealthy_members_of_a_shifted_zone_are_replaced_elsewhere_where_that_is_wished(make: Make, at: At) -> None:
    fleet = make(desired=4, replace_in_impaired_zone=True)
    fleet.shift_zone("a", at(5), away=True)
    fleet.set_instance_health(in_zone(fleet, "a")[0], Health.UNHEALTHY, at(6))
    fleet.advance(at(10))

    assert zones(fleet) == {"a": 1, "b": 3}


def test_a_zonal_shift_keeps_policies_from_scaling_in(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.shift_zone("a", at(5), away=True)
    fleet.execute_policy(SimplePolicy("down", Adjustment.CHANGE, -1), at(6))
    assert fleet.settings.desired == 4

    fleet.execute_policy(SimplePolicy("up", Adjustment.CHANGE, 1), at(6))
    assert fleet.settings.desired == 5
