"""EventBridge's schedule expressions, `rate(5 minutes)` and `cron(0 18 ? * MON-FRI *)`, and Auto Scaling's recurrences.

Pure. EventBridge's times are UTC.

Source: Amazon EventBridge user guide, "Cron expressions reference" and "Rate expressions reference". What the reference
does not name (`LW`, a range that wraps around) is refused, not guessed.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
SATURDAY = 7
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
CRON_FIELDS = 6


class InvalidScheduleError(ValueError):
    """Not a schedule expression; `str()` of it says what is wrong."""


class Timetable(Protocol):
    """When a rule fires."""

    def next_after(self, moment: datetime) -> datetime | None:
        """The first firing after `moment`, which is the last firing or the creation; None if there is none."""


@dataclass(frozen=True)
class Rate:
    """A fixed period: the first firing is one period after the rule was created."""

    period: timedelta

    def next_after(self, moment: datetime) -> datetime:
        """One period later."""
        return moment + self.period


def parse_schedule(expression: str) -> Timetable:
    """Read an expression. Raises InvalidScheduleError: EventBridge would not take it."""
    match = re.fullmatch(r"(rate|cron)\((.*)\)", expression)
    if match is None:
        raise InvalidScheduleError(f"{expression!r} is neither rate(...) nor cron(...)")
    return PARSERS[match[1]](match[2])


def parse_rate(text: str) -> Rate:
    """Read what is between the brackets of `rate(...)`: the unit is singular for 1 and plural otherwise."""
    match = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text)
    if match is None or (match[1] == "1") == bool(match[3]):
        raise InvalidScheduleError(f"rate({text}): expected a positive number and minute(s), hour(s) or day(s)")
    return Rate(int(match[1]) * UNITS[match[2]])


@dataclass(frozen=True)
class CronField:
    """One of the six: its name, the values it may have, and the names that stand for some of them."""

    name: str
    low: int
    high: int
    names: dict[str, int]


MINUTES = CronField("minutes", 0, 59, {})
HOURS = CronField("hours", 0, 23, {})
DAYS = CronField("day-of-month", 1, 31, {})
MONTH = CronField("month", 1, 12, MONTHS)
DAYS_OF_WEEK = CronField("day-of-week", 1, 7, WEEKDAYS)
YEARS = CronField("year", 1970, 2199, {})
CRONTAB_WEEKDAYS = CronField("day-of-week", 0, 7, {name: number - 1 for name, number in WEEKDAYS.items()})

DayRule = Callable[[int, int], set[int]]
"""(year, month) to the days of it."""


@dataclass(frozen=True)
class Cron:
    """A parsed cron expression: sets of values, what makes the days of a month, and where the clock hangs."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    days: DayRule
    zone: tzinfo = UTC

    def next_after(self, moment: datetime) -> datetime | None:
        """The first minute after `moment` that fits, None if the years are over."""
        times = [(hour, minute) for hour in self.hours for minute in self.minutes]
        for day in self._days_from(moment.astimezone(self.zone).date()):
            for hour, minute in times:
                candidate = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                if candidate > moment:
                    return candidate
        return None

    def _days_from(self, first: date) -> Iterator[date]:
        for year in sorted(year for year in self.years if year >= first.year):
            for month in sorted(self.months):
                if (year, month) >= (first.year, first.month):
                    found = (date(year, month, day) for day in sorted(self.days(year, month)))
                    yield from (day for day in found if day >= first)


def parse_cron(text: str) -> Cron:
    """Read what is between the brackets of `cron(...)`."""
    fields = text.split()
    if len(fields) != CRON_FIELDS:
        raise InvalidScheduleError(f"cron({text}): expected {CRON_FIELDS} fields, got {len(fields)}")
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise InvalidScheduleError(f"cron({text}): exactly one of day-of-month and day-of-week must be ?")
    if "#" in day_of_week and "," in day_of_week:
        raise InvalidScheduleError(f"{day_of_week!r}: a day-of-week with # can be the only one")
    return Cron(
        minutes=tuple(sorted(_values(MINUTES, minutes))),
        hours=tuple(sorted(_values(HOURS, hours))),
        months=frozenset(_values(MONTH, month)),
        years=frozenset(_values(YEARS, year)),
        days=_days(day_of_week, _day_of_week) if day_of_month == "?" else _days(day_of_month, _day_of_month),
    )


def parse_recurrence(text: str, zone: tzinfo) -> Cron:
    """Read the five fields of a recurrence of Auto Scaling's; Sunday is 0 or 7.

    Where both the day of the month and the day of the week are given, either will do (crontab(5)).

    Source: EC2 Auto Scaling user guide, "Scheduled scaling", recurring schedules.
    """
    fields = text.split()
    if len(fields) != CRON_FIELDS - 1:
        raise InvalidScheduleError(f"{text!r}: expected {CRON_FIELDS - 1} fields, got {len(fields)}")
    minutes, hours, day_of_month, month, day_of_week = fields
    given = _values(DAYS, day_of_month)
    weekdays = {value % 7 + 1 for value in _values(CRONTAB_WEEKDAYS, day_of_week)}

    def days(year: int, month: int) -> set[int]:
        by_month = {day for day in given if day <= _length(year, month)}
        by_week = set(_weekdays(year, month, weekdays))
        return by_month & by_week if "*" in {day_of_month, day_of_week} else by_month | by_week

    return Cron(
        minutes=tuple(sorted(_values(MINUTES, minutes))),
        hours=tuple(sorted(_values(HOURS, hours))),
        months=frozenset(_values(MONTH, month)),
        years=frozenset(range(YEARS.low, YEARS.high + 1)),
        days=days,
        zone=zone,
    )


PARSERS: dict[str, Callable[[str], Timetable]] = {"rate": parse_rate, "cron": parse_cron}


def _values(field: CronField, text: str) -> set[int]:
    return {value for part in text.split(",") for value in _part(field, part)}


def _part(field: CronField, text: str) -> range:
    """`*`, `5`, `1-5`, and each of them with `/step`; `5/10` begins at 5."""
    body, slash, step = text.partition("/")
    first, dash, last = body.partition("-")
    low = field.low if body == "*" else _value(field, first)
    open_ended = body == "*" or bool(slash)
    high = _value(field, last) if dash else field.high if open_ended else low
    if (slash and not re.fullmatch(r"[1-9]\d*", step)) or high < low:
        raise InvalidScheduleError(f"{text!r} is not a {field.name} of a cron expression")
    return range(low, high + 1, int(step) if slash else 1)


def _value(field: CronField, text: str) -> int:
    value = field.names.get(text.upper(), int(text) if re.fullmatch(r"\d{1,4}", text) else -1)
    if not field.low <= value <= field.high:
        raise InvalidScheduleError(f"{text!r} is not a {field.name} of a cron expression")
    return value


def _days(text: str, rule_of: Callable[[str], DayRule]) -> DayRule:
    """The days of any of the parts between commas."""
    rules = [rule_of(part) for part in text.split(",")]
    return lambda year, month: set().union(*(rule(year, month) for rule in rules))


def _day_of_month(part: str) -> DayRule:
    if part == "L":
        return lambda year, month: {_length(year, month)}
    if part.endswith("W"):
        wanted = _value(DAYS, part.removesuffix("W"))
        return lambda year, month: _nearest_weekday(year, month, wanted)
    days = set(_part(DAYS, part))
    return lambda year, month: {day for day in days if day <= _length(year, month)}


def _nearest_weekday(year: int, month: int, day: int) -> set[int]:
    """Monday to Friday next to a day, never in another month; nothing in a month without that day."""
    length = _length(year, month)
    if day > length:
        return set()
    match date(year, month, day).isoweekday():
        case 6:
            return {day - 1 if day > 1 else day + 2}
        case 7:
            return {day + 1 if day < length else day - 2}
        case _:
            return {day}


def _day_of_week(part: str) -> DayRule:
    if part == "L":
        return lambda year, month: set(_weekdays(year, month, {SATURDAY}))
    if part.endswith("L"):
        weekday = _value(DAYS_OF_WEEK, part.removesuffix("L"))
        return lambda year, month: {_weekdays(year, month, {weekday})[-1]}
    if "#" in part:
        return _nth_weekday(part)
    weekdays = set(_part(DAYS_OF_WEEK, part))
    return lambda year, month: set(_weekdays(year, month, weekdays))


def _nth_weekday(part: str) -> DayRule:
    """`3#2` is the second Tuesday; a month that has no fifth one is left out."""
    name, _, place = part.partition("#")
    if not re.fullmatch(r"[1-5]", place):
        raise InvalidScheduleError(f"{part!r} is not a day-of-week of a cron expression")
    weekday, index = _value(DAYS_OF_WEEK, name), int(place) - 1
    return lambda year, month: set(_weekdays(year, month, {weekday})[index : index + 1])


def _weekdays(year: int, month: int, wanted: set[int]) -> list[int]:
    """The days of a month that fall on one of these weekdays, 1 being Sunday."""
    days = range(1, _length(year, month) + 1)
    return [day for day in days if date(year, month, day).isoweekday() % 7 + 1 in wanted]


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
