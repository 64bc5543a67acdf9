"""The engine's process is killed outright at every point of a deployment; the next deployment makes everything right.

What was being done at the moment of death is found out first, so that nothing is left over and nothing is made twice.
What is deployed and where it dies is in `crashing.py`; `bench/kills` does the same to the whole stack.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .crashing import POINTS

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The outcome of dying at each point; a point that was never reached has no report."""
    folder = tmp_path_factory.mktemp("crashes")
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("crashing.py")), str(folder)]
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=True)
    files = {point: folder / point / "report.json" for point in POINTS}
    return {point: json.loads(file.read_text()) for point, file in files.items() if file.exists()}


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("step:")])
def test_killed_after_a_step_the_next_deployment_converges(reports: dict[str, dict[str, Any]], point: str) -> None:
    assert reports[point] == {"pending": [], "strays": [], "told": [], "names": ["a", "b", "c-new"]}


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("call:")])
def test_killed_within_a_call_the_next_deployment_finds_what_it_did(
    reports: dict[str, dict[str, Any]], point: str
) -> None:
    report = reports[point]

    ((_, name),) = report["pending"]
    assert report["told"] == [name]
    assert report["strays"] == []
    assert report["names"] == ["a", "b", "c-new"]


def test_a_killed_engine_takes_its_program_with_it(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n")
    script = (
        "from pathlib import Path\n"
        "from embedded_pulumi.engine.engine import Engine\n"
        "from embedded_pulumi.engine.state import StateFile\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "tell = lambda event: print(getattr(event, 'line', ''), flush=True)\n"
        "state = StateFile(folder / 'state.json')\n"
        "Engine(project='p', stack='s', program=folder, providers=[], state=state, on_event=tell).up()\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        program = next(int(line) for line in process.stdout or () if line.strip())
        process.kill()

    assert _ends(program)


def _ends(pid: int) -> bool:
    """Whether a process ends within a few seconds; one that nobody has reaped yet has ended."""
    for _ in range(100):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
        if state.stdout.strip()[:1] in {"", "Z"}:
            return True
        time.sleep(0.05)
    return False
