"""Every path, test and link that a document names is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("packages/*/README.md")])

FOLDERS = (
    "bench",
    "docs",
    "examples",
    "packages",
    "permissions",
    "plugin",
    "policy",
    "requirements",
    "support",
    "tests",
    "tools",
)
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"`([\w./-]+\.(?:py|md|yaml|toml|json|txt)|[a-z][\w-]+/[\w./-]*)`")
TEST = re.compile(r"`(?:[\w./-]+::)?(test_\w+)`")
LINK = re.compile(r"\]\((?!http)([^)#]+)")

ELSEWHERE = {"aws/ssm", "requirements/NAME.txt", "out/sbom-production.json", "out/sbom-development.json"}
"""An alias of a KMS key, a pattern, and what a command writes."""


@cache
def tree() -> tuple[str, ...]:
    """Every file and folder, by its path from the root, with a slash in front."""
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return tuple(f"/{path.relative_to(ROOT)}" for path in [*ROOT.iterdir(), *below])


@cache
def names_of_tests() -> frozenset[str]:
    """The name of every test."""
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("packages/*/tests/**/test_*.py")]
    return frozenset(name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8")))


def is_there(named: str) -> bool:
    """Whether a file or folder has this path, or ends in it."""
    return any(path.endswith(f"/{named.rstrip('/')}") for path in tree())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    prose = BLOCK.sub("", text)

    assert [each for each in NAMED.findall(prose) if each not in ELSEWHERE and not is_there(each)] == []
    assert [each for each in TEST.findall(prose) if each not in names_of_tests()] == []
    assert [each for each in LINK.findall(text) if not (document.parent / each).exists()] == []


def test_the_readme_links_every_document() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))

    assert {f"docs/{path.name}" for path in ROOT.glob("docs/*.md")} - linked == set()


@pytest.mark.parametrize(
    "named", ["local/plugins/installation.py", "healer/no_such_module.py", "tools/no_such_folder/"]
)
def test_what_is_not_there_is_noticed(named: str) -> None:
    assert not is_there(named)
