"""Lifecycle hooks as values: what is asked for, and the lifecycle actions that members wait for. `waiting` acts.

Sources: API PutLifecycleHook and LifecycleHook (an hour and ABANDON where nothing is said, 30 to 7,200 seconds; the
longest wait is 48 hours or 100 times the heartbeat timeout, whichever is smaller); user guide, "Use lifecycle hooks
with a warm pool" (origin and destination).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias

from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.members import Member

LONGEST_WAIT = timedelta(hours=48)
HEARTBEATS = 100


class LifecycleTransition(Enum):
    """When a hook holds an instance (API: LifecycleTransition)."""

    LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
    TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


class ActionResult(Enum):
    """How a lifecycle action ends (API: LifecycleActionResult)."""

    CONTINUE = "CONTINUE"
    ABANDON = "ABANDON"


class Side(Enum):
    """Where an instance comes from and goes to (`Origin` and `Destination` of a notification)."""

    EC2 = "EC2"
    GROUP = "AutoScalingGroup"
    POOL = "WarmPool"


@dataclass(frozen=True)
class Hook:
    """A lifecycle hook.

    Attributes:
        heartbeat: HeartbeatTimeout, after which an action ends with the default result.
        default: DefaultResult.
        target: NotificationTargetARN, an SNS topic or SQS queue; "" has EventBridge alone told.
        role: RoleARN, which publishes to the target.
        metadata: NotificationMetadata, passed on as it is.
    """

    name: str
    transition: LifecycleTransition
    heartbeat: timedelta = timedelta(hours=1)
    default: ActionResult = ActionResult.ABANDON
    target: str = ""
    role: str = ""
    metadata: str = ""

    @property
    def longest(self) -> timedelta:
        """GlobalTimeout: how long an instance can be kept waiting, with whatever heartbeats."""
        return min(LONGEST_WAIT, HEARTBEATS * self.heartbeat)


@dataclass(slots=True, eq=False)
class LifecycleAction:
    """What one hook has one instance wait for.

    Attributes:
        token: LifecycleActionToken.
        ends: When the heartbeat runs out.
        last: Past which no heartbeat moves that.
    """

    token: str
    hook: Hook
    instance_id: str
    origin: Side
    destination: Side
    ends: datetime
    last: datetime


Onward: TypeAlias = Callable[[], None]
GivenUp: TypeAlias = Callable[[str], None]
"""Takes AWS's words for why."""


@dataclass(eq=False)
class Hold:
    """A member that waits for lifecycle actions, or has just proceeded from them.

    Attributes:
        actions: Those that are not complete, by the hook's name.
        activity: The launch or termination that is held up.
        begun: The status of that activity when nothing holds it up.
        onward: What happens after it.
        given_up: What happens when a launch is abandoned.
    """

    member: Member
    transition: LifecycleTransition
    actions: dict[str, LifecycleAction]
    activity: Activity
    begun: StatusCode
    onward: Onward
    given_up: GivenUp
