"""What is asked of a group (settings) and how long things take in it (timings)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

ZERO = timedelta(0)


@dataclass(frozen=True)
class MaintenancePolicy:
    """How far capacity may go down and up while members are replaced, in percent of the desired capacity.

    Source: AWS, "Instance maintenance policies": both are needed, 0 to 100 and 100 to 200, at most 100 apart.
    """

    min_healthy: int
    max_healthy: int


@dataclass(frozen=True)
class Settings:
    """What the group is asked to be.

    Attributes:
        zones: Availability Zones in order of preference between equally empty ones.
        template_version: What new members are launched from; opaque here, younger versions are those seen later.
        grace: HealthCheckGracePeriod, counted from when a member came into service.
        warmup: DefaultInstanceWarmup; None where it is not set.
        cooldown: DefaultCooldown, for simple scaling policies.
        maintenance: Instance maintenance policy; None replaces in AWS's default order, terminate and launch.
        health_checks: HealthCheckType, split at commas: `EC2` is always on, `EBS` adds the volume check.
        protect_new: NewInstancesProtectedFromScaleIn.
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
    protect_new: bool = False
    replace_in_impaired_zone: bool = False


@dataclass(frozen=True)
class Timings:
    """How long things take. AWS publishes none of these figures: each is an assumption, and a parameter therefore.

    Attributes:
        boot: From launch to InService.
        boot_jitter: At most this much is added to a boot, at random.
        initializing: From launch until the first verdict of the status checks.
        shutdown: From Terminating to Terminated.
        native_delay: "A few minutes" that AWS waits on an impaired status before it replaces by itself.
        mark_reaction: From SetInstanceHealth until the group acts on it.
        first_backoff: Pause after a failed launch; doubles with each further failure.
        max_backoff: Where that doubling ends.
        rebalance_delay: How long zones must be uneven before the group rebalances, and the pause after a failed try.
        refresh_timeout: How long an instance refresh may go without progress before it fails.
    """

    boot: timedelta = timedelta(seconds=45)
    boot_jitter: timedelta = ZERO
    initializing: timedelta = timedelta(minutes=2)
    shutdown: timedelta = timedelta(seconds=30)
    native_delay: timedelta = timedelta(minutes=5)
    mark_reaction: timedelta = ZERO
    first_backoff: timedelta = timedelta(seconds=60)
    max_backoff: timedelta = timedelta(minutes=30)
    rebalance_delay: timedelta = timedelta(minutes=5)
    refresh_timeout: timedelta = timedelta(hours=1)
