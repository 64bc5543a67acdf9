"""What AWS shows of the group: a copy that follows it at a distance, kept up to date by what has changed alone.

A describe call may be answered from a copy that is some seconds old. And in a group of ten thousand a new answer must
not cost ten thousand steps: so the copy holds the answer's entries ready and replaces only those that changed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from embedded_aws.fleet import Check, Checks, CheckStatus, GroupSettings, Lifecycle, Member, Phase
from embedded_aws.fleet.health import NOT_APPLICABLE
from embedded_aws.in_process import shapes
from embedded_aws.in_process.instance_status import OK
from embedded_aws.in_process.world import INSTANCE_TYPE, CheckReport, World, template, zone_id

Entry: TypeAlias = dict[str, Any]

NOT_RUNNING = frozenset(
    {Lifecycle.PENDING, Lifecycle.TERMINATING, Lifecycle.WARMED_PENDING, Lifecycle.WARMED_TERMINATING}
)
"""Members whose machines are about to run, or no longer do, unless a lifecycle hook holds them."""
FUTURE = timedelta(hours=1)  # how far ahead a wrong `ImpairedSince` lies
INITIALIZING = CheckStatus("initializing")
INSUFFICIENT = CheckStatus("insufficient-data")
UNDATED = CheckStatus("impaired")


@dataclass(frozen=True)
class GroupFacts:
    """What is true of the group as a whole."""

    settings: GroupSettings
    desired: int
    template_version: str
    grace_seconds: int
    suspended: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    instance_tags: tuple[tuple[str, str, str], ...]
    shifted: tuple[str, ...]


def facts_of(world: World) -> GroupFacts:
    """The facts of this moment."""
    settings = world.fleet.settings
    return GroupFacts(
        settings=settings,
        desired=settings.desired,
        template_version=settings.template_version,
        grace_seconds=int(settings.grace.total_seconds()),
        suspended=tuple((process.value, why) for process, why in world.fleet.suspended.items()),
        tags=tuple(world.group_tags.items()),
        instance_tags=tuple((each, key, value) for (each, key), value in world.instance_tags.items()),
        shifted=tuple(sorted(world.fleet.shifted_zones)),
    )


@dataclass(frozen=True, slots=True)
class InstanceChecks:
    """The status checks of one running instance; `application` says that those of its application fail."""

    zone: str
    launched_at: datetime
    faults: tuple[tuple[Check, datetime], ...]
    application: bool


Change: TypeAlias = tuple[datetime, str, "Entry | None", "InstanceChecks | None"]


class Replica:
    """A copy of the group that is `lag` behind.

    Attributes:
        members: Entries of DescribeAutoScalingGroups by id.
        health: Status checks by id, of those that run.
        impaired: The same of those that fail a check, or whose application does.
    """

    def __init__(self, world: World, lag: timedelta) -> None:
        self._world = world
        self.lag = lag
        self.members: dict[str, Entry] = {}
        self.health: dict[str, InstanceChecks] = {}
        self.impaired: dict[str, InstanceChecks] = {}
        self._changes: deque[Change] = deque()
        self._facts: deque[tuple[datetime, GroupFacts]] = deque([(world.now, facts_of(world))])
        self._listed: list[Entry] | None = None
        for member in world.fleet.members:
            self._note(member)
        world.fleet.members.watchers.append(self._note)

        def note_facts(now: datetime, _: datetime) -> None:
            if lag and (facts := facts_of(world)) != self._facts[-1][1]:
                self._facts.append((now, facts))

        world.passing.append(note_facts)

    @property
    def as_of(self) -> datetime:
        """The moment that the copy shows now."""
        return self._world.now - self.lag

    def entries(self) -> list[Entry]:
        """All members, as DescribeAutoScalingGroups lists them; the same list until one changes."""
        self._catch_up()
        if self._listed is None:
            self._listed = list(self.members.values())
        pool = self._world.fleet.pool if self._world.pool_listed else []
        return [*self._listed, *map(_entry, pool)] if pool else self._listed

    def facts(self) -> GroupFacts:
        """What is true of the group."""
        if not self.lag:
            return facts_of(self._world)
        while len(self._facts) > 1 and self._facts[1][0] <= self.as_of:
            self._facts.popleft()
        return self._facts[0][1]

    def failing(self) -> dict[str, InstanceChecks]:
        """Status checks of those that fail one, by id."""
        self._catch_up()
        return self.impaired

    def running(self) -> dict[str, InstanceChecks]:
        """Status checks of all that run, by id."""
        self._catch_up()
        return self.health

    def warmed(self) -> dict[str, InstanceChecks]:
        """Status checks of the warm pool's instances that run, by id; no copy of it lags."""
        found = ((member.id, _health(member)) for member in self._world.fleet.pool)
        return {instance_id: health for instance_id, health in found if health is not None}

    def checks(self, instance_id: str, health: InstanceChecks) -> Checks:
        """The status checks of one that runs, as EC2 tells them."""
        application = self._application(instance_id, health)
        if self.as_of < health.launched_at + self._world.initializing:
            return Checks(INITIALIZING, INITIALIZING, INITIALIZING, application)
        ailment = self._world.ailments.get(instance_id)
        told = ailment.told if ailment else CheckReport.USUAL
        faults = dict(health.faults)
        system, instance, ebs = (_failing(faults[check], told) if check in faults else OK for check in Check)
        return Checks(system, instance, ebs, application)

    def _application(self, instance_id: str, health: InstanceChecks) -> CheckStatus:
        """What EC2 says of the application; a copy that lags is late in whether it fails, not in the rest."""
        fleet = self._world.fleet
        asked = health.application or fleet.settings.application_checks
        if not asked or fleet.members.get(instance_id) is None:
            return NOT_APPLICABLE
        return fleet.checks(instance_id, fleet.now).application

    def _note(self, member: Member) -> None:
        gone = self._world.fleet.members.get(member.id) is None
        told = (None, None) if gone else (_entry(member), _health(member))
        change = (self._world.fleet.now, member.id, *told)
        if self.lag:
            self._changes.append(change)
        else:
            self._apply(change)

    def _catch_up(self) -> None:
        while self._changes and self._changes[0][0] <= self.as_of:
            self._apply(self._changes.popleft())

    def _apply(self, change: Change) -> None:
        _, instance_id, entry, health = change
        if self.members.get(instance_id) != entry:
            self._listed = None
        _put(self.members, instance_id, entry)
        _put(self.health, instance_id, health)
        _put(self.impaired, instance_id, health if health and (health.faults or health.application) else None)


def _put(table: dict[str, Any], key: str, value: object) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _entry(member: Member) -> Entry:
    return shapes.member(
        member,
        instance_type=member.instance_type or INSTANCE_TYPE,
        zone_id=zone_id(member.zone),
        template=template(member.template_version),
        weight=member.weight if member.weight > 1 else None,
    )


def _health(member: Member) -> InstanceChecks | None:
    """None for one that DescribeInstanceStatus does not show, because it is not running."""
    if not member.running or (member.lifecycle in NOT_RUNNING and member.phase is not Phase.WAIT):
        return None
    return InstanceChecks(
        member.zone, member.launched_at, tuple(member.faults.items()), member.application_since is not None
    )


def _failing(since: datetime, told: CheckReport) -> CheckStatus:
    if told is CheckReport.INSUFFICIENT:
        return INSUFFICIENT
    if told is CheckReport.UNDATED:
        return UNDATED
    return CheckStatus("impaired", since + FUTURE if told is CheckReport.FUTURE else since)
