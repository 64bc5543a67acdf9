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
        ("DateEquals", "2026-01", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("DateEquals", "2026-01-01T00:00:00.0Z", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("DateEquals", "2026-01-01T00:00", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("DateEquals", "2026", datetime(1970, 1, 1, 0, 33, 46, tzinfo=UTC), True),
        ("StringEqualsIgnoreCase", "strasse", "stra\u00dfe", False),
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
        ("IpAddress", ["10.0.0.0/8", "2001:DB8::/32"], "2001:db8:0:0::1", True),
        ("IpAddress", "2001:db8::1", "2001:DB8:0::1", True),
        ("IpAddress", "::/0", "10.1.2.3", False),
        ("IpAddress", "10.1.2.3/8", "10.9.9.9", True),
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
    assert met(f"ForAllValues:{operator}IfExists", "x")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_if_exists_changes_nothing_after_for_any_value(operator: str) -> None:
    """Tried on AWS: re:Post QU9HFmDzP0QGuU-fd7rS6B7w."""
    assert not met(f"ForAnyValue:{operator}IfExists", "x")


def test_if_exists_compares_when_the_key_is_there() -> None:
    assert not met("StringEqualsIfExists", "tap", "other")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_for_all_values_is_true_without_its_key(operator: str) -> None:
    assert met(f"ForAllValues:{operator}", "x")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_for_any_value_is_false_without_its_key(operator: str) -> None:
    assert not met(f"ForAnyValue:{operator}", "x")


@pytest.mark.parametrize("nothing", [[], "", ["", ""]])
def test_a_null_dataset_is_a_missing_key_to_set_operators_and_null(nothing: Any) -> None:
    """ "A null dataset, such as an empty string": "Condition operators", "Multivalued ARN condition operators"."""
    assert met("ForAllValues:StringEquals", "x", nothing)
    assert not met("ForAnyValue:StringNotEquals", "x", nothing)
    assert met("Null", "true", nothing)


def test_an_empty_string_is_a_value_to_an_operator_of_one_value() -> None:
    """The documentation's own policy compares s3:prefix with the empty string ("Condition operators", "String")."""
    assert met("StringLike", ["", "home/"], "")
    assert not met("StringEqualsIfExists", "x", "")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_a_key_with_several_values_must_be_asked_with_a_set_operator(operator: str, suffix: str) -> None:
    """ "You must use the ForAllValues or ForAnyValue set operators": "Single-valued vs. multivalued context keys"."""
    assert not met(f"{operator}{suffix}", ["a", "b"], ["a", "b"])
    assert not met(f"{operator}{suffix}", ["c", "d"], ["a", "b"])


@pytest.mark.parametrize(
    ("policy", "request_value", "expected"),
    [
        ("true", None, True),
        ("true", "x", False),
        ("false", None, False),
        ("FALSE", "x", True),
        (["true", "false"], None, True),
        (["true", "false"], "x", True),
        ("yes", "x", False),
        ("yes", None, False),
        ("${some:Other}", None, False),
    ],
)
def test_null_asks_whether_the_key_is_there(
    policy: str | list[str], request_value: str | None, *, expected: bool
) -> None:
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


def test_a_variable_without_a_value_is_like_nothing_and_negated_operators_match() -> None:
    """ "Inverted condition operators do match against a null value": "Policy variables with no value"."""
    for nothing in (None, "", ["red", "blue"]):
        team = {"aws:PrincipalTag/team": nothing}
        assert not met("StringLike", "*${aws:PrincipalTag/team}*", "red", **team)
        assert not met("StringEquals", "${aws:PrincipalTag/team}", "", **team)
        assert met("StringNotEquals", "${aws:PrincipalTag/team}", "red", **team)
        assert met("ArnNotLike", "arn:aws:sns:*:1:${aws:PrincipalTag/team}", "arn:aws:sns:us-east-1:1:red", **team)
        assert met("StringEquals", "${aws:PrincipalTag/team, 'red'}", "red", **team)


def test_a_truth_may_be_a_variable() -> None:
    """ "Policy variables: Supported" ("Condition operators", "Boolean")."""
    assert met("Bool", "${some:Other}", "true", **{"some:Other": "True"})
    assert not met("Bool", "${some:Other}", "true", **{"some:Other": "false"})
    assert not met("Bool", "${some:Other}", "true")


@pytest.mark.parametrize(
    ("operator", "text"),
    [("NumericEquals", "5"), ("DateEquals", "5"), ("BinaryEquals", "QQ=="), ("IpAddress", "10.0.0.1")],
)
def test_variables_mean_nothing_elsewhere(operator: str, text: str) -> None:
    """ "Policy variables: Not supported" of each of these ("Condition operators")."""
    assert not met(operator, "${some:Other}", text, **{"some:Other": text})


UNREADABLE = {
    "Numeric": ("ten", "NaN", "Infinity", "1e3", "1_000", "", " 5", "\u0665"),
    "Date": ("soon", "2026-13-01", "2026-W01", "20260101T000000Z", "NaN", "inf", "1e9", "9" * 30, "", "2026-01-01Z"),
}
TYPED = [
    (name, text)
    for kind, texts in UNREADABLE.items()
    for name in sorted(OPERATORS)
    if name.startswith(kind)
    for text in texts
]


@pytest.mark.parametrize(("operator", "text"), TYPED)
def test_what_is_no_number_or_date_is_like_none(operator: str, text: str) -> None:
    """Negated matching is what does not match, of whatever is no number too; the documentation says no more."""
    negates = OPERATORS[operator].negates

    assert met(operator, text, "5") is negates
    assert met(operator, "5", text or "?") is negates
    assert met(operator, text, text or "?") is negates


@pytest.mark.parametrize("text", ["\u00e9", "QQ=", "Q", "QQ==\n", "*"])
def test_what_is_no_base64_is_like_nothing(text: str) -> None:
    assert not met("BinaryEquals", text, text)
    assert not met("BinaryEquals", text, "QQ==")


@pytest.mark.parametrize("text", ["10.0.0.0/8", "10.0.0.256", "10.1", "::1%eth0/8", "nowhere", "?"])
def test_what_is_no_address_is_in_no_range(text: str) -> None:
    assert not met("IpAddress", ["0.0.0.0/0", "::/0"], text)
    assert met("NotIpAddress", ["0.0.0.0/0", "::/0"], text)


def test_variables_are_text_where_a_document_is_too_old_for_them() -> None:
    condition = parse_condition("StringEquals", KEY, ("${aws:username}",))
    context = RequestContext({KEY: "bob", "aws:username": "bob"})

    assert holds(condition, context)
    assert not holds(condition, context, variables=False)
