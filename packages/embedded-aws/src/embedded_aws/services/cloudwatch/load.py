"""The CPU load of instances: what somebody gave their group, or that of a machine with nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

IDLE = 0.5
"""Average CPU of an instance that nobody gave a load, in percent: no machine runs, and so nothing is at work."""

FULL = 100.0


@dataclass(frozen=True)
class GivenLoad:
    """A CPU load that somebody gave a group.

    Attributes:
        percent: Of each of its instances; or where it is shared, of one instance if that had to do it all.
        since: When it was given; it counts from the next minute on.
        until: When it ends; None if it stays.
    """

    percent: float
    since: datetime
    until: datetime | None = None
    shared: bool = False


class Loads:
    """The loads that were given to groups, and so what each group's was at any time."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], list[GivenLoad]] = {}

    def give(self, region: str, group: str, load: GivenLoad) -> None:
        """From now on it is this one; once that ends, what it was before."""
        self._given.setdefault((region, group), []).append(load)

    def at(self, region: str, group: str | None, when: datetime, running: int = 1) -> float:
        """The average CPU in percent of a group's instances, of which so many run; `IDLE` where nobody gave a load."""
        for load in reversed(self._given.get((region, group or ""), [])):
            if load.since < when and (load.until is None or when <= load.until):
                return min(load.percent / max(running, 1), FULL) if load.shared else load.percent
        return IDLE
