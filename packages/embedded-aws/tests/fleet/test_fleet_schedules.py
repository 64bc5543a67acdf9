"""Scheduled scaling: the sizes of a group change at their time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from embedded_aws.fleet import Process, Refused, ScalingGroup, ScheduledAction

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]


def daily(moment: datetime) -> datetime:
    return moment + timedelta(days=1)


def test_an_action_changes_the_sizes_at_its_time_in_awss_words_and_is_gone(make: Make, at: At) -> None:
    fleet = make(desired=4, max_size=6)
    fleet.put_schedule(ScheduledAction("up", 2, 10, 7, at(60)), at(2))
    fleet.advance(at(59))
    assert (fleet.settings.max_size, fleet.settings.desired) == (6, 4)

    fleet.advance(at(62))
    assert (fleet.settings.min_size, fleet.settings.max_size, fleet.settings.desired) == (2, 10, 7)
    assert len(fleet.members) == 7
    cause = next(iter(fleet.activities)).cause
    said = (
        "a scheduled action update of AutoScalingGroup constraints to min: 2, max: 10, desired: 7 changing the desired"
    )
    assert said in cause
    assert fleet.schedule == []


def test_a_desired_capacity_that_is_not_given_follows_a_limit_that_moves_past_it(make: Make, at: At) -> None:
    fleet = make(desired=4, max_size=6)
    fleet.put_schedule(ScheduledAction("least", 5, None, None, at(10)), at(2))
    fleet.put_schedule(ScheduledAction("most", 0, 3, None, at(20)), at(2))

    fleet.advance(at(11))
    assert fleet.settings.desired == 5
    fleet.advance(at(21))
    assert fleet.settings.desired == 3


def test_a_recurring_action_is_run_again_until_its_end(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.put_schedule(ScheduledAction("daily", None, None, 6, at(60), at(60 + 2 * 1440), daily), at(2))
    for day in range(3):
        fleet.advance(at(61 + day * 1440))
        assert fleet.settings.desired == 6
        fleet.set_desired_capacity(4, at(62 + day * 1440))

    assert fleet.schedule == []
    fleet.advance(at(61 + 3 * 1440))
    assert fleet.settings.desired == 4


def test_what_falls_into_a_suspension_is_not_made_up_for(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.put_schedule(ScheduledAction("daily", None, None, 6, at(60), None, daily), at(2))
    fleet.suspend([Process.SCHEDULED_ACTIONS], at(3))
    fleet.resume([Process.SCHEDULED_ACTIONS], at(100))
    assert fleet.settings.desired == 4

    fleet.advance(at(61 + 1440))
    assert fleet.settings.desired == 6


def test_sizes_that_do_not_fit_do_nothing(make: Make, at: At) -> None:
    fleet = make(desired=4, max_size=6)
    fleet.put_schedule(ScheduledAction("much", None, None, 60, at(60)), at(2))
    fleet.advance(at(61))

    assert fleet.settings.desired == 4


def test_an_action_that_is_replaced_or_deleted_does_not_run(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.put_schedule(ScheduledAction("a", None, None, 6, at(60)), at(2))
    fleet.put_schedule(ScheduledAction("a", None, None, 5, at(90)), at(2))
    fleet.put_schedule(ScheduledAction("b", None, None, 8, at(91)), at(2))
    fleet.delete_schedule("b", at(3))
    fleet.advance(at(61))
    assert fleet.settings.desired == 4

    fleet.advance(at(92))
    assert fleet.settings.desired == 5
    with pytest.raises(Refused, match="Scheduled action b not found"):
        fleet.delete_schedule("b", at(93))
