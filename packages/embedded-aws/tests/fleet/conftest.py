"""Builders for groups whose machines are counted, not run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from embedded_aws.fleet import Event, GroupSettings, Park, ScalingGroup, Timings, Words

T0 = datetime(2026, 1, 1, tzinfo=UTC)
OF_SETTINGS = {field.name for field in fields(GroupSettings)}


@pytest.fixture
def at() -> Callable[[float], datetime]:
    """Minutes after the beginning, as a time."""
    return lambda minutes: T0 + timedelta(minutes=minutes)


@pytest.fixture
def park() -> Park:
    """Where the machines of `make` come from."""
    return Park()


@pytest.fixture
def events() -> list[Event]:
    """What happened in groups made by `make`."""
    return []


@pytest.fixture
def make(park: Park, events: list[Event]) -> Callable[..., ScalingGroup]:
    """Makes a group of four in two zones, two minutes old and all in service, with whatever is given instead.

    Arguments are attributes of `GroupSettings` or of `Timings`; `age` is how old it is in minutes.
    """

    def build(*, age: float = 2, words: Words | None = None, **given: Any) -> ScalingGroup:
        usual: dict[str, Any] = {
            "min_size": 0,
            "max_size": 200,
            "desired": 4,
            "zones": ("a", "b"),
            "template_version": "1",
        }
        wished = GroupSettings(**(usual | {name: value for name, value in given.items() if name in OF_SETTINGS}))
        timings = Timings(**{name: value for name, value in given.items() if name not in OF_SETTINGS})
        rng = Random(0)  # noqa: S311 - a model
        fleet = ScalingGroup("g", wished, park, rng, T0, timings=timings, words=words, listeners=[events.append])
        fleet.advance(T0 + timedelta(minutes=age))
        return fleet

    return build
