"""Groups whose instances have weights: capacity is in units, and never less than is desired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from embedded_aws.fleet import GroupSettings, Health, Lifecycle, Park, Refused, ScalingGroup, WarmPool
from embedded_aws.fleet.settings import Override

from .conftest import T0

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FOURS = (Override("m5.xlarge", weight=4),)
COUNTED = {Lifecycle.PENDING, Lifecycle.IN_SERVICE}


def weights(fleet: ScalingGroup) -> list[int]:
    return sorted(member.weight for member in fleet.members if member.lifecycle in COUNTED)


class Drawn(Park):
    """Machines of these weights, in this order."""

    def __init__(self, *weights: int) -> None:
        super().__init__()
        self._weights = weights

    def weight(self, instance_id: str) -> int:
        """That of the machine with this number."""
        return self._weights[(int(instance_id.removeprefix("i-"), 16) - 1) % len(self._weights)]


def group(park: Park, desired: int, zones: tuple[str, ...] = ("a",), **given: object) -> ScalingGroup:
    settings = GroupSettings(0, 1000, desired, zones, "1", **given)  # type: ignore[arg-type]
    fleet = ScalingGroup("g", settings, park, Random(0), T0)  # noqa: S311 - a model
    fleet.advance(T0 + timedelta(minutes=2))
    return fleet


def test_launches_go_on_until_the_desired_units_are_there(make: Make) -> None:
    fleet = make(desired=9, overrides=FOURS)

    assert weights(fleet) == [4, 4, 4]


def test_two_units_that_lack_bring_an_instance_of_five() -> None:
    """API LaunchTemplateOverrides: "the instance is launched, and the desired capacity is exceeded by three units"."""
    assert weights(group(Drawn(8, 5), 10)) == [5, 8]


def test_an_overage_that_no_member_fits_into_stays(make: Make, at: At) -> None:
    fleet = make(desired=12, overrides=FOURS)

    fleet.set_desired_capacity(9, at(5))
    fleet.advance(at(10))
    assert weights(fleet) == [4, 4, 4]

    fleet.set_desired_capacity(8, at(15))
    fleet.advance(at(20))
    assert weights(fleet) == [4, 4]


def test_a_scale_in_passes_over_whoever_would_leave_too_little(at: At) -> None:
    """The oldest goes first by the policy; it weighs six of the two that are too much."""
    fleet = group(Drawn(6, 2, 2), 10, termination=("OldestInstance",))

    fleet.set_desired_capacity(8, at(5))

    assert weights(fleet) == [2, 6]


def test_a_marked_member_is_replaced_by_as_much(make: Make, at: At) -> None:
    fleet = make(desired=8, overrides=FOURS)
    marked = next(iter(fleet.members)).id

    fleet.set_instance_health(marked, Health.UNHEALTHY, at(5), respect_grace=False)
    fleet.advance(at(8))

    assert weights(fleet) == [4, 4]
    assert fleet.members.get(marked) is None


def test_other_weights_count_at_once_and_bring_or_take_instances(make: Make, at: At) -> None:
    fleet = make(desired=4)
    ids = [member.id for member in fleet.members]

    fleet.update(at(5), weights=dict.fromkeys(ids, 2), desired=8)
    fleet.advance(at(8))
    assert weights(fleet) == [2, 2, 2, 2]

    fleet.update(at(10), weights=dict.fromkeys(ids, 4))
    fleet.advance(at(14))
    assert weights(fleet) == [4, 4]


def test_standby_takes_the_weight_out_of_the_desired_capacity(make: Make, at: At) -> None:
    fleet = make(desired=8, min_size=4, overrides=FOURS)
    one, other = (member.id for member in fleet.members)

    fleet.enter_standby([one], at(5), decrement=True)
    assert fleet.settings.desired == 4
    with pytest.raises(Refused):
        fleet.enter_standby([other], at(6), decrement=True)
    fleet.exit_standby([one], at(7))
    assert (fleet.settings.desired, weights(fleet)) == (8, [4, 4])


def test_a_warm_pool_has_units_too(make: Make, at: At) -> None:
    fleet = make(desired=4, max_size=12, overrides=FOURS)
    fleet.put_warm_pool(WarmPool(), at(5))
    fleet.advance(at(8))
    assert len(fleet.pool) == 2

    fleet.update(at(10), max_size=9)  # five are wanted, and seven would be too few with one of them
    fleet.advance(at(12))
    assert len(fleet.pool) == 2
    fleet.update(at(13), max_size=8)
    fleet.advance(at(15))
    assert len(fleet.pool) == 1


def test_zones_that_another_instance_would_only_turn_round_are_left_alone(at: At) -> None:
    fleet = group(Drawn(4, 1), 5, zones=("a", "b"))

    fleet.advance(at(60))

    assert weights(fleet) == [1, 4]
    assert len(list(fleet.activities)) == 2


@given(
    drawn=some.lists(some.integers(1, 12), min_size=1, max_size=6),
    sizes=some.lists(some.integers(1, 60), min_size=1, max_size=6),
)
def test_capacity_is_desired_or_less_than_the_largest_weight_above_it(drawn: list[int], sizes: list[int]) -> None:
    fleet = group(Drawn(*drawn), sizes[0], zones=("a", "b", "c"))
    for number, desired in enumerate(sizes, 1):
        fleet.set_desired_capacity(desired, T0 + timedelta(hours=number))
        fleet.advance(T0 + timedelta(hours=number, minutes=50))

        have = weights(fleet)
        assert desired <= sum(have) < desired + max(drawn)
        assert sum(have) - desired < min(have)
