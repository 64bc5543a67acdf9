"""Some hostile configurations; `make soak` tries ten thousand, of which many more are deployed (bench/hostile.py)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.hostile.cases import ROWS, Case, attack, cases
from support.hostile.invariants import outcome, wrong_with_error, wrong_with_program
from support.programs import Change, edit, put
from support.stacks import tap

from pulumi_guardrails import types
from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(cases())
def test_a_hostile_configuration_is_refused_clearly_or_deploys_a_sound_stack(case: Case) -> None:
    assert outcome(case)[1] == []


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_hostile_value_raises_nothing_but_a_clear_error(data: st.DataObject) -> None:
    row = ROWS[data.draw(st.sampled_from(list(ROWS)))]
    value = data.draw(attack(row.field))
    case = Case({}, {row.env: value}) if data.draw(st.booleans()) else Case({row.key: value}, {})

    refused = None
    try:
        InfraConfig.load(case.config, case.environ)
    except ConfigError as error:
        refused = error

    assert refused is None or wrong_with_error(refused, case) == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"tap:zones\n": "2"},
            "'tap:zones\\n' = '2' is not accepted; accepted: a key that exists; the nearest is tap:zones",
        ),
        ({"tap:instanceType": "t3.micro\u202e"}, "tap:instanceType = 't3.micro\\u202e' is not accepted; "),
        ({"tap:tags": "a=\ud800"}, "tap:tags = 'a=\\ud800' is not accepted; "),
        ({"tap:minSize": "9" * 5000}, f"tap:minSize = '{'9' * 80}'... (5000 characters) is not accepted; "),
        ({"tap:tags": f"{'k' * 200}=<"}, "accepted: letters, digits, spaces and _.:/=+-@ in tags"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_an_escape_and_what_is_long_is_shortened(
    config: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load(config, {})

    assert said in str(refused.value)
    assert wrong_with_error(refused.value, Case(config, {})) == []


def test_a_case_is_repeated_from_one_line_of_ascii() -> None:
    case = Case({"tap:tags": "\ud800\u202e\n'"}, {"ZONES": '"$(id)"'})

    assert case.to_json().isascii()
    assert Case.from_json(case.to_json()) == case


TEMPLATE, PARAMETER = (types.LAUNCH_TEMPLATE, ""), (types.SSM_PARAMETER, "AmazonCloudWatch-tap-agent-dev")
HEAL = (types.ROLE_POLICY, "healer-us-east-1", "Notify")
BROKEN: dict[str, tuple[Change, str]] = {
    "a long name": (put(types.FUNCTION, "healer", "name", "x" * 65), "name = "),
    "a name with a colon": (put(types.GROUP, "", "name", "a:b"), "name = "),
    "a hidden mark in a tag": (put(types.VPC, "", "tags", "Owner", "a\u202eb"), "cannot be seen"),
    "a tag of AWS's": (put(types.VPC, "", "tags", "AWS:x", "y"), "tag 'AWS:x'"),
    "a tag in two cases": (put(types.VPC, "", "tags", "project", "tap"), "differ in case alone"),
    "too many tags": (put(types.VPC, "", "tags", {f"t{each}": "" for each in range(51)}), "51 tags"),
    "an open quote in the boot script": (put(*TEMPLATE, "userData", "ZWNobyAn"), "is not bash"),
    "a parameter out of its quotes": (put(*PARAMETER, "name", "AmazonCloudWatch-x"), "in one pair of quotes"),
    "a wildcard in a policy": (
        edit(*HEAL, Resource="arn:aws:sns:*:*:x"),
        "wildcard",
    ),
    "a field too few in an ARN": (
        edit(*HEAL, Resource="arn:aws:sns:x"),
        "is no ARN",
    ),
    "a document that is none": (put(types.KEY, "", "policy", '{"Statement": "'), "is not JSON"),
    "a pattern that is no JSON": (put(types.EVENT_RULE, "scaling-failures", "eventPattern", "{"), "is not JSON"),
    "subnets that overlap": (put(types.SUBNET, "private-a", "cidrBlock", "10.0.32.0/20"), "overlaps"),
    "sizes that contradict": (put(types.GROUP, "", "minSize", 9), "contradict"),
    "a name that the healer reads otherwise": (put(types.GROUP, "", "name", "fleet "), "logs "),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_out_of_its_place_is_found(what: str) -> None:
    change, said = BROKEN[what]

    assert any(said in problem for problem in wrong_with_program(change(tap())))


def test_the_stack_as_it_is_is_sound() -> None:
    assert wrong_with_program(tap()) == []
