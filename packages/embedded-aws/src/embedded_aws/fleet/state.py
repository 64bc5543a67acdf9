"""What a group is at one moment: the state that every concern of it reads and changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import Any

from embedded_aws.fleet.activities import Activity, ActivityLog
from embedded_aws.fleet.events import Event, Listener, What
from embedded_aws.fleet.flights import Flights
from embedded_aws.fleet.hooks import Hold, Hook, LifecycleAction
from embedded_aws.fleet.machines import Machines
from embedded_aws.fleet.members import Check, Member
from embedded_aws.fleet.refreshes import Refresh
from embedded_aws.fleet.roster import Roster
from embedded_aws.fleet.settings import ZERO, GroupSettings, Timings
from embedded_aws.fleet.templates import Templates
from embedded_aws.fleet.timeline import Timeline
from embedded_aws.fleet.words import Words


class Process(Enum):
    """The processes that can be suspended (AWS: "Suspend and resume processes", types of processes)."""

    LAUNCH = "Launch"
    TERMINATE = "Terminate"
    ADD_TO_LOAD_BALANCER = "AddToLoadBalancer"
    ALARM_NOTIFICATION = "AlarmNotification"
    AZ_REBALANCE = "AZRebalance"
    HEALTH_CHECK = "HealthCheck"
    INSTANCE_REFRESH = "InstanceRefresh"
    REPLACE_UNHEALTHY = "ReplaceUnhealthy"
    SCHEDULED_ACTIONS = "ScheduledActions"


@dataclass(frozen=True)
class Spoil:
    """The fault of a template version: its members boot with this check failed, or (None) never boot."""

    check: Check | None


@dataclass(eq=False)
class State:
    """One group. The concerns (capacity, health, replacement, ...) are functions on it; `ScalingGroup` is the way in.

    Attributes:
        pool: Members of the warm pool by id, the longest there first; none of them is in `roster`.
        suspended: Suspended processes and since when and why, in AWS's words.
        spoiled: Template versions whose members do not come up healthy.
        ages: Template versions in the order in which they were first seen.
        templates: What `$Latest` and `$Default` mean now.
        applications: Members whose application is impaired, by id; some may be gone.
        unhealthy_targets: Members that a load balancer calls unhealthy, by id; some may be gone.
        launching: Launch activities of members that are not in service yet.
        hooks: Lifecycle hooks by name, in the order in which they were put.
        waits: Members that wait for lifecycle actions, by id.
        schedule: Scheduled actions by name (`schedules.ScheduledAction`), in the order in which they were put.
        held_cooldown: The cooldown that begins when nobody waits any more; None if none is held.
        request: The sentence that says who changed the desired capacity, until capacity is what was asked for.
        failures: Launches failed in a row; `paused_until` is when the next may be tried.
        cooling_until: End of the cooldown that simple scaling policies respect.
        protection_told: The request of which it was told that all remaining instances are protected.
        uneven_until: When zones that have been uneven since a while are rebalanced; None while they are even.
        lifetime_due: Until when no member reaches the maximum instance lifetime; None where that is not known.
        refreshes: Instance refreshes, the newest last.
        warmup_override: A running instance refresh's own warm-up.
        template_override: The template version that a running instance refresh launches from.
    """

    name: str
    settings: GroupSettings
    timings: Timings
    machines: Machines
    rng: Random
    now: datetime
    log: ActivityLog
    words: Words = field(default_factory=Words)
    roster: Roster = field(default_factory=Roster)
    pool: dict[str, Member] = field(default_factory=dict)
    flights: Flights = field(default_factory=Flights)
    timeline: Timeline = field(default_factory=Timeline)
    listeners: list[Listener] = field(default_factory=list)
    suspended: dict[Process, str] = field(default_factory=dict)
    shifted: set[str] = field(default_factory=set)
    spoiled: dict[str, Spoil] = field(default_factory=dict)
    ages: dict[str, int] = field(default_factory=dict)
    templates: Templates = field(default_factory=Templates)
    applications: dict[str, Member] = field(default_factory=dict)
    unhealthy_targets: dict[str, Member] = field(default_factory=dict)
    launching: dict[str, Activity] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    schedule: dict[str, Any] = field(default_factory=dict)
    waits: dict[str, Hold] = field(default_factory=dict)
    request: str | None = None
    protection_told: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    cooling_until: datetime | None = None
    held_cooldown: timedelta | None = None
    uneven_until: datetime | None = None
    lifetime_due: datetime | None = None
    refreshes: list[Refresh] = field(default_factory=list)
    warmup_override: timedelta | None = None
    template_override: str | None = None

    @property
    def missing(self) -> int:
        """How much the group is short of its desired capacity; negative if it has too much.

        An overage that is less than any member weighs stays: "current capacity will either be at the desired capacity
        or above it" (AWS, "Configure an Auto Scaling group to use instance weights").
        """
        short = self.settings.desired - self.roster.capacity.units
        return 0 if short < 0 and -short < self.roster.capacity.weights()[0] else short

    @property
    def template_version(self) -> str:
        """What the next member is launched from, unless an override of a mixed instances policy says otherwise."""
        return self.templates.resolve(self.template_override or self.settings.template_version)

    @property
    def current_versions(self) -> frozenset[str]:
        """All that the next member may be launched from."""
        own = self.template_version
        if not self.settings.overrides:
            return frozenset({own})
        return frozenset(
            self.templates.resolve(each.template) if each.template else own for each in self.settings.overrides
        )

    @property
    def warmup(self) -> timedelta:
        """How long a new member in service is not yet counted as ready."""
        return self.warmup_override if self.warmup_override is not None else self.settings.warmup or ZERO

    @property
    def refresh(self) -> Refresh | None:
        """The instance refresh or rollback that is under way."""
        return self.refreshes[-1] if self.refreshes and self.refreshes[-1].active else None

    def adopt(self, template_version: str) -> None:
        """Launch from this template version from now on."""
        self.settings = replace(self.settings, template_version=template_version)

    def open_zones(self) -> list[str]:
        """The zones that may get new members."""
        return [zone for zone in self.settings.zones if zone not in self.shifted]

    def zone_sizes(self) -> Counter[str]:
        """Capacity by zone, also of zones that are no longer the group's; in units where members have weights."""
        sizes: Counter[str] = Counter()
        for zone in (*self.settings.zones, *self.roster.capacity.present()):
            sizes[zone] = self.roster.capacity.weight(zone)
        return sizes

    def is_suspended(self, *processes: Process) -> bool:
        """Whether any of these processes is suspended."""
        return any(process in self.suspended for process in processes)

    def tell(
        self,
        what: What,
        member: Member | None = None,
        *,
        zone: str = "",
        detail: str = "",
        activity: Activity | None = None,
        action: LifecycleAction | None = None,
    ) -> None:
        """Let the listeners know."""
        if self.listeners:
            instance_id, place = (member.id, member.zone) if member else ("", zone)
            event = Event(self.now, self.name, what, instance_id, place, detail, activity, action)
            for listener in self.listeners:
                listener(event)
