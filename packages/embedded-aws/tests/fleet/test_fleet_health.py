"""Status checks, the group's own verdict, marks and the grace period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from embedded_aws.fleet import (
    Check,
    CheckStatus,
    Event,
    Health,
    Lifecycle,
    Process,
    Refused,
    ScalingGroup,
    StatusCode,
    What,
)

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FIRST, SECOND = "i-00000000000000001", "i-00000000000000002"
MARKED = "At 2026-01-01T00:10:00Z an instance was taken out of service in response to a user health-check."
STATUS = (
    "At 2026-01-01T00:15:00Z an instance was taken out of service in response to an EC2 instance status checks failure."
)
STOPPED = (
    "At 2026-01-01T00:10:00Z an instance was taken out of service in response to an EC2 health check indicating it has "
    "been terminated or stopped."
)
REPLACED = (
    "At 2026-01-01T00:10:00Z an instance was launched in response to an unhealthy instance needing to be replaced."
)


def cause(fleet: ScalingGroup, description: str) -> str:
    """The Cause of the newest activity with this description."""
    return next(each.cause for each in fleet.activities if each.description == description)


def mark(fleet: ScalingGroup, now: datetime, instance_id: str = FIRST, *, respect_grace: bool = True) -> None:
    fleet.set_instance_health(instance_id, Health.UNHEALTHY, now, respect_grace=respect_grace)


def test_checks_are_initializing_for_the_first_minutes(make: Make, at: At) -> None:
    fleet = make(age=1, initializing=timedelta(minutes=2))

    assert fleet.checks(FIRST, at(1.9)).system == CheckStatus("initializing")
    assert fleet.checks(FIRST, at(2)).system == CheckStatus("ok")


def test_a_failed_check_is_impaired_since_it_failed(make: Make, at: At) -> None:
    fleet = make()
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))

    checks = fleet.checks(FIRST, at(11))
    assert checks.system == CheckStatus("impaired", at(10))
    assert checks.instance == CheckStatus("ok")
    assert checks.ebs == CheckStatus("ok")


def test_a_check_that_passes_again_is_ok(make: Make, at: At) -> None:
    fleet = make()
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.repair_instance(FIRST, at(11))

    assert fleet.checks(FIRST, at(12)).system == CheckStatus("ok")


def test_an_instance_launched_broken_is_impaired_since_its_launch(make: Make, at: At) -> None:
    fleet = make(desired=0, age=0)
    fleet.spoil_template("1", Check.INSTANCE, at(1))
    fleet.set_desired_capacity(1, at(2))

    assert fleet.checks(FIRST, at(3)).instance == CheckStatus("initializing")
    assert fleet.checks(FIRST, at(4)).instance == CheckStatus("impaired", at(2))


def test_checks_do_not_apply_to_a_machine_that_does_not_run(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.HEALTH_CHECK], at(3))
    fleet.instance_stopped(FIRST, at(10))

    assert fleet.checks(FIRST, at(11)).system == CheckStatus("not-applicable")


def test_the_group_waits_some_minutes_before_it_replaces_an_impaired_member(make: Make, at: At) -> None:
    fleet = make(native_delay=timedelta(minutes=5))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.advance(at(14.9))
    assert fleet.member(FIRST).health is Health.HEALTHY

    fleet.advance(at(15))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING
    assert cause(fleet, f"Terminating EC2 instance: {FIRST}") == STATUS


def test_a_member_repaired_in_time_stays(make: Make, at: At) -> None:
    fleet = make(native_delay=timedelta(minutes=5))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.repair_instance(FIRST, at(14))
    fleet.advance(at(60))

    assert fleet.member(FIRST).lifecycle is Lifecycle.IN_SERVICE


def test_a_second_fault_after_a_repair_is_waited_for_anew(make: Make, at: At) -> None:
    fleet = make(native_delay=timedelta(minutes=5))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.repair_instance(FIRST, at(14))
    fleet.break_instance(FIRST, Check.SYSTEM, at(14))
    fleet.advance(at(18.9))

    assert fleet.member(FIRST).health is Health.HEALTHY


def test_the_groups_own_check_respects_the_grace_period(make: Make, at: At) -> None:
    fleet = make(grace=timedelta(minutes=20), native_delay=timedelta(minutes=5), boot=timedelta(minutes=1))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.advance(at(20.9))
    assert fleet.member(FIRST).health is Health.HEALTHY

    fleet.advance(at(21))

    assert fleet.member(FIRST).health is Health.UNHEALTHY


def test_a_shorter_grace_period_counts_at_once(make: Make, at: At) -> None:
    fleet = make(grace=timedelta(hours=2))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.update(at(30), grace=timedelta(0))

    assert fleet.member(FIRST).health is Health.UNHEALTHY


def test_the_volume_check_counts_only_where_it_is_switched_on(make: Make, at: At) -> None:
    plain, watching = make(), make(health_checks=frozenset({"EC2", "EBS"}))
    for fleet in (plain, watching):
        fleet.break_instance(next(iter(fleet.members)).id, Check.EBS, at(10))
        fleet.advance(at(15))

    assert [member.health for member in plain.members] == [Health.HEALTHY] * 4
    assert next(iter(watching.members)).health is Health.UNHEALTHY
    assert "in response to EBS volume health check failure." in list(watching.activities)[1].cause


def test_a_suspended_health_check_finds_its_impaired_members_on_resume(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.HEALTH_CHECK], at(5))
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    fleet.instance_stopped(SECOND, at(10))
    fleet.advance(at(60))
    assert {member.health for member in fleet.members} == {Health.HEALTHY}

    fleet.resume([Process.HEALTH_CHECK], at(61))

    assert fleet.member(FIRST).health is Health.UNHEALTHY
    assert fleet.member(SECOND).health is Health.UNHEALTHY


def test_a_marked_member_is_replaced_at_once_and_the_history_says_why(make: Make, at: At) -> None:
    fleet = make()
    mark(fleet, at(10))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING
    assert fleet.member(FIRST).health is Health.UNHEALTHY
    assert cause(fleet, f"Terminating EC2 instance: {FIRST}") == MARKED
    assert cause(fleet, "Launching a new EC2 instance: i-00000000000000005") == REPLACED


def test_the_group_may_take_a_moment_to_act_on_a_mark(make: Make, at: At) -> None:
    fleet = make(mark_reaction=timedelta(minutes=1))
    mark(fleet, at(10))
    assert (fleet.member(FIRST).health, fleet.member(FIRST).lifecycle) == (Health.UNHEALTHY, Lifecycle.IN_SERVICE)

    fleet.advance(at(11))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING


def test_a_mark_in_the_grace_period_is_refused_in_aws_own_words(make: Make, at: At) -> None:
    fleet = make(age=10, grace=timedelta(seconds=1500), boot=timedelta(seconds=45))

    with pytest.raises(Refused) as refusal:
        mark(fleet, at(0) + timedelta(seconds=45 + 986))

    assert refusal.value.code == "ValidationError"
    assert refusal.value.message == (
        "The age of the instance (986 seconds) is less than the configured grace period of 1500 seconds"
    )
    assert fleet.member(FIRST).health is Health.HEALTHY


def test_the_grace_period_begins_when_a_member_comes_into_service(make: Make, at: At) -> None:
    fleet = make(grace=timedelta(minutes=5), boot=timedelta(minutes=1))
    with pytest.raises(Refused):
        mark(fleet, at(5.99))

    mark(fleet, at(6))

    assert fleet.member(FIRST).health is Health.UNHEALTHY


def test_a_mark_that_does_not_respect_the_grace_period_counts(make: Make, at: At) -> None:
    fleet = make(grace=timedelta(hours=1))
    mark(fleet, at(10), respect_grace=False)

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING


def test_a_machine_that_stops_is_replaced_at_once_in_the_grace_period_too(make: Make, at: At) -> None:
    fleet = make(grace=timedelta(hours=1))
    fleet.instance_stopped(FIRST, at(10))

    assert cause(fleet, f"Terminating EC2 instance: {FIRST}") == STOPPED
    assert cause(fleet, "Launching a new EC2 instance: i-00000000000000005") == REPLACED


def test_a_machine_that_stops_while_it_boots_cancels_its_launch(make: Make, at: At) -> None:
    fleet = make(age=0)
    fleet.instance_stopped(FIRST, at(0.5))

    launch = next(each for each in fleet.activities if each.description.startswith("Launching") and each.end)
    assert (launch.instance_id, launch.status) == (FIRST, StatusCode.CANCELLED)


@pytest.mark.parametrize("process", [Process.REPLACE_UNHEALTHY, Process.TERMINATE])
def test_marks_pile_up_while_suspended_and_all_fire_on_resume(make: Make, at: At, process: Process) -> None:
    fleet = make(desired=20)
    fleet.suspend([process], at(5))
    for member in list(fleet.members):
        mark(fleet, at(10), member.id)
    assert {member.lifecycle for member in fleet.members} == {Lifecycle.IN_SERVICE}
    assert {member.health for member in fleet.members} == {Health.UNHEALTHY}

    fleet.resume([process], at(20))

    assert sum(member.lifecycle is Lifecycle.TERMINATING for member in fleet.members) == 20


def test_with_launch_suspended_a_mark_terminates_and_nothing_comes_until_resume(make: Make, at: At) -> None:
    fleet = make(desired=2)
    fleet.suspend([Process.LAUNCH], at(5))
    mark(fleet, at(10))
    fleet.advance(at(30))
    assert [member.id for member in fleet.members] == [SECOND]

    fleet.resume([Process.LAUNCH], at(31))

    assert [member.lifecycle for member in fleet.members] == [Lifecycle.IN_SERVICE, Lifecycle.PENDING]
    assert "an unhealthy instance needing to be replaced." in next(iter(fleet.activities)).cause


def test_a_mark_can_be_taken_back_while_replacement_is_suspended(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.REPLACE_UNHEALTHY], at(5))
    mark(fleet, at(10))
    fleet.set_instance_health(FIRST, Health.HEALTHY, at(11))
    fleet.resume([], at(12))

    assert fleet.member(FIRST).lifecycle is Lifecycle.IN_SERVICE


def test_the_health_check_overrides_a_member_set_healthy_by_hand(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.REPLACE_UNHEALTHY], at(5))
    fleet.instance_stopped(FIRST, at(10))
    fleet.set_instance_health(FIRST, Health.HEALTHY, at(11))

    assert fleet.member(FIRST).health is Health.UNHEALTHY


def test_marking_twice_replaces_once(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.TERMINATE], at(5))
    mark(fleet, at(10))
    mark(fleet, at(11))
    fleet.resume([], at(12))

    assert sum(each.description == f"Terminating EC2 instance: {FIRST}" for each in fleet.activities) == 1


def test_a_member_that_terminates_cannot_be_marked(make: Make, at: At) -> None:
    fleet = make()
    mark(fleet, at(10))

    with pytest.raises(Refused, match=f"The instance {FIRST} is not in InService or Standby."):
        mark(fleet, at(10))


def test_an_instance_of_no_group_cannot_be_marked(make: Make, at: At) -> None:
    with pytest.raises(Refused) as refusal:
        mark(make(), at(10), "i-0000000000000beef")

    assert refusal.value.message == (
        "Instance Id not found - No managed instance found for instance ID: i-0000000000000beef"
    )


def test_a_member_on_standby_is_not_checked_until_it_is_back(make: Make, at: At) -> None:
    fleet = make()
    fleet.enter_standby([FIRST], at(5), decrement=True)
    fleet.break_instance(FIRST, Check.SYSTEM, at(6))
    fleet.advance(at(60))
    assert fleet.member(FIRST).health is Health.HEALTHY

    fleet.exit_standby([FIRST], at(61))

    assert fleet.member(FIRST).health is Health.UNHEALTHY


def test_what_happens_to_a_member_is_told(make: Make, at: At, events: list[Event]) -> None:
    fleet = make(desired=1)
    fleet.break_instance(FIRST, Check.SYSTEM, at(10))
    mark(fleet, at(12))
    fleet.advance(at(13))

    assert [event.what for event in events if event.instance_id == FIRST] == [
        What.LAUNCHED,
        What.IN_SERVICE,
        What.IMPAIRED,
        What.UNHEALTHY,
        What.TERMINATING,
        What.TERMINATED,
    ]
    assert events[3] == Event(at(10), "g", What.IMPAIRED, FIRST, "a", "system")
