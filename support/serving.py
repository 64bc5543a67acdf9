"""Programs that print an address, and serve there until they are told to end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def serving(script: str, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address that a program of `support` prints; it ends with the `with`."""
    command = [sys.executable, "-m", f"support.{Path(script).stem}", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("\n")
