"""What the healer knows and what it decides, as frozen values: no call, no clock, no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeAlias

from .policy import Policy
from .targets import TargetReport

__all__ = [
    "Activity",
    "ActivityKind",
    "Cause",
    "Check",
    "Decision",
    "Facts",
    "Group",
    "History",
    "Impairment",
    "Limits",
    "Mark",
    "Member",
    "Mode",
    "Outcome",
    "Policy",
    "Reason",
    "Template",
    "Verdict",
]

IN_SERVICE = "InService"
HEALTHY = "Healthy"


class Mode(StrEnum):
    """What is done with a decision."""

    LIVE = "live"
    OBSERVE = "observe"
    OFF = "off"


class Reason(StrEnum):
    """Why an impaired member was, or was not, marked for replacement. The list is closed."""

    MARKED = "marked"
    WAITING_WINDOW = "waiting_window"
    SKIPPED_GRACE = "skipped_grace"
    CAPPED_INFLIGHT = "capped_inflight"
    CAPPED_RATE = "capped_rate"
    CAPPED_CALLS = "capped_calls"
    FLOOR = "floor"
    ZONE_BRAKE = "zone_brake"
    BURST_COOLDOWN = "burst_cooldown"
    SUSPENDED_BAD_IMAGE = "suspended_bad_image"
    PROCESS_SUSPENDED = "process_suspended"
    REFRESH = "refresh"
    VETOED = "vetoed"
    ALREADY_MARKED = "already_marked"
    NOT_IN_SERVICE = "not_in_service"
    BLIND = "blind"
    OBSERVED = "observed"


class Check(StrEnum):
    """EC2's status checks that can speak against an instance."""

    SYSTEM = "system"
    INSTANCE = "instance"
    EBS = "attached-ebs"


@dataclass(frozen=True, slots=True)
class Impairment:
    """One status check that EC2 reports as `impaired`; `since` is its `ImpairedSince`, None if EC2 gave none."""

    check: Check
    since: datetime | None


class Template(NamedTuple):
    """A launch template in one version; `version` is a number, or `$Latest` or `$Default` where AWS has to resolve it.

    A tuple, because a sweep makes one for each member.
    """

    id: str
    version: str

    @property
    def resolved(self) -> bool:
        """Whether it says which version it is."""
        return bool(self.version) and not self.version.startswith("$")


