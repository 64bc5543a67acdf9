"""A group in simulated time, the true faults of its members, and an agenda of what will be done to it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random
from typing import TypeAlias

from embedded_aws.account import ACCOUNT
from embedded_aws.fleet import (
    Check,
    Event,
    GroupSettings,
    Lifecycle,
    Listener,
    Member,
    Park,
    Refused,
    ScalingGroup,
    Timings,
    Words,
)
from embedded_aws.fleet.templates import split

START = datetime(2026, 1, 1, tzinfo=UTC)
GROUP_NAME = "web"
REGION = "xx-sim-1"
TEMPLATE = {"LaunchTemplateId": "lt-0a1b2c3d4e5f60718", "LaunchTemplateName": "web"}
INSTANCE_TYPE = "t3.micro"

Action: TypeAlias = Callable[[], None]
Passing: TypeAlias = Callable[[datetime, datetime], None]
"""Called before time moves, with the moment that ends and the one that comes."""


class CheckReport(Enum):
    """How EC2 reports a failing check."""

    USUAL = "impaired, with the time since when"
    UNDATED = "impaired, without a time"
    FUTURE = "impaired, since a time that is still to come"
    INSUFFICIENT = "insufficient-data"


@dataclass(frozen=True)
class Ailment:
    """The true fault of a member whose checks fail.

    Attributes:
        genuine: It is broken; otherwise the check is wrong and the member does its work.
    """

    genuine: bool = True
    told: CheckReport = CheckReport.USUAL


@dataclass
class World:
    """One group and its surroundings. Only `advance` moves time; everything else happens now.

    Attributes:
        initializing: How long EC2 has no verdict on a new instance.
        ailments: The true faults of members. One that fails its checks and is not here came broken from its template.
        instance_tags: Value of each tag of an instance, by the instance and the key of the tag.
        strangers: Ids of instances of the same account, in no group, that fail their system check.
        target_groups: ARNs of the group's target groups (`target_groups.attach`).
        target_faults: Reason code for each member that a load balancer calls unhealthy; some may be gone.
        pool_listed: The instances of the warm pool are listed among the group's, and not only in a call of their own.
    """

    fleet: ScalingGroup
    park: Park
    now: datetime
    initializing: timedelta
    ailments: dict[str, Ailment] = field(default_factory=dict)
    group_tags: dict[str, str] = field(default_factory=dict)
    instance_tags: dict[tuple[str, str], str] = field(default_factory=dict)
    strangers: tuple[str, ...] = ()
    target_groups: tuple[str, ...] = ()
    target_faults: dict[str, str] = field(default_factory=dict)
    zonal_shift_enabled: bool = True
    pool_listed: bool = False
    passing: list[Passing] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    began: datetime = START
    _agenda: list[tuple[datetime, int, Action]] = field(default_factory=list)
    _sequence: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def arn(self) -> str:
        """The group's ARN."""
        group = f"autoScalingGroup:0:autoScalingGroupName/{self.fleet.name}"
        return f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:{group}"

    def at(self, when: datetime, action: Action) -> None:
        """Put something on the agenda; what is due at the same moment happens in the order of being put there."""
        heapq.heappush(self._agenda, (max(when, self.now), next(self._sequence), action))

    def advance(self, until: datetime) -> None:
        """Let time pass; a time that has passed already changes nothing."""
        while (due := self._next()) is not None and due <= until:
            self._move(due)
            while self._agenda and self._agenda[0][0] <= due:
                heapq.heappop(self._agenda)[2]()
        self._move(until)

    def _next(self) -> datetime | None:
        planned = self._agenda[0][0] if self._agenda else None
        grown = self.fleet.next_event()
        if planned is None or grown is None:
            return planned or grown
        return min(planned, grown)

    def _move(self, when: datetime) -> None:
        if when > self.now:
            for tell in self.passing:
                tell(self.now, when)
            self.now = when
        self.fleet.advance(self.now)

    def hurt(self, instance_id: str, check: Check, ailment: Ailment) -> None:
        """Let a check of a member fail from now on, if it is there; a false alarm does not mend a broken one."""
        member = self.fleet.members.get(instance_id)
        if member is None or member.lifecycle is Lifecycle.TERMINATING:
            return
        if not self.is_broken(member):
            self.ailments[instance_id] = ailment
        self.fleet.break_instance(instance_id, check, self.now)

    def recover(self, instance_id: str) -> None:
        """Let all checks of a member pass again."""
        if self.fleet.members.get(instance_id) is not None:
            self.ailments.pop(instance_id, None)
            self.fleet.repair_instance(instance_id, self.now)

    def is_broken(self, member: Member) -> bool:
        """Whether it does not do its work, whatever its checks say."""
        if not member.running:
            return True
        ailment = self.ailments.get(member.id)
        return bool(member.faults) and (ailment is None or ailment.genuine)

    def attempt(self, action: Action) -> bool:
        """Do what the group may refuse; whether it was done."""
        try:
            action()
        except Refused:
            return False
        return True


def build(
    settings: GroupSettings,
    timings: Timings,
    rng: Random,
    *,
    name: str = GROUP_NAME,
    park: Park | None = None,
    begin: datetime = START,
    words: Words | None = None,
) -> World:
    """A world whose group has just been created."""
    listeners: list[Listener] = []

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    machines = Park() if park is None else park
    fleet = ScalingGroup(name, settings, machines, rng, begin, timings=timings, words=words, listeners=[tell])
    return World(fleet, machines, begin, timings.initializing, listeners=listeners, began=begin)


def template(key: str) -> dict[str, str]:
    """The LaunchTemplateSpecification that one of the fleet's template keys means."""
    identity, version = split(key)
    named = {"LaunchTemplateId": identity, "LaunchTemplateName": f"name-of-{identity}"} if identity else TEMPLATE
    return named | {"Version": version}


def zone_id(zone: str) -> str:
    """The id of a zone; it differs from the name, as in AWS."""
    return f"id-of-{zone}"


def subnets(zone: str) -> tuple[str, ...]:
    """The group's subnets in a zone."""
    return (f"subnet-{zone}",)
