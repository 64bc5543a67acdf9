"""Words that had to be read twice stay away from documents, messages and comments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("bench", "docs", "packages", "policy", "support", "tests", "tools")
KINDS = (".py", ".md", ".yaml")

TWICE = (
    "whatever is struck",
    "told in one line",
    "told and fails too",
    "nobody's business",
    "does not spare",
    "bears no mark",
    "is told no source",
    "what came of",
    "behind the stack's back",
    "there is nobody to ask",
)


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the tree but this one: its path, and what it says in small letters."""
    for path in (*ROOT.glob("*.md"), *(each for folder in FOLDERS for each in (ROOT / folder).rglob("*"))):
        if path.suffix in KINDS and path != Path(__file__):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8").lower()


@pytest.fixture(scope="module")
def tree() -> dict[str, str]:
    return dict(texts())


@pytest.mark.parametrize("phrase", TWICE)
def test_a_phrase_is_gone(phrase: str, tree: dict[str, str]) -> None:
    assert len(tree) > 500
    assert [name for name, text in tree.items() if phrase in text] == []
