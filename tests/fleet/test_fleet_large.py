"""A day of ten thousand members; `bench/healer.py day` measures how long it takes with the healer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from tap_stack.fleet import Check, Fleet, Lifecycle


def test_a_simulated_day_of_ten_thousand_members(make: Callable[..., Fleet], at: Callable[[float], datetime]) -> None:
    rng = Random(7)  # noqa: S311 - a model

    fleet = make(desired=10_000, max_size=12_000, zones=("a", "b", "c"))
    for minute in range(2, 24 * 60):
        fleet.advance(at(minute))
        for instance_id in {f"i-{rng.randint(1, 10_000):017x}" for _ in range(5)}:
            if fleet.members.get(instance_id) is not None:
                fleet.break_instance(instance_id, Check.SYSTEM, at(minute))
    fleet.advance(at(25 * 60))

    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == 10_000
    assert sum(each.description.startswith("Terminating") for each in fleet.activities) > 4_000
