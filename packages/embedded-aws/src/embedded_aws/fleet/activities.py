"""Scaling activities: what a group did, when, how it ended and why, as DescribeScalingActivities tells it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from uuid import UUID

KEPT = timedelta(weeks=6)  # DescribeScalingActivities: "only activities started within the last six weeks"


class StatusCode(Enum):
    """The status codes that this model uses (API: ScalingActivityStatusCode)."""

    PRE_IN_SERVICE = "PreInService"
    IN_PROGRESS = "InProgress"
    MID_LIFECYCLE_ACTION = "MidLifecycleAction"
    DRAINING = "WaitingForELBConnectionDraining"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


PROGRESS = {
    StatusCode.PRE_IN_SERVICE: 30,
    StatusCode.IN_PROGRESS: 50,
    StatusCode.MID_LIFECYCLE_ACTION: 60,  # assumed
    StatusCode.DRAINING: 50,
    StatusCode.SUCCESSFUL: 100,
    StatusCode.FAILED: 100,
    StatusCode.CANCELLED: 100,
}


@dataclass(slots=True, eq=False)
class Activity:
    """One scaling activity; `instance_id` is empty for a launch that brought no instance."""

    id: str
    description: str
    cause: str
    start: datetime
    zone: str
    instance_id: str = ""
    status: StatusCode = StatusCode.IN_PROGRESS
    message: str = ""
    end: datetime | None = None

    @property
    def progress(self) -> int:
        """Percent, as AWS shows it at each status."""
        return PROGRESS[self.status]


class ActivityLog:
    """The activities of the last six weeks."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._all: deque[Activity] = deque()
        self._open: dict[str, Activity] = {}

    def begin(self, activity_now: datetime, description: str, cause: str, zone: str, instance_id: str = "") -> Activity:
        """Open an activity that runs from `activity_now` on."""
        identity = str(UUID(int=self._rng.getrandbits(128), version=4))
        activity = Activity(identity, description, cause, activity_now, zone, instance_id)
        self._all.append(activity)
        self._open[identity] = activity
        while self._all[0].start < activity_now - KEPT:
            self._all.popleft()
        return activity

    def remember(self, earlier: Sequence[Activity]) -> None:
        """Take in activities that are over since before all others, the oldest first."""
        self._all.extendleft(reversed(earlier))

    def finish(
        self, activity: Activity, now: datetime, status: StatusCode = StatusCode.SUCCESSFUL, message: str = ""
    ) -> None:
        """Close an activity; one that is closed already stays as it ended."""
        if self._open.pop(activity.id, None) is None:
            return
        activity.status, activity.end, activity.message = status, now, message
        if message:
            activity.description += f".  Status Reason: {message}"

    def __iter__(self) -> Iterator[Activity]:
        """Those in progress first, then the others, each newest first (API: DescribeScalingActivities)."""
        yield from reversed(list(self._open.values()))
        yield from (activity for activity in reversed(self._all) if activity.end is not None)
