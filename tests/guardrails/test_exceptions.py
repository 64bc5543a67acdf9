"""Exceptions: read strictly, in force up to their last day, told every time, and findings when they are of no use."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.mutations import INGRESS
from support.programs import put
from support.stacks import tap

from embedded_pulumi.errors import UserError
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import FILE, Exemption, GuardrailsSettings, read_settings
from pulumi_guardrails.findings import judge
from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, MANDATORY

RULES = frozenset(rule.id for rule in rules())
WORLD = Exemption("security-group-no-world-ingress", "*::tap-https-*", "A load test", "2026-12-31")

GOOD = """
exceptions:
  - rule: lambda-in-vpc
    urn: "*::tap-healer-*"
    reason: It calls AWS's APIs alone.
    expires: 2027-06-30
answers:
  aws:index/getCallerIdentity:getCallerIdentity: {accountId: "210987654321"}
"""


@cache
def opened() -> Program:
    """The stack, open to the world."""
    return put(*INGRESS, "cidrIpv4", "0.0.0.0/0")(tap())


def told(*exemptions: Exemption, today: str = "2026-11-23") -> set[tuple[str, str]]:
    """Rule and severity of what one rule, and exceptions to it, find in a stack that is open to the world."""
    asked = [rule for rule in rules() if rule.id == WORLD.rule]
    return {(each.rule, each.severity.value) for each in judge(opened(), asked, exemptions, today).findings}


def test_an_exception_covers_its_finding() -> None:
    report = judge(opened(), rules(), [WORLD], "2026-11-23")

    assert told() == {(WORLD.rule, "mandatory")}
    assert told(WORLD) == set()
    assert [each.to_json() for each in report.exceptions] == [
        {"rule": WORLD.rule, "urn": WORLD.urn, "reason": "A load test", "expires": "2026-12-31", "findings": 1}
    ]


@given(st.dates(), st.dates())
def test_it_is_in_force_up_to_and_including_its_last_day(last: object, today: object) -> None:
    exemption = Exemption(WORLD.rule, WORLD.urn, "A load test", str(last))

    expired = {(WORLD.rule, "mandatory"), ("exception-expired", "mandatory")}
    assert told(exemption, today=str(today)) == (set() if str(today) <= str(last) else expired)


def test_one_that_has_ended_is_as_severe_as_its_rule() -> None:
    lapsed = Exemption("lambda-in-vpc", "*", "Once", "2026-01-01")
    found = judge(tap(), rules(), [lapsed], "2026-11-23").findings

    assert {each.severity for each in found if each.rule == "exception-expired"} == {ADVISORY}
    assert {each.severity for each in found} == {ADVISORY}
    assert WORLD.rule in {rule.id for rule in rules() if rule.severity is MANDATORY}


def test_one_that_covers_nothing_is_told() -> None:
    elsewhere = Exemption(WORLD.rule, "*::another", "A load test", "2026-12-31")

    assert told(WORLD, elsewhere) == {("exception-unused", "advisory")}


def test_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD)

    settings = read_settings(tmp_path, RULES)

    assert settings.exemptions == (
        Exemption("lambda-in-vpc", "*::tap-healer-*", "It calls AWS's APIs alone.", "2027-06-30"),
    )
    assert settings.answers == {"aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "210987654321"}}


def test_without_a_file_there_are_no_exceptions(tmp_path: Path) -> None:
    assert read_settings(tmp_path, RULES) == GuardrailsSettings()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("rule: lambda-in-vpc", "rule: lambda-vpc"), "there is no rule 'lambda-vpc'; the nearest: lambda-in-vpc, "),
        (("expires: 2027-06-30", "expires: never"), "expires = 'never' is not accepted"),
        (("expires: 2027-06-30", "expires: 2027-06-30T00:00:00Z"), "is not accepted; accepted: a date"),
        (("    expires: 2027-06-30\n", ""), "accepted: exactly the keys rule, urn, reason, expires"),
        (("reason: It calls AWS's APIs alone.", "reason: ' '"), "reason is empty"),
        (("answers:", "replies:"), "accepted: the keys exceptions, answers, own, conventions"),
        (("exceptions:", "exceptions: ["), "is not YAML"),
    ],
)
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    (tmp_path / FILE).write_text(GOOD.replace(*change))

    with pytest.raises(UserError, match=r"guardrails\.yaml") as caught:
        read_settings(tmp_path, RULES)

    assert complaint in str(caught.value)
