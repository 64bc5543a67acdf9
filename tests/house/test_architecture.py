"""The shape of the house, as docs/architecture.md draws it: who may import whom, and how long things may get."""

from __future__ import annotations

import ast
import re
import statistics
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = "tap_stack"

# What the AWS in process and the embedded one say in the same words; pure.
SHARED_ANSWERS = ("activity_filters", "errors", "filters", "instance_status", "log_streams", "shapes")

# Part of the package -> parts of the package that it may import. A part is named by its longest matching prefix;
# whatever is imported from outside the package is governed by FORBIDDEN_LIBRARIES below.
MAY_IMPORT = {
    "errors": set[str](),
    "healer": {"healer"},
    "fleet": {"fleet"},
    "in_process_aws": {"in_process_aws", "fleet"},
    "config": {"config", "errors", "healer.model", "components.addresses"},
    "components": {"components", "config", "errors", "healer.model"},
    "outputs": set[str](),
    "stack": {"stack", "outputs", "components", "config", "errors"},
    "local.values": set[str](),
    "local.plugin": {"local.values"},
    "local.wire": {"local.wire", "local.values"},
    "local.engine": {"local.engine", "local.values", "local.plugin", "local.wire", "errors"},
    "local.provider": {"local.provider", "local.values", "local.plugin", "errors"},
    "local.plugins": {"local.plugins", "local.provider", "local.values", "local.plugin", "local.wire"},
    "local.cloud": {"local.cloud", "fleet", "healer", "errors", *(f"in_process_aws.{each}" for each in SHARED_ANSWERS)},
    "sim": {"sim", "in_process_aws", "fleet", "healer", "errors"},
    "local.sandbox": {"local", "errors"},
    "demo": {"demo", "display", "local", "config", "outputs", "errors"},
    "local.daemon": {"local", "errors"},
    "display": {"display", "local.engine", "local.values", "local.plugin", "errors"},
    "guardrails": {"guardrails", "local.engine", "local.values", "local.wire", "errors"},
    "commands": {"commands", "demo", "display", "guardrails", "sim", "local", "config", "outputs", "errors"},
    "cli": {"cli", "commands", "demo", "sim", "local", "config", "errors"},
}
FORBIDDEN_LIBRARIES = {
    "healer": {"pulumi", "pulumi_aws", "pydantic", "moto", "rich", "typer"},
    "fleet": {"boto3", "botocore", "moto", "pulumi", "threading", "time"},
    "in_process_aws": {"boto3", "moto", "pulumi"},
    "config": {"boto3", "botocore", "moto"},
    "components": {"boto3", "botocore", "moto"},
    "stack": {"boto3", "botocore", "moto"},
    "local.engine": {"boto3", "botocore", "moto", "pulumi_aws"},
    "local.provider": {"moto", "pulumi"},
    "local.plugins": {"boto3", "botocore", "moto", "pulumi_aws"},
}


def modules() -> dict[str, Path]:
    """Dotted name below the package, such as `local.engine.state`, to its file."""
    found = {}
    for path in sorted((SOURCE / PACKAGE).rglob("*.py")):
        parts = path.relative_to(SOURCE / PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def part_of(module: str) -> str | None:
    """The longest key of MAY_IMPORT that `module` lies in."""
    matches = [part for part in MAY_IMPORT if module == part or module.startswith((part + ".", part + "_"))]
    return max(matches, key=len, default=None)


def imports(module: str) -> tuple[set[str], set[str]]:
    """What a module imports: modules of the package (dotted, below it), and top-level names from outside."""
    path = MODULES[module]
    inside: set[str] = set()
    outside: set[str] = set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = [_absolute(node, package, alias.name) for alias in node.names]
        else:
            continue
        for target in targets:
            if target.split(".")[0] == PACKAGE:
                inside.add(_existing_module(target.removeprefix(PACKAGE).lstrip(".")))
            else:
                outside.add(target.split(".")[0])
    return inside - {module}, outside


def _absolute(node: ast.ImportFrom, package: str, name: str) -> str:
    base = node.module or ""
    if node.level:
        parents = package.split(".") if package else []
        kept = parents[: len(parents) - (node.level - 1)]
        base = ".".join([PACKAGE, *kept, *([node.module] if node.module else [])])
    return f"{base}.{name}"


def _existing_module(dotted: str) -> str:
    while dotted not in MODULES:
        dotted = dotted.rpartition(".")[0]
    return dotted


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_its_part_may(module: str) -> None:
    part = part_of(module)
    if part is None:
        assert module in {"", "local"}, f"{module} belongs to no part: give it a row in MAY_IMPORT"
        return
    inside, outside = imports(module)
    allowed = MAY_IMPORT[part]

    wrong = {
        name for name in inside if name and not any(name == a or name.startswith((a + ".", a + "_")) for a in allowed)
    }
    assert wrong == set()
    assert outside & FORBIDDEN_LIBRARIES.get(part, set()) == set()


def test_the_healers_pure_modules_do_not_import_its_edges() -> None:
    edges = {"healer.aws", "healer.handler"}
    for module in MODULES:
        if module.startswith("healer.") and module not in edges:
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


def functions() -> list[tuple[str, int]]:
    """Each function of the source with its length in lines."""
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_functions_are_short() -> None:
    lengths = sorted(length for _, length in functions())

    assert statistics.median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 30
    assert [where for where, length in functions() if length > 60] == []


def test_modules_stay_below_500_lines() -> None:
    assert [name for name, path in MODULES.items() if path.read_text().count("\n") > 500] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, path in MODULES.items() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_nothing_is_patched() -> None:
    """A part that a test must replace is passed in."""
    patching = re.compile(r"mock\.patch|MagicMock|monkeypatch\.setattr|unittest\.mock")
    files = [
        path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*.py") if path != Path(__file__)
    ]

    assert [str(path.relative_to(ROOT)) for path in files if patching.search(path.read_text())] == []


def test_a_region_is_written_only_as_the_default() -> None:
    """R1: `us-east-1` is the one region literal of the program, and it stands in one place."""
    region = re.compile(r"[\"'](?:us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-gov)?-[a-z]+-\d[\"']")
    program = [
        path
        for name, path in MODULES.items()
        if (part_of(name) or "").split(".")[0] in {"config", "components", "stack", "healer"}
    ]
    found = [match for path in [*program, ROOT / "__main__.py"] for match in region.findall(path.read_text())]

    assert found == ['"us-east-1"']


def test_versions_of_python_are_the_same_everywhere() -> None:
    """pyproject's classifiers, its range and the Makefile's check name the same versions."""
    text = (ROOT / "pyproject.toml").read_text()
    minors = [int(minor) for minor in re.findall(r"Programming Language :: Python :: 3\.(\d+)", text)]

    assert all(later - earlier == 1 for earlier, later in pairwise(minors))
    assert f'requires-python = ">=3.{minors[0]},<3.{minors[-1] + 1}"' in text
    assert f"(3,{minors[0]}) <= v < (3,{minors[-1] + 1})" in (ROOT / "Makefile").read_text()
