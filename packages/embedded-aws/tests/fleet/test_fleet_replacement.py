"""How fast members are replaced, and in which order old and new come and go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from embedded_aws.fleet import Check, Health, Lifecycle, MaintenancePolicy, Process, ScalingGroup

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FIRST, FIFTH, SIXTH = "i-00000000000000001", "i-00000000000000005", "i-00000000000000006"
LAUNCH_FIRST = MaintenancePolicy(100, 200)


def number(fleet: ScalingGroup, lifecycle: Lifecycle) -> int:
    return fleet.members.by_state.count(lifecycle)


def break_all(fleet: ScalingGroup, now: datetime) -> None:
    for member in list(fleet.members):
        fleet.break_instance(member.id, Check.SYSTEM, now)


def mark(fleet: ScalingGroup, now: datetime, instance_id: str = FIRST) -> None:
    fleet.set_instance_health(instance_id, Health.UNHEALTHY, now)


@pytest.mark.parametrize(("desired", "at_a_time"), [(2, 1), (10, 1), (19, 1), (20, 2), (100, 10)])
def test_the_group_replaces_ten_percent_of_its_impaired_members_at_a_time(
    make: Make, at: At, desired: int, at_a_time: int
) -> None:
    fleet = make(desired=desired, max_size=200)
    break_all(fleet, at(10))

    most = 0
    for second in range(0, 1200, 5):
        fleet.advance(at(10) + timedelta(seconds=second))
        most = max(most, fleet.natives_in_progress)

    assert most == at_a_time


def test_the_next_ones_go_when_the_new_ones_are_warm(make: Make, at: At) -> None:
    fleet = make(desired=2, warmup=timedelta(minutes=3), boot=timedelta(minutes=1), native_delay=timedelta(minutes=5))
    fleet.advance(at(10))
    break_all(fleet, at(10))
    fleet.advance(at(18.9))
    assert fleet.member("i-00000000000000002").lifecycle is Lifecycle.IN_SERVICE

    fleet.advance(at(19))  # 5 minutes of patience, 1 of boot, 3 of warm-up

    assert fleet.member("i-00000000000000002").lifecycle is Lifecycle.TERMINATING


def test_in_the_end_every_impaired_member_is_replaced(make: Make, at: At) -> None:
    fleet = make(desired=7)
    broken = {member.id for member in fleet.members}
    break_all(fleet, at(10))
    fleet.advance(at(60))

    assert not broken & {member.id for member in fleet.members}
    assert number(fleet, Lifecycle.IN_SERVICE) == 7


def test_impaired_members_wait_while_marked_ones_leave_the_group_short(make: Make, at: At) -> None:
    fleet = make(desired=10, native_delay=timedelta(minutes=5))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    mark(fleet, at(14.9), SIXTH)
    fleet.advance(at(15.1))
    assert fleet.member(FIRST).lifecycle is Lifecycle.IN_SERVICE

    fleet.advance(at(16))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING


def test_marked_members_go_all_at_once(make: Make, at: At) -> None:
    fleet = make(desired=50)
    for member in list(fleet.members):
        mark(fleet, at(10), member.id)

    assert number(fleet, Lifecycle.TERMINATING) == 50
    assert number(fleet, Lifecycle.PENDING) == 50


def test_with_launch_suspended_the_group_drains_itself(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.suspend([Process.LAUNCH], at(5))
    break_all(fleet, at(10))
    fleet.advance(at(60))

    assert len(fleet.members) == 0


def test_a_bad_template_does_not_spread_beyond_ten_percent(make: Make, at: At) -> None:
    fleet = make(desired=40)
    fleet.spoil_template("1", Check.INSTANCE, at(5))
    break_all(fleet, at(10))
    fleet.advance(at(600))

    assert fleet.natives_in_progress <= 4
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) >= 36


def test_a_group_recovers_from_a_bad_template_that_is_mended(make: Make, at: At) -> None:
    fleet = make(desired=20)
    fleet.spoil_template("1", Check.INSTANCE, at(9))
    break_all(fleet, at(10))
    fleet.advance(at(60))
    fleet.mend_template("1", at(60))

    fleet.advance(at(600))

    assert [member.id for member in fleet.members if member.faults] == []
    assert fleet.natives_in_progress == 0


def test_a_policy_that_allows_more_launches_before_it_terminates(make: Make, at: At) -> None:
    fleet = make(maintenance=LAUNCH_FIRST, boot=timedelta(minutes=1), warmup=timedelta(minutes=2))
    fleet.advance(at(10))
    mark(fleet, at(10))
    assert (number(fleet, Lifecycle.IN_SERVICE), number(fleet, Lifecycle.PENDING)) == (4, 1)

    fleet.advance(at(12.9))
    assert (fleet.member(FIRST).lifecycle, fleet.member(FIRST).health) == (Lifecycle.IN_SERVICE, Health.UNHEALTHY)
    fleet.advance(at(13))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING
    assert fleet.member(FIFTH).lifecycle is Lifecycle.IN_SERVICE


def test_a_replacement_that_dies_before_it_is_warm_is_replaced_itself(make: Make, at: At) -> None:
    fleet = make(maintenance=LAUNCH_FIRST)
    mark(fleet, at(10))
    fleet.instance_stopped(FIFTH, at(10.5))

    assert fleet.member(FIRST).lifecycle is Lifecycle.IN_SERVICE
    assert number(fleet, Lifecycle.PENDING) == 1
    fleet.advance(at(12))
    assert sorted(member.id for member in fleet.members) == [f"i-{n:017x}" for n in (2, 3, 4, 6)]


def test_a_marked_member_that_stops_does_not_wait_for_its_replacement(make: Make, at: At) -> None:
    fleet = make(maintenance=LAUNCH_FIRST)
    mark(fleet, at(10))
    fleet.instance_stopped(FIRST, at(10.1))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING
    fleet.advance(at(12))
    assert number(fleet, Lifecycle.IN_SERVICE) == 4


def test_a_stopped_member_goes_first_under_any_policy(make: Make, at: At) -> None:
    fleet = make(maintenance=LAUNCH_FIRST)
    fleet.instance_stopped(FIRST, at(10))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING


def test_a_policy_bounds_how_many_are_launched_ahead(make: Make, at: At) -> None:
    fleet = make(desired=10, maintenance=MaintenancePolicy(100, 120))
    for member in list(fleet.members):
        mark(fleet, at(10), member.id)

    assert number(fleet, Lifecycle.PENDING) == 2
    assert number(fleet, Lifecycle.TERMINATING) == 0
    fleet.advance(at(60))
    assert all(member.launched_at >= at(10) for member in fleet.members)


def test_a_policy_bounds_how_many_may_be_missing(make: Make, at: At) -> None:
    fleet = make(desired=10, maintenance=MaintenancePolicy(70, 100))
    for member in list(fleet.members)[:3]:
        mark(fleet, at(10), member.id)

    assert number(fleet, Lifecycle.TERMINATING) == 3

    mark(fleet, at(10.1), SIXTH)
    assert fleet.member(SIXTH).lifecycle is Lifecycle.IN_SERVICE
    fleet.advance(at(12))
    assert fleet.members.get(SIXTH) is None or fleet.member(SIXTH).lifecycle is Lifecycle.TERMINATING


def test_a_policy_that_allows_nothing_still_lets_one_go(make: Make, at: At) -> None:
    fleet = make(desired=2, maintenance=MaintenancePolicy(100, 100))
    for member in list(fleet.members):
        mark(fleet, at(10), member.id)

    assert number(fleet, Lifecycle.TERMINATING) == 1


def test_a_scale_in_makes_a_replacement_needless(make: Make, at: At) -> None:
    fleet = make(desired=4, maintenance=LAUNCH_FIRST)
    fleet.suspend([Process.LAUNCH], at(5))
    mark(fleet, at(10))
    fleet.set_desired_capacity(3, at(11))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING
    fleet.advance(at(12))
    assert number(fleet, Lifecycle.IN_SERVICE) == 3


def test_a_replacement_that_is_ill_itself_does_not_begin_a_second_one_beside_it(make: Make, at: At) -> None:
    fleet = make(desired=2, maintenance=LAUNCH_FIRST, age=0)
    fleet.spoil_template("1", Check.SYSTEM, at(0))

    most = 0
    for minute in range(60):
        fleet.advance(at(minute))
        most = max(most, fleet.natives_in_progress)

    assert most == 1
    assert number(fleet, Lifecycle.IN_SERVICE) >= 2


def test_nor_where_the_group_comes_to_launch_before_it_terminates(make: Make, at: At) -> None:
    fleet = make(desired=2, age=0)
    fleet.spoil_template("1", Check.SYSTEM, at(0))

    most = 0
    for minute in range(60):
        fleet.update(at(minute), maintenance=LAUNCH_FIRST if minute >= 20 else None)
        fleet.advance(at(minute))
        most = max(most, fleet.natives_in_progress)

    assert most == 1
