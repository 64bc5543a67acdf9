"""The numbers that the healer works by: every one with its default, its bounds and what it means to a user."""

from __future__ import annotations

import dataclasses
import difflib
import json
import reprlib
from dataclasses import dataclass
from typing import Any, Self

SHOWN = 200  # characters of a text that is not accepted


def number(default: int, minimum: int, maximum: int, description: str) -> Any:
    """A whole number of the policy: its default, the smallest and largest value accepted, and its meaning."""
    metadata = {"description": description, "minimum": minimum, "maximum": maximum}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Numbers:
    """Numbers to go by; the fields of a subclass are made with `number`.

    Raises:
        ValueError: A value is not a whole number or outside of its bounds; names key, value and what is accepted.
    """

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            _check(item, getattr(self, item.name))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The numbers from a JSON object; keys left out have their defaults, and an empty text means all of them.

        Raises:
            ValueError: Not a JSON object, an unknown key (the message names the nearest one), or a value not accepted.
        """
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        try:
            values = json.loads(text or "{}")
        except (ValueError, RecursionError) as error:
            raise ValueError(f"policy = {shown!r} is not accepted; accepted: a JSON object ({error})") from error
        if not isinstance(values, dict):
            raise ValueError(f"policy = {shown!r} is not accepted; accepted: a JSON object")  # noqa: TRY004 - one kind of error for one kind of mistake
        known = [item.name for item in dataclasses.fields(cls)]
        for key, value in values.items():
            if key not in known:
                name = key if len(key) <= SHOWN else f"{key[:SHOWN]}..."
                raise ValueError(f"{name} = {reprlib.repr(value)} is not accepted; accepted: {_nearest(name, known)}")
        return cls(**values)

    def to_json(self) -> str:
        """All of them as one line of JSON, in the order of the fields."""
        return json.dumps(dataclasses.asdict(self))


@dataclass(frozen=True)
class Policy(Numbers):
    """How fast, how widely and how patiently the healer may act.

    All values are whole numbers; `_seconds` and `_percent` name the unit, everything else is a count. Percentages of
    limits that hold the healer back are rounded so that the limit is the stricter one.
    """

    system_check_window_seconds: int = number(
        120, 60, 3600, "How long the EC2 system status check must have failed before an instance is replaced"
    )
    ebs_check_window_seconds: int = number(
        120, 60, 3600, "How long the attached EBS status check must have failed before an instance is replaced"
    )
    instance_check_window_seconds: int = number(
        300, 60, 3600, "How long the EC2 instance status check must have failed before an instance is replaced"
    )
    in_flight_minimum: int = number(
        1, 1, 100, "How many instances may be coming or going at once in however small a group"
    )
    in_flight_percent: int = number(
        10, 1, 50, "Share of the desired capacity that may be coming or going at once, whoever started it"
    )
    small_group_size: int = number(
        20, 1, 1000, "Desired capacity from which the marks of one sweep are a share of it instead of a fixed number"
    )
    small_group_sweep_marks: int = number(1, 1, 10, "New marks in one sweep while the group is small")
    sweep_percent: int = number(5, 1, 50, "Share of the desired capacity that one sweep may mark in a larger group")
    hour_minimum: int = number(2, 1, 100, "New marks in any 60 minutes that are allowed in however small a group")
    hour_percent: int = number(20, 1, 100, "Share of the desired capacity that may be marked in any 60 minutes")
    floor_minimum: int = number(
        1, 1, 1000, "Unmarked instances in service that no mark goes below (a group of one may be healed)"
    )
    floor_percent: int = number(
        50, 0, 100, "Share of the desired capacity, as unmarked instances in service, that no mark goes below"
    )
    zone_brake_percent: int = number(
        55, 10, 100, "Share of a zone's instances impaired at which the zone itself is suspected and only probed"
    )
    zone_brake_minimum: int = number(3, 1, 100, "Impaired instances in a zone below which the zone is never suspected")
    zone_probe_seconds: int = number(600, 60, 7200, "Time between two probing replacements in a suspected zone")
    burst_minimum: int = number(3, 2, 100, "Instances failing together below which it is never called a burst")
    burst_percent: int = number(20, 1, 100, "Share of the instances in service failing together that makes a burst")
    burst_window_seconds: int = number(300, 60, 3600, "Time within which failures count as failing together")
    proving_seconds: int = number(
        300, 60, 3600, "How long a replacement must stay healthy in a burst before the healer widens its pace"
    )
    cooldown_seconds: int = number(
        60, 10, 3600, "Pause after the first failed replacement in a burst; doubles with each further one in a row"
    )
    cooldown_longest_seconds: int = number(600, 10, 7200, "Longest pause after failed replacements in a burst")
    bad_image_failures: int = number(
        2, 1, 20, "Failures among the latest replacements at which the healer suspects the image and suspends itself"
    )
    bad_image_replacements: int = number(4, 1, 20, "How many of the latest replacements are looked at for a bad image")
    bad_image_seconds: int = number(
        3600, 300, 86400, "Time after its launch within which a failing replacement speaks against the image"
    )
    failed_launches: int = number(2, 1, 20, "Failed launches within a short time at which the healer suspends itself")
    failed_launches_seconds: int = number(900, 60, 7200, "The short time in which failed launches are counted")
    skip_longest_seconds: int = number(
        604800, 3600, 2592000, "How far ahead an instance's tag tap:healer-skip-until may lie to be honoured"
    )
    event_age_seconds: int = number(60, 30, 300, "Age at which a scheduled event is too old to act upon")


def _check(item: dataclasses.Field[Any], value: object) -> None:
    """Raise ValueError unless `value` is a whole number within the field's bounds."""
    minimum, maximum = item.metadata["minimum"], item.metadata["maximum"]
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not minimum <= value <= maximum:
        raise ValueError(
            f"{item.name} = {reprlib.repr(value)} is not accepted; accepted: a whole number from {minimum} to {maximum}"
        )


def _nearest(key: str, known: list[str]) -> str:
    """The keys that `key` may have been meant to be, as a phrase."""
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    return f"{close[0]} (the nearest known key)" if close else "one of " + ", ".join(known)
