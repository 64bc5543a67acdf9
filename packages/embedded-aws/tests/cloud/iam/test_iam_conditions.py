"""Condition operators, one rule of the documentation at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.iam.conditions import OPERATORS, RequestContext, holds, parse_condition

NEGATING = sorted(name for name, operator in OPERATORS.items() if operator.negates)
AFFIRMING = sorted(name for name, operator in OPERATORS.items() if not operator.negates)
KEY = "some:Key"


def met(operator: str, policy: str | list[str], request: Any = None, **others: Any) -> bool:
    """Whether `operator` holds for KEY; `request` None means that the request does not have the key."""
    values = (policy,) if isinstance(policy, str) else tuple(policy)
    return holds(parse_condition(operator, KEY, values), RequestContext({KEY: request, **others}))


@pytest.mark.parametrize(
    ("operator", "policy", "request_value", "expected"),
    [
        ("StringEquals", "tap", "tap", True),
        ("StringEquals", "tap", "TAP", False),
        ("StringEquals", "t*", "tap", False),
        ("StringEquals", ["x", "tap"], "tap", True),
        ("StringNotEquals", "tap", "tap", False),
        ("StringNotEquals", ["x", "tap"], "tap", False),
        ("StringNotEquals", ["x", "y"], "tap", True),
        ("StringEqualsIgnoreCase", "TAP", "tap", True),
        ("StringNotEqualsIgnoreCase", "TAP", "tap", False),
        ("StringLike", "ta?", "tap", True),
        ("StringLike", "t*", "TAP", False),
        ("StringNotLike", "t*", "tap", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", 9, True),
        ("NumericLessThan", "10", 10, False),
        ("NumericLessThanEquals", "10", 10, True),
        ("NumericGreaterThan", "10", 10, False),
        ("NumericGreaterThanEquals", "10", 10, True),
        ("NumericEquals", "10", "ten", False),
        ("NumericNotEquals", "10", "ten", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", datetime(2026, 6, 1, tzinfo=UTC), True),
        ("DateLessThan", "2026-01-01T00:00:00Z", datetime(2026, 6, 1, tzinfo=UTC), False),
        ("DateEquals", "1767225600", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("DateNotEquals", "2026-01-01", datetime(2026, 1, 1, tzinfo=UTC), False),
        ("DateLessThanEquals", "2026-01-01", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("DateGreaterThanEquals", "2026-01-01T02:00:00+02:00", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("Bool", "true", True, True),
        ("Bool", "True", True, True),
        ("Bool", "false", True, False),
        ("Bool", "true", "yes", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "T3RoZXIx", False),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("IpAddress", "10.0.0.7", "10.0.0.7", True),
        ("IpAddress", "10.0.0.0/8", "11.0.0.1", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "10.0.0.0/8", "2001:db8::1", False),
        ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
        ("NotIpAddress", "10.0.0.0/8", "11.0.0.1", True),
        ("ArnEquals", "arn:aws:sns:*:1:t*", "arn:aws:sns:us-east-1:1:topic", True),
        ("ArnLike", "arn:aws:sns:*:1:t*", "arn:aws:sns:us-east-1:1:topic", True),
        ("ArnLike", "arn:aws:events:us-east-1:1:rule/tap-*", "arn:aws:events:us-east-1:1:rule/tap-dev", True),
        # Unlike in Resource, a star never crosses a colon between two of the six parts.
        ("ArnLike", "arn:aws:sns:*", "arn:aws:sns:us-east-1:1:topic", False),
        ("ArnLike", "*", "arn:aws:sns:us-east-1:1:topic", False),
        ("ArnLike", "arn:aws:sns:us*1:topic", "arn:aws:sns:us-east-1:1:topic", False),
        ("ArnNotEquals", "arn:aws:sns:*:1:t*", "arn:aws:sns:us-east-1:1:topic", False),
        ("ArnNotLike", "arn:aws:sns:*:1:x*", "arn:aws:sns:us-east-1:1:topic", True),
    ],
)
def test_operators_compare_as_documented(
    operator: str, policy: str | list[str], request_value: Any, *, expected: bool
) -> None:
    assert met(operator, policy, request_value) is expected


@pytest.mark.parametrize("operator", AFFIRMING)
def test_an_affirming_operator_is_false_without_its_key(operator: str) -> None:
    assert not met(operator, "x")


@pytest.mark.parametrize("operator", NEGATING)
def test_a_negating_operator_is_true_without_its_key(operator: str) -> None:
    assert met(operator, "x")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_if_exists_is_true_without_its_key(operator: str) -> None:
    assert met(f"{operator}IfExists", "x")


def test_if_exists_compares_when_the_key_is_there() -> None:
    assert not met("StringEqualsIfExists", "tap", "other")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_for_all_values_is_true_without_its_key(operator: str) -> None:
    assert met(f"ForAllValues:{operator}", "x")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_for_any_value_is_false_without_its_key(operator: str) -> None:
    assert not met(f"ForAnyValue:{operator}", "x")


def test_an_empty_set_of_values_is_a_missing_key() -> None:
    assert met("ForAllValues:StringEquals", "x", [])
    assert not met("ForAnyValue:StringEquals", "x", [])


@pytest.mark.parametrize(
    ("policy", "request_value", "expected"),
    [("true", None, True), ("true", "x", False), ("false", None, False), ("false", "x", True)],
)
def test_null_asks_whether_the_key_is_there(policy: str, request_value: str | None, *, expected: bool) -> None:
    assert met("Null", policy, request_value) is expected


@given(
    policy=st.lists(st.sampled_from("abcd"), min_size=1, unique=True),
    request_values=st.lists(st.sampled_from("abcd"), min_size=1, unique=True),
)
def test_set_operators_are_the_set_relations(policy: list[str], request_values: list[str]) -> None:
    allowed, asked = set(policy), set(request_values)

    assert met("ForAllValues:StringEquals", policy, request_values) is (asked <= allowed)
    assert met("ForAnyValue:StringEquals", policy, request_values) is bool(asked & allowed)
    assert met("ForAllValues:StringNotEquals", policy, request_values) is not bool(asked & allowed)
    assert met("ForAnyValue:StringNotEquals", policy, request_values) is bool(asked - allowed)


@given(value=st.decimals(allow_nan=False, allow_infinity=False, places=3), bound=st.integers(-1000, 1000))
def test_numeric_relations_are_complete(value: Any, bound: int) -> None:
    less, equal, greater = (
        met(f"Numeric{relation}", str(bound), str(value)) for relation in ("LessThan", "Equals", "GreaterThan")
    )

    assert [less, equal, greater].count(True) == 1


def test_names_of_keys_ignore_case() -> None:
    assert holds(
        parse_condition("StringEquals", "AWS:SourceAccount", ("1",)), RequestContext({"aws:sourceaccount": "1"})
    )


def test_a_condition_value_may_be_a_policy_variable() -> None:
    assert met("StringEquals", "${aws:PrincipalTag/team}", "red", **{"aws:PrincipalTag/team": "red"})
    assert not met("StringEquals", "${aws:PrincipalTag/team}", "red", **{"aws:PrincipalTag/team": "blue"})
    assert not met("StringEquals", "${aws:PrincipalTag/team}", "red")


def test_a_variable_in_an_arn_condition_keeps_its_colons_together() -> None:
    arn = "arn:aws:sns:us-east-1:1:red"

    assert met("ArnLike", "arn:aws:sns:*:1:${aws:PrincipalTag/team}", arn, **{"aws:PrincipalTag/team": "red"})


def test_variables_mean_nothing_in_numbers() -> None:
    assert not met("NumericEquals", "${some:Other}", "5", **{"some:Other": "5"})


def test_variables_are_text_where_a_document_is_too_old_for_them() -> None:
    condition = parse_condition("StringEquals", KEY, ("${aws:username}",))
    context = RequestContext({KEY: "bob", "aws:username": "bob"})

    assert holds(condition, context)
    assert not holds(condition, context, variables=False)
