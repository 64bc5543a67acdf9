"""A house: what is in its components is judged as the rules say, and what stands beside them as its owner says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from embedded_pulumi.errors import UserError
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import FILE, Exemption, GuardrailsSettings, read_settings
from pulumi_guardrails.findings import judge
from pulumi_guardrails.house import House, house_of
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import ADVISORY, MANDATORY

TODAY = "2026-11-23"
TOPIC = "aws:sns/topic:Topic"
MINE = Resource(f"urn:pulumi:dev::app::{TOPIC}::mine", TOPIC, "mine")
PART = Resource("urn:pulumi:dev::app::shop:index:Part::part", "shop:index:Part", "part", custom=False)
THEIRS = Resource(f"urn:pulumi:dev::app::shop:index:Part${TOPIC}::theirs", TOPIC, "theirs")
PROGRAM = Program((MINE, PART, THEIRS))
SHOP = House("shop:index:")
CONVENTIONS = {"component-outputs", "network-names", "network-outputs", "replacement-is-told", "stack-outputs"}


def levels(house: House, settings: GuardrailsSettings, program: Program = PROGRAM) -> dict[str, str]:
    """How severe an unencrypted topic is, by the topic's name."""
    found = judge(program, house.rules_for(program, settings), house.exemptions, TODAY)
    report = house.eased(found, program, settings)
    topics = [each for each in report.findings if each.rule == "topic-encrypted"]
    return {each.urn.rpartition("::")[2]: each.severity.value for each in topics}


def test_a_finding_in_the_users_own_is_advice_unless_the_file_says_otherwise() -> None:
    assert levels(SHOP, GuardrailsSettings()) == {"mine": "advisory", "theirs": "mandatory"}
    assert levels(SHOP, GuardrailsSettings(own_is_mandatory=True)) == {"mine": "mandatory", "theirs": "mandatory"}
    assert levels(House(), GuardrailsSettings()) == {"mine": "mandatory", "theirs": "mandatory"}


def test_a_program_without_components_of_the_house_is_judged_by_the_rules_as_they_are() -> None:
    alone = Program((MINE,))

    assert levels(SHOP, GuardrailsSettings(), alone) == {"mine": "mandatory"}
    assert levels(SHOP, GuardrailsSettings(own_is_mandatory=False), alone) == {"mine": "advisory"}


def test_conventions_are_for_programs_with_components_of_the_house_that_ask_for_them() -> None:
    wanted = GuardrailsSettings(conventions=True)

    assert SHOP.rules_for(PROGRAM, wanted) == rules()
    for house, program, settings in (
        (SHOP, PROGRAM, GuardrailsSettings()),
        (SHOP, Program((MINE,)), wanted),
        (House(), PROGRAM, wanted),
    ):
        left_out = {rule.id for rule in rules()} - {rule.id for rule in house.rules_for(program, settings)}
        assert left_out == CONVENTIONS


def test_what_a_package_makes_is_said_to_be_judged_by_no_rule() -> None:
    remote = replace(PART, remote=True)
    found = judge(Program((remote,)), rules(), (), TODAY).findings

    assert [(each.rule, each.urn) for each in found] == [("remote-components", PART.urn)]


def test_exceptions_come_with_the_components_and_are_for_what_is_in_them() -> None:
    shipped = Exemption("topic-encrypted", "*shop:index:*::*", "It is public.", "2027-06-30", shipped=True)

    assert levels(House("shop:index:", (shipped,)), GuardrailsSettings()) == {"mine": "advisory"}


@pytest.mark.parametrize("expires", ["2026-01-01", "2027-06-30"])
def test_whoever_uses_the_components_is_not_told_to_mend_their_exceptions(tmp_path: Path, expires: str) -> None:
    entry = f"{{rule: topic-encrypted, urn: '*shop:index:*::nothing', reason: Once., expires: {expires}}}"
    (tmp_path / FILE).write_text(f"exceptions:\n  - {entry}\n")

    found = judge(PROGRAM, rules(), house_of("shop:index:", tmp_path).exemptions, TODAY).findings

    assert {each.rule for each in found} & {"exception-unused", "exception-expired"} == set()


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("own: strict", "own = 'strict' is not accepted; accepted: advisory or mandatory"),
        ("conventions: sometimes", "conventions = 'sometimes' is not accepted; accepted: true or false"),
    ],
)
def test_what_is_no_level_is_refused(tmp_path: Path, text: str, accepted: str) -> None:
    (tmp_path / FILE).write_text(f"{text}\n")

    with pytest.raises(UserError, match=accepted):
        read_settings(tmp_path, frozenset())


def test_the_levels_have_the_names_that_the_file_uses() -> None:
    assert {ADVISORY.value, MANDATORY.value} == {"advisory", "mandatory"}
