"""A place to try `tap` in: a copy of the project with a local AWS of its own, and the command as a user runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_cli.cli import app, main

ROOT = Path(__file__).parents[4]
TAP = [sys.executable, "-m", "tap_cli.cli"]
STACK_FILE = """\
config:
  tap:environmentSuffix: try
  tap:natStrategy: single
  tap:zones: "3"
  tap:minSize: 3
  tap:desiredCapacity: 3
  tap:alarmEmail: oncall@example.com
"""


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    def signed(self) -> list[tuple[str, str]]:
        """The rows of a tree that have a sign: (sign, name)."""
        return [
            (line.split()[0], line.split()[-1])
            for line in self.out.splitlines()
            if line[:1] == " " and line[1:2] in {"+", "-", "~"} and ":" in line
        ]


@dataclass(frozen=True)
class Place:
    """A project's folder, and the command in it."""

    folder: Path

    def make(self) -> None:
        """Copy the project's files."""
        for name in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(ROOT / name, self.folder)
        (self.folder / "Pulumi.dev.yaml").write_text(STACK_FILE)

    def tap(self, *args: str) -> Done:
        """Run the command to its end, in this process: its imports are made once."""
        return self.call(lambda: app(args))

    def call(self, run: Callable[[], object]) -> Done:
        """Run what a command runs, in this process and the project's folder."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _exit_code(run)
        return Done(code, out.getvalue(), err.getvalue())

    def start(self, *args: str, **environ: str) -> subprocess.Popen[str]:
        """Start the command as a user does; nothing of this process's AWS settings is handed on."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*TAP, *args], cwd=self.folder, env=clean(environ), stdout=pipe, stderr=pipe, stdin=pipe, text=True
        )

    def run(self, *args: str, **environ: str) -> Done:
        """Run the command as a user does, to its end."""
        process = self.start(*args, **environ)
        out, err = process.communicate(timeout=120)
        return Done(process.returncode, out, err)

    @property
    def record(self) -> dict[str, Any]:
        """What the local AWS has left for others to find it."""
        found: dict[str, Any] = json.loads((self.folder / ".tap" / "local.json").read_text())
        return found

    def state(self, stack: str = "dev") -> list[dict[str, Any]]:
        """The resources in the state."""
        stored = json.loads((self.folder / ".tap" / "stacks" / f"{stack}.json").read_text())
        found: list[dict[str, Any]] = stored["checkpoint"]["latest"]["resources"]
        return found


def _exit_code(run: Callable[[], object]) -> int:
    try:
        main(run)
    except SystemExit as ending:
        return int(ending.code or 0)
    return 0


def clean(environ: dict[str, str]) -> dict[str, str]:
    """The environment without what belongs to another AWS or Pulumi."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    return {**kept, "COLUMNS": "80", **environ}


def names(resources: Iterable[dict[str, Any]], type_: str) -> list[str]:
    """The names of the resources of a type."""
    return sorted(each["urn"].rpartition("::")[2] for each in resources if each["type"] == type_)
