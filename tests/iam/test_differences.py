"""Our IAM and ministack's answer the same questions: each difference is of a class that docs/iam.md explains."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench.iam import classes
from bench.iam.cases import FAMILIES, Case, Document, random_cases
from bench.iam.compare import MINISTACK, Question, asked, decided_by_ours, unexplained
from tools import pages

SEED, COUNT = 20_261_130, 2_500  # `make iam-differences` asks 10,000
ROOT = Path(__file__).parents[2]

with_ministack = pytest.mark.skipif(
    not MINISTACK.exists(), reason="ministack is not in .venv-ministack: `make test` installs it"
)


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return asked(list(random_cases(COUNT, SEED)))


@with_ministack
def test_each_difference_from_another_evaluator_is_explained(questions: list[Question]) -> None:
    odd = list(unexplained(questions, decided_by_ours))

    assert odd == [], f"python -m bench.iam.differences --cases {COUNT} --seed {SEED}"


@with_ministack
def test_both_evaluators_are_asked_what_they_differ_on(questions: list[Question]) -> None:
    """Or else the rules that explain differences would not be tried at all."""
    assert sum(each.theirs != each.in_plain_policies for each in questions) > COUNT / 20
    decisions = Counter(each.in_plain_policies for each in questions)
    assert all(decisions[each] > COUNT / 10 for each in ("Allow", "Deny", "ImplicitDeny")), decisions


def _documents(case: Case, change: Callable[[Any], Any]) -> Case:
    """The case with each of its policies changed."""

    def changed(document: Document | None) -> Document | None:
        return None if document is None else change(document)

    return replace(
        case,
        identity=[change(each) for each in case.identity],
        boundary=changed(case.boundary),
        session=changed(case.session),
        of_resource=changed(case.of_resource),
    )


def _in_text(pattern: str, by: str) -> Callable[[Case], Case]:
    def change(document: Document) -> Document:
        changed: Document = json.loads(re.sub(pattern, by, json.dumps(document)))
        return changed

    return lambda case: _documents(case, change)


def _without_conditions(document: Document) -> Document:
    statements = [{key: each[key] for key in each if key != "Condition"} for each in document["Statement"]]
    return {**document, "Statement": statements}


MISREADINGS: dict[str, Callable[[Case], Case]] = {
    "forgets the boundary": lambda case: replace(case, boundary=None),
    "forgets the session policy": lambda case: replace(case, session=None),
    "lets identity policies overrule a key's policy": lambda case: replace(case, required=False),
    "forgets conditions": lambda case: _documents(case, _without_conditions),
    "forgets denials": _in_text('"Deny"', '"Allow"'),
    "takes NotAction for Action": _in_text('"NotAction"', '"Action"'),
    "takes NotResource for Resource": _in_text('"NotResource"', '"Resource"'),
    "takes NotPrincipal for Principal": _in_text('"NotPrincipal"', '"Principal"'),
    "takes any value for all": _in_text("ForAllValues:", "ForAnyValue:"),
    "forgets set operators": _in_text('"For[A-Za-z]*Value[s]?:', '"'),
    "forgets IfExists": _in_text("IfExists", ""),
    "has no variables": _in_text("2012-10-17", "2008-10-17"),
    "sees the first value alone": lambda case: replace(
        case, context={key: values[:1] for key, values in case.context.items()}
    ),
    "has no empty strings": lambda case: replace(
        case, context={key: [each or "x" for each in values] for key, values in case.context.items()}
    ),
    "ignores case": _in_text('(String(Not)?Equals)(IfExists)?"', r'\1IgnoreCase\3"'),
}
"""What an evaluator could get wrong: ours, asked what such an evaluator would understand."""


@with_ministack
@pytest.mark.parametrize("misreading", MISREADINGS)
def test_an_evaluator_with_a_rule_less_is_found_out(questions: list[Question], misreading: str) -> None:
    assert next(unexplained(questions, lambda case: decided_by_ours(MISREADINGS[misreading](case))), None)


def test_a_seed_gives_the_same_cases_again() -> None:
    assert list(random_cases(50, SEED)) == list(random_cases(50, SEED)) != list(random_cases(50, SEED + 1))


def test_the_cases_have_every_operator_with_every_prefix_and_suffix() -> None:
    asked_for = {
        operator
        for case in random_cases(10_000, 1)
        for document in (*case.identity, case.boundary, case.session, case.of_resource)
        for statement in (document or {"Statement": []})["Statement"]
        for operator in statement.get("Condition", {})
    }
    operators = [operator for family in FAMILIES for operator in family.operators]

    for prefix in ("", "ForAnyValue:", "ForAllValues:"):
        assert asked_for >= {f"{prefix}{each}{suffix}" for each in operators for suffix in ("", "IfExists")}
        assert f"{prefix}Null" in asked_for


def test_the_table_of_differences_is_current() -> None:
    assert pages.outdated(ROOT, classes.PAGES) == [], f"run {classes.COMMAND}"
