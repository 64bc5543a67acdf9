"""Rules of composite alarms: `ALARM("cpu") AND NOT (OK(disk) OR INSUFFICIENT_DATA("net"))`. Pure.

An alarm is named by its name or its ARN, with quotes or without. `NOT` binds closest, then `AND`, then `OR`. `AT_LEAST`
is refused by name. An alarm that is not there, because it was deleted, is in no state.

Source: CloudWatch API Reference, PutCompositeAlarm, `AlarmRule`; CloudWatch User Guide, "Create a composite alarm".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from embedded_aws.services.cloudwatch.requests import invalid

States: TypeAlias = Mapping[str, str]
"""The name of an alarm to its state."""

FUNCTIONS = ("ALARM", "OK", "INSUFFICIENT_DATA")
_TOKEN = re.compile(r"""\s*(?:(?P<sign>[()])|"(?P<text>[^"]*)"|(?P<word>[^\s()"]+))""")


@dataclass(frozen=True)
class Rule:
    """A rule that was read.

    Attributes:
        alarms: The names of the alarms that it asks.
        holds: Whether it is true of some states.
    """

    alarms: tuple[str, ...]
    holds: Callable[[States], bool]


def parse(text: str) -> Rule:
    """Read a rule. Raises AwsError: `ValidationError`, it cannot be read."""
    return _Reader(text).read()


class _Reader:
    """Reads one rule from its left to its right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        self._alarms: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._unreadable(text[at:])
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()

    def read(self) -> Rule:
        """The whole rule."""
        holds = self._any()
        if self._tokens:
            raise self._unreadable(self._tokens[0][1])
        return Rule(tuple(dict.fromkeys(self._alarms)), holds)

    def _any(self) -> Callable[[States], bool]:
        parts = [self._all()]
        while self._take("OR"):
            parts.append(self._all())
        return lambda states: any(part(states) for part in parts)

    def _all(self) -> Callable[[States], bool]:
        parts = [self._one()]
        while self._take("AND"):
            parts.append(self._one())
        return lambda states: all(part(states) for part in parts)

    def _one(self) -> Callable[[States], bool]:
        if self._take("NOT"):
            part = self._one()
            return lambda states: not part(states)
        if self._take("("):
            part = self._any()
            self._expect(")")
            return part
        for name, value in (("TRUE", True), ("FALSE", False)):
            if self._take(name):
                return lambda _, value=value: value  # type: ignore[misc]
        return self._asked()

    def _asked(self) -> Callable[[States], bool]:
        function = next((name for name in FUNCTIONS if self._take(name)), None)
        if function is None:
            raise self._unreadable(self._tokens[0][1] if self._tokens else "its end")
        self._expect("(")
        if not self._tokens or self._tokens[0][0] == "sign":
            raise self._unreadable(f"{function} without an alarm")
        named = self._tokens.pop(0)[1]
        self._expect(")")
        alarm = named.partition(":alarm:")[2] if named.startswith("arn:") else named
        self._alarms.append(alarm)
        return lambda states: states.get(alarm) == function

    def _take(self, word: str) -> bool:
        if self._tokens and self._tokens[0][0] != "text" and self._tokens[0][1].upper() == word:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unreadable(f"a missing {sign!r}")

    def _unreadable(self, what: str) -> Exception:
        return invalid(f"Invalid AlarmRule {self._text!r}: {what} cannot be read; functions: {', '.join(FUNCTIONS)}")
