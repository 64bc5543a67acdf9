"""The shape of the house, as docs/architecture.md draws it: who may import whom, and how long things may get."""

from __future__ import annotations

import ast
import re
import statistics
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from tools import pages
from tools.figures import functions, tree_of
from tools.import_rules import COMMAND, PAGES, PARTS, is_within, part_of

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "packages").glob("*/src"))


def modules() -> dict[str, Path]:
    """Dotted name, such as `embedded_pulumi.engine.state`, to its file."""
    found = {}
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


PACKAGES = {name.partition(".")[0] for name in MODULES}


@cache
def imports(module: str) -> tuple[set[str], set[str]]:
    """What a module imports: modules of the tree (dotted), and top-level names from outside."""
    path = MODULES[module]
    inside: set[str] = set()
    outside: set[str] = set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = [_absolute(node, package, alias.name) for alias in node.names]
        else:
            continue
        for target in targets:
            if target.split(".")[0] in PACKAGES:
                inside.add(_existing_module(target))
            else:
                outside.add(target.split(".")[0])
    return inside - {module}, outside


def _absolute(node: ast.ImportFrom, package: str, name: str) -> str:
    base = node.module or ""
    if node.level:
        parents = package.split(".")
        kept = parents[: len(parents) - (node.level - 1)]
        base = ".".join([*kept, *([node.module] if node.module else [])])
    return f"{base}.{name}"


def _existing_module(dotted: str) -> str:
    while dotted not in MODULES:
        dotted = dotted.rpartition(".")[0]
    return dotted


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_its_part_may(module: str) -> None:
    part = part_of(module)
    inside, outside = imports(module)

    allowed = (part.name, *part.may_import)
    wrong = {name for name in inside if (part_of(name) != part and not any(is_within(name, each) for each in allowed))}
    assert wrong == set()
    assert outside & set(part.never) == set()


def test_the_table_of_the_parts_is_current() -> None:
    assert pages.outdated(ROOT, PAGES) == [], f"run {COMMAND}"


def test_every_permission_to_import_is_used() -> None:
    used = {part_of(module): set[str]() for module in MODULES}
    for module in MODULES:
        used[part_of(module)] |= imports(module)[0]
    idle = {
        (part.name, each)
        for part in PARTS
        for each in part.may_import
        if not any(is_within(name, each) for name in used.get(part, ()))
    }
    assert idle == set()


def test_the_healers_pure_modules_do_not_import_its_edges() -> None:
    edges = {"tap_stack.healer.aws", "tap_stack.healer.handler"}
    for module in MODULES:
        if module.startswith("tap_stack.healer.") and module not in edges:
            assert imports(module)[0] & edges == set(), module


def test_no_import_cycle() -> None:
    graph = {module: {name for name in imports(module)[0] if name in MODULES} for module in MODULES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            for target in graph[module]:
                visit(target, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_no_module_is_named_for_nothing() -> None:
    assert {
        name
        for name in MODULES
        if name.rpartition(".")[2] in {"utils", "util", "helpers", "core", "base", "common", "misc"}
    } == set()


def test_functions_are_short() -> None:
    found = list(functions())
    lengths = sorted(each.lines for each in found)

    assert statistics.median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 30
    assert [each.where for each in found if each.lines > 60] == []


def test_modules_stay_below_500_lines() -> None:
    assert [name for name, path in MODULES.items() if path.read_text().count("\n") > 500] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, path in MODULES.items() if not ast.get_docstring(tree_of(path))] == []


def test_nothing_is_patched() -> None:
    """A part that a test must replace is passed in."""
    patching = re.compile(r"mock\.patch|MagicMock|monkeypatch\.setattr|unittest\.mock")
    files = [
        path
        for folder in ("packages", "support", "tests", "tools", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__)
    ]

    assert [str(path.relative_to(ROOT)) for path in files if patching.search(path.read_text())] == []


def test_a_region_is_written_only_as_the_default() -> None:
    """R1: `us-east-1` is the one region literal of the program, and it stands in one place."""
    region = re.compile(r"[\"'](?:us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-gov)?-[a-z]+-\d[\"']")
    program = [path for name, path in MODULES.items() if name.startswith("tap_stack.")]
    found = [match for path in [*program, ROOT / "__main__.py"] for match in region.findall(path.read_text())]

    assert found == ['"us-east-1"']


@pytest.mark.parametrize("project", sorted((ROOT / "packages").glob("*/pyproject.toml")), ids=str)
def test_versions_of_python_are_the_same_everywhere(project: Path) -> None:
    """Each pyproject's classifiers, its range and the Makefile's check name the same versions."""
    text = project.read_text()
    minors = [int(minor) for minor in re.findall(r"Programming Language :: Python :: 3\.(\d+)", text)]

    assert all(later - earlier == 1 for earlier, later in pairwise(minors))
    assert f'requires-python = ">=3.{minors[0]},<3.{minors[-1] + 1}"' in text
    assert f"(3,{minors[0]}) <= v < (3,{minors[-1] + 1})" in (ROOT / "Makefile").read_text()
