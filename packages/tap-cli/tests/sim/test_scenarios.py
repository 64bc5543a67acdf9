"""Scenario files: those that ship hold what the healer promises, and a wrong one is refused in one line."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tap_cli.commands.simulate import simulate
from tap_cli.sim import figure, run, scenario
from tap_cli.sim.policies import POLICIES
from tap_stack.errors import ConfigError

SMALL = sorted(set(scenario.shipped()) - {"ten-thousand", "slow-trickle"})
WINDOW = {"one-instance": 185, "one-instance-check": 365, "group-of-1": 185}
FLOOR = {"false-alarms": 50, "false-alarms-short": 50, "zone-outage": 15}
GOOD = "title: t\nminutes: 5\ngroup: {desired: 3}\nsteps:\n"

app = typer.Typer()
app.command()(simulate)


@cache
def ours(name: str, seed: int) -> run.Run:
    return run.play(scenario.load(scenario.shipped()[name]), "ours", seed)


@pytest.mark.parametrize("name", sorted(scenario.shipped()))
def test_every_scenario_that_ships_is_accepted(name: str) -> None:
    assert scenario.load(scenario.shipped()[name]).title


@pytest.mark.parametrize(("name", "seconds"), WINDOW.items())
@pytest.mark.parametrize("seed", range(5))
def test_a_single_fault_is_marked_within_its_window_and_65_seconds(name: str, seconds: int, seed: int) -> None:
    assert max(ours(name, seed).to_mark) <= seconds
    assert ours(name, seed).never_healed == 0


@pytest.mark.parametrize(("name", "floor"), FLOOR.items())
def test_it_never_falls_below_the_floor(name: str, floor: int) -> None:
    assert ours(name, 0).min_capacity >= floor


@pytest.mark.parametrize("seed", range(3))
def test_false_alarms_cost_no_more_than_the_caps(seed: int) -> None:
    """20 in any hour and 10 in flight at once, of a hundred."""
    assert ours("false-alarms", seed).healthy_killed <= 20
    assert ours("false-alarms", seed).max_in_flight <= 10
    assert ours("false-alarms-short", seed).healthy_killed <= 10


def test_the_first_attempt_kills_what_is_sound_where_ours_does_not() -> None:
    one = scenario.load(scenario.shipped()["flapping"])

    assert run.play(one, "ours", 0).healthy_killed == 0
    assert run.play(one, "naive", 0).healthy_killed > 5


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_plays_to_the_end(policy: str) -> None:
    found = run.play(scenario.load(scenario.shipped()["group-of-3"]), policy, 1)

    assert len(found.to_mark) == 2
    assert found.never_healed == 0


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        (GOOD + "  - {at: 1, do: fail, check: disk}\n", "steps.0.check", "'disk'"),
        (GOOD + "  - {at: 1, do: explode}\n", "steps.0", "{'at': 1, 'do': 'explode'}"),
        (GOOD + "  - {at: 1, do: fail, check: ebs, colour: red}\n", "steps.0.colour", "'red'"),
        (GOOD + "  - {at: 9, do: fail, check: ebs}\n", "steps.0.at", "9.0"),
        (GOOD + "  - {at: 1, do: shift, zone: f}\n", "steps.0.zone", "'f'"),
        (GOOD + "  - {at: 1, do: fail}\n", "steps.0.check", "'nothing'"),
        (GOOD.replace("3", "0") + "  []\n", "group.desired", "0"),
        (GOOD + "  []\napi: {slow: 1.0}\n", "api.slow", "1.0"),
        (GOOD + "  []\npolicy: {width: 1}\n", "policy.width", "1"),
        ("title: [\n", "", "while parsing"),
        ("- 1\n", "the document", "[1]"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_file_key_and_value(
    tmp_path: Path, text: str, key: str, value: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError) as error:
        scenario.load(path)
    message = str(error.value)
    assert message.startswith(f"{path}: {key} = {value}" if key else f'{path} = "{value}')
    assert "\n" not in message
    assert "accepted: " in message


def test_an_unknown_scenario_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"scenario = 'nope' is not accepted; accepted: a file, or one of bad-image"):
        scenario.find("nope")


# --- the command ---


def test_json_has_the_shape_that_is_promised() -> None:
    result = CliRunner().invoke(app, ["group-of-1", "--compare", "--json", "--jobs", "1"])
    document: dict[str, Any] = json.loads(result.stdout)
    policies = document["scenarios"]["group-of-1"]

    assert list(policies) == ["ours", "native", "percent-20", "seed", "naive"]
    for found in policies.values():
        assert list(found) == [
            "seconds_to_mark",
            "seconds_to_heal",
            "capacity_lost_instance_minutes",
            "healthy_killed",
            "max_in_flight",
            "min_capacity",
            "aws_calls",
        ]
        assert list(found["seconds_to_mark"]) == list(found["seconds_to_heal"]) == ["median", "p99", "max"]


def test_the_table_has_a_row_for_each_policy() -> None:
    result = CliRunner().invoke(app, ["group-of-1", "--policy", "ours", "--policy", "native", "--jobs", "1"])
    rows = [line.split()[0] for line in result.stdout.splitlines() if line.strip()]

    assert result.exit_code == 0
    assert [row for row in rows if row in POLICIES] == ["ours", "native"]


def test_a_figure_is_drawn_as_png_and_svg(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    one = scenario.load(scenario.shipped()["group-of-1"])
    results = run.simulate({"group-of-1": one}, ["ours", "native"], [0], jobs=1)
    paths = figure.draw("group-of-1", one, results["group-of-1"], tmp_path)

    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in paths[1].read_text()


def test_a_figure_has_a_panel_for_each_policy_with_its_faults_and_marks(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    one = scenario.load(scenario.shipped()["false-alarms-short"])
    found = run.simulate({"false-alarms-short": one}, ["ours", "naive"], [0], jobs=1)["false-alarms-short"]
    drawn = figure.draw("false-alarms-short", one, found, tmp_path)[1].read_text()
    ticks = [drawn.count(f"stroke: {colour}") for colour in (figure.WRONG, figure.FAULT)]

    assert [drawn.count(f"{policy}: ") for policy in found] == [1, 1]
    assert all(sound for _, sound in found["naive"].marks)
    assert len(found["naive"].marks) > len(found["ours"].marks)
    assert ticks[0] > 0
    assert ticks[1] == 0  # every alarm is false


def test_the_same_seeds_give_the_same_figures() -> None:
    one = {"group-of-3": scenario.load(scenario.shipped()["group-of-3"])}

    assert run.simulate(one, ["ours"], [4, 5], jobs=1) == run.simulate(one, ["ours"], [4, 5], jobs=2)
