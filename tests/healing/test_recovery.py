"""All is well again: who was replaced by whom, how long it took, and that it is told once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.healing.builders import NOW, a_group, a_launch, a_member, a_termination, ago, broken
from support.healing.world import World, a_broken_world, failing

from tap_stack.healer.model import Cause, Mark, Outcome
from tap_stack.healer.recovery import Healed, healed, is_well

CHANGED = "EC2 Instance Launch Successful"


def test_replacements_are_paired_with_those_that_went_in_the_order_of_time() -> None:
    group = a_group(desired=10, marks=(Mark("i-a", ago(minutes=21)), Mark("i-b", ago(minutes=11))))
    history = (
        a_launch("i-00002", ago(minutes=9)),
        a_termination("i-b", ago(minutes=10)),
        a_launch("i-00001", ago(minutes=19)),
        a_termination("i-a", ago(minutes=20)),
    )

    assert healed(group, history, NOW) == [
        Healed("i-a", "i-00001", 180, marked=True),
        Healed("i-b", "i-00002", 180, marked=True),
    ]


def test_a_launch_before_the_termination_counts_from_the_recorded_mark() -> None:
    group = a_group(desired=10, marks=(Mark("i-a", ago(minutes=21)),))
    history = (a_termination("i-a", ago(minutes=10)), a_launch("i-00001", ago(minutes=20)))

    assert healed(group, history, NOW) == [Healed("i-a", "i-00001", 120, marked=True)]


def test_what_the_group_replaced_by_itself_is_not_the_healers_to_tell() -> None:
    history = (a_launch("i-00001", ago(minutes=9)), a_termination("i-a", ago(minutes=10), cause=Cause.HEALTH_CHECK))

    assert [item.marked for item in healed(a_group(desired=10), history, NOW)] == [False]


@pytest.mark.parametrize(
    "changes",
    [{"outcome": Outcome.UNDER_WAY, "ended": None}, {"outcome": Outcome.FAILED}, {"instance_id": "i-gone"}],
)
def test_a_launch_that_is_not_there_heals_nothing(changes: dict[str, object]) -> None:
    launch = replace(a_launch("i-00001", ago(minutes=9)), **changes)  # type: ignore[arg-type]

    assert healed(a_group(desired=10), (launch, a_termination("i-a", ago(minutes=10))), NOW) == []


@pytest.mark.parametrize(
    "member",
    [
        broken(1),
        a_member(1, lifecycle="Pending"),
        a_member(1, lifecycle="Terminating"),
        a_member(1, health="Unhealthy"),
    ],
)
def test_a_group_with_anything_wrong_is_not_well(member: object) -> None:
    assert is_well(a_group(desired=10))
    assert not is_well(a_group(member, desired=10))  # type: ignore[arg-type]
    assert not is_well(replace(a_group(desired=10), desired=11))
    assert not is_well(a_group(desired=10, application_impaired=frozenset({"i-00003"})))


def changed(world: World) -> dict[str, str]:
    """Auto Scaling's event that an instance was launched."""
    return world.event() | {"source": "aws.autoscaling", "detail-type": CHANGED}


def test_the_notice_that_all_is_well_comes_once_and_names_the_replacement_and_how_long_it_took() -> None:
    world = a_broken_world()
    world.run(1)
    told = len(world.aws.notices)
    assert world.sweep(changed(world))["result"] == "changed"
    assert len(world.aws.notices) == told

    world.run(4)
    line = world.sweep(changed(world))
    world.sweep(changed(world))

    (notice,) = world.aws.notices[told:]
    new = next(id_ for id_ in world.aws.instances if id_ not in {f"i-{number:05}" for number in range(10)})
    assert notice["Subject"].startswith(f"web: all is well again: {new} replaced i-00001 in ")
    assert line["notes"][0].startswith(f"{new} replaced i-00001 in ")
    assert world.aws.marked() == ["i-00001"]


def test_such_an_event_marks_nobody() -> None:
    world = a_broken_world()

    assert world.sweep(changed(world))["result"] == "changed"
    assert world.aws.marked() == []


def test_it_is_no_sweep_and_gives_no_heartbeat() -> None:
    world = a_broken_world()
    world.sweep(changed(world))
    assert world.aws.metrics == [{"BlindSweeps": 0}]

    failing(world, "DescribeScalingActivities", "InternalFailure", 500)
    assert world.sweep(changed(world))["result"] == "blind"
    assert world.aws.metrics[-1] == {"BlindSweeps": 1}
