"""What was published to a topic as a person reads it, whatever the message holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tap_cli.display.printable import printable, wrapped

NOBODY = "no subscriber"

INDENT = "    "


def notice(told: Mapping[str, Any], width: int | None) -> list[str]:
    """A message as rows, wrapped to `width`: when, on which topic and to whom; its subject; its text.

    That a new alarm is OK is one row without a text: a fresh stack has many of them, and nobody needs to do anything.

    Args:
        told: An item of what `tap local notifications --json` prints.
        width: Columns of the terminal; None where there is no end of a row.
    """
    to = f"{told['protocol']}:{told['endpoint']}" if told["protocol"] else NOBODY
    head = f"{told['time']}  {told['topic'].rpartition(':')[2]} -> {to}"
    alarm = _alarm(told["message"])
    if (alarm.get("OldStateValue"), alarm.get("NewStateValue")) == ("INSUFFICIENT_DATA", "OK"):
        return [wrapped(printable(f"{head}: {told['subject']}"), width, indent=INDENT)]
    body = [told["subject"] or told["kind"], *_text(told["message"]).splitlines()]
    shown = [wrapped(printable(row), width, first=INDENT, indent=INDENT) if row.strip() else "" for row in body]
    return [wrapped(printable(head), width, indent=INDENT), *shown, ""]


def letter(told: Mapping[str, Any], width: int | None) -> list[str]:
    """A mail as rows: when and to whom, its subject, its text; a link is never wrapped, so that it can be copied.

    Args:
        told: An item of what `tap local inbox --json` prints.
        width: Columns of the terminal; None where there is no end of a row.
    """
    done = "" if told["pending"] or not told["link"] else " (confirmed)"
    head = f"{told['time']}  {told['sender']} -> {told['to']}"
    body = [f"{told['subject']}{done}", *_text(told["text"]).splitlines()]
    shown = [
        f"{INDENT}{printable(row)}"
        if row == told["link"]
        else wrapped(printable(row), width, first=INDENT, indent=INDENT)
        for row in body
    ]
    return [wrapped(printable(head), width, indent=INDENT), *shown, ""]


def _text(message: str) -> str:
    """A message in words: an alarm's, which is JSON for programs, by why it changed and what it is about."""
    if alarm := _alarm(message):
        change = f"{alarm.get('OldStateValue')} -> {alarm.get('NewStateValue')}: {alarm.get('NewStateReason')}"
        return f"{change}\nAbout this alarm: {alarm.get('AlarmDescription') or '(no description)'}"
    document = _document(message)
    return document if isinstance(document, str) else message  # EventBridge's transformers put a sentence in quotes


def _alarm(message: str) -> Mapping[str, Any]:
    """What the message of an alarm says; empty for any other message."""
    document = _document(message)
    return document if isinstance(document, dict) and "AlarmName" in document else {}


def _document(message: str) -> object:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than the reader goes
        return None
