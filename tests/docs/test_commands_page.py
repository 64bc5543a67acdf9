"""The documentation of the commands: whole, current, and with an example in the help of each."""

from __future__ import annotations

import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer
from tools import pages
from tools.commands_page import COMMAND, PAGES, example, leaves

from tap_cli.cli import app
from tap_cli.commands.members import FleetStatus, MemberStatus
from tap_cli.commands.rollout import RolloutStatus
from tap_cli.display.document import deployment
from tap_cli.display.record import DeploymentRecord

ROOT = Path(__file__).parents[2]
COMMANDS = dict(leaves())
PAGE = (ROOT / "docs/commands.md").read_text(encoding="utf-8")


def test_the_page_is_current() -> None:
    assert pages.outdated(ROOT, PAGES) == [], f"run {COMMAND}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented_and_its_help_has_an_example_that_it_accepts(name: str) -> None:
    command: Any = COMMANDS[name]
    called, *arguments = shlex.split(example(command).partition(";")[0].replace('eval "$(', "").replace(')"', ""))
    words = name.split()

    assert command.help
    assert f"### tap {name}" in (ROOT / "docs/commands.md").read_text()
    assert (called, arguments[: len(words)]) == ("tap", words)
    command.make_context(name, arguments[len(words) :])


def test_every_option_says_what_it_does() -> None:
    silent = [(name, each.name) for name, command in COMMANDS.items() for each in command.params if not each.help]

    assert silent == []


def test_groups_say_what_they_are_for() -> None:
    groups = [each for each in typer.main.get_command(app).commands.values() if hasattr(each, "commands")]  # type: ignore[attr-defined]

    assert [group.name for group in groups if not group.help] == []


@pytest.mark.parametrize(
    ("name", "kinds"), [("fleet", (FleetStatus, MemberStatus)), ("rollout status", (RolloutStatus,))]
)
def test_the_table_of_the_json_documents_has_every_key(name: str, kinds: tuple[type, ...]) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))

    assert [field.name for kind in kinds for field in fields(kind) if f"`{field.name}`" not in row] == []


def test_the_table_has_every_key_of_a_deployments_document() -> None:
    found = deployment("up", "dev", DeploymentRecord())

    assert [key for key in found if f"`{key}`" not in PAGE] == []
