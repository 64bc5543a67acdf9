"""Whom a scale-in takes: the unhealthy bypass the termination policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from embedded_aws.fleet import Activity, Health, Lifecycle, MaintenancePolicy, Park, Process, ScalingGroup
from embedded_aws.fleet.activities import StatusCode

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
THIRD, FOURTH = "i-00000000000000003", "i-00000000000000004"
SCALED_IN = "in response to a difference between desired and actual capacity, shrinking the capacity from"
LAUNCH_FIRST = MaintenancePolicy(100, 200)


def ended(fleet: ScalingGroup) -> list[Activity]:
    return [each for each in fleet.activities if each.description.startswith("Terminating")]


def test_an_unhealthy_member_that_is_not_replaced_goes_first(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.suspend([Process.REPLACE_UNHEALTHY], at(3))
    fleet.set_instance_health(FOURTH, Health.UNHEALTHY, at(4))

    fleet.set_desired_capacity(3, at(5))

    assert [each.instance_id for each in ended(fleet)] == [FOURTH]
    assert SCALED_IN in ended(fleet)[0].cause


@pytest.mark.parametrize(
    ("policies", "minute", "gone"),
    [
        (("Default",), 10, 1),
        (("OldestInstance",), 10, 1),
        (("NewestInstance",), 10, 3),
        (("OldestLaunchTemplate", "NewestInstance"), 10, 3),
        (("OldestLaunchConfiguration", "NewestInstance"), 10, 3),
        (("AllocationStrategy", "Default"), 10, 1),
        (("ClosestToNextInstanceHour",), 63, 3),
        (("ClosestToNextInstanceHour",), 58, 1),
    ],
)
def test_the_groups_policies_choose_in_their_order(
    make: Make, at: At, policies: tuple[str, ...], minute: float, gone: int
) -> None:
    """Three instances in one zone, launched at the minutes 0, 0 and 5; numbers are those of their ids."""
    fleet = make(desired=2, zones=("a",), termination=policies)
    fleet.set_desired_capacity(3, at(5))

    fleet.set_desired_capacity(2, at(minute))

    assert [int(each.instance_id.removeprefix("i-"), 16) for each in ended(fleet)] == [gone]


def test_the_fullest_zone_comes_before_every_policy(make: Make, at: At) -> None:
    fleet = make(desired=3, zones=("a", "b"), termination=("NewestInstance",))
    fleet.set_desired_capacity(2, at(5))

    (gone,) = ended(fleet)
    assert sorted(each.zone for each in fleet.members if each.id != gone.instance_id) == ["a", "b"]


def test_a_protected_one_is_spared_even_if_it_is_unhealthy(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.suspend([Process.REPLACE_UNHEALTHY], at(3))
    fleet.protect([FOURTH], at(3), protected=True)
    fleet.set_instance_health(FOURTH, Health.UNHEALTHY, at(4))

    fleet.set_desired_capacity(3, at(5))

    assert FOURTH not in {each.instance_id for each in ended(fleet)}


def test_a_marked_member_whose_replacement_is_not_launched_yet_goes_by_scale_in(make: Make, at: At, park: Park) -> None:
    fleet = make(desired=5, zones=("a",), maintenance=LAUNCH_FIRST, first_backoff=timedelta(hours=1))
    park.dry_up("a", "no")
    fleet.set_instance_health(THIRD, Health.UNHEALTHY, at(4))
    assert fleet.member(THIRD).retiring

    fleet.set_desired_capacity(4, at(5))
    fleet.advance(at(6))

    assert [each.instance_id for each in ended(fleet)] == [THIRD]
    assert f"{SCALED_IN} 5 to 4.  At 2026-01-01T00:05:00Z instance {THIRD} was selected" in ended(fleet)[0].cause
    assert len(fleet.members) == 4


def test_a_marked_member_whose_replacement_boots_goes_by_scale_in_too(make: Make, at: At) -> None:
    fleet = make(desired=5, maintenance=LAUNCH_FIRST, boot=timedelta(minutes=10), age=15)
    fleet.set_instance_health(THIRD, Health.UNHEALTHY, at(20))

    fleet.set_desired_capacity(4, at(21))

    assert fleet.member(THIRD).lifecycle is Lifecycle.TERMINATING
    assert len(ended(fleet)) == 2
    assert all(SCALED_IN in each.cause for each in ended(fleet))
    fleet.advance(at(60))
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == len(fleet.members) == 4


def test_one_step_of_capacity_takes_one_of_those_who_wait(make: Make, at: At) -> None:
    fleet = make(desired=20, maintenance=LAUNCH_FIRST, boot=timedelta(minutes=10), age=15)
    marked = [member.id for member in fleet.members][:5]
    for instance_id in marked:
        fleet.set_instance_health(instance_id, Health.UNHEALTHY, at(20))

    fleet.set_desired_capacity(19, at(21))

    assert len({each.instance_id for each in ended(fleet)} & set(marked)) == 1


def test_a_scale_in_that_protection_stops_is_told_once(make: Make, at: At) -> None:
    fleet = make(desired=2)
    fleet.protect([member.id for member in fleet.members], at(3), protected=True)
    fleet.set_desired_capacity(0, at(4))
    fleet.advance(at(10))

    (told,) = [each for each in fleet.activities if "protected" in each.description]

    assert told.description == (
        "Could not scale to desired capacity because all remaining instances are protected from scale-in."
    )
    assert told.status is StatusCode.CANCELLED
    assert told.cause.startswith("At 2026-01-01T00:04:00Z a user request explicitly set group desired capacity")
    assert told.cause.endswith("At 2026-01-01T00:04:00Z group reached equilibrium.")


def test_the_next_scale_in_that_protection_stops_is_told_too(make: Make, at: At) -> None:
    fleet = make(desired=3)
    fleet.protect([member.id for member in fleet.members], at(3), protected=True)
    fleet.set_desired_capacity(1, at(4))
    fleet.set_desired_capacity(0, at(5))

    assert len([each for each in fleet.activities if each.status is StatusCode.CANCELLED]) == 2
