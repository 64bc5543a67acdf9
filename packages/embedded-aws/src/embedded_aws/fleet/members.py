"""The members of a group, and the replacements by which they leave and arrive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from embedded_aws.fleet.templates import split


class Lifecycle(Enum):
    """Lifecycle states under AWS's own names (API: LifecycleState); lifecycle hooks add a `Phase` to some of them."""

    PENDING = "Pending"
    IN_SERVICE = "InService"
    STANDBY = "Standby"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"
    DETACHED = "Detached"
    WARMED_PENDING = "Warmed:Pending"
    WARMED_STOPPED = "Warmed:Stopped"
    WARMED_RUNNING = "Warmed:Running"
    WARMED_HIBERNATED = "Warmed:Hibernated"
    WARMED_TERMINATING = "Warmed:Terminating"


class Phase(Enum):
    """Where a member stands that lifecycle hooks hold: `Pending:Wait` is Pending with the phase WAIT."""

    WAIT = "Wait"
    PROCEED = "Proceed"


class Health(Enum):
    """HealthStatus as DescribeAutoScalingGroups reports it."""

    HEALTHY = "Healthy"
    UNHEALTHY = "Unhealthy"


class Check(Enum):
    """EC2's status checks (DescribeInstanceStatus: SystemStatus, InstanceStatus, AttachedEbsStatus)."""

    SYSTEM = "system"
    INSTANCE = "instance"
    EBS = "ebs"


class UnhealthyReason(Enum):
    """Why a member counts as unhealthy, the most pressing first: the order in which they are replaced."""

    STOPPED = "stopped"
    MARKED = "marked"
    IMPAIRED = "impaired"
    APPLICATION = "application impaired"
    BALANCER = "unhealthy target"


class Kind(Enum):
    """Why a member is replaced."""

    STOPPED = "stopped"
    MARKED = "marked"
    NATIVE = "native"
    REFRESH = "refresh"
    REBALANCE = "rebalance"
    SPOT = "spot"
    LIFETIME = "lifetime"


COUNTED = frozenset({Lifecycle.PENDING, Lifecycle.IN_SERVICE})
LEAVING = frozenset({Lifecycle.TERMINATING, Lifecycle.WARMED_TERMINATING})
WARMED = frozenset({Lifecycle.WARMED_STOPPED, Lifecycle.WARMED_RUNNING, Lifecycle.WARMED_HIBERNATED})
"""Ready in the warm pool: a launch may take it."""


@dataclass(slots=True, eq=False)
class Member:
    """One machine of the group. Read it freely; only the model changes it, through `Roster.change`.

    Attributes:
        template_version: The key of the launch template that it was launched from, with the version as resolved.
        instance_type: That of the override that it was launched from; "" without one.
        running: EC2 has it in the state `running` (or still `pending`).
        warm: It came into service, its warm-up is over, and it had no fault then: it counts as ready.
        retiring: Still in service, but its replacement is on the way; no longer counted as capacity.
        verdict: Why it is unhealthy; None while it is healthy.
        faults: Failed status checks, and since when (`ImpairedSince`).
        application_since: Since when its application fails its status checks; None while it does not.
        suppressed_until: Until when its application status checks are suppressed; None while they are not.
        phase: How far lifecycle hooks let it go; None where none holds it.
        balancer_since: Since when a load balancer calls it an unhealthy target; None while none does.
        arrives_by: The replacement for which it was launched, while that is not over.
        weight: How many units of the desired capacity it is; 1 in a group without weights.
    """

    id: str
    zone: str
    template_version: str
    launched_at: datetime
    lifecycle: Lifecycle = Lifecycle.PENDING
    health: Health = Health.HEALTHY
    protected: bool = False
    running: bool = True
    in_service_at: datetime | None = None
    warm: bool = False
    retiring: bool = False
    verdict: UnhealthyReason | None = None
    faults: dict[Check, datetime] = field(default_factory=dict)
    leaves_by: Flight | None = None
    arrives_by: Flight | None = None
    instance_type: str = ""
    application_since: datetime | None = None
    suppressed_until: datetime | None = None
    phase: Phase | None = None
    balancer_since: datetime | None = None
    weight: int = 1

    @property
    def lifecycle_state(self) -> str:
        """LifecycleState as the API tells it, such as `Pending:Wait`."""
        return self.lifecycle.value if self.phase is None else f"{self.lifecycle.value}:{self.phase.value}"

    @property
    def shutting_down(self) -> bool:
        """Whether its machine is being terminated; in `Terminating:Wait` it still runs."""
        return self.lifecycle in LEAVING and self.phase is not Phase.WAIT

    @property
    def template(self) -> tuple[str, str]:
        """The launch template as id and version; the id is "" in a group that names no template."""
        return split(self.template_version)

    @property
    def serving(self) -> bool:
        """Whether it counts towards the desired capacity: Pending or InService, and not retiring."""
        return self.lifecycle in COUNTED and not self.retiring


@dataclass(slots=True, eq=False)
class Flight:
    """One replacement, open until the new member is warm and the old one has begun to terminate.

    Attributes:
        why: The words for its termination, such as "in response to a user health-check".
        launch_first: It goes only when `arriving` is warm; else it has gone already.
        arriving: The member that comes; None while it is not launched.
        failed: A launch for it has failed, or its new member went away before it was warm.
    """

    kind: Kind
    leaving: Member
    why: str
    launch_first: bool
    arriving: Member | None = None
    failed: bool = False
