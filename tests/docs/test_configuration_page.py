"""Pulumi.yaml and docs/configuration.md are what the knobs say."""

from __future__ import annotations

import dataclasses
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tools import configuration_page, pages
from tools.configuration_page import PAGES

from tap_stack.config import InfraConfig
from tap_stack.config.model import knobs
from tap_stack.config.sources import UNSET
from tap_stack.errors import ConfigError
from tap_stack.healer.model import Policy

ROOT = Path(__file__).parents[2]


ROOM = {"tap:healerBadImageFailures": "1", "tap:healerBadImageReplacements": "20"}
"""The one limit that another one bounds, and that other one."""


def read_yaml(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = importlib.import_module("yaml").safe_load(path.read_text())
    return loaded


def test_the_files_are_current() -> None:
    assert pages.outdated(ROOT, PAGES) == [], f"run {configuration_page.COMMAND}"


def test_an_outdated_file_is_found_and_written(tmp_path: Path) -> None:
    pages.write(tmp_path, PAGES)
    (tmp_path / "Pulumi.yaml").write_text("name: tap\n")

    assert pages.outdated(tmp_path, PAGES) == ["Pulumi.yaml"]
    pages.write(tmp_path, PAGES)
    assert pages.outdated(tmp_path, PAGES) == []


def test_the_command_says_what_is_outdated_and_writes_it(tmp_path: Path) -> None:
    def run(*options: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "tools.configuration_page", *options]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    assert run() == (1, f"outdated: Pulumi.yaml, docs/configuration.md; run {configuration_page.COMMAND}\n")
    assert run("--write") == (0, "")
    assert run() == (0, "")


def test_pulumi_is_told_of_every_key_of_the_project_and_of_no_other() -> None:
    declared = read_yaml(ROOT / "Pulumi.yaml")["config"]

    assert list(declared) == [row.key for row in knobs() if row.key.startswith("tap:")]
    assert {entry["type"] for entry in declared.values()} == {"string"}


def test_pulumis_defaults_leave_the_word_to_the_environment() -> None:
    """The CLI gives the program every default of Pulumi.yaml, so none of them may count as set."""
    declared = read_yaml(ROOT / "Pulumi.yaml")["config"]
    defaults = {key: entry["default"] for key, entry in declared.items()}

    assert set(defaults.values()) == {UNSET}
    assert InfraConfig.load(defaults, {}) == InfraConfig.load({}, {})
    assert InfraConfig.load(defaults, {"ENVIRONMENT_SUFFIX": "ci"}).environment_suffix == "ci"


def test_the_project_is_named_for_the_keys_namespace_and_runs_on_python() -> None:
    project = read_yaml(ROOT / "Pulumi.yaml")

    assert (project["name"], project["runtime"]["name"]) == ("tap", "python")


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_example_stacks_are_accepted(stack: str) -> None:
    settings = read_yaml(ROOT / f"Pulumi.{stack}.yaml")["config"]

    assert {type(value) for value in settings.values()} == {str}
    assert InfraConfig.load(settings, {}).environment == stack


def test_every_knob_is_described_in_one_sentence_and_bounded() -> None:
    for row in knobs():
        assert row.description, row.key
        assert row.accepted, row.key
        assert ". " not in row.description, row.key
        assert "\n" not in row.description, row.key


def test_no_two_knobs_share_a_key_or_a_variable() -> None:
    assert len({row.key for row in knobs()}) == len(knobs())
    assert len({row.env for row in knobs()}) == len(knobs())


def test_each_of_the_healers_limits_is_a_knob_with_the_policys_own_default_bounds_and_words() -> None:
    rows = {row.field: row for row in knobs()}

    for field in dataclasses.fields(Policy):
        row = rows[f"healer_{field.name}"]
        limits = field.metadata
        assert (row.default, row.description) == (field.default, limits["description"])
        assert row.accepted == f"integer, {limits['minimum']} to {limits['maximum']}"


@pytest.mark.parametrize("field", dataclasses.fields(Policy), ids=lambda field: field.name)
def test_the_policys_bounds_hold_for_the_knob(field: dataclasses.Field[int]) -> None:
    key = next(row.key for row in knobs() if row.field == f"healer_{field.name}")
    least, most = field.metadata["minimum"], field.metadata["maximum"]

    for accepted in (least, most):
        assert getattr(InfraConfig.load({**ROOM, key: str(accepted)}, {}).healer, field.name) == accepted
    for refused in (least - 1, most + 1):
        with pytest.raises(ConfigError):
            InfraConfig.load({**ROOM, key: str(refused)}, {})


def test_the_table_names_every_knob() -> None:
    table = (ROOT / "docs/configuration.md").read_text()

    assert [row.key for row in knobs() if f"| `{row.key}` | `{row.env}` |" not in table] == []
