"""What a group costs however large it is; counted in lines of Python that run, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .conftest import Place

Create = Callable[..., str]

FEW, MANY, MORE = 4, 64, 8
SETTLED_SECONDS = 900
MINUTE = 60


def lines_of(work: Callable[[], Any]) -> int:
    """How many lines run in this thread, which moves the clock and so all groups."""
    count = 0

    def note(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_a_group_at_rest_costs_the_same_however_large_it_is(place: Place, create: Create) -> None:
    name = create(DesiredCapacity=FEW, MaxSize=MANY)
    place.cloud.clock.advance(SETTLED_SECONDS)
    small = lines_of(lambda: place.cloud.clock.advance(MINUTE))
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=MANY)
    place.cloud.clock.advance(SETTLED_SECONDS)
    large = lines_of(lambda: place.cloud.clock.advance(MINUTE))

    assert small > MINUTE, "nothing was counted"
    assert large <= small * 1.1


def test_a_launch_costs_the_same_however_large_the_group_is(place: Place, create: Create) -> None:
    name = create(DesiredCapacity=FEW, MaxSize=MANY + MORE)
    fleet, clock = place.cloud.autoscaling.fleet(name), place.cloud.clock

    def launch(desired: int) -> int:
        clock.advance(SETTLED_SECONDS)
        work = lines_of(lambda: fleet.set_desired_capacity(desired, clock.now()))
        assert len(fleet.members) == desired
        return work

    few = launch(FEW + MORE)
    launch(MANY)
    assert few > MORE * 100, "nothing was counted"
    assert launch(MANY + MORE) <= few * 1.1


def test_an_instance_that_is_stopped_among_many_is_noticed_at_once(place: Place, create: Create) -> None:
    name = create(DesiredCapacity=FEW, MaxSize=MANY)
    place.cloud.clock.advance(SETTLED_SECONDS)
    members = place.cloud.autoscaling.fleet(name).members
    first = next(iter(members))
    place.ec2.stop_instances(InstanceIds=[first.id])
    place.cloud.clock.advance(2)
    assert not first.running


def test_an_instance_is_shown_for_an_hour_after_its_end(place: Place, create: Create) -> None:
    name = create(DesiredCapacity=FEW)
    ids = [each.id for each in place.cloud.autoscaling.fleet(name).members]
    place.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
    place.cloud.clock.advance(30 * MINUTE)
    assert states(place, ids) == ["terminated"] * FEW
    place.cloud.clock.advance(60 * MINUTE)
    assert states(place, ids) == []


def states(place: Place, ids: list[str]) -> list[str]:
    pages = place.ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": "instance-id", "Values": ids}])
    found = [instance for page in pages for each in page["Reservations"] for instance in each["Instances"]]
    return [str(each["State"]["Name"]) for each in found]
