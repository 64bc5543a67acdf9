"""What is asked of a group (settings) and how long things take in it (timings)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

ZERO = timedelta(0)


@dataclass(frozen=True)
class MaintenancePolicy:
    """How far capacity may go down and up while members are replaced, in percent of the desired capacity.

    Source: AWS, "Instance maintenance policies": both are needed, 0 to 100 and 100 to 200, at most 100 apart.
    """

    min_healthy: int
    max_healthy: int


class PoolState(Enum):
    """How a warm pool keeps its instances (API: WarmPoolState)."""

    STOPPED = "Stopped"
    RUNNING = "Running"
    HIBERNATED = "Hibernated"


@dataclass(frozen=True)
class WarmPool:
    """A warm pool of initialized instances beside the group.

    Source: API PutWarmPool.

    Attributes:
        min_size: MinSize, the least that it keeps.
        max_prepared: MaxGroupPreparedCapacity, how many group and pool may have together; None is the group's maximum.
        state: PoolState, how its instances wait.
        reuse: ReuseOnScaleIn of its InstanceReusePolicy: a scale-in sends members back into the pool.
    """

    min_size: int = 0
    max_prepared: int | None = None
    state: PoolState = PoolState.STOPPED
    reuse: bool = False

    def size(self, max_size: int, desired: int) -> int:
        """How many instances it keeps for a group of this maximum size and desired capacity."""
        together = max_size if self.max_prepared is None else self.max_prepared
        return max(self.min_size, together - desired, 0)


@dataclass(frozen=True)
class Override:
    """One override of a mixed instances policy (API: LaunchTemplateOverrides).

    Attributes:
        template: The key of a launch template of its own; "" takes the group's.
        weight: How many units of the desired capacity an instance of it is.
    """

    instance_type: str = ""
    template: str = ""
    weight: int = 1


@dataclass(frozen=True)
class GroupSettings:
    """What the group is asked to be.

    Attributes:
        zones: Availability Zones in order of preference between equally empty ones.
        template_version: The key of the launch template for new members (`templates`): `lt-1:3`, a version alone,
            `$Latest` or `$Default`, which are resolved at each launch. Younger versions are those seen later.
        overrides: Of a mixed instances policy; each launch takes one of them at random (assumed; AWS follows its
            allocation strategies).
        grace: HealthCheckGracePeriod, counted from when a member came into service.
        warmup: DefaultInstanceWarmup; None where it is not set.
        cooldown: DefaultCooldown, for simple scaling policies.
        maintenance: Instance maintenance policy; None replaces in AWS's default order, terminate and launch.
        health_checks: HealthCheckType, split at commas: `EC2` is always on, `EBS` adds the volume check, `ELB` what the
            load balancers say.
        draining: The longest deregistration delay of its target groups: so long a member that leaves service runs on.
        max_lifetime: MaxInstanceLifetime; None where it is not set.
        termination: TerminationPolicies (`termination.POLICIES`), in the order in which they are asked.
        protect_new: NewInstancesProtectedFromScaleIn.
        capacity_rebalance: CapacityRebalance, for Spot Instances.
        application_checks: An application status check of EC2's (Aggregation `included`) applies to the instances.
        warm_pool: The group's warm pool; None has none.
        replace_in_impaired_zone: ImpairedZoneHealthCheckBehavior is `ReplaceUnhealthy`, not `IgnoreUnhealthy`.
    """

    min_size: int
    max_size: int
    desired: int
    zones: tuple[str, ...]
    template_version: str
    grace: timedelta = ZERO
    warmup: timedelta | None = None
    cooldown: timedelta = timedelta(seconds=300)
    maintenance: MaintenancePolicy | None = None
    health_checks: frozenset[str] = frozenset({"EC2"})
    max_lifetime: timedelta | None = None
    termination: tuple[str, ...] = ("Default",)
    protect_new: bool = False
    replace_in_impaired_zone: bool = False
    capacity_rebalance: bool = False
    application_checks: bool = False
    warm_pool: WarmPool | None = None
    overrides: tuple[Override, ...] = ()
    draining: timedelta = ZERO


@dataclass(frozen=True)
class Timings:
    """How long things take. AWS publishes none of these figures: each is an assumption, and a parameter therefore.

    Attributes:
        boot: From launch to InService.
        warm_start: From the launch of a warmed instance to InService; AWS's workshops show 19 s and 36 s.
        boot_jitter: At most this much is added to a boot, at random.
        initializing: From launch until the first verdict of the status checks.
        proceed: How long a member is Pending:Proceed, between its last lifecycle action and InService.
        shutdown: From Terminating to Terminated, after whatever lifecycle hooks have it wait for.
        native_delay: "A few minutes" that AWS waits on an impaired status before it replaces by itself.
        application_delay: How long it waits on an impaired application.
        application_initializing: From launch until an application is checked; InitializationGracePeriodSeconds, whose
            default is 300.
        spot_notice: From the notice of a Spot interruption until EC2 takes the machine: two minutes (AWS, "Spot
            Instance interruption notices").
        mark_reaction: From SetInstanceHealth until the group acts on it.
        first_backoff: Pause after a failed launch; doubles with each further failure.
        rebalance_delay: How long zones must be uneven before the group rebalances, and the pause after a failed try.
        refresh_timeout: How long an instance refresh may go without progress before it fails.
    """

    boot: timedelta = timedelta(seconds=45)
    warm_start: timedelta = timedelta(seconds=20)
    boot_jitter: timedelta = ZERO
    initializing: timedelta = timedelta(minutes=2)
    proceed: timedelta = timedelta(seconds=2)
    shutdown: timedelta = timedelta(seconds=30)
    native_delay: timedelta = timedelta(minutes=5)
    application_delay: timedelta = timedelta(minutes=5)
    application_initializing: timedelta = timedelta(minutes=5)
    spot_notice: timedelta = timedelta(minutes=2)
    mark_reaction: timedelta = ZERO
    first_backoff: timedelta = timedelta(seconds=60)
    max_backoff: timedelta = timedelta(minutes=30)
    rebalance_delay: timedelta = timedelta(minutes=5)
    refresh_timeout: timedelta = timedelta(hours=1)
