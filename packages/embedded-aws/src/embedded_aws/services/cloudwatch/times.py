"""Times as moto keeps them (UTC without saying so), as boto3 has them (aware), and as CloudWatch writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from embedded_aws.clock import Clock


def aware(when: datetime) -> datetime:
    """A time that says that it is UTC."""
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def naive(when: datetime) -> datetime:
    """A time as moto keeps it."""
    return aware(when).astimezone(UTC).replace(tzinfo=None)


def stamp(when: datetime) -> str:
    """A time as CloudWatch writes it in JSON."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000"


def aligned(when: datetime, period: timedelta) -> datetime:
    """The last whole multiple of a period (since 1970) that is not after `when`."""
    seconds = period.total_seconds()
    return datetime.fromtimestamp(when.timestamp() // seconds * seconds, UTC)


def every_aligned(clock: Clock, period: timedelta, act: Callable[[datetime], None]) -> None:
    """Call `act` with the time at each whole multiple of a period, from the next one on."""

    def schedule(when: datetime) -> None:
        def fire() -> None:
            schedule(when + period)
            act(when)

        clock.at(when, fire)

    schedule(aligned(clock.now(), period) + period)
