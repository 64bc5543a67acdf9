"""Spot Instances: EC2 takes them back, with notice, whoever had marked them before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from embedded_aws.fleet import Activity, Health, Lifecycle, MaintenancePolicy, Process, Refused, ScalingGroup

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FIRST = "i-00000000000000001"
LAUNCH_FIRST = MaintenancePolicy(100, 200)


def about(fleet: ScalingGroup, instance_id: str = FIRST) -> Activity:
    """The newest activity of one instance."""
    return max((each for each in fleet.activities if each.instance_id == instance_id), key=lambda each: each.start)


def launched_last(fleet: ScalingGroup) -> Activity:
    return max(
        (each for each in fleet.activities if each.description.startswith("Launching")), key=lambda each: each.start
    )


def test_without_capacity_rebalancing_the_group_notices_when_the_machine_is_gone(make: Make, at: At) -> None:
    fleet = make()
    fleet.interrupt_spot(FIRST, at(3))
    fleet.advance(at(4.9))
    assert fleet.member(FIRST).lifecycle is Lifecycle.IN_SERVICE

    fleet.advance(at(5))

    assert about(fleet).cause == (
        "At 2026-01-01T00:05:00Z an instance was taken out of service in response to an EC2 health check indicating it "
        "has been terminated or stopped."
    )


def test_with_capacity_rebalancing_the_notice_ends_it_at_once_and_brings_another(make: Make, at: At) -> None:
    fleet = make(desired=2, capacity_rebalance=True)

    fleet.interrupt_spot(FIRST, at(3))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING
    assert "in response to an EC2 Spot Instance interruption notice." in about(fleet).cause
    assert "in response to an EC2 Spot Instance interruption notice." in launched_last(fleet).cause


def test_a_recommendation_brings_the_new_one_first(make: Make, at: At) -> None:
    fleet = make(desired=2, capacity_rebalance=True)
    fleet.recommend_rebalance(FIRST, at(3))
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == 2
    assert fleet.members.by_state.count(Lifecycle.PENDING) == 1

    fleet.advance(at(4))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING
    assert "in response to an EC2 instance rebalance recommendation." in about(fleet).cause


def test_a_recommendation_is_nothing_without_capacity_rebalancing(make: Make, at: At) -> None:
    fleet = make(desired=2)
    fleet.recommend_rebalance(FIRST, at(3))
    fleet.advance(at(30))

    assert fleet.member(FIRST).lifecycle is Lifecycle.IN_SERVICE


def test_a_recommendation_goes_ten_percent_above_the_maximum_size_and_no_further(make: Make, at: At) -> None:
    fleet = make(desired=20, max_size=20, capacity_rebalance=True)
    for member in list(fleet.members):
        fleet.recommend_rebalance(member.id, at(3))

    assert fleet.members.by_state.count(Lifecycle.PENDING) == 2


@pytest.mark.parametrize("rebalances", [True, False])
def test_one_that_was_marked_and_waits_for_its_replacement_goes_with_the_words_for_the_interruption(
    make: Make,
    at: At,
    rebalances: bool,  # noqa: FBT001 - pytest passes by name
) -> None:
    fleet = make(desired=2, maintenance=LAUNCH_FIRST, capacity_rebalance=rebalances, boot=(at(10) - at(0)), age=15)
    fleet.set_instance_health(FIRST, Health.UNHEALTHY, at(20))
    fleet.interrupt_spot(FIRST, at(21))
    fleet.advance(at(23))

    assert "user health-check" not in about(fleet).cause
    fleet.advance(at(60))
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == len(fleet.members) == 2


def test_nothing_holds_an_interruption_up(make: Make, at: At) -> None:
    fleet = make(desired=1, capacity_rebalance=True)
    fleet.suspend([Process.TERMINATE], at(3))
    fleet.interrupt_spot(FIRST, at(4))
    fleet.advance(at(10))

    assert fleet.member(FIRST).running is False


def test_who_is_no_member_is_not_interrupted(make: Make, at: At) -> None:
    with pytest.raises(Refused, match="No managed instance found"):
        make().interrupt_spot("i-1", at(3))


def test_one_that_is_detached_before_it_is_taken_is_nobodys_concern(make: Make, at: At) -> None:
    fleet = make(desired=2)
    fleet.interrupt_spot(FIRST, at(3))
    fleet.detach([FIRST], at(4), decrement=True)
    fleet.advance(at(10))

    assert len(fleet.members) == 1
