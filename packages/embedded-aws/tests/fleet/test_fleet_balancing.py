"""Load balancers: a group that follows them replaces an unhealthy target, under its own brakes, and drains it first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from embedded_aws.fleet import Activity, Health, Lifecycle, Park, Process, ScalingGroup, StatusCode

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FIRST = "i-00000000000000001"
FOLLOWS = frozenset({"EC2", "ELB"})
DELAY = timedelta(minutes=5)


def is_going(fleet: ScalingGroup, now: datetime) -> bool:
    fleet.advance(now)
    member = fleet.members.get(FIRST)
    return member is None or member.lifecycle is Lifecycle.TERMINATING


def ended(fleet: ScalingGroup) -> Activity:
    return next(each for each in fleet.activities if each.description == f"Terminating EC2 instance: {FIRST}")


def test_a_group_that_does_not_follow_its_load_balancers_keeps_an_unhealthy_target(make: Make, at: At) -> None:
    fleet = make()
    fleet.target_unhealthy(FIRST, at(10))

    assert not is_going(fleet, at(600))


def test_one_that_does_replaces_it_at_once_and_says_so_in_awss_words(make: Make, at: At) -> None:
    fleet = make(health_checks=FOLLOWS)
    fleet.target_unhealthy(FIRST, at(10))

    assert is_going(fleet, at(10))
    assert ended(fleet).cause == (
        "At 2026-01-01T00:10:00Z an instance was taken out of service in response to an ELB system health check "
        "failure."
    )
    assert fleet.natives_in_progress == 1


def test_the_grace_period_holds_for_it(make: Make, at: At) -> None:
    fleet = make(health_checks=FOLLOWS, grace=timedelta(minutes=30))
    fleet.target_unhealthy(FIRST, at(10))

    assert not is_going(fleet, at(30))
    assert is_going(fleet, at(31))


def test_one_that_recovers_in_the_grace_period_stays(make: Make, at: At) -> None:
    fleet = make(health_checks=FOLLOWS, grace=timedelta(minutes=30))
    fleet.target_unhealthy(FIRST, at(10))
    fleet.target_healthy(FIRST, at(20))

    assert not is_going(fleet, at(60))


def test_at_most_ten_percent_are_replaced_at_a_time(make: Make, at: At) -> None:
    fleet = make(desired=20, health_checks=FOLLOWS)
    for member in list(fleet.members)[:10]:
        fleet.target_unhealthy(member.id, at(10))

    fleet.advance(at(10.1))

    assert fleet.natives_in_progress == 2


def test_if_all_targets_are_unhealthy_they_go_one_at_a_time(make: Make, at: At) -> None:
    fleet = make(desired=20, health_checks=FOLLOWS)
    fleet.suspend([Process.REPLACE_UNHEALTHY], at(9))
    for member in list(fleet.members):
        fleet.target_unhealthy(member.id, at(10))

    fleet.resume([Process.REPLACE_UNHEALTHY], at(11))

    assert fleet.natives_in_progress == 1


def test_it_is_looked_at_anew_when_the_group_begins_to_follow_or_looks_again(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.HEALTH_CHECK], at(9))
    fleet.target_unhealthy(FIRST, at(10))
    fleet.update(at(20), health_checks=FOLLOWS)
    assert not is_going(fleet, at(30))

    fleet.resume([Process.HEALTH_CHECK], at(30))

    assert is_going(fleet, at(30))


def test_one_on_standby_is_looked_at_when_it_is_back(make: Make, at: At) -> None:
    fleet = make(health_checks=FOLLOWS)
    fleet.enter_standby([FIRST], at(9), decrement=True)
    fleet.target_unhealthy(FIRST, at(10))
    assert not is_going(fleet, at(60))

    fleet.exit_standby([FIRST], at(60))

    assert is_going(fleet, at(60))


def test_one_that_was_set_healthy_is_unhealthy_again_while_the_load_balancer_says_so(make: Make, at: At) -> None:
    fleet = make(health_checks=FOLLOWS)
    fleet.suspend([Process.REPLACE_UNHEALTHY], at(9))
    fleet.target_unhealthy(FIRST, at(10))
    fleet.set_instance_health(FIRST, Health.HEALTHY, at(11))

    assert fleet.member(FIRST).health is Health.UNHEALTHY


def test_a_member_drains_before_its_machine_is_shut_down(make: Make, at: At, park: Park) -> None:
    fleet = make(draining=DELAY)
    fleet.terminate_instance(FIRST, at(10), decrement=False)
    assert ended(fleet).status is StatusCode.DRAINING

    fleet.advance(at(14.9))
    assert FIRST in park.running
    fleet.advance(at(15))
    assert FIRST not in park.running
    assert ended(fleet).status is StatusCode.IN_PROGRESS

    fleet.advance(at(15.5))
    assert ended(fleet).status is StatusCode.SUCCESSFUL
    assert fleet.members.get(FIRST) is None


def test_a_machine_that_is_not_running_has_nothing_to_drain(make: Make, at: At, park: Park) -> None:
    fleet = make(draining=DELAY)
    fleet.instance_stopped(FIRST, at(10))

    assert FIRST not in park.running


def test_a_group_that_is_deleted_by_force_does_not_wait(make: Make, at: At, park: Park) -> None:
    fleet = make(draining=DELAY)
    fleet.delete(at(10), force=True)

    assert not park.running
