"""Events of a group, for its listeners: the demo's narration, the simulator's counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from embedded_aws.fleet.activities import Activity
from embedded_aws.fleet.hooks import LifecycleAction


class What(Enum):
    """Kinds of events."""

    LAUNCHED = "launched"
    LAUNCH_FAILED = "launch failed"
    WAITING = "waiting for a lifecycle action"
    IN_SERVICE = "in service"
    WARM = "warmed up"
    IMPAIRED = "impaired"
    REPAIRED = "repaired"
    APPLICATION_IMPAIRED = "application impaired"
    APPLICATION_RECOVERED = "application recovered"
    TARGET_UNHEALTHY = "unhealthy target"
    TARGET_HEALTHY = "healthy target"
    INTERRUPTED = "Spot interruption notice"
    REBALANCE_RECOMMENDED = "rebalance recommendation"
    UNHEALTHY = "unhealthy"
    HEALTHY = "set healthy again"
    TERMINATING = "terminating"
    TERMINATED = "terminated"
    STANDBY = "standby"
    DETACHED = "detached"
    POOL_LAUNCHED = "launched into warm pool"
    POOL_READY = "ready in warm pool"
    POOL_RETURNED = "returned to warm pool"
    POOL_TERMINATING = "terminating from warm pool"
    POOL_TERMINATED = "terminated from warm pool"
    CAPACITY = "desired capacity changed"
    SUSPENDED = "process suspended"
    RESUMED = "process resumed"
    ZONE_SHIFTED = "zone shifted away"
    ZONE_BACK = "zone back"
    REFRESH = "instance refresh"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `instance_id` and `zone` are empty where it concerns no single instance or zone.

    `activity` is the scaling activity that ended with it, if one did; `action` the lifecycle action that began.
    """

    time: datetime
    group: str
    what: What
    instance_id: str = ""
    zone: str = ""
    detail: str = ""
    activity: Activity | None = None
    action: LifecycleAction | None = None


Listener: TypeAlias = Callable[[Event], None]
"""Told of each event as it happens, inside the call that made it happen; it must not call the group back."""
