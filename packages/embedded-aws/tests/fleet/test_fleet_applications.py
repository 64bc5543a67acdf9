"""Application status checks: the group replaces an instance whose application is impaired, and is not always asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from embedded_aws.fleet import Activity, Check, Health, Lifecycle, Process, ScalingGroup
from embedded_aws.fleet.health import CheckStatus

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FIRST = "i-00000000000000001"


def status(fleet: ScalingGroup, now: datetime) -> CheckStatus:
    return fleet.checks(FIRST, now).application


def is_gone(fleet: ScalingGroup, now: datetime) -> bool:
    fleet.advance(now)
    member = fleet.members.get(FIRST)
    return member is None or member.lifecycle is Lifecycle.TERMINATING


def ended(fleet: ScalingGroup) -> Activity:
    return next(each for each in fleet.activities if each.description == f"Terminating EC2 instance: {FIRST}")


def test_it_does_not_apply_where_no_check_was_made(make: Make, at: At) -> None:
    assert status(make(), at(30)).status == "not-applicable"


def test_it_is_checked_some_time_after_the_launch(make: Make, at: At) -> None:
    fleet = make(application_checks=True)

    assert [status(fleet, at(minute)).status for minute in (3, 4.9, 5)] == ["initializing", "initializing", "ok"]


def test_an_impaired_application_says_since_when_and_leaves_ec2s_own_checks_alone(make: Make, at: At) -> None:
    fleet = make()
    fleet.fail_application(FIRST, at(10))

    assert status(fleet, at(12)) == CheckStatus("impaired", at(10))
    assert fleet.checks(FIRST, at(12)).instance.status == "ok"
    assert fleet.members.impaired.size == 0


def test_the_group_replaces_it_after_a_while(make: Make, at: At) -> None:
    fleet = make(application_delay=timedelta(minutes=5))
    fleet.fail_application(FIRST, at(10))
    assert not is_gone(fleet, at(14.9))

    assert is_gone(fleet, at(15))
    assert ended(fleet).cause == (
        "At 2026-01-01T00:15:00Z an instance was taken out of service in response to an EC2 application status checks "
        "failure."
    )
    assert fleet.natives_in_progress == 1


def test_the_grace_period_holds_for_it(make: Make, at: At) -> None:
    fleet = make(grace=timedelta(minutes=30), application_delay=timedelta(minutes=5))
    fleet.fail_application(FIRST, at(10))

    assert not is_gone(fleet, at(30))
    assert is_gone(fleet, at(31))


def test_at_most_ten_percent_are_replaced_at_a_time(make: Make, at: At) -> None:
    fleet = make(desired=20)
    for member in list(fleet.members):
        fleet.fail_application(member.id, at(10))

    fleet.advance(at(15.1))

    assert fleet.natives_in_progress == 2


def test_one_that_recovers_in_time_stays(make: Make, at: At) -> None:
    fleet = make()
    fleet.fail_application(FIRST, at(10))
    fleet.recover_application(FIRST, at(13))

    assert not is_gone(fleet, at(60))


def test_a_suppressed_one_is_not_called_impaired_and_stays(make: Make, at: At) -> None:
    fleet = make()
    fleet.suppress_application(FIRST, at(9))
    fleet.fail_application(FIRST, at(10))

    assert status(fleet, at(12)).status == "suppressed"
    assert not is_gone(fleet, at(600))


@pytest.mark.parametrize("duration", [timedelta(minutes=20), None])
def test_the_time_begins_anew_when_the_suppression_ends(make: Make, at: At, duration: timedelta | None) -> None:
    fleet = make()
    fleet.fail_application(FIRST, at(10))
    fleet.suppress_application(FIRST, at(11), duration)
    if duration is None:
        fleet.resume_application(FIRST, at(31))

    assert status(fleet, at(32)) == CheckStatus("impaired", at(31))
    assert not is_gone(fleet, at(35.9))
    assert is_gone(fleet, at(36))


def test_a_longer_suppression_outlasts_a_shorter_one(make: Make, at: At) -> None:
    fleet = make()
    fleet.suppress_application(FIRST, at(10), timedelta(minutes=5))
    fleet.suppress_application(FIRST, at(11), timedelta(minutes=60))

    assert status(fleet, at(30)).status == "suppressed"


def test_a_suspended_health_check_holds_it_back(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.HEALTH_CHECK], at(9))
    fleet.fail_application(FIRST, at(10))
    assert not is_gone(fleet, at(60))

    fleet.resume([Process.HEALTH_CHECK], at(60))

    assert is_gone(fleet, at(60))


def test_an_instance_on_standby_is_looked_at_when_it_is_back(make: Make, at: At) -> None:
    fleet = make()
    fleet.enter_standby([FIRST], at(9), decrement=True)
    fleet.fail_application(FIRST, at(10))
    assert not is_gone(fleet, at(60))

    fleet.exit_standby([FIRST], at(60))

    assert is_gone(fleet, at(60))


def test_one_that_was_set_healthy_again_is_judged_again(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.REPLACE_UNHEALTHY], at(9))
    fleet.fail_application(FIRST, at(10))
    fleet.advance(at(15))
    assert fleet.member(FIRST).health is Health.UNHEALTHY

    fleet.set_instance_health(FIRST, Health.HEALTHY, at(16))

    assert fleet.member(FIRST).health is Health.UNHEALTHY


def test_with_both_at_fault_the_group_names_what_it_noticed(make: Make, at: At) -> None:
    fleet = make(native_delay=timedelta(minutes=20), application_delay=timedelta(minutes=5))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.fail_application(FIRST, at(10))

    assert is_gone(fleet, at(15))
    assert "application status checks" in ended(fleet).cause
