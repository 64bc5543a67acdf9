"""The health checks of one target: what each finds, and what they come to.

Pure. Sources: Elastic Load Balancing, "Health checks for Application Load Balancer target groups": a check each
HealthCheckIntervalSeconds; UnhealthyThresholdCount failures in a row take a target out of service,
HealthyThresholdCount successes bring it back, and a target that is new needs one; API TargetHealth has the reasons and
(TargetHealthDescription in AWS's console and CLI guide) the descriptions.

Assumed: the first check comes one interval after the registration. AWS checks from each of its nodes; here is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias


class TargetState(Enum):
    """TargetHealth's states that this model uses."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNUSED = "unused"
    DRAINING = "draining"


@dataclass(frozen=True)
class TargetHealth:
    """A TargetHealth; a healthy target has no reason."""

    state: TargetState
    reason: str = ""
    description: str = ""


@dataclass(frozen=True)
class CheckFault:
    """What a failed check has found."""

    reason: str
    description: str


TIMEOUT = CheckFault("Target.Timeout", "Request timed out")
REFUSED = CheckFault("Target.FailedHealthChecks", "Health checks failed")

HEALTHY = TargetHealth(TargetState.HEALTHY)
CHECKING = TargetHealth(TargetState.INITIAL, "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = TargetHealth(TargetState.DRAINING, "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_REGISTERED = TargetHealth(
    TargetState.UNUSED, "Target.NotRegistered", "Target is not registered to the target group"
)
NOT_IN_USE = TargetHealth(
    TargetState.UNUSED,
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)
ZONE_NOT_ENABLED = TargetHealth(
    TargetState.UNUSED, "Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer"
)

HealthAnswer: TypeAlias = int | None
"""How an application answers a health check: its HTTP status, or None for no answer at all."""


def invalid_state(state: str) -> TargetHealth:
    """The health of an instance that is `stopped`, `terminated` or on its way there."""
    return TargetHealth(TargetState.UNUSED, "Target.InvalidState", f"Target is in the {state} state")


def code_mismatch(status: int) -> CheckFault:
    """The fault of an application that answers with a status that the target group does not want."""
    return CheckFault("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def is_wanted(status: int, matcher: str) -> bool:
    """Whether a Matcher such as `200-299,302` takes a status."""
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False


@dataclass(frozen=True)
class Thresholds:
    """How many checks in a row decide, and how far apart they are."""

    healthy: int
    unhealthy: int
    interval: timedelta


@dataclass(eq=False)
class RegisteredTarget:
    """One registered target.

    Attributes:
        port: Where it gets its traffic.
        health: What the load balancer makes of it now.
        passed, failed: Checks in a row.
        drains_until: When its deregistration ends; None while it is registered.
    """

    id: str
    port: int
    registered_at: datetime
    health: TargetHealth = CHECKING
    passed: int = 0
    failed: int = 0
    drains_until: datetime | None = None

    def take(self, fault: CheckFault | None, thresholds: Thresholds) -> None:
        """Take in what a check has found; None is a success."""
        if fault is None:
            self.passed, self.failed = self.passed + 1, 0
            new = self.health.state is not TargetState.UNHEALTHY
            if self.passed >= (1 if new else thresholds.healthy):
                self.health = HEALTHY
            return
        self.passed, self.failed = 0, self.failed + 1
        if self.failed >= thresholds.unhealthy or self.health.state is TargetState.UNHEALTHY:
            self.health = TargetHealth(TargetState.UNHEALTHY, fault.reason, fault.description)

    def rest(self, health: TargetHealth) -> None:
        """It is not checked now; when it is again, it begins as a new one."""
        self.health, self.passed, self.failed = health, 0, 0

    def begin(self) -> None:
        """It is checked from now on, if it was not."""
        if self.health.state is TargetState.UNUSED:
            self.health = CHECKING