class Member(NamedTuple):
    """An instance of the group, as DescribeAutoScalingGroups and DescribeInstanceStatus show it.

    A tuple, because a sweep makes as many as the group has members, and a frozen dataclass takes three times as long.

    Attributes:
        lifecycle: `LifecycleState`, such as `InService` or `Terminating:Wait`.
        health: `HealthStatus`: `Healthy`, or `Unhealthy` once it is marked, by whomever.
        template: The launch template that it was launched from, always resolved; None if unknown.
        impairments: The checks that fail now; empty for a sound instance.
        skip_until: The text of its tag `tap:healer-skip-until`; "" without one.
    """

    id: str
    zone: str
    lifecycle: str = IN_SERVICE
    health: str = HEALTHY
    template: Template | None = None
    impairments: tuple[Impairment, ...] = ()
    skip_until: str = ""

    @property
    def in_service(self) -> bool:
        """It is the healer's business at all."""
        return self.lifecycle == IN_SERVICE

    @property
    def marked(self) -> bool:
        """Somebody has already asked the group to replace it."""
        return self.health != HEALTHY

    @property
    def impaired(self) -> bool:
        """At least one of its checks fails."""
        return bool(self.impairments)

    @property
    def leaving(self) -> bool:
        """On its way out; `Terminating:Retained` is kept for forensics, goes nowhere and does not count."""
        return self.lifecycle.startswith("Terminating") and self.lifecycle != "Terminating:Retained"

    @property
    def arriving(self) -> bool:
        """On its way in."""
        return self.lifecycle.startswith("Pending")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark that the healer was about to make, as it recorded it right before.

    Attributes:
        at: When, by AWS's clock.
        since: Since when the instance had failed its checks; None if the record does not tell.
        zone: The instance's; "" if the record does not tell.
        probe: The zone was braked, and this mark was its probe.
        template: The launch template that the instance came from; None if the record does not tell.
    """

    id: str
    at: datetime
    since: datetime | None = None
    zone: str = ""
    probe: bool = False
    template: Template | None = None


@dataclass(frozen=True)
class Burst:
    """Failures that began so close together that they may have one cause.

    Attributes:
        first: Since when the first of them had failed.
        earliest: When the threshold was crossed, at the earliest.
        latest: The same, at the latest: only what was launched from then on proves something about the burst.
        until: Who has failed since `first` and before this is of the burst.
        enough: How many make it one.
    """

    first: datetime
    earliest: datetime
    latest: datetime
    until: datetime
    enough: int


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group at one moment.

    Attributes:
        desired: `DesiredCapacity`: instances, or units where they have weights.
        grace_seconds: `HealthCheckGracePeriod`.
        templates: The launch templates that the next launch may use: the group's, and those of its overrides.
        suspended_processes: Names such as `Launch`.
        switch: Value of the group's tag `tap:healer` in lower case; "" without one.
        refreshing: An instance refresh runs.
        target_groups: ARNs of its target groups; None if they cannot be read.
        zone_ids: Pairs of zone id and zone name, as far as they are known; zonal shifts name zones by id.
        shifted_zones: Zones with an active zonal shift.
        marks: What the healer has recorded of its own marks of the last day; None if that cannot be read.
        failed: Ids of the replacements that the healer has recorded as failed in the last day, and their templates.
        refused: Ids of those whose mark the healer has tried in vain, and when it last recorded that.
        burst: The last burst that the healer has recorded in the last day.
        application_impaired: Ids of the members whose application status check fails: reported, not acted upon.
        weights: `WeightedCapacity` of the members that have one, by id; empty where instances are counted.
        blind: Why this view cannot be trusted; "" if it can.
    """

    name: str
    desired: int = 0
    members: tuple[Member, ...] = ()
    arn: str = ""
    grace_seconds: int = 0
    templates: frozenset[Template] = frozenset()
    suspended_processes: frozenset[str] = frozenset()
    switch: str = ""
    zonal_shift_enabled: bool = False
    target_groups: tuple[str, ...] | None = ()
    zone_ids: tuple[tuple[str, str], ...] = ()
    shifted_zones: frozenset[str] = frozenset()
    refreshing: bool = False
    marks: tuple[Mark, ...] | None = ()
    failed: Mapping[str, Template | None] = field(default_factory=dict)
    refused: Mapping[str, datetime] = field(default_factory=dict)
    burst: Burst | None = None
    application_impaired: frozenset[str] = frozenset()
    weights: Mapping[str, int] = field(default_factory=dict)
    blind: str = ""

    @cached_property
    def impaired(self) -> tuple[Member, ...]:
        """Members with a failing check, in service or not: in a large group few, and most rules ask for them alone."""
        return tuple(member for member in self.members if member.impairments)

    @cached_property
    def unsettled(self) -> tuple[Member, ...]:
        """Members that do not simply serve: not in service, or marked."""
        return tuple(member for member in self.members if member.lifecycle != IN_SERVICE or member.health != HEALTHY)

    @property
    def standing(self) -> int:
        """How many members are in service and unmarked."""
        return len(self.members) - len(self.unsettled)

    @cached_property
    def heaviest(self) -> int:
        """The largest weight of a member: 1 where instances are counted."""
        return max(self.weights.values(), default=1)

    @property
    def size(self) -> int:
        """How many instances are desired: with weights as if each were of the heaviest, and at least one of any.

        So each limit holds in instances and in units: a tenth of the size is at most a tenth of either.
        """
        return max(min(self.desired, 1), self.desired // self.heaviest)

    def units(self, members: Iterable[Member]) -> int:
        """How much of the desired capacity these members are."""
        return sum(self.weights.get(member.id, 1) for member in members)

    @cached_property
    def standing_units(self) -> int:
        """How much of the desired capacity is in service and unmarked."""
        return self.standing if not self.weights else self.units(self.members) - self.units(self.unsettled)

    @property
    def serving_units(self) -> int:
        """How much of the desired capacity is in service, marked or not."""
        return self.standing_units + self.units(member for member in self.unsettled if member.in_service)

    def instances(self, units: int) -> int:
        """At least how many instances so many units are, rounded up."""
        return -(-units // self.heaviest)

    @property
    def in_service(self) -> int:
        """How many members are in service, marked or not."""
        return self.standing + sum(member.in_service for member in self.unsettled)

    @cached_property
    def by_id(self) -> dict[str, Member]:
        """The members by id."""
        return {member.id: member for member in self.members}


class ActivityKind(StrEnum):
    """What a scaling activity did."""

    LAUNCH = "launch"
    POOL_LAUNCH = "pool_launch"
    TERMINATE = "terminate"
    OTHER = "other"


class Cause(StrEnum):
    """Why the group did it.

    `OTHER` is known to have nothing to do with health. `UNKNOWN` are words that the healer does not know: they count
    as a replacement for health, so that other words make the healer slower and never faster.
    """

    USER_MARK = "user_mark"
    HEALTH_CHECK = "health_check"
    REPLACEMENT = "replacement"
    OTHER = "other"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """How a scaling activity went."""

    UNDER_WAY = "under_way"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Activity:
    """One entry of the group's scaling history.

    Attributes:
        instance_id: "" where the launch failed before there was an instance.
        zone: From the activity's details; "" if unknown.
        ended: None while it is under way.
    """

    kind: ActivityKind
    cause: Cause
    outcome: Outcome
    instance_id: str
    started: datetime
    ended: datetime | None = None
    zone: str = ""


History: TypeAlias = tuple[Activity, ...]
"""The group's scaling activities, newest first."""


@dataclass(frozen=True)
class Facts:
    """What one look at AWS has shown: the group, its history, and AWS's own time then (None if it never answered).

    Attributes:
        looked_back: The history was read; it is empty where nothing needs it.
        targets: What load balancers say of the members, for the report alone; None where nobody has looked.
    """

    group: Group
    history: History = ()
    now: datetime | None = None
    looked_back: bool = False
    targets: TargetReport | None = None


@dataclass(frozen=True)
class Verdict:
    """What was decided about one impaired member.

    Attributes:
        probe: The mark probes a braked zone.
        age_seconds: Time since its oldest check failed; None where EC2 gave no usable time.
        confirmed_seconds: Time since it was confirmed as broken; None while it is not.
    """

    member: Member
    reason: Reason
    age_seconds: int | None
    confirmed_seconds: int | None = None
    probe: bool = False


@dataclass(frozen=True)
class Limits:
    """How much each limit leaves for this sweep, before any mark of it (numbers of marks; never below 0)."""

    in_flight: int
    sweep: int
    hour: int
    floor: int
    width: int


@dataclass(frozen=True)
class Decision:
    """What should happen now, and why: a value. Live and observe mode differ only in what is done with it.

    Attributes:
        verdicts: One for each impaired member, oldest first.
        marks: Ids to mark, in the order in which to mark them.
        in_flight: Replacements under way, whoever started them.
        width: Replacements that may be under way at once now.
        cooldown_seconds: How long a failed replacement in a burst still holds everything back.
        braked_zones: Zones under suspicion or with a zonal shift, in order.
        suspended: Why the image is suspected; "" if it is not.
        blind: Why nothing can be decided; "" otherwise.
        undated: Ids of impaired members of which EC2 does not say since when.
        failed: Replacements that are found to have failed soon after their launch, and are not recorded yet.
        begun: The burst that holds, if it is not recorded as it is now.
        stuck: What became of marks that did not end in a replacement, one sentence each, by id.
        notes: What an operator should know besides, such as a tag that is not understood.
    """

    verdicts: tuple[Verdict, ...] = ()
    marks: tuple[str, ...] = ()
    in_flight: int = 0
    width: int = 0
    limits: Limits = field(default_factory=lambda: Limits(0, 0, 0, 0, 0))
    burst: bool = False
    cooldown_seconds: int = 0
    braked_zones: tuple[str, ...] = ()
    suspended: str = ""
    blind: str = ""
    undated: tuple[str, ...] = ()
    failed: tuple[Member, ...] = ()
    begun: Burst | None = None
    stuck: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
