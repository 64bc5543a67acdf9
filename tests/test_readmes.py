"""The example in the README of each distribution runs as it stands there, in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parents[1] / "packages"
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONGEST_PAGE = 60  # lines


def example(name: str) -> str:
    (code,) = PYTHON.findall((PACKAGES / name / "README.md").read_text())
    return str(code)


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("embedded-aws", "172.31.0.0/16"),
        ("embedded-pulumi", "10.0.0.0/16\n{'delete': 2}"),
        ("pulumi-guardrails", "vpc-flow-log"),
    ],
)
def test_the_example_runs(name: str, shown: str, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(example(name))

    assert shown in run(sys.executable, "example.py", folder=tmp_path)


def test_the_program_of_tap_stack_keeps_every_rule(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: web\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(example("tap-stack"))

    run(sys.executable, "-m", "tap_cli", "check", "-c", "aws:region=eu-west-1", folder=tmp_path)


def test_the_commands_of_tap_cli_are_there(tmp_path: Path) -> None:
    page = (PACKAGES / "tap-cli" / "README.md").read_text()
    commands = [line.split("#")[0].split()[1] for line in page.splitlines() if line.startswith("    tap ")]
    listed = run(sys.executable, "-m", "tap_cli", "--help", folder=tmp_path)

    assert len(commands) > 4
    assert [each for each in commands if each not in listed] == []


@pytest.mark.parametrize("name", sorted(path.name for path in PACKAGES.iterdir()))
def test_each_distribution_has_a_page_that_says_what_it_is_not(name: str) -> None:
    page = (PACKAGES / name / "README.md").read_text()

    assert "**For** " in page
    assert "**It is not** " in page
    assert page.count("\n") <= LONGEST_PAGE
