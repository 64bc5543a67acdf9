"""How a message that was published is shown: pure."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tap_cli.display.notices import letter, notice

TOPIC = "arn:aws:sns:eu-west-1:123456789012:tap-notifications-dev"


def told(message: str, **more: Any) -> dict[str, Any]:
    taken = {"protocol": "email", "endpoint": "a@example.com"}
    return {"time": "T", "kind": "Notification", "topic": TOPIC, "subject": "s", "message": message, **taken, **more}


def test_it_says_when_on_which_topic_to_whom_and_what() -> None:
    assert notice(told("one\n\n  two"), None) == [
        "T  tap-notifications-dev -> email:a@example.com",
        "    s",
        "    one",
        "",
        "      two",
        "",
    ]


def test_without_a_subscription_it_says_so_and_without_a_subject_its_kind() -> None:
    head, subject, *_ = notice(told("m", protocol=None, endpoint=None, subject=None), None)

    assert head == "T  tap-notifications-dev -> no subscriber"
    assert subject == "    Notification"


def test_an_alarm_is_told_by_its_change_and_its_description() -> None:
    alarm = {"AlarmName": "a", "AlarmDescription": "d", "OldStateValue": "OK", "NewStateValue": "ALARM"}

    assert notice(told(json.dumps(alarm | {"NewStateReason": "r"})), None)[2:4] == [
        "    OK -> ALARM: r",
        "    About this alarm: d",
    ]


def test_that_a_new_alarm_is_ok_is_one_row() -> None:
    alarm = {"AlarmName": "a", "OldStateValue": "INSUFFICIENT_DATA", "NewStateValue": "OK", "NewStateReason": "r"}
    sent = told(json.dumps(alarm), subject='OK: "a" in US East (N. Virginia)')

    assert notice(sent, None) == ['T  tap-notifications-dev -> email:a@example.com: OK: "a" in US East (N. Virginia)']


def test_a_sentence_of_eventbridges_is_shown_without_its_quotes() -> None:
    assert notice(told('"a launch failed"'), None)[2] == "    a launch failed"


@given(st.text(st.characters()), st.text(st.characters()), st.none() | st.integers(1, 200))
def test_whatever_a_message_holds_its_rows_can_be_printed(subject: str, message: str, width: int | None) -> None:
    rows = notice(told(message, subject=subject), width)

    assert all(each.isprintable() for row in rows for each in row.split("\n"))


@given(st.dictionaries(st.sampled_from(["AlarmName", "NewStateReason", "AlarmDescription"]), st.none() | st.integers()))
def test_an_alarm_that_lacks_anything_is_shown_all_the_same(alarm: dict[str, Any]) -> None:
    assert len(notice(told(json.dumps(alarm)), 80)) >= 3


def test_json_that_is_nested_too_deeply_is_shown_as_it_is() -> None:
    assert notice(told("[" * 100_000), None)[2] == "    " + "[" * 100_000


def test_a_mail_shows_its_link_whole_however_narrow_the_terminal() -> None:
    link = "http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:123456789012:t&Token=abc"
    mail = {"time": "T", "to": "a@example.com", "sender": "s@example.com", "subject": "confirm", "pending": True}

    rows = letter({**mail, "text": f"open this:\n{link}", "link": link}, 40)
    done = letter({**mail, "text": link, "link": link, "pending": False}, None)

    assert rows == ["T  s@example.com -> a@example.com", "    confirm", "    open this:", f"    {link}", ""]
    assert done[1] == "    confirm (confirmed)"
