"""docs/requirements.md names only what exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tap_stack.outputs import EXTRA_OUTPUT_KEYS

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/requirements.md").read_text()


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_requirement_has_its_rows() -> None:
    assert re.findall(r"^\| (R\d+) \|", PAGE, flags=re.MULTILINE) == [f"R{number}" for number in range(1, 11)]


def test_every_source_file_it_names_exists() -> None:
    named = set(re.findall(r"`((?:packages/[\w-]+/)?src/[\w/]+\.py)`", PAGE))

    assert named
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_every_test_it_names_exists() -> None:
    named = re.findall(r"`((?:packages/[\w-]+/)?tests/[\w/]+\.py)::(\w+)`", PAGE)

    assert len(named) > 40
    assert [name for path, name in named if name not in functions(ROOT / path)] == []


def test_every_extra_output_is_described() -> None:
    assert [key for key in EXTRA_OUTPUT_KEYS if f"| `{key}` |" not in PAGE] == []
