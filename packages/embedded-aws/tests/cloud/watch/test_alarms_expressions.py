"""Metric math: each operation and function on series with gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from embedded_aws.calls import AwsError
from embedded_aws.services.cloudwatch.expressions import Series, evaluate

STARTS = [datetime(2026, 1, 1, 12, minute, tzinfo=UTC) for minute in range(4)]
GAP = None


def series(*values: float | None) -> Series:
    return {start: value for start, value in zip(STARTS, values, strict=True) if value is not None}


SCOPE = {"a": series(1, 2, GAP, 4), "b": series(2, 0, 3, GAP), "z": {}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + 1", series(2, 3, GAP, 5)),
        ("a + b", series(3, 2, GAP, GAP)),
        ("a - b", series(-1, 2, GAP, GAP)),
        ("a * b", series(2, 0, GAP, GAP)),
        ("a / b", series(0.5, GAP, GAP, GAP)),
        ("-a", series(-1, -2, GAP, -4)),
        ("(a + 1) * 2 - 1", series(3, 5, GAP, 9)),
        ("a > 1", series(0, 1, GAP, 1)),
        ("a >= b", series(0, 1, GAP, GAP)),
        ("a < 2", series(1, 0, GAP, 0)),
        ("a <= 2", series(1, 1, GAP, 0)),
        ("a == 2", series(0, 1, GAP, 0)),
        ("a != 2", series(1, 0, GAP, 1)),
        ("7", series(7, 7, 7, 7)),
        ("ABS(0 - a)", series(1, 2, GAP, 4)),
        ("CEIL(a / 3)", series(1, 1, GAP, 2)),
        ("FLOOR(a / 3)", series(0, 0, GAP, 1)),
        ("SUM([a, b])", series(3, 2, 3, 4)),
        ("SUM(METRICS())", series(3, 2, 3, 4)),
        ("MAX([a, b])", series(2, 2, 3, 4)),
        ("MIN([a, b])", series(1, 0, 3, 4)),
        ("AVG([a, b])", series(1.5, 1, 3, 4)),
        ("MAX(a)", series(4, 4, 4, 4)),
        ("a / SUM(a)", series(1 / 7, 2 / 7, GAP, 4 / 7)),
        ("FILL(a, 0)", series(1, 2, 0, 4)),
        ("FILL(a, b)", series(1, 2, 3, 4)),
        ("FILL(b, REPEAT)", series(2, 0, 3, 3)),
        ("FILL(z, REPEAT)", series(GAP, GAP, GAP, GAP)),
        ("IF(a > 1, a, 0)", series(0, 2, GAP, 4)),
        ("IF(a > 1, b, a)", series(1, 0, GAP, GAP)),
        ("z + 1", {}),
        ("MAX(z)", {}),
    ],
)
def test_expressions_are_worked_out_point_by_point(expression: str, expected: Series) -> None:
    assert evaluate(expression, SCOPE, STARTS) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("c + 1", "c"),
        ("[a, b]", "several"),
        ("[a, b] + 1", "array"),
        ("a ** 2", "Pow"),
        ("a < b < 3", "comparison"),
        ("a if b else 1", "IfExp"),
        ("RATE(a)", "RATE"),
        ("a.b", "Attribute"),
        ("__import__('os')", "__import__"),
        ("'text'", "text"),
        ("not a", "Not"),
        ("a +", "a +"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(expression: str, named: str) -> None:
    with pytest.raises(AwsError, match="ValidationError") as refusal:
        evaluate(expression, SCOPE, STARTS)

    assert named in str(refusal.value)


def test_the_windows_are_those_asked_about() -> None:
    later = [start + timedelta(hours=1) for start in STARTS]

    assert evaluate("FILL(a, 5)", SCOPE, later) == dict.fromkeys(later, 5.0)
