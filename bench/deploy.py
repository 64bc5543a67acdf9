"""How long `tap up` and `tap check` take for the whole stack, beside Pulumi's mocks and the real CLI.

    python bench/deploy.py [--runs 5]

All are whole processes, from the shell's prompt to the next. Against the mocks the program only imports what it
imports and registers what it registers: no engine, no provider and no AWS can be faster. Where the Pulumi CLI is on the
PATH, `pulumi up --skip-preview` is measured too, with the same provider and into the same AWS. Figures are medians of
this machine, and mean something only beside each other.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TAP = [sys.executable, "-m", "tap_cli"]
PROJECT_FILES = ("Pulumi.yaml", "Pulumi.dev.yaml", "guardrails.yaml", "__main__.py")

MOCKED = [sys.executable, str(ROOT / "bench" / "mocked.py")]


def clean() -> dict[str, str]:
    """The environment without what belongs to another AWS or Pulumi."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}


def seconds(command: Sequence[str], folder: Path) -> float:
    """Run a command in a folder; how long it took."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=clean(), capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command[:4])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took


def deployed(folder: Path) -> float:
    """`tap up` into an empty AWS that is running."""
    took = seconds([*TAP, "up", "--yes", "--json"], folder)
    seconds([*TAP, "destroy", "--yes", "--json"], folder)
    return took


def checked(folder: Path) -> float:
    """`tap check`, which runs the program with nothing behind it and judges it by every rule."""
    return seconds([*TAP, "check", "--json"], folder)


def mocked(folder: Path) -> float:
    """The same program against Pulumi's mocks."""
    return seconds(MOCKED, folder)


def on_the_real_one(folder: Path) -> float:
    """`pulumi up` of the real CLI, with our provider, into an empty AWS that is running."""
    told = subprocess.run(
        [*TAP, "local", "env", "--pulumi", "--json"], cwd=folder, env=clean(), capture_output=True, check=True
    )
    environ = clean() | json.loads(told.stdout)

    def pulumi(*arguments: str) -> None:
        command = [shutil.which("pulumi") or "pulumi", *arguments, "--stack", "dev", "--non-interactive"]
        subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True)

    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
        pulumi("stack", "init")
    began = time.perf_counter()
    pulumi("up", "--yes", "--skip-preview")
    took = time.perf_counter() - began
    pulumi("destroy", "--yes", "--skip-preview")
    return took


def medians(runs: int, folder: Path, *measured: Callable[[Path], float]) -> list[float]:
    """Take turns, so that a busy moment of the machine slows all of them down."""
    taken = [[measure(folder) for measure in measured] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each is run (default 5)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="tap-bench-") as name:
        folder = Path(name)
        for file in PROJECT_FILES:
            shutil.copy(ROOT / file, folder)
        seconds([*TAP, "local", "start"], folder)
        try:
            real = [on_the_real_one] if shutil.which("pulumi") else []
            up, check, floor, *real_one = medians(runs, folder, deployed, checked, mocked, *real)
        finally:
            seconds([*TAP, "local", "stop"], folder)
    print(f"tap up, the whole stack      {up:5.2f} s, {up / floor:.2f} times the mocks")
    print(f"tap check, the whole stack   {check:5.2f} s, {check / floor:.2f} times the mocks")
    print(f"the program against mocks    {floor:5.2f} s")
    for took in real_one:
        print(f"pulumi up, the same provider {took:5.2f} s; tap up takes {up / took:.2f} of it")


if __name__ == "__main__":
    main()
