"""Wildcards and policy variables, against a matcher written the slow and obvious way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.iam.patterns import Wildcard, literal, matches, matches_arn, pieces

NO_VARIABLES: dict[str, str] = {}


def fits(pattern: str, text: str) -> bool:
    parts = pieces(pattern)
    assert parts is not None
    return matches(parts, text)


def fits_arn(pattern: str, arn: str) -> bool:
    parts = pieces(pattern)
    assert parts is not None
    return matches_arn(parts, arn)


def slow_match(pattern: str, text: str) -> bool:
    """The definition itself: try every length for each `*`."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(slow_match(pattern[1:], text[length:]) for length in range(len(text) + 1))
    return bool(text) and pattern[0] in {"?", text[0]} and slow_match(pattern[1:], text[1:])


@given(pattern=st.text("ab.*?[", max_size=8), text=st.text("ab.[\n", max_size=8))
def test_matching_agrees_with_the_definition(pattern: str, text: str) -> None:
    assert fits(pattern, text) == slow_match(pattern, text)


@given(text=st.text(max_size=30).filter(lambda text: not set(text) & {"*", "?", "$"}))
def test_text_without_wildcards_matches_itself_only(text: str) -> None:
    assert fits(text, text)
    assert not fits(text, f"{text}x")


@given(text=st.text(max_size=30))
def test_a_star_matches_anything(text: str) -> None:
    assert fits("*", text)


@given(value=st.text(max_size=20))
def test_what_a_variable_brings_in_is_literal(value: str) -> None:
    parts = pieces("${aws:username}", {"aws:username": value}.get)

    assert parts is not None
    assert matches(parts, value)
    assert literal(parts) == value
    assert not any(isinstance(piece, Wildcard) for piece in parts)


@pytest.mark.parametrize("character", ["*", "?", "$"])
def test_an_escaped_character_is_itself(character: str) -> None:
    parts = pieces(f"a${{{character}}}b", NO_VARIABLES.get)

    assert parts is not None
    assert matches(parts, f"a{character}b")
    assert not matches(parts, "axb")


def test_a_variable_without_a_value_takes_its_default() -> None:
    assert pieces("home/${aws:PrincipalTag/team, 'company-wide'}", NO_VARIABLES.get) == ("home/", "company-wide")


def test_a_variable_with_a_value_ignores_its_default() -> None:
    assert pieces("${aws:PrincipalTag/team, 'x'}", {"aws:PrincipalTag/team": "red"}.get) == ("red",)


def test_a_variable_without_value_and_default_makes_the_pattern_match_nothing() -> None:
    assert pieces("home/${aws:username}", NO_VARIABLES.get) is None


def test_variables_are_plain_text_in_documents_older_than_them() -> None:
    assert pieces("${aws:username}", None) == ("${aws:username}",)


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("*", "arn:aws:sns:us-east-1:1:topic", True),
        ("arn:aws:sns:us-east-1:1:tap-*", "arn:aws:sns:us-east-1:1:tap-dev", True),
        ("arn:aws:sns:us-east-1:1:tap-*", "arn:aws:sns:us-east-1:1:other", False),
        ("arn:aws:sns:*:1:tap", "arn:aws:sns:eu-west-1:1:tap", True),
        ("arn:aws:sns:us-*-1:1:tap", "arn:aws:sns:us-east-1:1:tap", True),
        # Inside a segment a star stays there, even where a longer run would fit.
        ("arn:aws:sns:us*t-1:1:tap", "arn:aws:sns:us:9:t-1:1:tap", False),
        # At a segment's end it may go on.
        ("arn:aws:sns:us-*", "arn:aws:sns:us-east-1:1:tap", True),
        ("arn:aws:logs:r:1:log-group:/aws/x:*", "arn:aws:logs:r:1:log-group:/aws/x:log-stream:", True),
        ("arn:aws:logs:r:1:log-group:/aws/x", "arn:aws:logs:r:1:log-group:/aws/x:log-stream:", False),
        (
            "arn:aws:autoscaling:r:1:autoScalingGroup:*:autoScalingGroupName/tap-*",
            "arn:aws:autoscaling:r:1:autoScalingGroup:8c9b:autoScalingGroupName/tap-dev",
            True,
        ),
        (
            "arn:aws:autoscaling:r:1:autoScalingGroup:*:autoScalingGroupName/tap-*",
            "arn:aws:autoscaling:r:1:autoScalingGroup:8c9b:autoScalingGroupName/other",
            False,
        ),
        ("arn:aws:sns:us-east-?:1:tap", "arn:aws:sns:us-east-1:1:tap", True),
        # Wildcards are "within the individual segments"; only a star at the end of one goes beyond the colon.
        ("arn:aws:sns:us-east-1?1:tap", "arn:aws:sns:us-east-1:1:tap", False),
        ("arn:aws:sns:us-east-1:1:tap?dev", "arn:aws:sns:us-east-1:1:tap:dev", True),
        ("ARN:aws:sns:us-east-1:1:tap", "arn:aws:sns:us-east-1:1:tap", False),
    ],
)
def test_resources_are_matched_segment_by_segment(pattern: str, arn: str, *, expected: bool) -> None:
    assert fits_arn(pattern, arn) is expected


def test_case_counts_unless_told_otherwise() -> None:
    parts = pieces("SNS:Pub*")

    assert parts is not None
    assert matches(parts, "sns:publish", ignore_case=True)
    assert not matches(parts, "sns:publish")
