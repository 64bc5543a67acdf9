"""Cron and rate expressions: the examples of AWS's reference, the refusals, and what holds for every expression."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.services.events.expression import InvalidScheduleError, parse_schedule

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # a Sunday


def firings(expression: str, count: int, after: datetime = START) -> list[str]:
    """The next firings, as `YYYY-MM-DD HH:MM`."""
    timetable = parse_schedule(expression)
    found: list[str] = []
    moment: datetime | None = after
    while len(found) < count and moment is not None:
        moment = timetable.next_after(moment)
        if moment is not None:
            found.append(f"{moment:%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", ["2026-03-01 12:01", "2026-03-01 12:02"]),
        ("rate(5 minutes)", ["2026-03-01 12:05", "2026-03-01 12:10"]),
        ("rate(12 hours)", ["2026-03-02 00:00", "2026-03-02 12:00"]),
        ("rate(1 day)", ["2026-03-02 12:00", "2026-03-03 12:00"]),
        ("cron(0 10 * * ? *)", ["2026-03-02 10:00", "2026-03-03 10:00"]),
        ("cron(15 12 * * ? *)", ["2026-03-01 12:15", "2026-03-02 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-03-02 18:00", "2026-03-03 18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-04-01 08:00", "2026-05-01 08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-03-01 12:15", "2026-03-01 12:30", "2026-03-01 12:45", "2026-03-01 13:00"]),
        ("cron(0/10 * ? * MON-FRI *)", ["2026-03-02 00:00", "2026-03-02 00:10"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["2026-03-02 08:00", "2026-03-02 08:05"]),
        ("cron(0 9 ? * 2#1 *)", ["2026-03-02 09:00", "2026-04-06 09:00"]),
        ("cron(0 9 ? * FRI#5 *)", ["2026-05-29 09:00", "2026-07-31 09:00"]),
        ("cron(15 10 ? * 6L 2026-2027)", ["2026-03-27 10:15", "2026-04-24 10:15"]),
        ("cron(0 0 ? * L *)", ["2026-03-07 00:00", "2026-03-14 00:00"]),
        ("cron(0 0 L * ? *)", ["2026-03-31 00:00", "2026-04-30 00:00"]),
        ("cron(0 0 L FEB ? 2027,2028)", ["2027-02-28 00:00", "2028-02-29 00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("cron(0 6 15W * ? *)", ["2026-03-16 06:00", "2026-04-15 06:00"]),  # 15 March is a Sunday
        ("cron(0 6 1W AUG ? *)", ["2026-08-03 06:00"]),  # 1 August is a Saturday: never in July
        ("cron(0 6 31W MAY ? *)", ["2026-05-29 06:00"]),  # 31 May is a Sunday: never in June
        ("cron(0 6 31W FEB,MAR ? 2026)", ["2026-03-31 06:00"]),
        ("cron(5,35 14 * * ? *)", ["2026-03-01 14:05", "2026-03-01 14:35"]),
        ("cron(30 7-11/2 1,L * ? *)", ["2026-03-31 07:30", "2026-03-31 09:30", "2026-03-31 11:30", "2026-04-01 07:30"]),
        ("cron(0 0 ? JAN/6 SUN *)", ["2026-07-05 00:00", "2026-07-12 00:00"]),
    ],
)
def test_an_expression_fires_when_awss_reference_says(expression: str, expected: list[str]) -> None:
    assert firings(expression, len(expected)) == expected


def test_a_schedule_whose_years_are_over_never_fires_again() -> None:
    assert firings("cron(0 0 1 1 ? 2020-2025)", 1) == []


def test_a_firing_is_never_repeated() -> None:
    assert firings("cron(0 12 * * ? *)", 1, after=START) == ["2026-03-02 12:00"]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "5 minutes",
        "at(2026-03-01T00:00:00)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(-1 minutes)",
        "rate(5 seconds)",
        "rate(1.5 hours)",
        "cron(0 12 * * *)",
        "cron(0 12 * * ? * *)",
        "cron(0 12 * * * *)",
        "cron(0 12 ? * ? *)",
        "cron(60 12 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 12 0 * ? *)",
        "cron(0 12 32 * ? *)",
        "cron(0 12 * 13 ? *)",
        "cron(0 12 ? * 0 *)",
        "cron(0 12 ? * 8 *)",
        "cron(0 12 ? * MON#6 *)",
        "cron(0 12 ? * MON#1,TUE#2 *)",
        "cron(0 12 * * ? 1969)",
        "cron(0 12 * * ? 2200)",
        "cron(0/0 12 * * ? *)",
        "cron(10-5 12 * * ? *)",
        "cron(, 12 * * ? *)",
        "cron(0 12 LW * ? *)",
        "cron(L 12 * * ? *)",
        "cron(0 12 ? * 3W *)",
        "cron(0 12 * FOO ? *)",
    ],
)
def test_what_is_not_a_schedule_is_refused(expression: str) -> None:
    with pytest.raises(InvalidScheduleError):
        parse_schedule(expression)


numbers = st.integers(1, 999)


@given(numbers, st.sampled_from(["minute", "hour", "day"]))
def test_a_rate_fires_at_equal_distances(number: int, unit: str) -> None:
    timetable = parse_schedule(f"rate({number} {unit}{'' if number == 1 else 's'})")

    first = timetable.next_after(START)
    assert first is not None
    second = timetable.next_after(first)

    assert second is not None
    assert second - first == first - START == number * timedelta(**{f"{unit}s": 1})


@given(
    st.sets(st.integers(0, 59), min_size=1, max_size=4),
    st.sets(st.integers(0, 23), min_size=1, max_size=4),
    st.sets(st.integers(1, 7), min_size=1, max_size=7),
    st.datetimes(datetime(2000, 1, 1), datetime(2190, 1, 1)),  # noqa: DTZ001 - hypothesis takes naive bounds
)
def test_a_firing_fits_every_field_and_none_is_left_out(
    minutes: set[int], hours: set[int], weekdays: set[int], after: datetime
) -> None:
    after = after.replace(tzinfo=UTC)
    texts = [",".join(map(str, sorted(values))) for values in (minutes, hours, weekdays)]
    found = parse_schedule(f"cron({texts[0]} {texts[1]} ? * {texts[2]} *)").next_after(after)

    def fits(moment: datetime) -> bool:
        weekday = moment.isoweekday() % 7 + 1
        return moment.minute in minutes and moment.hour in hours and weekday in weekdays

    assert found is not None
    assert fits(found)
    between = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    skipped = [between + timedelta(minutes=step) for step in range(int((found - between) / timedelta(minutes=1)))]
    assert [moment for moment in skipped if fits(moment)] == []
