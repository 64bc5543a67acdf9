"""docs/guardrails.md is what the rules say, and the rules say enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_guardrails import page
from pulumi_guardrails import rules as folder
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.rule import Rule

ROOT = Path(__file__).parents[4]


def test_the_page_is_current() -> None:
    assert page.is_current(ROOT), f"run {page.COMMAND}"


def test_an_outdated_page_is_found_and_written(tmp_path: Path) -> None:
    assert not page.is_current(tmp_path)

    page.write(tmp_path)
    assert page.is_current(tmp_path)

    (tmp_path / page.FILE).write_text("# Guardrails\n")
    assert not page.is_current(tmp_path)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_is_in_the_file_of_its_name_and_says_where_it_comes_from_why_and_how_to_mend_it(rule: Rule) -> None:
    (path,) = folder.__path__

    assert (Path(path) / f"{rule.id.replace('-', '_')}.py").is_file()
    assert all(text.strip() for text in (rule.title, rule.why, rule.mend))
    assert rule.why.endswith(".")
    assert rule.controls != ()
