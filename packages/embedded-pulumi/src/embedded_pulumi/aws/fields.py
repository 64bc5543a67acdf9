"""Fields: the accepted values of a property, the meaning of its changes, and its form in AWS's API.

A field knows four things about its property: which values it takes (`check`), which changes count (`diff`), and how
the value goes to AWS's API and comes back (`to_aws`, `from_aws`). Collections and blocks are in `shapes`.

As in the real provider, an optional property that is absent equals one that is empty, zero or false.

Values of another type are converted as Pulumi's bridge does: makeTerraformInput and CoerceTerraformString in
pulumi-terraform-bridge/pkg/tfbridge/schema.go (59de6c661df1, 2026-08-05).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeAlias

from embedded_pulumi.provider import CheckFailure, DiffKind
from embedded_pulumi.values import UNKNOWN, Archive, Asset, Value

Changes: TypeAlias = dict[str, DiffKind]
"""Property path to how it changes."""

Verdict: TypeAlias = tuple[Value, list[CheckFailure]]
"""A value with defaults and conversions applied, and its failures."""


def is_empty(value: Value) -> bool:
    """Whether a value means the same as its absence."""
    return value is None or (isinstance(value, (str, int, float, list, dict)) and not value)


def kind_of(old: Value, new: Value, *, replace: bool) -> DiffKind:
    """Name the change from `old` to `new`."""
    if is_empty(old):
        return DiffKind.ADD_REPLACE if replace else DiffKind.ADD
    if is_empty(new):
        return DiffKind.DELETE_REPLACE if replace else DiffKind.DELETE
    return DiffKind.UPDATE_REPLACE if replace else DiffKind.UPDATE


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word closest to a wrong one; empty if none is close."""
    matches = get_close_matches(word, list(known), n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One property.

    Attributes:
        required: A resource without it is refused.
        default: What the provider fills in when it is absent.
        force_new: A change replaces the resource.
        computed: AWS fills it in when it is absent, so its absence from the inputs is not a change.
        aws: Its name in AWS's API, where that is not the property's own name with a capital letter.
        tells_empty: AWS is told an empty text where there is none, which takes away what was there.
    """

    required: bool = False
    default: Value = None
    force_new: bool = False
    computed: bool = False
    aws: str = ""
    tells_empty: bool = False

    def check(self, path: str, value: Value) -> Verdict:
        """Convert and complete a value; returns it with its failures."""
        if value is UNKNOWN:
            return value, []
        try:
            return self.parse(path, value)
        except (TypeError, ValueError) as error:
            return value, [CheckFailure(path, str(error))]

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value.

        Raises:
            TypeError: it is of another type.
            ValueError: it is of the right type and still not acceptable.
        """
        raise NotImplementedError

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """The changes from the state to the inputs."""
        if (new is None and self.computed) or (new is not UNKNOWN and self.same(old, new)):
            return {}
        return {path: kind_of(old, new, replace=replace or self.force_new)}

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return bool(old == new or (is_empty(old) and is_empty(new)))

    @property
    def blank(self) -> Value:
        """The value in the real provider's state where there is none; None if that cannot be told."""
        return None

    def as_output(self, value: Value) -> Value:
        """The value with all nested properties, the unset ones blank."""
        return value

    def as_input(self, value: Value) -> Value:
        """An output as a program writes it, without what is blank in it."""
        return value

    def foresee(self, value: Value) -> Value:
        """The value as far as it is known before AWS has filled in the rest."""
        return value

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return value

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return value


def refuse(expected: str, value: Value) -> TypeError:
    """The error for a value of another type."""
    return TypeError(f"expected {expected}, got {type(value).__name__} {value!r}")


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """A string. Numbers and booleans are spelled out, as Pulumi's bridge does (a template's version is a number).

    Attributes:
        one_of: The only values accepted, if not empty; an empty value only if it is among them.
        min_length: The shortest value accepted, in bytes.
        max_length: The longest value accepted, in bytes; 0 is no limit.
        pattern: A regular expression that the whole value matches, if not empty.
        accepts: The values that match the pattern, in words.
        canonical: Brings spellings that mean the same to one of them.
    """

    one_of: tuple[str, ...] = ()
    min_length: int = 0
    max_length: int = 0
    pattern: str = ""
    accepts: str = ""
    canonical: Callable[[str], str] | None = None

    @property
    def blank(self) -> Value:
        """See `Field.blank`."""
        return ""

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, (int, float)):
            value = _plain(value)
        if not isinstance(value, str):
            raise refuse("a string", value)
        value = self.canonical(value) if self.canonical else value
        self.accept(value)
        return value, []

    def accept(self, value: str) -> None:
        """Raise a ValueError that names the value and what is accepted, if this value is not."""
        if self.one_of and value not in self.one_of:
            raise ValueError(f"{value!r} is not one of {', '.join(filter(None, self.one_of))}")
        size = len(value.encode())
        if size < self.min_length:
            raise ValueError(f"{value!r} is {size} characters long; at least {self.min_length} are accepted")
        if self.max_length and size > self.max_length:
            raise ValueError(f"is {size} characters long; at most {self.max_length} are accepted")
        if self.pattern and not re.fullmatch(self.pattern, value, re.DOTALL):
            raise ValueError(f"{value!r} is not accepted; accepted: {self.accepts or self.pattern}")


