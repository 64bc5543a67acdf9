"""Alarms on alarms: their rules, how they follow, and what they tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.calls import AwsError
from embedded_aws.services.cloudwatch.composite import parse

from .cpu_alarm import ALARM_ARN, SCALE_UP, pass_minutes, put_alarm, subscribed, summaries, topic

STATES = {"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}


def put(world: Any, rule: str, name: str = "both", **options: Any) -> None:
    world.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule, **options)


def state(world: Any, name: str = "both") -> str:
    answer = world.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    return str(answer["CompositeAlarms"][0]["StateValue"])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("b")', False),
        ('INSUFFICIENT_DATA("c d")', True),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)", True),
        ("OK(a) or alarm(a) and not ok(b)", False),
        ("(OK(a) OR ALARM(a)) AND OK(b)", True),
        ("NOT NOT TRUE AND NOT FALSE", True),
        ("OK(gone) OR ALARM(gone)", False),
    ],
)
def test_a_rule_asks_alarms_for_their_states(rule: str, *, expected: bool) -> None:
    assert parse(rule).holds(STATES) is expected


@pytest.mark.parametrize("rule", ["", "ALARM", "ALARM()", "ALARM(a", "ALARM(a) OK(b)", "a", "AT_LEAST(1, ALARM, (a))"])
def test_a_rule_that_cannot_be_read_is_refused(rule: str) -> None:
    with pytest.raises(AwsError, match="Invalid AlarmRule"):
        parse(rule)


def test_a_composite_alarm_follows_the_alarm_that_it_asks_at_once(world: Any) -> None:
    put_alarm(world)
    put(world, "ALARM(cpu)")
    assert state(world) == "OK"

    pass_minutes(world, 90)
    assert state(world) == "ALARM"

    pass_minutes(world, 10)
    assert state(world) == "OK"
    assert summaries(world, "StateUpdate", "both") == [
        "Alarm updated from INSUFFICIENT_DATA to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from ALARM to OK",
    ]


def test_alarms_on_composite_alarms_follow_too_and_a_circle_ends(world: Any) -> None:
    put_alarm(world)
    put(world, "ALARM(cpu)", "first")
    put(world, "ALARM(first)", "second")
    put(world, "FALSE", "other")
    put(world, "NOT ALARM(other)", "circle")
    put(world, "ALARM(circle)", "other")

    pass_minutes(world, 90)

    assert (state(world, "first"), state(world, "second")) == ("ALARM", "ALARM")


def test_a_notification_names_the_alarms_behind_it(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world)
    put(world, "ALARM(cpu)", AlarmActions=[where], AlarmDescription="all of them")

    pass_minutes(world, 90)

    (delivery,) = world.notifications.deliveries(where)
    message = json.loads(delivery.message)
    assert delivery.subject == 'ALARM: "both" in US East (N. Virginia)'
    assert (message["AlarmRule"], message["AlarmDescription"]) == ("ALARM(cpu)", "all of them")
    (child,) = message["TriggeringChildren"]
    assert (child["Arn"], child["State"]["Value"]) == (ALARM_ARN, "ALARM")
    assert message["NewStateReason"].startswith(f"{ALARM_ARN} transitioned to ALARM at ")
    event = next(each for each in world.around.events if each["detail"]["alarmName"] == "both")
    assert event["detail"]["configuration"]["alarmRule"] == "ALARM(cpu)"


def test_without_its_alarm_a_composite_alarm_is_ok_and_both_kinds_are_listed_apart(world: Any) -> None:
    watch = world.client("cloudwatch")
    put_alarm(world)
    put(world, "ALARM(cpu)")
    pass_minutes(world, 90)
    assert [each["AlarmName"] for each in watch.describe_alarms()["MetricAlarms"]] == ["cpu"]

    watch.delete_alarms(AlarmNames=["cpu"])
    assert state(world) == "OK"
    watch.delete_alarms(AlarmNames=["both"])
    assert watch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"] == []


@pytest.mark.parametrize(
    ("rule", "options", "words"),
    [
        ("ALARM(gone)", {}, r"alarms \[gone\] in the alarm rule do not exist"),
        ("ALARM(both)", {}, r"alarms \[both\]"),
        ("ALARM(cpu)", {"AlarmActions": [SCALE_UP]}, "does not scale"),
        ("ALARM(cpu)", {"ActionsSuppressor": "cpu"}, "ActionsSuppressor is not part"),
        ("ALARM(cpu) AND", {}, "Invalid AlarmRule"),
    ],
)
def test_what_could_not_be_evaluated_is_refused(world: Any, rule: str, options: dict[str, Any], words: str) -> None:
    put_alarm(world)

    with pytest.raises(ClientError, match=words):
        put(world, rule, **options)
