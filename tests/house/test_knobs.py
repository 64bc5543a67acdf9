"""Every key of the configuration has a dangerous or wrong value that a check refuses, or that a rule tells of."""

from __future__ import annotations

import re

import pytest
from support.mutations.values import EITHER, TOLD, WRONG
from support.programs import TODAY
from support.stacks import tap

from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.findings import judge
from tap_stack.config import InfraConfig
from tap_stack.config.knobs import Knob
from tap_stack.config.model import knobs
from tap_stack.errors import ConfigError

NEITHER = "perhaps"
"""No boolean."""


def wrong_values(knob: Knob) -> list[str]:
    """Values of a key that must be refused: those of the table, or what follows from what is accepted."""
    if knob.key in WRONG:
        return [WRONG[knob.key][0]]
    if knob.type == "boolean":
        return [NEITHER]
    ends = re.fullmatch(r"integer, (-?\d+) to (\d+)", knob.accepted)
    return [str(int(ends[1]) - 1), str(int(ends[2]) + 1)] if ends else []


def test_every_key_has_a_value_that_is_refused() -> None:
    without = [each.key for each in knobs() if not wrong_values(each)]

    assert without == [], "give each a value that a check refuses, in support/mutations/values.py"


def test_every_truth_has_a_rule_that_tells_of_one_value_or_is_safe_either_way() -> None:
    truths = {each.key for each in knobs() if each.type == "boolean"}

    assert truths - TOLD.keys() == EITHER.keys()


def test_the_tables_are_of_keys_that_there_are() -> None:
    assert {*WRONG, *TOLD, *EITHER} <= {each.key for each in knobs()}


VALUES = [(each.key, value) for each in knobs() for value in wrong_values(each)]


@pytest.mark.parametrize(("key", "value"), VALUES)
def test_a_dangerous_or_wrong_value_is_refused_by_name(key: str, value: str) -> None:
    beside = WRONG[key][1] if key in WRONG else {}

    with pytest.raises(ConfigError) as refused:
        InfraConfig.load({**beside, key: value}, {})

    assert str(refused.value).startswith(f"{key} = ")
    assert "accepted: " in str(refused.value)


@pytest.mark.parametrize("key", TOLD)
def test_what_is_accepted_and_dangerous_is_told_by_a_rule(key: str) -> None:
    rule, config = TOLD[key]

    assert rule in {each.rule for each in judge(tap(**config), rules(), (), TODAY).findings}
