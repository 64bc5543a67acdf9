"""Filter patterns of CloudWatch Logs for events in JSON, and what such an event has at a selector.

`{ $.level = "ERROR" && ($.took > 1000 || $.retry IS TRUE) }`: properties compared with texts (`*` stands for anything)
and numbers, `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`, in parentheses, with `&&` before `||`. An event that is no
JSON object, or lacks a property, does not match. Regular expressions are refused by name.

Source: CloudWatch Logs user guide, "Filter pattern syntax": "Match terms in JSON log events", "Compound expressions".
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import translate
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError

Test: TypeAlias = Callable[[Any], bool]
"""Whether an event, read as JSON, matches."""

_MISSING = object()
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>\(|\)|&&|\|\||!=|<=|>=|=|<|>)|(?P<selector>\$[^\s=!<>()&|]+)|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[^\s=!<>()&|"]+))"""
)
_STEP = re.compile(r"""\.?(?:([A-Za-z0-9_\-@$]+)|\[(\d+)\]|\[['"]([^'"]+)['"]\])""")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compiled(pattern: str) -> Callable[[str], bool]:
    """Whether a message matches a pattern in braces.

    Raises:
        AwsError: `InvalidParameterException`, the pattern cannot be read.
    """
    test = _Reader(pattern).read()
    return lambda message: test(_event(message))


def value_at(message: str, selector: str) -> Any:
    """What a message in JSON has at a selector such as `$.took`; None for nothing, and for a message that is no JSON.

    Raises:
        AwsError: `InvalidParameterException`, the selector cannot be read.
    """
    found = _reach(_event(message), _steps(selector, selector))
    return None if found is _MISSING else found


def _event(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return _MISSING


def _steps(selector: str, pattern: str) -> Sequence[str | int]:
    steps: list[str | int] = []
    at = 1
    while at < len(selector):
        found = _STEP.match(selector, at)
        if found is None:
            raise _unreadable(pattern, f"the selector {selector}")
        name, index, quoted = found.groups()
        steps.append(int(index) if index else name or quoted)
        at = found.end()
    return steps


def _reach(event: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        if isinstance(step, int):
            event = event[step] if isinstance(event, list) and step < len(event) else _MISSING
        else:
            event = event.get(step, _MISSING) if isinstance(event, dict) else _MISSING
    return event


def _unreadable(pattern: str, what: str) -> AwsError:
    message = f"The filter pattern {pattern!r} is not part of the embedded AWS: {what} cannot be read."
    return AwsError("InvalidParameterException", message)


class _Reader:
    """Reads one pattern from its left to its right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        body = pattern.strip()
        if not (body.startswith("{") and body.endswith("}")):
            raise _unreadable(pattern, "what is not in braces")
        self._tokens = self._split(body[1:-1])

    def _split(self, body: str) -> list[tuple[str, str]]:
        tokens, at, body = [], 0, body.rstrip()
        while at < len(body):
            found = _TOKEN.match(body, at)
            if found is None or "%" in found[0]:
                raise _unreadable(self._pattern, repr(body[at:]))
            tokens.append((str(found.lastgroup), str(found[str(found.lastgroup)])))
            at = found.end()
        return tokens

    def read(self) -> Test:
        """The test of the whole pattern."""
        test = self._any()
        if self._tokens:
            raise _unreadable(self._pattern, repr(self._tokens[0][1]))
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("sign", "||"):
            tests.append(self._all())
        return lambda event: any(test(event) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("sign", "&&"):
            tests.append(self._one())
        return lambda event: all(test(event) for test in tests)

    def _one(self) -> Test:
        if self._take("sign", "("):
            test = self._any()
            if not self._take("sign", ")"):
                raise _unreadable(self._pattern, "a parenthesis without its end")
            return test
        steps = _steps(self._next("selector"), self._pattern)
        if self._take("word", "IS"):
            wanted = {"NULL": None, "TRUE": True, "FALSE": False}
            name = self._next("word").upper()
            if name not in wanted:
                raise _unreadable(self._pattern, f"IS {name}")
            return lambda event: _reach(event, steps) is wanted[name]
        if self._take("word", "NOT"):
            if not self._take("word", "EXISTS"):
                raise _unreadable(self._pattern, "NOT without EXISTS")
            return lambda event: event is not _MISSING and _reach(event, steps) is _MISSING
        return self._comparison(steps, self._next("sign"))

    def _comparison(self, steps: Sequence[str | int], sign: str) -> Test:
        kind, text = self._tokens.pop(0) if self._tokens else ("", "")
        if kind not in ("text", "word"):
            raise _unreadable(self._pattern, f"{sign} without a value")
        number = float(text) if kind == "word" and _NUMBER.fullmatch(text) else None
        if sign in _ORDERS:
            if number is None:
                raise _unreadable(self._pattern, f"{sign} with {text!r}")
            order = _ORDERS[sign]
            return lambda event: _is_number(found := _reach(event, steps)) and order(found, number)
        if sign not in ("=", "!="):
            raise _unreadable(self._pattern, sign)
        wild = re.compile(translate(re.sub(r"([\[\]?])", r"[\1]", text)))

        def equal(found: Any) -> bool:
            return bool(found == number) if number is not None and _is_number(found) else bool(wild.match(_text(found)))

        return lambda event: (found := _reach(event, steps)) is not _MISSING and equal(found) is (sign == "=")

    def _next(self, kind: str) -> str:
        if not self._tokens or self._tokens[0][0] != kind:
            raise _unreadable(self._pattern, f"a missing {kind}")
        return self._tokens.pop(0)[1]

    def _take(self, kind: str, text: str) -> bool:
        if self._tokens and self._tokens[0][0] == kind and self._tokens[0][1].upper() == text:
            self._tokens.pop(0)
            return True
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
