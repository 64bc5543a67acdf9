"""Members set aside, let go, or terminated by request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest

from embedded_aws.fleet import Lifecycle, Park, Process, Refused, ScalingGroup

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FIRST = "i-00000000000000001"


def states(fleet: ScalingGroup) -> Counter[str]:
    return Counter(member.lifecycle.value for member in fleet.members)


def test_standby_with_decrement_launches_nothing(make: Make, at: At) -> None:
    fleet = make(desired=4)
    activity = fleet.enter_standby([FIRST], at(5), decrement=True)[0]

    assert states(fleet) == {"InService": 3, "Standby": 1}
    assert fleet.settings.desired == 3
    assert activity.description == f"Moving EC2 instance to Standby: {FIRST}"
    assert activity.cause == (
        f"At 2026-01-01T00:05:00Z instance {FIRST} was moved to standby in response to a user request, "
        "shrinking the capacity from 4 to 3."
    )


def test_standby_without_decrement_launches_another(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.enter_standby([FIRST], at(5), decrement=False)

    assert states(fleet) == {"InService": 3, "Standby": 1, "Pending": 1}


def test_back_from_standby_the_capacity_grows(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.enter_standby([FIRST], at(5), decrement=True)
    activity = fleet.exit_standby([FIRST], at(6))[0]

    assert states(fleet) == {"InService": 4}
    assert fleet.settings.desired == 4
    assert activity.cause == (
        f"At 2026-01-01T00:06:00Z instance {FIRST} was moved out of standby in response to a user request, "
        "increasing the capacity from 3 to 4."
    )


def test_standby_below_the_minimum_is_refused_in_aws_own_words(make: Make, at: At) -> None:
    fleet = make(desired=4, min_size=4)

    with pytest.raises(Refused) as refusal:
        fleet.enter_standby([FIRST], at(5), decrement=True)

    assert refusal.value.message == (
        "AutoScalingGroup g has min-size=4, max-size=200, and desired-size=4. To place into standby 1 instance, please "
        "update the AutoScalingGroup sizes appropriately."
    )


def test_nobody_comes_back_while_launch_is_suspended(make: Make, at: At) -> None:
    fleet = make()
    fleet.enter_standby([FIRST], at(5), decrement=True)
    fleet.suspend([Process.LAUNCH], at(6))

    with pytest.raises(Refused, match="Launch process is suspended"):
        fleet.exit_standby([FIRST], at(7))


def test_only_members_in_service_can_be_set_aside(make: Make, at: At) -> None:
    with pytest.raises(Refused, match=f"The instance {FIRST} is not in InService."):
        make(age=0).enter_standby([FIRST], at(0), decrement=False)


def test_a_machine_that_stopped_on_standby_is_replaced_when_it_comes_back(make: Make, at: At) -> None:
    fleet = make()
    fleet.enter_standby([FIRST], at(5), decrement=True)
    fleet.instance_stopped(FIRST, at(6))
    assert fleet.member(FIRST).lifecycle is Lifecycle.STANDBY

    fleet.exit_standby([FIRST], at(7))

    assert fleet.member(FIRST).lifecycle is Lifecycle.TERMINATING


def test_a_detached_machine_runs_on_and_is_replaced(make: Make, park: Park, at: At) -> None:
    fleet = make(desired=4)
    fleet.detach([FIRST], at(5), decrement=False)

    assert fleet.members.get(FIRST) is None
    assert FIRST in park.running
    assert states(fleet) == {"InService": 3, "Pending": 1}


def test_a_termination_by_request_is_at_once_and_replaced(make: Make, at: At) -> None:
    fleet = make(desired=4)
    activity = fleet.terminate_instance(FIRST, at(5), decrement=False)

    assert states(fleet) == {"InService": 3, "Terminating": 1, "Pending": 1}
    assert activity.cause == (
        f"At 2026-01-01T00:05:00Z instance {FIRST} was taken out of service in response to a user request."
    )


def test_a_termination_below_the_minimum_is_refused_in_aws_own_words(make: Make, at: At) -> None:
    fleet = make(desired=4, min_size=4)

    with pytest.raises(Refused, match=r"Currently, desiredSize equals minSize \(4\)"):
        fleet.terminate_instance(FIRST, at(5), decrement=True)


def test_an_unknown_instance_is_refused(make: Make, at: At) -> None:
    with pytest.raises(Refused, match="No managed instance found for instance ID: i-0"):
        make().protect(["i-0"], at(5), protected=True)
