"""Members that reach the maximum instance lifetime are replaced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from embedded_aws.fleet import MaintenancePolicy, Process, ScalingGroup

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
DAY = 24 * 60  # minutes
A_DAY = timedelta(days=1)


def oldest(fleet: ScalingGroup) -> datetime:
    return min(each.launched_at for each in fleet.members)


def test_nobody_is_replaced_before_the_time(make: Make, at: At) -> None:
    fleet = make(max_lifetime=A_DAY)
    fleet.advance(at(DAY - 1))
    assert oldest(fleet) == at(0)


def test_all_are_replaced_after_it_one_at_a_time(make: Make, at: At) -> None:
    fleet = make(max_lifetime=A_DAY)

    fleet.advance(at(DAY + 0.1))
    assert sum(each.launched_at == at(0) and each.leaves_by is None for each in fleet.members) == 3
    fleet.advance(at(DAY + 60))
    assert oldest(fleet) >= at(DAY)
    assert len(fleet.members) == 4
    assert "reaching the maximum instance lifetime" in next(iter(fleet.activities)).cause


def test_a_large_group_replaces_ten_percent_at_a_time(make: Make, at: At) -> None:
    fleet = make(desired=50, max_lifetime=A_DAY)
    fleet.advance(at(DAY + 0.1))
    assert sum(each.leaves_by is not None for each in fleet.members) == 5


def test_a_maintenance_policy_has_the_new_ones_come_first(make: Make, at: At) -> None:
    fleet = make(max_lifetime=A_DAY, maintenance=MaintenancePolicy(100, 150))
    fleet.advance(at(DAY + 0.1))
    assert len(fleet.members) == 5
    fleet.advance(at(DAY + 60))
    assert (len(fleet.members), oldest(fleet) >= at(DAY)) == (4, True)


def test_a_shorter_lifetime_counts_at_once(make: Make, at: At) -> None:
    fleet = make(max_lifetime=30 * A_DAY)
    fleet.update(at(2 * DAY), max_lifetime=A_DAY)
    fleet.advance(at(2 * DAY + 60))
    assert oldest(fleet) >= at(2 * DAY)


def test_none_is_replaced_while_terminate_is_suspended(make: Make, at: At) -> None:
    fleet = make(max_lifetime=A_DAY)
    fleet.suspend([Process.TERMINATE], at(5))
    fleet.advance(at(2 * DAY))
    assert oldest(fleet) == at(0)
    fleet.resume([Process.TERMINATE], at(2 * DAY))
    fleet.advance(at(2 * DAY + 60))
    assert oldest(fleet) >= at(2 * DAY)
