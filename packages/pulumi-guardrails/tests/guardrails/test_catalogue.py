"""Every rule is in the file of its name, and says enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_guardrails import rules as folder
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.rule import Rule


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_is_in_the_file_of_its_name_and_says_where_it_comes_from_why_and_how_to_mend_it(rule: Rule) -> None:
    (path,) = folder.__path__

    assert (Path(path) / f"{rule.id.replace('-', '_')}.py").is_file()
    assert all(text.strip() for text in (rule.title, rule.why, rule.mend))
    assert rule.why.endswith(".")
    assert rule.controls != ()
