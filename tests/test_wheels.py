"""The wheels as a user gets them: built, installed outside of the tree, and run from an empty folder."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "packages/tap-cli/src/tap_cli/templates"
NAMES = sorted(path.name for path in (ROOT / "packages").iterdir())


def pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments], check=True)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the five wheels, built as `make build` builds them."""
    folder = tmp_path_factory.mktemp("wheels")
    packages = [ROOT / "packages" / name for name in NAMES]
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, *packages)
    return folder


@pytest.fixture(scope="module")
def tap(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in a new environment.

    What others wrote is seen there through a path to this environment; a path that a file adds brings no editable
    install with it, so that the five come from their wheels alone.
    """
    home = tmp_path_factory.mktemp("environment")
    venv.create(home)  # without a pip of its own, which takes seconds to install
    python = home / "bin" / "python"
    pip("--python", python, "install", "--no-deps", "--no-index", *wheels.glob("*.whl"))
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(site) / "others.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin" / "tap"


def test_there_is_one_wheel_for_each_distribution(wheels: Path) -> None:
    assert sorted(path.name.partition("-")[0].replace("_", "-") for path in wheels.glob("*.whl")) == NAMES


def test_the_demo_runs_from_an_empty_folder(tap: Path, tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [tap, "demo", "--seed", "3"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout  # plain text, as there is no terminal
    assert "The group is whole again" in done.stdout


@pytest.mark.parametrize("template", sorted(each.parent.name for each in TEMPLATES.glob("*/Pulumi.yaml")))
def test_a_new_project_is_written_and_passes_its_own_test(
    tap: Path, wheels: Path, tmp_path: Path, template: str
) -> None:
    """Its test deploys it. From an empty folder, with the installed wheels alone."""
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}

    def run(folder: Path, *command: str | Path) -> str:
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(tmp_path, tap, "new", "shop", "--template", template, "--wheels", wheels)
    printed = run(tmp_path / "shop", tap.parent / "python", "-m", "pytest", "-p", "no:cacheprovider")

    assert re.search(r"\d+ passed in", printed)
    assert "skipped" not in printed


def test_pip_takes_the_wheels_of_a_new_project_by_their_hashes(tap: Path, wheels: Path, tmp_path: Path) -> None:
    subprocess.run([tap, "new", "shop", "--wheels", wheels], cwd=tmp_path, check=True, capture_output=True)
    shop = tmp_path / "shop"
    lines = [line for name in ("", "-dev") for line in (shop / f"requirements{name}.txt").read_text().splitlines()]
    (shop / "ours.txt").write_text("\n".join(line for line in lines if line.startswith("./wheels/")))
    asked = ("install", "--require-hashes", "--no-index", "--no-deps", "--target", shop / "there", "-r", "ours.txt")

    with contextlib.chdir(shop):
        pip(*asked)
        assert (shop / "there" / "tap_stack" / "stack.py").is_file()

        (wheel,) = (shop / "wheels").glob("tap_cli-*.whl")
        wheel.write_bytes(wheel.read_bytes() + b" ")
        with pytest.raises(subprocess.CalledProcessError):
            pip(*asked)
