"""What a target is sent: the event, a constant, a part, or a filled template."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.services.events.input import InvalidPathError, check_target, look_up, target_input

RULE = "arn:aws:events:eu-west-1:123456789012:rule/tick"
EVENT: dict[str, Any] = {
    "time": "2026-03-01T12:00:00Z",
    "source": "aws.ec2",
    "resources": ["first", "second"],
    "detail": {"state": 'run"ning', "count": 3, "instance-id": "i-1"},
}


def test_without_anything_it_is_the_whole_event() -> None:
    assert json.loads(target_input({}, EVENT, RULE)) == EVENT


def test_a_constant_is_sent_as_it_is() -> None:
    assert target_input({"Input": '{"mode":  "observe"}'}, EVENT, RULE) == '{"mode":  "observe"}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", EVENT),
        ("$.detail.count", 3),
        ("$.detail['instance-id']", "i-1"),
        ('$["detail"].instance-id', "i-1"),
        ("$.resources[1]", "second"),
        ("$.detail.absent", None),
        ("$.resources[2]", None),
        ("$.time.count", None),
    ],
)
def test_a_path_sends_that_part(path: str, expected: object) -> None:
    assert json.loads(target_input({"InputPath": path}, EVENT, RULE)) == expected


def transformed(template: str, **paths: str) -> str:
    """What an input transformer makes of the event."""
    return target_input({"InputTransformer": {"InputTemplate": template, "InputPathsMap": paths}}, EVENT, RULE)


def test_a_template_writes_json_outside_of_quotes_and_text_inside() -> None:
    made = transformed('{"n": <n>, "s": <s>, "text": "<n> is <s>, not <gone>"}', n="$.detail.count", s="$.detail.state")

    assert json.loads(made) == {"n": 3, "s": 'run"ning', "text": '3 is run"ning, not <gone>'}


def test_a_template_may_name_the_rule_and_the_event() -> None:
    made = transformed(
        '{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>, "event": <aws.events.event.json>}'
    )

    assert json.loads(made) == {"rule": "tick", "arn": RULE, "event": EVENT}


def test_a_part_that_is_missing_leaves_a_gap() -> None:
    assert json.loads(transformed('{"a": "<x>", "b": <x>}', x="$.detail.absent")) == {"a": "", "b": None}


@pytest.mark.parametrize("path", ["detail", "$detail", "$.detail[", "$.detail[*]", "$..count", "$.a b"])
def test_a_path_that_is_not_understood_is_refused(path: str) -> None:
    with pytest.raises(InvalidPathError):
        check_target({"InputPath": path})
    with pytest.raises(InvalidPathError):
        check_target({"InputTransformer": {"InputPathsMap": {"x": path}, "InputTemplate": "<x>"}})


@pytest.mark.parametrize("target", [{"Input": "not json"}, {"Input": "{}", "InputPath": "$.detail"}])
def test_an_input_that_cannot_be_made_is_refused(target: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        check_target(target)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_a_template(text: str) -> None:
    event = {"detail": {"text": text}}
    transformer = {"InputTemplate": '{"in": "<t>", "out": <t>}', "InputPathsMap": {"t": "$.detail.text"}}

    made = json.loads(target_input({"InputTransformer": transformer}, event, RULE))

    assert made == {"in": text, "out": text}
    assert look_up("$.detail.text", event) == text
