"""Capacity by the clock: what `tap:schedules` accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_stack.config import InfraConfig
from tap_stack.config.timetable import CapacityAction
from tap_stack.errors import ConfigError

MORNING: dict[str, Any] = {"recurrence": "0 6 * * MON-FRI", "desiredCapacity": 3, "timeZone": "Europe/Berlin"}


def load(schedules: object, **others: str) -> InfraConfig:
    text = schedules if isinstance(schedules, str) else json.dumps(schedules)
    return InfraConfig.load({"tap:schedules": text, **{f"tap:{key}": value for key, value in others.items()}}, {})


def test_actions_are_read_by_name_in_utc_where_nothing_else_is_said() -> None:
    config = load({"morning": MORNING, "night": {"recurrence": "*/30 20,22 1 * 0", "desiredCapacity": 2}})

    assert config.scheduled == (
        CapacityAction("morning", "0 6 * * MON-FRI", 3, "Europe/Berlin"),
        CapacityAction("night", "*/30 20,22 1 * 0", 2, "UTC"),
    )
    assert load("").scheduled == ()
    assert load("{}").scheduled == ()


def test_a_program_gives_the_mapping_itself() -> None:
    assert InfraConfig(schedules={"morning": MORNING}).scheduled[0].desired_capacity == 3  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schedules", "said"),
    [
        ("[]", "this is no mapping"),
        ("{", "this is no JSON"),
        ({"Morning": MORNING}, "lower-case letters, digits and hyphens; 'Morning' is none"),
        ({"a": []}, "a is no object"),
        ({"a": {**MORNING, "minSize": 1}}, "a has 'minSize', which an action has not"),
        ({"a": {**MORNING, "desiredCapacity": "3"}}, "no desiredCapacity that is a whole number"),
        ({"a": {"desiredCapacity": 3}}, "a has no recurrence"),
        ({"a": {**MORNING, "timeZone": "Mars/Base"}}, "the time zone 'Mars/Base', which the IANA database has not"),
        ({"a": {**MORNING, "recurrence": "0 6 * *"}}, "a recurrence of 4 fields; cron has 5"),
        ({"a": {**MORNING, "recurrence": "0 24 * * *"}}, "'24' in its recurrence, which is no hour of 0 to 23"),
        ({"a": {**MORNING, "recurrence": "0 6 * * FRI-MON"}}, "'FRI-MON' in its recurrence"),
        ({"a": {**MORNING, "recurrence": "@ 6 * * *"}}, "'@' in its recurrence, which is no minute"),
        ({"a": MORNING, "b": MORNING}, "at times of their own"),
        ({f"a{number}": {**MORNING, "recurrence": f"{number} 6 * * *"} for number in range(21)}, "at most 20 actions"),
        ({"a": {**MORNING, "desiredCapacity": 5}}, "minSize to maxSize, which are 2 and 4; a has 5"),
    ],
)
def test_what_aws_would_refuse_or_never_run_is_refused_by_name(schedules: object, said: str) -> None:
    with pytest.raises(ConfigError, match="tap:schedules") as refused:
        load(schedules)
    assert said in str(refused.value)


def test_the_capacity_is_judged_beside_the_sizes() -> None:
    assert load({"a": {**MORNING, "desiredCapacity": 9}}, maxSize="9").scheduled[0].desired_capacity == 9
