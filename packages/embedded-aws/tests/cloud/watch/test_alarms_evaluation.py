"""When an alarm changes: both tables of the documentation, the rules around them, and the words of the reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.services.cloudwatch.evaluation import (
    EXTRA_PERIODS,
    OPERATORS,
    AlarmCondition,
    AlarmState,
    Datapoint,
    evaluate,
    reason_data,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OK, ALARM, INSUFFICIENT, RETAIN = "OK", "ALARM", "INSUFFICIENT_DATA", None
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
VALUES = {"X": 9.0, "0": 1.0, "-": None}


def rule(periods: int = 3, to_alarm: int | None = 3, treatment: str = "missing") -> AlarmCondition:
    return AlarmCondition("GreaterThanThreshold", 5.0, periods, to_alarm, treatment)


def window(drawn: str) -> list[Datapoint]:
    """Datapoints as the documentation draws them: oldest first, X breaching, 0 not, - missing."""
    newest_first = [VALUES[symbol] for symbol in reversed(drawn.replace(" ", ""))]
    return [Datapoint(NOW - MINUTE * (age + 1), value) for age, value in enumerate(newest_first)]


def state(rule_: AlarmCondition, drawn: str) -> str | None:
    outcome = evaluate(rule_, window(drawn))
    return None if outcome is None else outcome.state.value


FIRST_TABLE: dict[str, tuple[str | None, ...]] = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - - - -": (OK, OK, OK, OK),
    "- - - - -": (INSUFFICIENT, RETAIN, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, RETAIN, ALARM, OK),
}
SECOND_TABLE: dict[str, tuple[str | None, ...]] = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - X -": (ALARM, RETAIN, ALARM, OK),
}


def cells(table: dict[str, tuple[str | None, ...]]) -> list[tuple[str, str, str | None]]:
    return [(drawn, each, row[at]) for drawn, row in table.items() for at, each in enumerate(TREATMENTS)]


@pytest.mark.parametrize(("drawn", "treatment", "expected"), cells(FIRST_TABLE))
def test_three_out_of_three_is_as_the_documentation_has_it(drawn: str, treatment: str, expected: str | None) -> None:
    assert state(rule(3, 3, treatment), drawn) == expected


@pytest.mark.parametrize(("drawn", "treatment", "expected"), cells(SECOND_TABLE))
def test_two_out_of_three_is_as_the_documentation_has_it(drawn: str, treatment: str, expected: str | None) -> None:
    assert state(rule(3, 2, treatment), drawn) == expected


@pytest.mark.parametrize("drawn", ["- - - - X", "- - - X -"])
def test_a_fresh_breach_alone_does_not_alarm_yet(drawn: str) -> None:
    assert state(rule(3, 3), drawn) is RETAIN


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("GreaterThanOrEqualToThreshold", False, True, True),
        ("GreaterThanThreshold", False, False, True),
        ("LessThanThreshold", True, False, False),
        ("LessThanOrEqualToThreshold", True, True, False),
    ],
)
def test_operators_compare_the_datapoint_with_the_threshold(
    comparison: str, *, below: bool, equal: bool, above: bool
) -> None:
    watching = AlarmCondition(comparison, 5.0, 1, None, "missing")

    assert (watching.breaches(4), watching.breaches(5), watching.breaches(6)) == (below, equal, above)


DRAWN = st.text("X0-", min_size=3 + EXTRA_PERIODS, max_size=3 + EXTRA_PERIODS)


@given(drawn=DRAWN, to_alarm=st.integers(1, 3))
def test_three_datapoints_decide_alike_however_missing_ones_are_treated(drawn: str, to_alarm: int) -> None:
    states = {state(rule(3, to_alarm, treatment), drawn) for treatment in TREATMENTS}
    known = [symbol for symbol in drawn if symbol != "-"]

    if len(known) >= 3:
        assert states == {ALARM if known[-3:].count("X") >= to_alarm else OK}


@given(drawn=DRAWN, to_alarm=st.integers(1, 3))
def test_treating_missing_as_breaching_is_never_milder_than_as_not_breaching(drawn: str, to_alarm: int) -> None:
    harsh, mild = (state(rule(3, to_alarm, treatment), drawn) for treatment in ("breaching", "notBreaching"))

    assert {harsh, mild} <= {OK, ALARM}
    assert not (harsh == OK and mild == ALARM)


@given(drawn=DRAWN, to_alarm=st.integers(1, 3), treatment=st.sampled_from(TREATMENTS))
def test_a_worse_datapoint_never_ends_an_alarm(drawn: str, to_alarm: int, treatment: str) -> None:
    rule_ = rule(3, to_alarm, treatment)

    if state(rule_, drawn) == ALARM:
        assert state(rule_, drawn.replace("0", "X")) == ALARM


@given(drawn=DRAWN, treatment=st.sampled_from(TREATMENTS))
def test_insufficient_data_is_only_for_missing_data_treated_as_missing(drawn: str, treatment: str) -> None:
    insufficient = state(rule(3, 3, treatment), drawn) == INSUFFICIENT

    assert insufficient is (set(drawn) == {"-"} and treatment == "missing")


def reason(rule_: AlarmCondition, drawn: str) -> str:
    outcome = evaluate(rule_, window(drawn))
    assert outcome is not None
    return outcome.reason


@pytest.mark.parametrize(
    ("watching", "drawn", "expected"),
    [
        (
            rule(1, None),
            "- - X",
            "Threshold Crossed: 1 datapoint [9.0 (01/01/26 11:59:00)] was greater than the threshold (5.0).",
        ),
        (
            rule(2, None),
            "- - 0 0",
            (
                "Threshold Crossed: 2 datapoints [1.0 (01/01/26 11:59:00), 1.0 (01/01/26 11:58:00)] "
                "were not greater than the threshold (5.0)."
            ),
        ),
        (
            rule(3, 2),
            "- - X 0 X",
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [9.0 (01/01/26 11:59:00), 9.0 (01/01/26 11:57:00)] "
                "were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
            ),
        ),
        (
            rule(1, 1),
            "- - 0",
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (01/01/26 11:59:00)] "
                "was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."
            ),
        ),
        (
            rule(1, None, "breaching"),
            "- - -",
            (
                "Threshold Crossed: no datapoints were received for 1 period "
                "and 1 missing datapoint was treated as [Breaching]."
            ),
        ),
        (
            rule(2, None, "notBreaching"),
            "- - - -",
            (
                "Threshold Crossed: no datapoints were received for 2 periods "
                "and 2 missing datapoints were treated as [NonBreaching]."
            ),
        ),
        (
            rule(2, None, "breaching"),
            "- - 0 -",
            (
                "Threshold Crossed: 1 datapoint [1.0 (01/01/26 11:58:00)] was not greater than the threshold (5.0) "
                "and 1 missing datapoint was treated as [Breaching]."
            ),
        ),
        (rule(5, None), "- - - - - - -", "Insufficient Data: 5 datapoints were unknown."),
    ],
)
def test_reasons_read_as_those_of_real_alarms(watching: AlarmCondition, drawn: str, expected: str) -> None:
    assert reason(watching, drawn) == expected


def test_an_alarm_that_missing_data_made_names_the_missing_data() -> None:
    watching = rule(3, None, "breaching")

    assert reason(watching, "- - X X -").endswith(" and 1 missing datapoint was treated as [Breaching].")


def test_the_data_of_a_reason_have_the_datapoints_that_decided() -> None:
    watching = rule(2, 2)
    outcome = evaluate(watching, window("0 0 X X"))
    assert outcome is not None

    data = reason_data(watching, outcome, now=NOW, statistic="Average", period=60)

    assert data == {
        "version": "1.0",
        "queryDate": "2026-01-01T12:00:00.000+0000",
        "startDate": "2026-01-01T11:58:00.000+0000",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [9.0, 9.0],
        "threshold": 5.0,
        "evaluatedDatapoints": [
            {"timestamp": "2026-01-01T11:59:00.000+0000", "value": 9.0},
            {"timestamp": "2026-01-01T11:58:00.000+0000", "value": 9.0},
        ],
    }


def test_every_operator_has_its_words() -> None:
    assert sorted(words for words, _ in OPERATORS.values()) == [
        "greater than",
        "greater than or equal to",
        "less than",
        "less than or equal to",
    ]


def test_states_are_those_of_the_api() -> None:
    assert {each.value for each in AlarmState} == {OK, ALARM, INSUFFICIENT}
