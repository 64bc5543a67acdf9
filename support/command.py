"""`tap` as a user runs it: in a process of its own, or in this one, whose imports are made once."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.deployed.nursery import forked
from tap_cli.cli import main
from tap_cli.commands.ahead import INTERPRETERS

TAP = [sys.executable, "-m", "tap_cli"]


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


def without_waits(err: str) -> str:
    """A standard error without what a slow machine had to be waited for: `the program runs, 3 s`."""
    return "".join(line for line in err.splitlines(keepends=True) if not re.search(r", \d+ s$", line))


def called(run: Callable[[], object], folder: Path) -> Done:
    """Run what a command runs, in this process and in a folder; a program in a fork of one with its imports made."""
    out, err = io.StringIO(), io.StringIO()
    context = copy_context()
    context.run(INTERPRETERS.set, forked)
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = context.run(_exit_code, run)
    return Done(code, out.getvalue(), err.getvalue())


def _exit_code(run: Callable[[], object]) -> int:
    try:
        main(run)
    except SystemExit as ending:
        return int(ending.code or 0)
    return 0


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what belongs to another AWS or Pulumi."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    return {**kept, "COLUMNS": "80", **environ}
