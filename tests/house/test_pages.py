"""The pages that are written from the program are what it says."""

from __future__ import annotations

from pathlib import Path

from support.stacks import tap
from tools import guardrails_page, permissions_page

from pulumi_guardrails.usage import read_usage

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_guardrails_is_current() -> None:
    assert guardrails_page.is_current(ROOT), f"run {guardrails_page.COMMAND}"


def test_an_outdated_page_of_the_guardrails_is_found_and_written(tmp_path: Path) -> None:
    assert not guardrails_page.is_current(tmp_path)

    guardrails_page.write(tmp_path)
    assert guardrails_page.is_current(tmp_path)

    (tmp_path / guardrails_page.FILE).write_text("# Guardrails\n")
    assert not guardrails_page.is_current(tmp_path)


def test_the_page_of_the_permissions_is_current() -> None:
    written = (ROOT / permissions_page.FILE).read_text(encoding="utf-8")

    assert written == permissions_page.page(tap(), read_usage(ROOT)), f"run {permissions_page.COMMAND}"
