"""Lifecycle hooks: instances wait on their way in and out until somebody lets them go, or time runs out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from embedded_aws.fleet import (
    ActionResult,
    Activity,
    Adjustment,
    Event,
    Hook,
    LifecycleAction,
    LifecycleTransition,
    Park,
    Preferences,
    RefreshStatus,
    Refused,
    ScalingGroup,
    Side,
    SimplePolicy,
    StatusCode,
    WarmPool,
    What,
)

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
LAUNCH = Hook("in", LifecycleTransition.LAUNCHING, timedelta(minutes=10))
LEAVE = Hook("out", LifecycleTransition.TERMINATING, timedelta(minutes=10), ActionResult.CONTINUE)


def states(fleet: ScalingGroup) -> dict[str, int]:
    return dict(Counter(member.lifecycle_state for member in fleet.members))


def waiting(events: list[Event]) -> list[LifecycleAction]:
    return [each.action for each in events if each.what is What.WAITING and each.action is not None]


def told(fleet: ScalingGroup, beginning: str) -> list[Activity]:
    return [each for each in fleet.activities if each.description.startswith(beginning)]


@pytest.fixture
def growing(make: Make, at: At) -> ScalingGroup:
    """A group of four that has just launched a fifth member, which a hook holds since three minutes."""
    fleet = make()
    fleet.put_hook(LAUNCH, at(2))
    fleet.set_desired_capacity(5, at(2))
    fleet.advance(at(5))
    return fleet


def test_a_launch_waits_until_its_action_is_completed_and_then_proceeds(
    growing: ScalingGroup, events: list[Event], at: At
) -> None:
    (action,) = waiting(events)
    assert states(growing) == {"InService": 4, "Pending:Wait": 1}
    assert told(growing, "Launching")[0].status is StatusCode.MID_LIFECYCLE_ACTION

    growing.complete_action("in", ActionResult.CONTINUE, at(6), token=action.token)
    assert states(growing) == {"InService": 4, "Pending:Proceed": 1}

    growing.advance(at(6.1))
    assert states(growing) == {"InService": 5}
    assert (action.origin, action.destination) == (Side.EC2, Side.GROUP)
    assert told(growing, "Launching")[0].status is StatusCode.SUCCESSFUL


def test_an_abandoned_launch_is_cancelled_in_aws_words_and_another_instance_comes(
    growing: ScalingGroup, events: list[Event], park: Park, at: At
) -> None:
    (action,) = waiting(events)
    growing.complete_action("in", ActionResult.ABANDON, at(6), instance_id=action.instance_id)

    launch = next(each for each in told(growing, "Launching") if each.instance_id == action.instance_id)
    assert launch.status is StatusCode.CANCELLED
    assert launch.message == (
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token "
        f"{action.token} was abandoned: Lifecycle Action Completed with ABANDON Result"
    )
    assert states(growing) == {"InService": 4, "Terminating": 1}
    assert action.instance_id not in park.running

    growing.advance(at(8))
    assert states(growing) == {"InService": 4, "Pending:Wait": 1}
    assert waiting(events)[-1].instance_id != action.instance_id


def test_time_runs_out_to_the_default_result(make: Make, events: list[Event], at: At) -> None:
    fleet = make()
    fleet.put_hook(LAUNCH, at(2))
    fleet.put_hook(Hook("lenient", LifecycleTransition.LAUNCHING, timedelta(minutes=5), ActionResult.CONTINUE), at(2))
    fleet.set_desired_capacity(5, at(2))
    fleet.advance(at(12))

    first, second = waiting(events)
    assert (first.hook.name, second.hook.name) == ("in", "lenient")
    assert states(fleet) == {"InService": 4, "Pending:Wait": 1}, "one of two actions is not complete"

    fleet.advance(at(12.8))
    launch = next(each for each in told(fleet, "Launching") if each.instance_id == first.instance_id)
    assert launch.message.endswith(f"token {first.token} was abandoned: Heartbeat Timeout")


def test_a_heartbeat_begins_the_time_anew_up_to_a_hundred_of_them(make: Make, events: list[Event], at: At) -> None:
    short = Hook("in", LifecycleTransition.LAUNCHING, timedelta(seconds=30))
    fleet = make(boot=timedelta(0))
    fleet.put_hook(short, at(2))
    fleet.set_desired_capacity(5, at(2))
    (action,) = waiting(events)
    assert short.longest == timedelta(minutes=50)
    assert Hook("long", LifecycleTransition.LAUNCHING, timedelta(hours=2)).longest == timedelta(hours=48)

    for beat in range(1, 210):
        fleet.advance(at(2 + beat / 4))
        if states(fleet).get("Pending:Wait") != 1:
            break
        fleet.record_heartbeat("in", at(2 + beat / 4), token=action.token)

    assert beat / 4 == 50, "the longest wait is 100 heartbeats"


def test_a_member_that_leaves_runs_on_until_its_hook_lets_it_go(
    make: Make, events: list[Event], park: Park, at: At
) -> None:
    fleet = make()
    fleet.put_hook(LEAVE, at(2))
    fleet.set_desired_capacity(3, at(2))
    fleet.advance(at(5))

    (action,) = waiting(events)
    assert states(fleet) == {"InService": 3, "Terminating:Wait": 1}
    assert action.instance_id in park.running
    assert fleet.checks(action.instance_id, at(5)).system.status == "ok"

    fleet.complete_action("out", ActionResult.ABANDON, at(6), token=action.token)
    assert states(fleet) == {"InService": 3, "Terminating:Proceed": 1}
    assert action.instance_id not in park.running

    fleet.advance(at(7))
    assert states(fleet) == {"InService": 3}
    assert told(fleet, "Terminating")[0].status is StatusCode.SUCCESSFUL


def test_abandoning_a_termination_stops_the_other_hooks_and_continuing_does_not(
    make: Make, events: list[Event], at: At
) -> None:
    fleet = make()
    fleet.put_hook(LEAVE, at(2))
    fleet.put_hook(Hook("logs", LifecycleTransition.TERMINATING), at(2))
    fleet.set_desired_capacity(2, at(2))
    one, _, other, _ = waiting(events)

    fleet.complete_action("out", ActionResult.CONTINUE, at(3), token=one.token)
    fleet.complete_action("out", ActionResult.ABANDON, at(3), token=other.token)

    assert states(fleet) == {"InService": 2, "Terminating:Wait": 1, "Terminating:Proceed": 1}


def test_an_action_that_is_over_is_no_longer_active(growing: ScalingGroup, events: list[Event], at: At) -> None:
    (action,) = waiting(events)
    growing.complete_action("in", ActionResult.CONTINUE, at(6), token=action.token)

    with pytest.raises(Refused, match=f"No active Lifecycle Action found with token {action.token}"):
        growing.record_heartbeat("in", at(6), token=action.token)
    with pytest.raises(Refused, match="No active Lifecycle Action found with instance ID i-none"):
        growing.complete_action("in", ActionResult.CONTINUE, at(6), instance_id="i-none")


def test_deleting_a_hook_abandons_launches_and_continues_terminations(growing: ScalingGroup, at: At) -> None:
    growing.put_hook(LEAVE, at(5))
    growing.terminate_instance(next(iter(growing.members)).id, at(5), decrement=True)
    growing.delete_hook("out", at(5))
    growing.delete_hook("in", at(5))

    assert states(growing) == {"InService": 3, "Terminating:Proceed": 1, "Terminating": 1}
    assert growing.hooks == []


def test_a_group_deleted_by_force_waits_for_no_hook(growing: ScalingGroup, park: Park, at: At) -> None:
    growing.put_hook(LEAVE, at(5))
    growing.terminate_instance(next(iter(growing.members)).id, at(5), decrement=True)
    growing.delete(at(6), force=True)
    growing.advance(at(7))

    assert growing.gone
    assert not park.running


def test_a_machine_that_stops_while_it_waits_is_replaced(growing: ScalingGroup, events: list[Event], at: At) -> None:
    (action,) = waiting(events)
    growing.instance_stopped(action.instance_id, at(6))
    growing.advance(at(8))

    assert states(growing) == {"InService": 4, "Pending:Wait": 1}
    assert len(waiting(events)) == 2


def test_an_instance_refresh_waits_for_hooks(make: Make, events: list[Event], at: At) -> None:
    fleet = make(desired=1)
    fleet.put_hook(LAUNCH, at(2))
    refresh = fleet.start_refresh(Preferences(min_healthy=0), at(2), "2")
    fleet.advance(at(8))
    assert refresh.status is RefreshStatus.IN_PROGRESS

    fleet.complete_action("in", ActionResult.CONTINUE, at(8), token=waiting(events)[0].token)
    fleet.advance(at(9))
    assert fleet.refreshes[0].status is RefreshStatus.SUCCESSFUL


def test_the_warm_pool_has_its_own_waits(make: Make, events: list[Event], at: At) -> None:
    fleet = make(desired=1, max_size=2)
    fleet.put_hook(LAUNCH, at(2))
    fleet.put_hook(LEAVE, at(2))
    fleet.put_warm_pool(WarmPool(reuse=True), at(2))
    fleet.advance(at(4))
    assert [each.lifecycle_state for each in fleet.pool] == ["Warmed:Pending:Wait"]

    def let_go(hook: str, now: datetime) -> None:
        fleet.complete_action(hook, ActionResult.CONTINUE, now, token=waiting(events)[-1].token)

    let_go("in", at(4))
    fleet.advance(at(5))
    assert [each.lifecycle_state for each in fleet.pool] == ["Warmed:Stopped"]

    fleet.set_desired_capacity(2, at(5))
    fleet.advance(at(6))
    assert states(fleet) == {"InService": 1, "Pending:Wait": 1}
    let_go("in", at(6))
    fleet.advance(at(7))

    fleet.set_desired_capacity(1, at(7))
    assert [each.lifecycle_state for each in fleet.pool] == ["Warmed:Pending:Wait"]
    let_go("out", at(7))
    assert [each.lifecycle_state for each in fleet.pool] == ["Warmed:Pending:Proceed"]
    fleet.advance(at(8))
    assert [each.lifecycle_state for each in fleet.pool] == ["Warmed:Stopped"]

    fleet.delete_warm_pool(at(8))
    assert [each.lifecycle_state for each in fleet.pool] == ["Warmed:Terminating:Wait"]
    let_go("out", at(8))
    fleet.advance(at(9))
    assert fleet.pool == []
    ways = [(each.origin, each.destination) for each in waiting(events)]
    ec2, group, pool = Side
    assert ways == [(ec2, pool), (pool, group), (group, pool), (pool, ec2)]


def test_simple_scaling_pauses_while_an_instance_waits_and_cools_down_from_then_on(
    make: Make, events: list[Event], at: At
) -> None:
    fleet = make(cooldown=timedelta(minutes=5))
    fleet.put_hook(LAUNCH, at(2))
    policy = SimplePolicy("up", Adjustment.CHANGE, 1)
    assert fleet.alarm("busy", policy, at(2))

    assert not fleet.alarm("busy", policy, at(9)), "its cooldown would be over, but an instance waits"
    fleet.complete_action("in", ActionResult.CONTINUE, at(9), token=waiting(events)[0].token)
    assert not fleet.alarm("busy", policy, at(13))
    assert fleet.alarm("busy", policy, at(15))
