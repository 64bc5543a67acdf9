"""The CPU load of instances: what somebody gave their group, or that of a machine with nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

IDLE = 0.5
"""Average CPU of an instance that nobody gave a load, in percent: no machine runs, and so nothing is at work."""


@dataclass(frozen=True)
class GivenLoad:
    """A CPU load that somebody gave a group.

    Attributes:
        since: When it was given; it counts from the next minute on.
        until: When it ends; None if it stays.
    """

    percent: float
    since: datetime
    until: datetime | None = None


class Loads:
    """The loads that were given to groups, and so what each group's was at any time."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], list[GivenLoad]] = {}

    def give(self, region: str, group: str, load: GivenLoad) -> None:
        """From now on it is this one; once that ends, what it was before."""
        self._given.setdefault((region, group), []).append(load)

    def at(self, region: str, group: str | None, when: datetime) -> float:
        """The average CPU of a group's instances in percent; `IDLE` where nobody gave a load."""
        for load in reversed(self._given.get((region, group or ""), [])):
            if load.since < when and (load.until is None or when <= load.until):
                return load.percent
        return IDLE
