"""Every rule is in the catalogue, and says enough."""

from __future__ import annotations

from pkgutil import iter_modules

import pytest

from pulumi_guardrails import rules as folder
from pulumi_guardrails.catalogue import SUBJECTS, rules
from pulumi_guardrails.rule import Rule


def test_every_subject_is_in_the_catalogue_and_no_two_rules_have_the_same_id() -> None:
    ids = [rule.id for rule in rules()]

    assert {subject.__name__ for subject in SUBJECTS} == {
        f"{folder.__name__}.{module.name}" for module in iter_modules(folder.__path__)
    }
    assert sorted(set(ids)) == ids


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_says_where_it_comes_from_why_and_how_to_mend_it(rule: Rule) -> None:
    assert all(text.strip() for text in (rule.title, rule.why, rule.mend))
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.controls != ()
