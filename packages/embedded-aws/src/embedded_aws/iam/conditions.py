"""Condition operators: when a statement is in effect.

The rules for a key that the request does not have are the documentation's: an operator that affirms is false, one that
negates is true, `...IfExists` is true, `ForAllValues:` is true, `ForAnyValue:` is false, `Null` asks exactly that.
`ForAnyValue:...IfExists` is false too: IfExists is about each value, and there is none to be about.

Where the documentation is silent, docs/iam.md says what was decided and why.

Source: IAM User Guide, "Condition operators", "Set operators for multivalued context keys", "Policy variables";
ForAnyValue with IfExists: AWS re:Post QU9HFmDzP0QGuU-fd7rS6B7w, where it was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

from embedded_aws.iam import patterns, readings

ContextValue: TypeAlias = str | bool | float | datetime | Iterable[str]


class UnknownOperatorError(Exception):
    """A condition operator that IAM does not have; its only argument is the operator as written."""


class RequestContext:
    """The condition keys of one request. Names are not case-sensitive; each key has one or more values, as text.

    Args:
        values: Key to value; None means that the request does not have the key.
    """

    def __init__(self, values: Mapping[str, ContextValue | None]) -> None:
        self._values = {key.lower(): _as_text(value) for key, value in values.items() if value is not None}

    def get(self, key: str) -> tuple[str, ...]:
        """All values of a key, empty if the request does not have it."""
        return self._values.get(key.lower(), ())

    def variable(self, key: str) -> str | None:
        """What a policy variable stands for: a key's value, if it has exactly one and that is not empty."""
        values = self.get(key)
        return values[0] or None if len(values) == 1 else None

    def extended(self, values: Mapping[str, ContextValue | None]) -> RequestContext:
        """A copy with more keys; those given win."""
        copy = RequestContext(values)
        copy._values = {**self._values, **copy._values}
        return copy


def _as_text(value: ContextValue) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (str(value).lower(),)
    if isinstance(value, datetime):
        return (value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),)
    if isinstance(value, str | int | float):
        return (str(value),)
    return tuple(value)


class Quantifier(Enum):
    """How the several values of a key are asked."""

    SINGLE = ""
    ANY = "ForAnyValue"
    ALL = "ForAllValues"


Test: TypeAlias = Callable[[str, str, patterns.Lookup | None], bool]
"""(value in the policy, value in the request, policy variables) -> whether they fit."""


@dataclass(frozen=True)
class Operator:
    """A condition operator without its prefix and suffix: the comparison, and whether it negates."""

    test: Test
    negates: bool = False


@dataclass(frozen=True)
class Condition:
    """One line of a Condition block."""

    operator: str
    quantifier: Quantifier
    if_exists: bool
    key: str
    values: tuple[str, ...]


def parse_condition(operator: str, key: str, values: tuple[str, ...]) -> Condition:
    """Read an operator such as `ForAnyValue:StringLikeIfExists`; the case of its letters counts.

    Source: IAM's "Invalid Condition type : stringEquals" (ministryofjustice/modernisation-platform-environments 8893).

    Raises:
        UnknownOperatorError: IAM has no such operator.
    """
    prefix, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    prefixes = {each.value for each in Quantifier}
    if prefix not in prefixes or (name not in OPERATORS and rest != "Null"):
        raise UnknownOperatorError(operator)
    return Condition(name, Quantifier(prefix), rest.endswith("IfExists"), key, values)


def holds(condition: Condition, context: RequestContext, *, variables: bool = True) -> bool:
    """Whether one condition is met; all of a statement's must be."""
    present = context.get(condition.key)
    # "A null dataset, such as an empty string" is no value to Null and to the set operators.
    is_null = not any(present)
    if condition.operator == "Null":
        return any(readings.truth(value) is is_null for value in condition.values)
    operator = OPERATORS[condition.operator]
    lookup = context.variable if variables else None

    def met(value: str) -> bool:
        return any(operator.test(wanted, value, lookup) for wanted in condition.values) is not operator.negates

    if condition.quantifier is Quantifier.SINGLE:
        if not present:
            return condition.if_exists or operator.negates
        return len(present) == 1 and met(present[0])  # a key with several values must be asked with a set operator
    if is_null:
        return condition.quantifier is Quantifier.ALL
    return any(map(met, present)) if condition.quantifier is Quantifier.ANY else all(map(met, present))


