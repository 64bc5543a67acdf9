"""Condition operators: when a statement is in effect.

The rules for a key that the request does not have are the documentation's: an operator that affirms is false, one that
negates is true, `...IfExists` is true, `ForAllValues:` is true, `ForAnyValue:` is false, `Null` asks exactly that.

Source: IAM User Guide, "Condition operators", "Set operators for multivalued context keys", "Policy variables".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

from embedded_aws.iam import patterns

ContextValue: TypeAlias = str | bool | float | datetime | Iterable[str]


class UnknownOperatorError(Exception):
    """A condition operator that IAM does not have; `str()` of it names the operator."""


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
        """The value a policy variable stands for: that of a key with exactly one value."""
        values = self.get(key)
        return values[0] if len(values) == 1 else None

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
    """Read an operator such as `ForAnyValue:StringLikeIfExists`.

    Raises:
        UnknownOperatorError: IAM has no such operator.
    """
    prefix, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    prefixes = {each.value for each in Quantifier}
    if prefix not in prefixes or (name not in OPERATORS and rest != "Null"):
        raise UnknownOperatorError(f"unknown condition operator {operator}")
    return Condition(name, Quantifier(prefix), rest.endswith("IfExists"), key, values)


def holds(condition: Condition, context: RequestContext, *, variables: bool = True) -> bool:
    """Whether one condition is met; all of a statement's must be."""
    present = context.get(condition.key)
    if condition.operator == "Null":
        return any((value.lower() == "true") is not bool(present) for value in condition.values)
    operator = OPERATORS[condition.operator]
    if not present:
        missing = {Quantifier.SINGLE: operator.negates, Quantifier.ANY: False, Quantifier.ALL: True}
        return condition.if_exists or missing[condition.quantifier]
    lookup = context.variable if variables else None
    met = [
        any(operator.test(wanted, value, lookup) for wanted in condition.values) is not operator.negates
        for value in present
    ]
    if condition.quantifier is Quantifier.ANY:
        return any(met)
    # Without a set operator, a key with several values must not slip past a negation by one of them.
    return all(met) if operator.negates or condition.quantifier is Quantifier.ALL else any(met)


def _string_equals(wanted: str, value: str, lookup: patterns.Lookup | None, *, ignore_case: bool = False) -> bool:
    parts = patterns.pieces(wanted, lookup)
    if parts is None:
        return False
    text = patterns.literal(parts)
    return text.casefold() == value.casefold() if ignore_case else text == value


def _string_like(wanted: str, value: str, lookup: patterns.Lookup | None) -> bool:
    parts = patterns.pieces(wanted, lookup)
    return parts is not None and patterns.matches(parts, value)


def _arn_like(wanted: str, value: str, lookup: patterns.Lookup | None) -> bool:
    """Each of the six parts of an ARN is matched by itself: a `*` never crosses a colon into the next part."""
    wanted_parts, value_parts = _arn_parts(wanted), _arn_parts(value)
    if wanted_parts is None or value_parts is None:
        return False
    return all(_string_like(one, other, lookup) for one, other in zip(wanted_parts, value_parts, strict=True))


def _arn_parts(arn: str) -> list[str] | None:
    """Split at the first five colons that are not part of a `${...}` variable."""
    masked = patterns.TOKEN.sub(lambda token: token[0].replace(":", "\0"), arn)
    parts = [part.replace("\0", ":") for part in masked.split(":", 5)]
    return parts if len(parts) == 6 and parts[0] == "arn" else None  # noqa: PLR2004 - an ARN has six parts


def _compare(read: Callable[[str], Any], relation: Callable[[Any, Any], bool]) -> Test:
    """A test on values of a type; a value in the request that is not of that type never fits."""

    def test(wanted: str, value: str, _: patterns.Lookup | None) -> bool:
        left, right = read(value), read(wanted)
        return left is not None and right is not None and relation(left, right)

    return test


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _date(text: str) -> datetime | None:
    """ISO 8601, or seconds since 1970."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        pass
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _ip_address(wanted: str, value: str, _: patterns.Lookup | None) -> bool:
    try:
        network = ipaddress.ip_network(wanted, strict=False)
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


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
    "NumericEquals": Operator(_compare(_number, eq)),
    "NumericNotEquals": Operator(_compare(_number, eq), negates=True),
    "NumericLessThan": Operator(_compare(_number, lt)),
    "NumericLessThanEquals": Operator(_compare(_number, le)),
    "NumericGreaterThan": Operator(_compare(_number, gt)),
    "NumericGreaterThanEquals": Operator(_compare(_number, ge)),
    "DateEquals": Operator(_compare(_date, eq)),
    "DateNotEquals": Operator(_compare(_date, eq), negates=True),
    "DateLessThan": Operator(_compare(_date, lt)),
    "DateLessThanEquals": Operator(_compare(_date, le)),
    "DateGreaterThan": Operator(_compare(_date, gt)),
    "DateGreaterThanEquals": Operator(_compare(_date, ge)),
    "Bool": Operator(_compare(lambda text: {"true": True, "false": False}.get(text.lower()), eq)),
    "BinaryEquals": Operator(_compare(_bytes, eq)),
    "IpAddress": Operator(_ip_address),
    "NotIpAddress": Operator(_ip_address, negates=True),
}
