"""What a suite needs: its own distribution, what that depends on, and parts of `support` that need no more."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from tools.figures import tree_of

ROOT = Path(__file__).parents[2]
PACKAGES = {path.name: path for path in sorted((ROOT / "packages").iterdir())}
OURS = {name.replace("-", "_"): name for name in PACKAGES}
DISTRIBUTIONS = packages_distributions()
NAME = re.compile(r"[\w.-]+")
DECODED_BY = {"tap-stack": ("embedded-pulumi",)}
"""Components are recorded as a program registers them, and one decoder reads that for the whole tree."""
SUITES = [f"packages/{name}/tests" for name in PACKAGES]


def modules_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it; none that is relative."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def support_module(dotted: str) -> Path | None:
    """The file of a module of `support`, or of that which a name is imported from."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        for found in (path.with_suffix(".py"), path / "__init__.py"):
            if found.exists():
                return found
    return None


def needed(paths: Iterable[Path]) -> set[str]:
    """Top-level names that modules import, themselves or by what they use of `support`."""
    found: set[str] = set()
    seen: set[Path] = set()
    left = list(paths)
    while left:
        path = left.pop()
        if path not in seen:
            seen.add(path)
            names = set(imported(path))
            left += [each for name in names if name.startswith("support.") and (each := support_module(name))]
            found |= {name.partition(".")[0] for name in names}
    return found - set(sys.stdlib_module_names) - {"support"}


def normal(requirement: str) -> str:
    """`pulumi-aws` for `pulumi_aws>=7.8,<8`."""
    name = NAME.match(requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@cache
def pyproject(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def dependencies(name: str) -> set[str]:
    """What a distribution depends on, at whatever remove; of those that others publish, as they are installed."""
    if name in PACKAGES:
        direct = pyproject(PACKAGES[name])["project"]["dependencies"]
    else:
        try:
            direct = [each for each in requires(name) or () if "extra ==" not in each]
        except PackageNotFoundError:  # not for this platform
            direct = []
    return {normal(each) for each in direct}


@cache
def closure(names: frozenset[str]) -> set[str]:
    found: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        found.add(name)
        left |= dependencies(name) - found
    return found


@pytest.mark.parametrize("name", PACKAGES)
def test_a_suite_needs_what_its_distribution_depends_on(name: str) -> None:
    """And the tools of every suite, what the group `test` of its own pyproject names, and what `DECODED_BY` says."""
    own = pyproject(PACKAGES[name]).get("dependency-groups", {}).get("test", [])
    dev = pyproject(ROOT)["dependency-groups"]["dev"]
    allowed = closure(frozenset({name, *DECODED_BY.get(name, ()), *map(normal, (*own, *dev))}))

    used = needed(modules_in(PACKAGES[name] / "tests"))

    assert {normal(each) for each in own} & set(PACKAGES) == set()
    assert {each for each in used if not allowed & _distributions_of(each)} == set()


def _distributions_of(module: str) -> set[str]:
    return {OURS[module]} if module in OURS else {normal(each) for each in DISTRIBUTIONS.get(module, [module])}


@pytest.mark.parametrize("folder", ["support", "bench", "tools", "tests", *SUITES])
def test_nobody_imports_from_a_folder_with_tests(folder: str) -> None:
    """What two suites share, or a suite and a measurement, is in `support`; tests of `tests` share within a folder."""
    assert [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules_in(ROOT / folder)
        for name in imported(path)
        if name.partition(".")[0] in {"tests", "packages", "conftest"}
    ] == []


@pytest.mark.parametrize("folder", ["support", "tests", *SUITES])
def test_a_relative_import_stays_in_its_folder(folder: str) -> None:
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules_in(ROOT / folder)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level > 1
    ] == []


@pytest.mark.parametrize("folder", ["support", "tests", *SUITES])
def test_no_object_answers_every_attribute(folder: str) -> None:
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules_in(ROOT / folder)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
    ] == []