def _plain(value: float) -> str:
    """A number's digits, never with an exponent."""
    digits = format(Decimal(repr(value)), "f")
    return digits.removesuffix(".0")


@dataclass(frozen=True, kw_only=True)
class Whole(Field):
    """An integer. A fraction is cut off, and a string with digits is read.

    Attributes:
        at_least: The least value accepted.
        at_most: The greatest value accepted.
        one_of: The only values accepted, if not empty.
        multiple_of: Only its multiples are accepted.
    """

    at_least: int | None = None
    at_most: int | None = None
    one_of: tuple[int, ...] = ()
    multiple_of: int = 1

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        del path
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise refuse("a whole number", value)
        value = int(value)
        if self.at_least is not None and value < self.at_least:
            raise ValueError(f"{value} is less than {self.at_least}")
        if self.at_most is not None and value > self.at_most:
            raise ValueError(f"{value} is more than {self.at_most}")
        if self.one_of and value not in self.one_of:
            raise ValueError(f"{value} is not one of {', '.join(map(str, self.one_of))}")
        if value % self.multiple_of:
            raise ValueError(f"{value} is not a multiple of {self.multiple_of}")
        return value, []


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """A number; integral ones are whole numbers, as everywhere in Pulumi's values. A string with a number is read.

    Attributes:
        positive: Whether it must be more than zero.
    """

    positive: bool = False

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        del path
        if isinstance(value, str) and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value):
            value = self.from_aws(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise refuse("a number", value)
        if self.positive and value <= 0:
            raise ValueError(f"{value} is not more than 0")
        return value, []

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return float(value)

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return int(float(value)) if float(value).is_integer() else float(value)


_SPELLINGS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False", ""), False),
}
"""The strings that Go's strconv.ParseBool reads, and the empty one."""


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """A boolean. A string such as `"true"` or `"1"` is read, and a number is true unless it is zero."""

    @property
    def blank(self) -> Value:
        """See `Field.blank`."""
        return False

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        del path
        if isinstance(value, str) and value in _SPELLINGS:
            value = _SPELLINGS[value]
        if not isinstance(value, (bool, int, float)):
            raise refuse("true or false", value)
        return bool(value), []


@dataclass(frozen=True, kw_only=True)
class FlagText(Text):
    """A boolean that Pulumi spells as a string, because unset differs from false."""

    one_of: tuple[str, ...] = ("true", "false", "")

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return value == "true"

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return "true" if value else "false"


@dataclass(frozen=True, kw_only=True)
class WholeText(Text):
    """An integer that Pulumi spells as a string, because unset differs from zero. A negative one is not accepted."""

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        text, failures = super().parse(path, value)
        if text and not text.isdigit():
            failures.append(CheckFailure(path, f"{text!r} is not a whole number of 0 or more"))
        return text, failures

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return int(value)

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return str(value)


@dataclass(frozen=True, kw_only=True)
class NumberText(Text):
    """A number that Pulumi spells as a string, such as a step's bound, where unset means infinity."""

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        text, failures = super().parse(path, value)
        if text:
            float(text)
        return text, failures

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        if is_empty(old) or is_empty(new):
            return super().same(old, new)
        return float(old) == float(new)

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return float(value)

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return str(int(value)) if float(value).is_integer() else str(value)


@dataclass(frozen=True, kw_only=True)
class Code(Field):
    """An archive of files, or a path to one."""

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        del path
        if not isinstance(value, (Archive, Asset)):
            raise refuse("an archive", value)
        return value, []

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Always the same: the resource compares the contents of archives."""
        if isinstance(new, (Archive, Asset)) and old is not None:
            return {}
        return super().diff(path, old, new, replace=replace)


@dataclass(frozen=True, kw_only=True)
class Moment(Text):
    """A point in time in RFC 3339; AWS's are in whole seconds, UTC."""

    pattern: str = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    accepts: str = "a time such as 2027-01-31T12:00:00Z"

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return value if isinstance(value, str) else value.strftime("%Y-%m-%dT%H:%M:%SZ")
