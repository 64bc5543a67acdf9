"""Warm pools: instances launched beforehand, beside the group and not counted in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.fleet import (
    Activity,
    Check,
    Event,
    Health,
    Lifecycle,
    Park,
    PoolState,
    Preferences,
    Process,
    Refused,
    ScalingGroup,
    StatusCode,
    WarmPool,
    What,
)

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
TWO_AT_LEAST = WarmPool(min_size=2, max_prepared=0)


def waiting(fleet: ScalingGroup) -> dict[str, int]:
    return dict(Counter(member.lifecycle.value for member in fleet.pool))


def told(fleet: ScalingGroup, beginning: str) -> list[Activity]:
    return [each for each in fleet.activities if each.description.startswith(beginning)]


@given(
    least=st.integers(0, 9),
    prepared=st.none() | st.integers(0, 30),
    most=st.integers(0, 30),
    desired=st.integers(0, 30),
)
def test_a_pool_never_holds_less_than_its_minimum_and_tops_the_group_up(
    least: int, prepared: int | None, most: int, desired: int
) -> None:
    size = WarmPool(least, prepared).size(most, desired)

    assert size >= least
    assert size == least or desired + size == (most if prepared is None else prepared)


@pytest.mark.parametrize(("pool", "size"), [(WarmPool(), 4), (WarmPool(max_prepared=8), 2), (TWO_AT_LEAST, 2)])
def test_the_pool_is_as_large_as_the_user_guide_reckons(make: Make, pool: WarmPool, size: int) -> None:
    fleet = make(desired=6, max_size=10, warm_pool=pool)

    assert waiting(fleet) == {"Warmed:Stopped": size}


@pytest.mark.parametrize("state", PoolState)
def test_instances_wait_in_the_state_that_was_asked_for(make: Make, at: At, state: PoolState) -> None:
    fleet = make(desired=1, max_size=2, age=0, warm_pool=WarmPool(state=state))
    assert waiting(fleet) == {"Warmed:Pending": 1}

    fleet.advance(at(1))

    assert waiting(fleet) == {f"Warmed:{state.value}": 1}
    assert [member.running for member in fleet.pool] == [state is PoolState.RUNNING]


def test_the_group_does_not_count_what_waits(make: Make) -> None:
    fleet = make(desired=2, max_size=5, warm_pool=WarmPool())

    assert len(fleet.members) == fleet.members.capacity.size == 2
    assert not {member.id for member in fleet.pool} & {member.id for member in fleet.members}


def test_a_launch_into_the_pool_is_an_activity_of_its_own(make: Make) -> None:
    fleet = make(desired=0, max_size=1, warm_pool=WarmPool())

    (activity,) = fleet.activities
    assert activity.description == "Launching a new EC2 instance into warm pool: i-00000000000000001"
    assert (activity.status, activity.instance_id) == (StatusCode.SUCCESSFUL, "i-00000000000000001")


def test_a_scale_out_takes_a_warmed_instance_first(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=2, warm_pool=WarmPool(), warm_start=timedelta(seconds=20))
    (warmed,) = fleet.pool
    fleet.set_desired_capacity(2, at(3))
    assert fleet.member(warmed.id).lifecycle is Lifecycle.PENDING

    fleet.advance(at(3) + timedelta(seconds=20))

    assert fleet.member(warmed.id).lifecycle is Lifecycle.IN_SERVICE
    assert fleet.pool == []
    (activity,) = told(fleet, "Launching a new EC2 instance from warm pool")
    assert activity.description == f"Launching a new EC2 instance from warm pool: {warmed.id}"
    assert activity.cause.startswith("At 2026-01-01T00:03:00Z a user request explicitly set group desired capacity")


def test_a_replacement_comes_from_the_pool_and_the_pool_is_filled_again(make: Make, at: At, park: Park) -> None:
    fleet = make(desired=2, max_size=3, warm_pool=WarmPool())
    warmed, broken = fleet.pool[0].id, next(iter(fleet.members)).id

    fleet.set_instance_health(broken, Health.UNHEALTHY, at(3))

    assert fleet.member(warmed).lifecycle is Lifecycle.PENDING
    assert waiting(fleet) == {"Warmed:Pending": 1}
    assert park.launched == 4
    (activity,) = told(fleet, "Launching a new EC2 instance from warm pool")
    assert activity.cause == (
        "At 2026-01-01T00:03:00Z an instance was launched in response to an unhealthy instance needing to be replaced."
    )


def test_an_empty_pool_leaves_a_cold_start(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=3, warm_pool=WarmPool(max_prepared=2))
    fleet.set_desired_capacity(3, at(3))

    assert len(told(fleet, "Launching a new EC2 instance from warm pool")) == 1
    assert len(told(fleet, "Launching a new EC2 instance: ")) == 2


def test_an_instance_that_was_stopped_was_launched_when_it_was_started(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=2, warm_pool=WarmPool())
    warmed = fleet.pool[0].id

    fleet.set_desired_capacity(2, at(30))

    assert fleet.member(warmed).launched_at == at(30)
    assert fleet.checks(warmed, at(30)).system.status == "initializing"


def test_one_that_ran_in_the_pool_keeps_its_launch_time(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=2, warm_pool=WarmPool(state=PoolState.RUNNING))
    warmed = fleet.pool[0].id

    fleet.set_desired_capacity(2, at(30))

    assert fleet.member(warmed).launched_at == at(0)


def test_a_smaller_pool_terminates_what_is_too_much(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=4, warm_pool=WarmPool())
    fleet.put_warm_pool(WarmPool(max_prepared=2), at(3))
    assert waiting(fleet) == {"Warmed:Stopped": 1, "Warmed:Terminating": 2}

    fleet.advance(at(4))

    assert waiting(fleet) == {"Warmed:Stopped": 1}
    assert [each.description.rpartition(":")[0] for each in fleet.activities][:2] == [
        "Terminating EC2 instance from warm pool"
    ] * 2


def test_a_pool_that_is_deleted_goes_with_its_last_instance(make: Make, at: At, park: Park) -> None:
    fleet = make(desired=1, max_size=3, warm_pool=WarmPool())
    fleet.delete_warm_pool(at(3))
    fleet.advance(at(4))

    assert (fleet.pool, len(park.running)) == ([], 1)


def test_a_scale_in_terminates_unless_instances_are_reused(make: Make, at: At) -> None:
    fleet = make(desired=2, max_size=3, warm_pool=WarmPool(max_prepared=3))
    fleet.set_desired_capacity(1, at(3))

    assert Counter(member.lifecycle for member in fleet.members)[Lifecycle.TERMINATING] == 1


def test_a_reused_instance_goes_back_into_the_pool_and_may_come_again(make: Make, at: At, park: Park) -> None:
    fleet = make(desired=2, max_size=2, warm_pool=WarmPool(reuse=True), zones=("a",))
    fleet.set_desired_capacity(1, at(3))
    assert waiting(fleet) == {"Warmed:Pending": 1}
    fleet.advance(at(5))
    assert waiting(fleet) == {"Warmed:Stopped": 1}

    fleet.set_desired_capacity(2, at(6))
    fleet.advance(at(7))

    assert Counter(member.lifecycle for member in fleet.members) == {Lifecycle.IN_SERVICE: 2}
    assert park.launched == 2


def test_an_unhealthy_instance_of_the_pool_is_replaced_in_the_pool(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=2, warm_pool=WarmPool())
    first = fleet.pool[0].id

    fleet.set_instance_health(first, Health.UNHEALTHY, at(3))

    assert waiting(fleet) == {"Warmed:Terminating": 1, "Warmed:Pending": 1}
    (ended,) = told(fleet, "Terminating")
    assert (
        ended.cause
        == "At 2026-01-01T00:03:00Z an instance was taken out of service in response to a user health-check."
    )


@pytest.mark.parametrize(("state", "replaced"), [(PoolState.RUNNING, True), (PoolState.STOPPED, False)])
def test_only_what_runs_in_the_pool_has_status_checks(make: Make, at: At, state: PoolState, replaced: bool) -> None:  # noqa: FBT001 - pytest passes by name
    fleet = make(desired=1, max_size=2, warm_pool=WarmPool(state=state), native_delay=timedelta(minutes=5))
    first = fleet.pool[0].id
    fleet.break_instance(first, Check.SYSTEM, at(3))
    fleet.advance(at(9))

    assert (fleet.warmed(first) is None) is replaced


def test_a_user_may_terminate_an_instance_of_the_pool(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=2, warm_pool=WarmPool())
    first = fleet.pool[0].id

    activity = fleet.terminate_instance(first, at(3), decrement=False)

    assert activity.description == f"Terminating EC2 instance from warm pool: {first}"
    with pytest.raises(Refused, match="not in the warm pool"):
        fleet.terminate_instance(first, at(3), decrement=False)


def test_the_pool_waits_while_launches_are_suspended(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=3)
    fleet.suspend([Process.LAUNCH], at(3))
    fleet.put_warm_pool(WarmPool(), at(3))
    assert fleet.pool == []

    fleet.resume([Process.LAUNCH], at(4))

    assert waiting(fleet) == {"Warmed:Pending": 2}


def test_a_launch_into_the_pool_that_fails_is_recorded_and_tried_again(make: Make, at: At, park: Park) -> None:
    fleet = make(desired=1, max_size=2, zones=("a",), first_backoff=timedelta(minutes=1))
    park.dry_up("a", "no")
    fleet.put_warm_pool(WarmPool(), at(3))
    park.refill("a")
    fleet.advance(at(6))

    (failed,) = told(fleet, "Launching a new EC2 instance into warm pool.  Status Reason: no")
    assert failed.status is StatusCode.FAILED
    assert waiting(fleet) == {"Warmed:Stopped": 1}


def test_a_template_that_never_boots_does_not_warm_either(make: Make, at: At) -> None:
    fleet = make(desired=1, max_size=2)
    fleet.spoil_template("1", None, at(3))
    fleet.put_warm_pool(WarmPool(), at(3))
    fleet.advance(at(4))

    (cancelled,) = told(fleet, "Launching a new EC2 instance into warm pool")
    assert cancelled.status is StatusCode.CANCELLED


def test_a_refresh_renews_the_pool_after_the_group(make: Make, at: At) -> None:
    fleet = make(desired=2, max_size=3, warm_pool=WarmPool())
    fleet.start_refresh(Preferences(min_healthy=50), at(3), "2")
    fleet.advance(at(30))

    assert {member.template_version for member in fleet.members} == {"2"}
    assert [member.template_version for member in fleet.pool] == ["2"]


def test_a_group_is_not_deleted_while_its_pool_has_instances(make: Make, at: At) -> None:
    fleet = make(desired=0, max_size=1, warm_pool=WarmPool())
    with pytest.raises(Refused, match="while there are instances"):
        fleet.delete(at(3), force=False)

    fleet.delete(at(3), force=True)
    assert not fleet.gone
    fleet.advance(at(4))

    assert fleet.gone


def test_what_happens_in_the_pool_is_told_apart(make: Make, at: At, events: list[Event]) -> None:
    fleet = make(desired=0, max_size=1, warm_pool=WarmPool())
    fleet.delete_warm_pool(at(3))
    fleet.advance(at(4))

    assert [event.what for event in events if event.instance_id] == [
        What.POOL_LAUNCHED,
        What.POOL_READY,
        What.POOL_TERMINATING,
        What.POOL_TERMINATED,
    ]


def test_a_pool_of_a_negative_size_is_refused(make: Make, at: At) -> None:
    with pytest.raises(Refused, match="must not be negative"):
        make().put_warm_pool(WarmPool(min_size=-1), at(3))