def _string_equals(wanted: str, value: str, lookup: patterns.Lookup | None, *, ignore_case: bool = False) -> bool:
    parts = patterns.pieces(wanted, lookup)
    if parts is None:
        return False
    text = patterns.literal(parts)
    return text.lower() == value.lower() if ignore_case else text == value


def _string_like(wanted: str, value: str, lookup: patterns.Lookup | None) -> bool:
    parts = patterns.pieces(wanted, lookup)
    return parts is not None and patterns.matches(parts, value)


def _arn_like(wanted: str, value: str, lookup: patterns.Lookup | None) -> bool:
    """Each of the six parts of an ARN is matched by itself: a `*` never crosses a colon into the next part."""
    wanted_parts, value_parts = patterns.arn_segments(wanted), value.split(":", patterns.ARN_SEGMENTS - 1)
    if not len(wanted_parts) == len(value_parts) == patterns.ARN_SEGMENTS or wanted_parts[0] != "arn":
        return False
    return all(_string_like(one, other, lookup) for one, other in zip(wanted_parts, value_parts, strict=True))


def _compare(read: Callable[[str], Any], relation: Callable[[Any, Any], bool]) -> Test:
    """A test on values of a type; a value in the request that is not of that type never fits."""

    def test(wanted: str, value: str, _: patterns.Lookup | None) -> bool:
        left, right = read(value), read(wanted)
        return left is not None and right is not None and relation(left, right)

    return test


def _bool(wanted: str, value: str, lookup: patterns.Lookup | None) -> bool:
    """The one operator beside those of strings and ARNs that takes variables ("Condition operators", "Boolean")."""
    parts = patterns.pieces(wanted, lookup)
    asked = readings.truth(patterns.literal(parts)) if parts is not None else None
    return asked is not None and asked is readings.truth(value)


def _ip_address(wanted: str, value: str, _: patterns.Lookup | None) -> bool:
    """IPv4 and IPv6 never match each other; the request has one address, not a range."""
    allowed, asked = readings.network(wanted), readings.network(value)
    if allowed is None or asked is None or "/" in value:
        return False
    return asked.network_address in allowed


_string_equals_ignore_case = partial(_string_equals, ignore_case=True)

OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(_string_equals),
    "StringNotEquals": Operator(_string_equals, negates=True),
    "StringEqualsIgnoreCase": Operator(_string_equals_ignore_case),
    "StringNotEqualsIgnoreCase": Operator(_string_equals_ignore_case, negates=True),
    "StringLike": Operator(_string_like),
    "StringNotLike": Operator(_string_like, negates=True),
    # The documentation says that the two ARN operators of each pair behave identically.
    "ArnEquals": Operator(_arn_like),
    "ArnLike": Operator(_arn_like),
    "ArnNotEquals": Operator(_arn_like, negates=True),
    "ArnNotLike": Operator(_arn_like, negates=True),
    "NumericEquals": Operator(_compare(readings.number, eq)),
    "NumericNotEquals": Operator(_compare(readings.number, eq), negates=True),
    "NumericLessThan": Operator(_compare(readings.number, lt)),
    "NumericLessThanEquals": Operator(_compare(readings.number, le)),
    "NumericGreaterThan": Operator(_compare(readings.number, gt)),
    "NumericGreaterThanEquals": Operator(_compare(readings.number, ge)),
    "DateEquals": Operator(_compare(readings.date, eq)),
    "DateNotEquals": Operator(_compare(readings.date, eq), negates=True),
    "DateLessThan": Operator(_compare(readings.date, lt)),
    "DateLessThanEquals": Operator(_compare(readings.date, le)),
    "DateGreaterThan": Operator(_compare(readings.date, gt)),
    "DateGreaterThanEquals": Operator(_compare(readings.date, ge)),
    "Bool": Operator(_bool),
    "BinaryEquals": Operator(_compare(readings.decoded, eq)),
    "IpAddress": Operator(_ip_address),
    "NotIpAddress": Operator(_ip_address, negates=True),
}
