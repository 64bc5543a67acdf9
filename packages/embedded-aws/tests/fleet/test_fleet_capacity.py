"""Scale out, scale in, limits, policies, and launches that fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.fleet import (
    Adjustment,
    GroupSettings,
    Lifecycle,
    Park,
    Process,
    Refused,
    ScalingGroup,
    SimplePolicy,
    StatusCode,
    Unmovable,
)

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
CREATED = (
    "At 2026-01-01T00:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 2."
)
STARTED = (
    "At 2026-01-01T00:00:00Z an instance was started in response to a difference between desired and actual capacity, "
    "increasing the capacity from 0 to 2."
)


def states(fleet: ScalingGroup) -> Counter[str]:
    return Counter(member.lifecycle.value for member in fleet.members)


def zones(fleet: ScalingGroup) -> Counter[str]:
    return Counter(member.zone for member in fleet.members)


def test_a_new_group_spreads_its_members_over_its_zones(make: Make) -> None:
    assert zones(make(desired=5, zones=("a", "b", "c"))) == {"a": 2, "b": 2, "c": 1}


def test_a_member_is_pending_until_it_has_booted(make: Make, at: At) -> None:
    fleet = make(age=0, desired=1, boot=timedelta(seconds=45))
    fleet.advance(at(0) + timedelta(seconds=44))
    assert states(fleet) == {"Pending": 1}

    fleet.advance(at(0) + timedelta(seconds=45))

    assert states(fleet) == {"InService": 1}


def test_the_first_launches_say_that_a_user_created_the_group(make: Make) -> None:
    activities = list(make(desired=2).activities)

    assert [each.cause for each in activities] == [f"{CREATED}  {STARTED}"] * 2
    assert activities[1].description == "Launching a new EC2 instance: i-00000000000000001"
    assert activities[0].status is StatusCode.SUCCESSFUL


def test_a_scale_in_takes_from_the_fullest_zone_and_says_so(make: Make, at: At) -> None:
    fleet = make(desired=3)
    fleet.set_desired_capacity(2, at(5))

    activity = next(iter(fleet.activities))
    assert activity.description == "Terminating EC2 instance: i-00000000000000001"
    assert activity.cause == (
        "At 2026-01-01T00:05:00Z a user request explicitly set group desired capacity changing the desired capacity "
        "from 3 to 2.  At 2026-01-01T00:05:00Z an instance was taken out of service in response to a difference "
        "between desired and actual capacity, shrinking the capacity from 3 to 2.  At 2026-01-01T00:05:00Z instance "
        "i-00000000000000001 was selected for termination."
    )


def test_a_terminating_member_is_gone_after_the_shutdown_time(make: Make, at: At) -> None:
    fleet = make(desired=2, shutdown=timedelta(seconds=30))
    fleet.set_desired_capacity(1, at(5))
    assert states(fleet) == {"InService": 1, "Terminating": 1}

    fleet.advance(at(5.5))

    assert states(fleet) == {"InService": 1}


def test_a_scale_in_takes_the_oldest_template_version_first(make: Make, at: At) -> None:
    fleet = make(desired=2, zones=("a",))
    fleet.update(at(3), template_version="2")
    fleet.set_desired_capacity(3, at(4))
    fleet.advance(at(6))

    fleet.set_desired_capacity(1, at(7))
    fleet.advance(at(8))

    assert [member.template_version for member in fleet.members] == ["2"]


def test_a_scale_in_spares_protected_members(make: Make, at: At) -> None:
    fleet = make(desired=3)
    fleet.protect([member.id for member in fleet.members][:2], at(3), protected=True)

    fleet.set_desired_capacity(0, at(4))
    fleet.advance(at(5))

    assert [member.protected for member in fleet.members] == [True, True]


def test_new_members_are_protected_where_the_group_says_so(make: Make) -> None:
    assert {member.protected for member in make(protect_new=True).members} == {True}


def test_a_scale_in_during_boot_gives_the_booting_ones_up(make: Make, at: At) -> None:
    fleet = make(age=0, desired=3)

    fleet.set_desired_capacity(1, at(0.1))

    assert states(fleet) == {"Pending": 1, "Terminating": 2}
    assert Counter(each.status for each in fleet.activities)[StatusCode.CANCELLED] == 2


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        (0, "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."),
        (9, "New SetDesiredCapacity value 9 is above max value 8 for the AutoScalingGroup."),
    ],
)
def test_a_capacity_outside_of_the_limits_is_refused(make: Make, at: At, desired: int, message: str) -> None:
    fleet = make(min_size=1, max_size=8)

    with pytest.raises(Refused) as refusal:
        fleet.set_desired_capacity(desired, at(3))

    assert (refusal.value.code, refusal.value.message) == ("ValidationError", message)
    assert fleet.settings.desired == 4


def test_an_update_moves_the_desired_capacity_with_its_limit(make: Make, at: At) -> None:
    fleet = make(desired=4)

    fleet.update(at(3), min_size=6)

    assert fleet.settings.desired == 6
    assert (
        "a user request update of AutoScalingGroup constraints to min: 6, max: 200, desired: 6 changing the desired "
        "capacity from 4 to 6." in next(iter(fleet.activities)).cause
    )


def test_sizes_that_do_not_fit_are_refused_and_change_nothing(make: Make, at: At) -> None:
    fleet = make(desired=4)

    with pytest.raises(Refused, match="Desired capacity:7 must be between the specified min size:0 and max size:5"):
        fleet.update(at(3), max_size=5, desired=7)

    assert fleet.settings.max_size == 200


def test_a_launch_that_fails_in_one_zone_goes_to_another(make: Make, park: Park) -> None:
    park.dry_up("a", "Insufficient capacity.")
    fleet = make(desired=2)

    failed = [each for each in fleet.activities if each.status is StatusCode.FAILED]
    assert zones(fleet) == {"b": 2}
    assert failed[0].description == (
        "Launching a new EC2 instance.  Status Reason: Insufficient capacity. Launching EC2 instance failed."
    )
    assert failed[0].message == "Insufficient capacity. Launching EC2 instance failed."


def test_launches_that_fail_everywhere_are_tried_again_ever_more_slowly(make: Make, park: Park, at: At) -> None:
    park.dry_up("a", "no")
    fleet = make(age=0, desired=1, zones=("a",), first_backoff=timedelta(minutes=1), max_backoff=timedelta(minutes=4))
    fleet.advance(at(16))

    minutes = sorted((each.start - at(0)) / timedelta(minutes=1) for each in fleet.activities)
    assert minutes == [0, 1, 3, 7, 11, 15]


def test_launches_go_on_when_there_are_machines_again(make: Make, park: Park, at: At) -> None:
    park.dry_up("a", "no")
    fleet = make(age=5, desired=1, zones=("a",))
    park.refill("a")
    fleet.advance(at(10))

    assert states(fleet) == {"InService": 1}


def test_a_group_that_fails_to_launch_for_a_day_is_suspended(make: Make, park: Park, at: At) -> None:
    park.dry_up("a", "no")
    fleet = make(age=0, desired=1, zones=("a",))
    fleet.advance(at(25 * 60))

    assert fleet.suspended[Process.LAUNCH].startswith("Administrative suspension")


def test_a_template_that_never_boots_cancels_the_launch_and_slows_the_group_down(make: Make, at: At) -> None:
    fleet = make(desired=1)
    fleet.spoil_template("1", None, at(2))
    fleet.set_desired_capacity(2, at(3))
    fleet.advance(at(20))

    cancelled = [each for each in fleet.activities if each.status is StatusCode.CANCELLED]
    assert cancelled[-1].description.startswith("Launching a new EC2 instance: i-00000000000000002.  Status Reason: ")
    assert "Instance became unhealthy while waiting for instance to be in InService state." in cancelled[0].message
    assert 3 <= len(cancelled) <= 5
    assert states(fleet)["InService"] == 1


def test_a_suspended_launch_holds_a_scale_out_back(make: Make, at: At) -> None:
    fleet = make(desired=2)
    fleet.suspend([Process.LAUNCH], at(3))
    fleet.set_desired_capacity(4, at(4))
    assert len(fleet.members) == 2

    fleet.resume([Process.LAUNCH], at(5))

    assert states(fleet) == {"InService": 2, "Pending": 2}


def test_a_suspended_terminate_holds_a_scale_in_back(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.suspend([Process.TERMINATE], at(3))
    fleet.set_desired_capacity(1, at(4))
    assert states(fleet) == {"InService": 4}

    fleet.resume([], at(5))

    assert states(fleet) == {"InService": 1, "Terminating": 3}


def test_a_suspension_says_since_when(make: Make, at: At) -> None:
    fleet = make()
    fleet.suspend([Process.AZ_REBALANCE], at(3))

    assert fleet.suspended == {Process.AZ_REBALANCE: "User suspended at 2026-01-01T00:03:00Z"}


@pytest.mark.parametrize(
    ("adjustment", "amount", "at_least", "desired", "expected"),
    [
        (Adjustment.EXACT, 7, 0, 3, 7),
        (Adjustment.CHANGE, -2, 0, 5, 3),
        (Adjustment.PERCENT, 10, 0, 15, 16),  # 1.5 rounds towards zero
        (Adjustment.PERCENT, 10, 0, 4, 5),  # 0.4 rounds away from zero
        (Adjustment.PERCENT, -10, 0, 4, 3),
        (Adjustment.PERCENT, 10, 3, 15, 18),
        (Adjustment.PERCENT, -10, 3, 15, 12),
    ],
)
def test_a_policy_asks_for(adjustment: Adjustment, amount: int, at_least: int, desired: int, expected: int) -> None:
    assert SimplePolicy("p", adjustment, amount, at_least=at_least).applied_to(desired) == expected


@given(desired=st.integers(0, 200), amount=st.integers(-100, 100).filter(bool))
def test_a_percentage_always_moves_a_group_in_its_direction(desired: int, amount: int) -> None:
    moved = SimplePolicy("p", Adjustment.PERCENT, amount).applied_to(desired) - desired

    assert moved == 0 if desired == 0 else moved * amount > 0


def test_an_alarm_scales_within_the_limits_and_then_cools_down(make: Make, at: At) -> None:
    fleet = make(desired=4, max_size=5, cooldown=timedelta(minutes=5))
    policy = SimplePolicy("up", Adjustment.CHANGE, 3)

    assert fleet.alarm("cpu-high", policy, at(3)) is True
    assert fleet.settings.desired == 5
    assert (
        "a monitor alarm cpu-high in state ALARM triggered policy up changing the desired capacity from 4 to 5."
        in next(iter(fleet.activities)).cause
    )

    assert fleet.alarm("cpu-low", SimplePolicy("down", Adjustment.CHANGE, -1), at(7)) is False
    assert fleet.alarm("cpu-low", SimplePolicy("down", Adjustment.CHANGE, -1), at(8)) is True
    assert fleet.settings.desired == 4


def test_a_suspended_alarm_notification_keeps_alarms_out(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.suspend([Process.ALARM_NOTIFICATION], at(3))

    assert fleet.alarm("cpu-high", SimplePolicy("up", Adjustment.CHANGE, 1), at(4)) is False
    assert fleet.settings.desired == 4


def test_a_user_may_be_held_to_the_cooldown(make: Make, at: At) -> None:
    fleet = make(desired=4)
    policy = SimplePolicy("up", Adjustment.CHANGE, 1)
    fleet.execute_policy(policy, at(3))

    with pytest.raises(Refused, match="during a cooldown period"):
        fleet.execute_policy(policy, at(4), honor_cooldown=True)
    fleet.execute_policy(policy, at(4))

    assert fleet.settings.desired == 6


def test_a_group_with_instances_is_only_deleted_by_force(make: Make, at: At) -> None:
    fleet = make(desired=2)
    with pytest.raises(Refused, match="while there are instances"):
        fleet.delete(at(3), force=False)

    fleet.suspend([], at(3))
    fleet.delete(at(3), force=True)
    assert (fleet.deleting, fleet.gone) == (True, False)
    fleet.advance(at(4))

    assert fleet.gone


def test_the_same_seed_and_calls_give_the_same_history(make: Make, at: At) -> None:
    first, second = make(desired=3), make(desired=3)
    for fleet in (first, second):
        fleet.set_desired_capacity(1, at(3))

    assert [each.id for each in first.activities] == [each.id for each in second.activities]


def test_time_that_comes_in_one_piece_or_in_many_makes_no_difference(make: Make, at: At) -> None:
    whole, pieces = make(desired=3, age=0), make(desired=3, age=0)
    whole.advance(at(10))
    for minute in range(11):
        pieces.advance(at(minute))

    assert [each.end for each in whole.activities] == [each.end for each in pieces.activities]


def test_activities_older_than_six_weeks_are_forgotten(make: Make, at: At) -> None:
    fleet = make(desired=1)
    fleet.set_desired_capacity(2, at(43 * 24 * 60))

    assert [each.instance_id for each in fleet.activities] == ["i-00000000000000002"]


def test_activities_in_progress_come_first_and_the_newest_before_older_ones(make: Make, at: At) -> None:
    fleet = make(desired=2)
    fleet.set_desired_capacity(3, at(3))
    member = next(iter(fleet.members))
    fleet.enter_standby([member.id], at(3.1), decrement=True)

    assert [(each.status, each.start) for each in fleet.activities][:2] == [
        (StatusCode.PRE_IN_SERVICE, at(3)),
        (StatusCode.SUCCESSFUL, at(3.1)),
    ]


def test_names_are_aws_own() -> None:
    assert [process.value for process in Process] == [
        "Launch",
        "Terminate",
        "AddToLoadBalancer",
        "AlarmNotification",
        "AZRebalance",
        "HealthCheck",
        "InstanceRefresh",
        "ReplaceUnhealthy",
        "ScheduledActions",
    ]
    assert Lifecycle.IN_SERVICE.value == "InService"
    assert Unmovable("Wait") is Unmovable.WAIT
    assert GroupSettings(0, 1, 0, ("a",), "1").health_checks == {"EC2"}
