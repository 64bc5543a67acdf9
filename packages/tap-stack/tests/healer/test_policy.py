"""The policy: every number with its meaning and bounds, and every mistake named."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_stack.healer.model import Policy

FIELDS = dataclasses.fields(Policy)


@pytest.mark.parametrize("item", FIELDS, ids=lambda item: item.name)
def test_every_number_says_what_it_means_and_has_a_default_within_its_bounds(item: dataclasses.Field[int]) -> None:
    assert len(item.metadata["description"]) > 20
    assert item.metadata["minimum"] <= item.default <= item.metadata["maximum"]


def test_the_defaults_are_those_that_are_documented() -> None:
    assert dataclasses.asdict(Policy()) == {
        "system_check_window_seconds": 120,
        "ebs_check_window_seconds": 120,
        "instance_check_window_seconds": 300,
        "in_flight_minimum": 1,
        "in_flight_percent": 10,
        "small_group_size": 20,
        "small_group_sweep_marks": 1,
        "sweep_percent": 5,
        "hour_minimum": 2,
        "hour_percent": 20,
        "floor_minimum": 1,
        "floor_percent": 50,
        "zone_brake_percent": 55,
        "zone_brake_minimum": 3,
        "zone_probe_seconds": 600,
        "burst_minimum": 3,
        "burst_percent": 20,
        "burst_window_seconds": 300,
        "proving_seconds": 300,
        "cooldown_seconds": 60,
        "cooldown_longest_seconds": 600,
        "bad_image_failures": 2,
        "bad_image_replacements": 4,
        "bad_image_seconds": 3600,
        "failed_launches": 2,
        "failed_launches_seconds": 900,
        "skip_longest_seconds": 7 * 86400,
        "event_age_seconds": 60,
    }


@given(st.sampled_from(FIELDS), st.data())
def test_json_there_and_back_is_the_same_policy(item: dataclasses.Field[int], data: st.DataObject) -> None:
    value = data.draw(st.integers(item.metadata["minimum"], item.metadata["maximum"]))
    policy = dataclasses.replace(Policy(), **{item.name: value})

    assert Policy.from_json(policy.to_json()) == policy
    assert Policy.from_json(json.dumps({item.name: value})) == policy


@pytest.mark.parametrize("text", ["", "{}"])
def test_nothing_means_the_defaults(text: str) -> None:
    assert Policy.from_json(text) == Policy()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"in_flight_percnt": 5}',
            "in_flight_percnt = 5 is not accepted; accepted: in_flight_percent (the nearest known key)",
        ),
        (
            '{"in_flight_percent": 51}',
            "in_flight_percent = 51 is not accepted; accepted: a whole number from 1 to 50",
        ),
        ('{"in_flight_percent": 0}', "in_flight_percent = 0 is not accepted; accepted: a whole number from 1 to 50"),
        ('{"floor_percent": "50"}', "floor_percent = '50' is not accepted; accepted: a whole number from 0 to 100"),
        ('{"floor_percent": true}', "floor_percent = True is not accepted; accepted: a whole number from 0 to 100"),
        ('{"floor_percent": 0.5}', "floor_percent = 0.5 is not accepted; accepted: a whole number from 0 to 100"),
        ("[]", "policy = '[]' is not accepted; accepted: a JSON object"),
        ("{", "policy = '{' is not accepted; accepted: a JSON object"),
    ],
)
def test_a_mistake_names_key_value_and_what_is_accepted(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Policy.from_json(text)


def test_a_key_like_none_of_them_gets_all_of_them_named() -> None:
    with pytest.raises(ValueError, match="one of system_check_window_seconds, "):
        Policy.from_json('{"xyz": 1}')
