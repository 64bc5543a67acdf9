"""The whole stack survives being killed: a life with a few blows here, all of them in `make kills`.

Costs: one deployment of the whole stack and its destruction, in an embedded AWS and a process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.kills.inventory import differences
from support.kills.points import Course, Point, sample

ROOT = Path(__file__).parents[2]
KILLED = -9


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outcome of a life with blows in it."""
    folder = tmp_path_factory.mktemp("life")
    subprocess.run([sys.executable, "-W", "ignore", "-m", "support.kills.chain", str(folder)], cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads((folder / "life.json").read_text())
    return found


def test_every_blow_falls_and_the_next_deployment_goes_on(life: dict[str, Any]) -> None:
    assert life["codes"] == {
        "up after CreateNatGateway#1": KILLED,
        "up lost AddPermission#1": 0,
        "destroy after DetachInternetGateway#1": KILLED,
        "destroy": 0,
    }


def test_the_state_keeps_every_rule_after_every_blow(life: dict[str, Any]) -> None:
    assert life["wrong"] == []
    assert life["resources"] > 60


def test_nothing_was_made_twice_or_lost(life: dict[str, Any]) -> None:
    assert life["left"] == []


def test_a_difference_between_two_accounts_is_told() -> None:
    assert differences(Counter({"Vpcs a": 1, "Vpcs b": 1}), Counter({"Vpcs a": 2})) == [
        "missing: Vpcs b",
        "too much: Vpcs a",
    ]


def test_a_sample_is_spread_evenly_and_always_the_same() -> None:
    points = Course(["create:A/a", "same:B/b"], ["create:A/a"], 2, ["CreateA#1"]).points("up")

    assert [str(point) for point in sample(points, 4)] == [
        "up write #1",
        "up before CreateA#1",
        "up program create:A/a",
        "up lost CreateA#1",
    ]
    assert sample(points, 100) == points


@pytest.mark.parametrize("text", ["", "up", "up after", "up sideways CreateVpc#1"])
def test_what_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a point such as"):
        Point.parse(text)
