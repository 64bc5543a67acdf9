"""Whole programs through the executable: what the CLI's engine would send, and what it gets.

They stand in for runs of the real CLI where there is none; those are in tests/realcli.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from embedded_aws import access
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.plugin.installation import executable as executable_of
from embedded_pulumi.values import Properties, Secret

from .conftest import REGION
from .host import Plugin, Remote, engine, running

ROOT = Path(__file__).parents[2]
LIFE = ROOT / "tests" / "realcli" / "life"
NOTHING: Mapping[str, str] = {}
SMALL = {"aws:region": REGION, "tap:zones": "2", "tap:natStrategy": "none", "tap:environmentSuffix": "remote"}


class Stack:
    """One stack, deployed through one plugin after the other, as each command of the CLI starts its own."""

    def __init__(
        self, project: str, program: Path, config: Mapping[str, str], environ: Mapping[str, str], state: Path
    ) -> None:
        self._project, self._program = project, program
        self._config, self._environ = config, environ
        self._executable = executable_of(Path(environ["PULUMI_HOME"]))
        self._state = StateFile(state)
        self.calls: Counter[str] = Counter()
        self.outputs: Properties = {}

    def run(self, operation: str, config: Mapping[str, str] = NOTHING) -> dict[str, int]:
        """Run one operation; returns how many resources came to what."""
        with (
            engine() as (address, _),
            running(self._executable, self._environ, address, folder=self._program) as plugin,
        ):
            plugin.handshake(address)
            return self._run(plugin, operation, config)

    def _run(self, plugin: Plugin, operation: str, config: Mapping[str, str]) -> dict[str, int]:
        remote = Remote(plugin)
        deployer = Engine(
            project=self._project,
            stack="dev",
            program=self._program,
            providers=[remote],
            state=self._state,
            config={**self._config, **config},
            environ=access.environment(self._environ["AWS_ENDPOINT_URL"], REGION, os.environ),
        )
        summary = getattr(deployer, operation)()
        self.calls = Counter(remote.calls)
        self.outputs = summary.outputs
        plugin.cancel()
        return {name: count for name, count in summary.changes.items() if count}


@pytest.fixture
def installed(executable: Path, environ: dict[str, str]) -> dict[str, str]:
    """The environment, with everything in place that it names."""
    assert executable == executable_of(Path(environ["PULUMI_HOME"]))
    return environ


def test_the_unmodified_program_is_deployed_changed_and_destroyed(installed: dict[str, str], tmp_path: Path) -> None:
    stack = Stack("tap", ROOT, SMALL, installed, tmp_path / "dev.json")
    assert set(stack.run("up")) == {"create"}
    made = stack.calls["Create"]
    assert made > 40

    changed = stack.run("up", {"tap:logRetentionDays": "30", "tap:lambdaMemorySize": "256"})
    assert set(changed) == {"same", "update"}
    assert (stack.calls["Create"], stack.calls["Update"]) == (0, changed["update"])

    assert set(stack.run("refresh")) == {"same"}
    assert set(stack.run("destroy")) == {"delete"}
    assert stack.calls["Delete"] == made


def test_a_change_updates_or_replaces_and_none_does_nothing(installed: dict[str, str], tmp_path: Path) -> None:
    region = {"aws:region": REGION}
    stack = Stack("life", LIFE, region, installed, tmp_path / "dev.json")
    assert set(stack.run("up")) == {"create"}
    first = stack.outputs
    assert first["secret"] == Secret("hush-hush")
    assert "hush-hush" not in (tmp_path / "dev.json").read_text()
    assert set(stack.run("up")) == {"same"}

    assert stack.run("up", {"life:name": "two"})["update"] == 2
    assert stack.outputs["vpc"] == first["vpc"]
    assert stack.outputs["code"] != first["code"]
    assert stack.run("up", {"life:name": "two", "life:range": "10.2.0.0/16"})["replace"] == 2
    assert stack.outputs["vpc"] != first["vpc"]
    assert set(stack.run("destroy")) == {"delete"}
