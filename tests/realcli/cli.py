"""The Pulumi CLI in a copy of a project, led to the embedded AWS."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STACK = "dev"
TIMEOUT_SECONDS = 180


class Failed(AssertionError):
    """A command ended with another exit code than 0; its output is the message."""


@dataclass(frozen=True)
class Cli:
    """`pulumi` for one stack of a project.

    Attributes:
        folder: The project.
        environ: All that the CLI finds in its environment.
        timeout: Seconds that a command may take.
    """

    folder: Path
    environ: Mapping[str, str]
    timeout: int = TIMEOUT_SECONDS

    def run(self, *arguments: str) -> str:
        """Run a command; returns its standard output."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=self.timeout,  # subprocess kills it then: the CLI does not end upon SIGTERM while a plugin hangs
        )
        if done.returncode != 0:
            raise Failed(f"pulumi {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def on_stack(self, *arguments: str) -> str:
        return self.run(*arguments, "--stack", STACK)

    def up(self, *options: str) -> str:
        return self.on_stack("up", "--yes", "--skip-preview", *options)

    def refresh(self, *options: str) -> str:
        return self.on_stack("refresh", "--yes", "--skip-preview", *options)

    def destroy(self) -> str:
        return self.on_stack("destroy", "--yes", "--skip-preview")

    def set(self, key: str, value: str) -> None:
        """Change the stack's configuration."""
        self.on_stack("config", "set", key, value)

    @property
    def outputs(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.on_stack("stack", "output", "--json"))
        return found

    def export(self) -> dict[str, Any]:
        """`{"version": 3, "deployment": …}`; secrets stay ciphertexts."""
        found: dict[str, Any] = json.loads(self.on_stack("stack", "export"))
        return found

    def take(self, exported: Mapping[str, Any]) -> None:
        """Make an exported deployment the stack's state."""
        file = self.folder / "import.json"
        file.write_text(json.dumps(exported))
        self.on_stack("stack", "import", "--file", str(file))

    @property
    def ids(self) -> dict[str, str]:
        """The id of each resource of the stack that has one, by URN."""
        resources = self.export()["deployment"].get("resources") or []
        return {each["urn"]: each["id"] for each in resources if "id" in each and "providers" not in each["type"]}


def copy_project(source: Path, folder: Path, *names: str) -> Path:
    """A project as it is, in a folder where the CLI may write; its virtual environment is the one that runs this."""
    folder.mkdir()
    for name in names:
        path = source / name
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder
