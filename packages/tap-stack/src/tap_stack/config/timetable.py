"""Capacity by the clock: `tap:schedules`, checked. Pure; each check raises ValueError to complete "accepted: ...".

An action sets the desired capacity, within the group's sizes. It does not move those: they are what the configuration
says, and a deployment would move them back.

Source: EC2 Auto Scaling User Guide, "Scheduled scaling" (five fields of cron, IANA time zones, no two actions of a
group at the same time).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from tap_stack.config import checks
from tap_stack.errors import shown

MOST = 20
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
KEYS = frozenset({"recurrence", "desiredCapacity", "timeZone"})
IN_WORDS = (
    'empty, or actions by name in JSON, such as {"morning": {"recurrence": "0 6 * * MON-FRI", "desiredCapacity": 4, '
    '"timeZone": "Europe/Berlin"}}'
)
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(DAYS)}),
)
PART = re.compile(r"(\*|(?P<first>\w+)(-(?P<last>\w+))?)(/(?P<step>[1-9]\d?))?")


@dataclass(frozen=True)
class CapacityAction:
    """One action: when it sets which desired capacity."""

    name: str
    recurrence: str
    desired_capacity: int
    time_zone: str


def document(value: str) -> str:
    """The actions in their shortest form; empty for none. Their capacities are not judged here."""
    if not value:
        return ""
    try:
        found = json.loads(value, object_pairs_hook=_each_key_once)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{IN_WORDS}; this is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{IN_WORDS}; this is no mapping")  # noqa: TRY004 - pydantic takes a ValueError
    if len(found) > MOST:
        raise ValueError(f"at most {MOST} actions; there are {len(found)}")
    for name, action in found.items():
        if not NAME.fullmatch(name):
            raise ValueError(f"names of 1 to 32 lower-case letters, digits and hyphens; {shown(name)} is none")
        if wrong := _wrong_in(action):
            raise ValueError(f"{IN_WORDS}; {name} {wrong}")
    times = [(each["recurrence"], each.get("timeZone", "UTC")) for each in found.values()]
    if len(set(times)) < len(times):
        raise ValueError("actions at times of their own: AWS refuses two at the same one")
    return json.dumps(found, separators=(",", ":")) if found else ""


def read(text: str) -> tuple[CapacityAction, ...]:
    """The actions of a checked document."""
    found: dict[str, dict[str, Any]] = json.loads(text) if text else {}
    return tuple(
        CapacityAction(name, each["recurrence"], each["desiredCapacity"], each.get("timeZone", "UTC"))
        for name, each in found.items()
    )


def between(value: str, info: ValidationInfo) -> str:
    """Actions whose capacities the group's sizes allow."""
    least, most = info.data.get("min_size", 0), info.data.get("max_size", 10_000)
    for each in read(value):
        if not least <= each.desired_capacity <= most:
            wanted = f"a desiredCapacity from minSize to maxSize, which are {least} and {most}"
            raise ValueError(f"{wanted}; {each.name} has {each.desired_capacity}")
    return value


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"{IN_WORDS}; with each key once")
    return found


def _wrong_in(action: object) -> str:
    """What is wrong with an action, as the end of a sentence; "" if nothing is."""
    if not isinstance(action, dict):
        return "is no object"
    if foreign := sorted(action.keys() - KEYS):
        return f"has {shown(foreign[0])}, which an action has not"
    desired, recurrence, zone = (action.get(key) for key in ("desiredCapacity", "recurrence", "timeZone"))
    if not isinstance(desired, int) or isinstance(desired, bool):
        return "has no desiredCapacity that is a whole number"
    if not isinstance(recurrence, str):
        return "has no recurrence"
    known = available_timezones()
    if zone is not None and (not isinstance(zone, str) or (known and zone not in known)):
        return f"has the time zone {shown(str(zone))}, which the IANA database has not"
    return _wrong_in_recurrence(recurrence)


def _wrong_in_recurrence(text: str) -> str:
    fields = text.split()
    if len(fields) != len(FIELDS):
        return f"has a recurrence of {len(fields)} fields; cron has {len(FIELDS)}: minute, hour, day, month, weekday"
    for field, (name, low, high, names) in zip(fields, FIELDS, strict=True):
        for part in field.split(","):
            match = PART.fullmatch(part)
            ends = [names.get(end.upper(), end) for end in (match["first"], match["last"]) if end] if match else ["x"]
            if not all(isinstance(end, int) or end.isdecimal() for end in ends):
                return f"has {shown(part)} in its recurrence, which is no {name}"
            numbers = [int(end) for end in ends]
            if numbers != sorted(numbers) or any(not low <= number <= high for number in numbers):
                return f"has {shown(part)} in its recurrence, which is no {name} of {low} to {high}"
    return ""


Schedules: TypeAlias = Annotated[
    str, BeforeValidator(checks.document), AfterValidator(document), AfterValidator(between)
]
