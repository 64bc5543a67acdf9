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

    Args:
        told: An item of what `tap local notifications --json` prints.
        width: Columns of the terminal; None where there is no end of a row.
    """
    to = f"{told['protocol']}:{told['endpoint']}" if told["protocol"] else NOBODY
    head = f"{told['time']}  {told['topic'].rpartition(':')[2]} -> {to}"
    body = [told["subject"] or told["kind"], *_text(told["message"]).splitlines()]
    shown = [wrapped(printable(row), width, first=INDENT, indent=INDENT) if row.strip() else "" for row in body]
    return [wrapped(printable(head), width, indent=INDENT), *shown, ""]


def _text(message: str) -> str:
    """A message in words: an alarm's, which is JSON for programs, by why it changed and what it is about."""
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than the reader goes
        return message
    if isinstance(document, str):
        return document  # EventBridge's input transformers put a sentence in quotes
    if not isinstance(document, dict) or "AlarmName" not in document:
        return message
    change = f"{document.get('OldStateValue')} -> {document.get('NewStateValue')}: {document.get('NewStateReason')}"
    return f"{change}\nAbout this alarm: {document.get('AlarmDescription') or '(no description)'}"
