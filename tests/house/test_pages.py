"""The pages that are written from the program are what it says."""

from __future__ import annotations

from pathlib import Path

from support.stacks import tap
from tools import guardrails_page, pages, permissions_page, types_page

from pulumi_guardrails.usage import read_usage

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_guardrails_is_current() -> None:
    assert pages.outdated(ROOT, guardrails_page.PAGES) == [], f"run {guardrails_page.COMMAND}"


def test_the_page_of_the_types_is_current() -> None:
    assert pages.outdated(ROOT, types_page.PAGES) == [], f"run {types_page.COMMAND}"


def test_an_outdated_page_of_the_guardrails_is_found_and_written(tmp_path: Path) -> None:
    written = guardrails_page.PAGES
    assert pages.outdated(tmp_path, written) == ["docs/guardrails.md"]

    pages.write(tmp_path, written)
    assert pages.outdated(tmp_path, written) == []

    (tmp_path / "docs/guardrails.md").write_text("# Guardrails\n")
    assert pages.outdated(tmp_path, written) == ["docs/guardrails.md"]


def test_the_page_of_the_permissions_is_current() -> None:
    written = (ROOT / permissions_page.FILE).read_text(encoding="utf-8")

    assert written == permissions_page.page(tap(), read_usage(ROOT)), f"run {permissions_page.COMMAND}"
