"""Each property in the situations that are aimed at it; the same every time."""

from __future__ import annotations

import pytest

from tap_cli.sim.aimed import all_drills
from tap_cli.sim.drills import Drill, judge

DRILLS = all_drills()


@pytest.mark.parametrize("drill", DRILLS, ids=[f"p{each.property:02}-{each.name}" for each in DRILLS])
def test_the_drill_is_passed(drill: Drill) -> None:
    assert judge(drill) == []


def test_every_property_has_a_drill() -> None:
    assert {each.property for each in DRILLS} == set(range(1, 21))
