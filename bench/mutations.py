"""Breaks the healer's rules on purpose, one at a time, and prints who noticed: its own tests, and the referee.

Each mutation is made in a copy of the source tree in a temporary folder; the working tree is never touched. A mutation
whose text is no longer in the source is an error: the table below must follow the code. The referee plays its drills
(`bench/soak.py --drills`), first those of the broken property and then all.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.broken_rules import MUTATIONS, Mutation

ROOT = Path(__file__).parents[1]
HEALER = Path("packages/tap-stack/src/tap_stack/healer")
HEALERS_TESTS = ("packages/tap-stack/tests/healer", "tests/healing")
FAILED_TEST = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
FAILED_DRILL = re.compile(r"^drill (.+) of property \d+:", re.MULTILINE)


# --- who notices? ---


def tests_fail(folder: Path, _: Mutation | None) -> str:
    """The first of the healer's own tests that fails in a copy of the tree; "" if none does."""
    text = _run(folder, "-m", "pytest", *HEALERS_TESTS, "-x", "-q", "--tb=no", "-p", "no:cacheprovider")
    found = FAILED_TEST.search(text)
    return found.group(1).rpartition("tests/")[2] if found else ""


def drills_fail(folder: Path, mutation: Mutation | None) -> set[str]:
    """The drills that fail in a copy of the tree: of the mutation's property, or of all."""
    aimed = ["--property", str(mutation.property)] if mutation else []
    return set(FAILED_DRILL.findall(_run(folder, "bench/soak.py", "--drills", *aimed)))


def _run(folder: Path, *arguments: str) -> str:
    environ = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (folder / "packages").glob("*/src"))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def copy(folder: Path, mutation: Mutation | None = None) -> None:
    """Copy the tree, and break one rule in the copy.

    Raises:
        SystemExit: The text to be replaced does not occur exactly once.
    """
    for name in ("packages", "support", "tests/healing", "docs", "bench", "pyproject.toml", "conftest.py"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
        else:
            shutil.copy(source, folder / name)
    if mutation is not None:
        path = folder / HEALER / mutation.file
        path.write_text(broken(path.read_text(), mutation))


def broken(text: str, mutation: Mutation) -> str:
    """A module's text with its rule broken.

    Raises:
        SystemExit: The text to be replaced does not occur exactly once.
    """
    if text.count(mutation.old) != 1:
        sys.exit(f"{mutation.file}: {mutation.old!r} occurs {text.count(mutation.old)} times: mend the table")
    return text.replace(mutation.old, mutation.new)


def sound_drills_failing() -> set[str]:
    """The drills that fail although nothing is broken: they notice nothing."""
    with tempfile.TemporaryDirectory() as name:
        copy(Path(name))
        return drills_fail(Path(name), None)


def noticed(mutation: Mutation, suites: list[str], failing: set[str]) -> dict[str, str]:
    """By which test and which drill a mutation is noticed; "" for none."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder, mutation)
        looks: dict[str, Callable[[], str]] = {
            "healer": lambda: tests_fail(folder, mutation),
            "referee": lambda: min(
                drills_fail(folder, mutation) - failing or drills_fail(folder, None) - failing, default=""
            ),
        }
        return {suite: looks[suite]() for suite in suites}


def main() -> int:
    """Break them all; 1 if a mutation was not noticed by each of those asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=("healer", "referee"), action="append", help="only this one (default: both)")
    parser.add_argument("--property", type=int, action="append", help="only these properties")
    parser.add_argument("--only", default="", help="only those with these words")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    suites = given.suite or ["healer", "referee"]
    wanted = [each for each in MUTATIONS if not given.property or each.property in given.property]
    chosen = [each for each in wanted if given.only in each.what]
    for each in chosen:
        broken((ROOT / HEALER / each.file).read_text(), each)
    failing = sound_drills_failing() if "referee" in suites else set()
    print(f"drills that fail on the sound healer: {', '.join(sorted(failing))}" if failing else "all drills pass")
    missed = dict.fromkeys(suites, 0)
    with ThreadPoolExecutor(given.jobs) as pool:
        for mutation, found in zip(chosen, pool.map(lambda each: noticed(each, suites, failing), chosen), strict=True):
            print(f"{mutation.property:>2}  {mutation.what}")
            for suite, by in found.items():
                missed[suite] += not by
                print(f"    {suite:7} {by or '-'}", flush=True)
    for suite, number in missed.items():
        print(f"{len(chosen)} rules broken, {len(chosen) - number} noticed by {suite}")
    return 1 if any(missed.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
