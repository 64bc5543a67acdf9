"""A place to try `tap` in: a copy of the project with a local AWS of its own, and the command as a user runs it."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from support.command import TAP, Done, called, clean, without_waits

from tap_cli.cli import app

ROOT = Path(__file__).parents[4]
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

    def client(self, service: str, **changes: str) -> Any:
        """A boto3 client made of what `tap local env` prints, with other settings where they are given."""
        env = _environment(self, self.record["pid"])
        settings = {
            "aws_access_key_id": env["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"],
            "region_name": env["AWS_REGION"],
        }
        return boto3.Session(**{**settings, **changes}).client(service, endpoint_url=env["AWS_ENDPOINT_URL"])

    def call(self, run: Callable[[], object]) -> Done:
        """Run what a command runs, in this process and the project's folder."""
        return called(run, self.folder)

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
        return Done(process.returncode, out, without_waits(err))

    @contextlib.contextmanager
    def time_running(self) -> Iterator[None]:
        """Let the cloud's time go 300 times as fast as real time; else it stands still: each sweep takes CPU."""
        self.tap("local", "time", "--speed", "300")
        try:
            yield
        finally:
            self.tap("local", "time", "--speed", "0")

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


@cache
def _environment(place: Place, _: int) -> dict[str, str]:
    """What `tap local env` prints while this local AWS runs; it starts the installed AWS CLI to ask its version."""
    found: dict[str, str] = place.tap("local", "env", "--json").json
    return found


def names(resources: Iterable[dict[str, Any]], type_: str) -> list[str]:
    """The names of the resources of a type."""
    return sorted(each["urn"].rpartition("::")[2] for each in resources if each["type"] == type_)
