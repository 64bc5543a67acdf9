"""Scheduled events, in order of time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

Scheduled: TypeAlias = Callable[[], None]


class Timeline:
    """A heap of events; those of the same moment happen in the order in which they were scheduled.

    Nothing is ever taken back: each event checks whether it still applies.
    """

    def __init__(self) -> None:
        self._due: list[tuple[datetime, int, Scheduled]] = []
        self._sequence = itertools.count()

    def at(self, when: datetime, event: Scheduled) -> None:
        """Let `event` happen at `when`."""
        heapq.heappush(self._due, (when, next(self._sequence), event))

    def next(self) -> datetime | None:
        """When the next thing happens; None if nothing is to come."""
        return self._due[0][0] if self._due else None

    def take(self, until: datetime) -> tuple[datetime, Scheduled] | None:
        """Take off the next event that is due by `until`."""
        if not self._due or self._due[0][0] > until:
            return None
        when, _, event = heapq.heappop(self._due)
        return when, event
