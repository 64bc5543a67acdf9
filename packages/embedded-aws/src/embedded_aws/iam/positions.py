"""Where the statements of a policy are in its JSON, as IAM's simulator tells it.

A statement begins where what is before it ends: the `[` or `:`, or the statement before; it ends behind its brace.
Lines and columns count from 1.

Source: outputs of SimulatePrincipalPolicy that people show, in which AdministratorAccess goes from 3:17 to 8:6, and
documents of one line begin at column 38 without blanks and 41 with them (read 2026-11-30).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def spans(text: str) -> list[tuple[int, int]]:
    """The begin and end of each statement of a policy that was parsed, as offsets into its text."""
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        colon = _skip(text, at) + 1
        value = _skip(text, colon)
        if name == "Statement":
            return list(_listed(text, value)) if text[value] == "[" else [(colon, _end(text, value))]
        at = _next(text, _end(text, value))
    return []


def position(text: str, offset: int) -> dict[str, int]:
    """A place in a text, in boto3's shape."""
    return {"Line": text.count("\n", 0, offset) + 1, "Column": offset - text.rfind("\n", 0, offset)}


def _listed(text: str, bracket: int) -> Iterator[tuple[int, int]]:
    begin = bracket + 1
    at = _skip(text, begin)
    while text[at] != "]":
        end = _end(text, at)
        yield begin, end
        begin, at = end, _next(text, end)


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return at if blank is None else blank.end()


def _next(text: str, at: int) -> int:
    """The next thing after a value: behind the comma, if there is one."""
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _end(text: str, at: int) -> int:
    return int(_DECODER.raw_decode(text, at)[1])
