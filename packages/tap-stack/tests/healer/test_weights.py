"""Groups whose instances have weights: each limit holds in instances and in units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.healing.builders import NOW, POLICY, a_group, a_member, broken, decided

from tap_stack.healer import limits, replies
from tap_stack.healer.model import Group, Member

LIFECYCLES = ("InService", "Pending", "Terminating", "Standby")


def weighted(desired: int, *weights: int, broken_ones: int = 0) -> Group:
    """A group with one sound member of each weight, the first ones broken."""
    members = [broken(number) if number < broken_ones else a_member(number) for number in range(len(weights))]
    return group_of(desired, tuple(members), by_id(weights))


def group_of(desired: int, members: tuple[Member, ...], weights: dict[str, int]) -> Group:
    return replace(a_group(), desired=desired, members=members, weights=weights)


def by_id(weights: tuple[int, ...]) -> dict[str, int]:
    return {a_member(number).id: weight for number, weight in enumerate(weights)}


@pytest.mark.parametrize(
    ("desired", "weights", "size"),
    [(8, (4, 4), 2), (9, (4, 4, 4), 2), (3, (4,), 1), (0, (4,), 0), (100, (10,) * 10, 10), (100, (1,) * 100, 100)],
)
def test_the_size_is_in_instances_of_the_heaviest_weight(desired: int, weights: tuple[int, ...], size: int) -> None:
    assert weighted(desired, *weights).size == size


def test_an_overage_is_nothing_in_flight_and_what_lacks_is_in_instances() -> None:
    assert limits.in_flight(weighted(10, 4, 4, 4)) == 0
    assert limits.in_flight(weighted(12, 4, 4)) == 1
    assert limits.in_flight(weighted(14, 4, 4)) == 2


@pytest.mark.parametrize("weights", [(4, 4), (7, 1), (6, 3, 1), (999, 1)])
def test_a_small_group_is_healed_one_by_one(weights: tuple[int, ...]) -> None:
    """By its units alone it would seem to be short of most of its instances, and nobody would be marked."""
    group = weighted(sum(weights), *weights, broken_ones=1)

    assert decided(group).marks == ("i-00000",)


def test_the_floor_is_half_of_the_units() -> None:
    group = weighted(40, 10, 10, 10, 10)

    assert limits.floor_room(group, POLICY) == 2
    assert limits.floor_room(weighted(40, 10, 10), POLICY) == 0


def test_a_tenth_of_the_units_is_less_than_a_tenth_of_the_instances_where_weights_differ() -> None:
    """Sixty instances of one unit and two of seventy: two hundred units, of which twenty may be in flight."""
    group = weighted(200, *(1,) * 60, 70, 70)

    assert limits.in_flight_room(group, POLICY) == 1
    assert limits.hour_room(group, POLICY, (), NOW) == 2
    assert decided(group).limits.sweep == 1


@st.composite
def groups(draw: st.DrawFn) -> Group:
    weights = draw(st.lists(st.integers(1, 20), min_size=1, max_size=60))
    group = weighted(0, *weights)
    odd = draw(st.dictionaries(st.integers(0, len(weights) - 1), st.sampled_from(LIFECYCLES), max_size=5))
    bad = draw(st.sets(st.integers(0, len(weights) - 1)))
    members = [
        (broken(number) if number in bad else member)._replace(lifecycle=odd.get(number, "InService"))
        for number, member in enumerate(group.members)
    ]
    lack = draw(st.integers(0, 10))
    return group_of(sum(weights) + lack, tuple(members), by_id(tuple(weights)))


@given(groups())
def test_no_decision_passes_a_limit_in_instances_or_in_units(group: Group) -> None:
    """All limits but the one mark that a group with nothing in flight may always get, and its floor if it is of one."""
    marks = decided(group).marks
    taken = sum(group.weights[each] for each in marks)
    count = len(group.members)

    assert len(marks) <= max(1, count // 20)
    assert taken <= max(group.heaviest, group.desired * 5 // 100)
    if len(marks) > 1:
        assert 2 * taken + group.heaviest * limits.in_flight(group) <= group.desired // 10
    if marks and group.size > 1:
        assert 2 * (group.standing_units - taken) >= group.desired


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(0, 3))
def test_weights_of_one_change_nothing(bad: list[int], lack: int) -> None:
    number = 40
    members = tuple(broken(each) if each in bad else a_member(each) for each in range(number))
    counted = group_of(number + lack, members, {})
    same = group_of(number + lack, members, by_id((1,) * number))

    assert decided(counted) == decided(same)


@pytest.mark.parametrize("weight", ["0", "1000", "two", "", "1.5", 4, None])
def test_a_weight_that_is_none_is_not_read(weight: Any) -> None:
    entry = {
        "AutoScalingGroupName": "web",
        "DesiredCapacity": 4,
        "SuspendedProcesses": [],
        "Tags": [],
        "Instances": [
            {
                "InstanceId": "i-1",
                "AvailabilityZone": "a",
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "WeightedCapacity": "4",
            }
        ],
    }
    assert replies.group_of(entry).weights == {"i-1": 4}

    entry["Instances"][0]["WeightedCapacity"] = weight  # type: ignore[index]
    with pytest.raises(TypeError, match="weight"):
        replies.group_of(entry)
