"""A large group is whole again when its losses end; how fast it is played is measured in bench/healer.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from embedded_aws.fleet import Check, Lifecycle, ScalingGroup

MEMBERS = 2_000
HOURS = 6


def test_a_large_group_makes_good_what_it_loses(
    make: Callable[..., ScalingGroup], at: Callable[[float], datetime]
) -> None:
    rng = Random(7)  # noqa: S311 - a model

    fleet = make(desired=MEMBERS, max_size=MEMBERS * 2, zones=("a", "b", "c"))
    for minute in range(2, HOURS * 60):
        fleet.advance(at(minute))
        for instance_id in {f"i-{rng.randint(1, MEMBERS):017x}" for _ in range(5)}:
            if fleet.members.get(instance_id) is not None:
                fleet.break_instance(instance_id, Check.SYSTEM, at(minute))
    fleet.advance(at((HOURS + 1) * 60))

    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == MEMBERS
    assert sum(each.description.startswith("Terminating") for each in fleet.activities) > MEMBERS // 2
