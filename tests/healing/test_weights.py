"""Groups whose instances have weights: broken ones are replaced, one by one, and the units hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support.healing.aws import Aws
from support.healing.world import World

from embedded_aws.fleet import Lifecycle
from embedded_aws.fleet.settings import Override

from .test_bounded import time_to_mark


def weighted(units: int, *weights: int) -> World:
    """A group that launches instances of these weights until there are so many units."""
    overrides = tuple(Override(f"m5.{weight}xlarge", weight=weight) for weight in weights)
    world = World(Aws(overrides=overrides))
    world.aws.grow(units)
    return world


def serving(world: World) -> list[int]:
    """The weights of the members in service."""
    return [each.weight for each in world.aws.world.fleet.members if each.lifecycle is Lifecycle.IN_SERVICE]


@given(st.integers(0, 59), st.integers(1, 60), st.lists(st.integers(1, 16), min_size=1, max_size=4, unique=True))
@settings(max_examples=25)
def test_one_fault_is_marked_within_its_window_and_65_seconds(phase: int, units: int, weights: list[int]) -> None:
    world = weighted(units, *weights)
    first = next(iter(world.aws.world.fleet.members)).id
    world.aws.fail(first)
    world.aws.advance(phase)

    assert time_to_mark(world, first) <= 120 + 65


def test_a_broken_instance_is_replaced_by_as_many_units() -> None:
    world = weighted(8, 4)
    world.aws.fail("i-00000")

    world.run(8)

    assert world.aws.marked() == ["i-00000"]
    assert serving(world) == [4, 4]


def test_several_are_replaced_one_after_another() -> None:
    """Of three instances with four units each, one goes at a time, and the others serve meanwhile."""
    world = weighted(12, 4)
    for each in ("i-00000", "i-00001"):
        world.aws.fail(each)
    least = 12
    for _ in range(30):
        world.run(1)
        least = min(least, sum(serving(world)))

    assert sorted(world.aws.marked()) == ["i-00000", "i-00001"]
    assert least == 8


def test_a_weight_that_cannot_be_read_is_no_reason_to_mark() -> None:
    world = weighted(8, 4)
    world.aws.fail("i-00000")

    def spoil(action: str, reply: dict[str, list[dict[str, list[dict[str, str]]]]]) -> None:
        if action == "DescribeAutoScalingGroups":
            reply["AutoScalingGroups"][0]["Instances"][0]["WeightedCapacity"] = "much"

    world.aws.after(spoil)
    world.run(5)

    assert world.aws.marked() == []
    assert "WeightedCapacity" in world.lines[-1]["blind"] or "weight" in world.lines[-1]["blind"]
