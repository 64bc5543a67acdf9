"""The cost of a history: counted from the group itself at every moment, and from nothing that a healer says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from embedded_aws.fleet import Event, Health, Lifecycle, Member, What
from embedded_aws.fleet.causes import MARKED, STATUS_CHECKS, STOPPED, VOLUME_CHECK
from embedded_aws.in_process.world import World

FOR_HEALTH = (MARKED, STATUS_CHECKS, VOLUME_CHECK, STOPPED)
"""Words in the Cause of a termination that say: for its health."""


def is_in_flight(member: Member) -> bool:
    """Coming, going, or in service and marked: what counts against the cap on flights."""
    if member.lifecycle in {Lifecycle.PENDING, Lifecycle.TERMINATING}:
        return True
    return member.lifecycle is Lifecycle.IN_SERVICE and member.health is Health.UNHEALTHY


@dataclass
class Fault:
    """A genuine fault: since when, when the group was told (or saw) that it is unhealthy, when it was made good."""

    since: datetime
    marked: datetime | None = None
    healed: datetime | None = None


@dataclass
class Census:
    """Watches one world from the moment of its making.

    Attributes:
        faults: Genuine faults, in the order in which they began; those that passed by themselves are not among them.
        lost_seconds: Instance-seconds by which the sound members in service fell short of the desired capacity.
        healthy_killed: Sound members that were terminated for their health.
        max_in_flight: Most members coming or going at once.
        min_capacity: Fewest sound members in service.
        capacity: Sound members in service over time: (time, number) at each change.
        marks: When a member was declared unhealthy, by anybody, and whether it was sound then.
    """

    world: World
    faults: list[Fault] = field(default_factory=list)
    lost_seconds: float = 0.0
    healthy_killed: int = 0
    max_in_flight: int = 0
    min_capacity: int = 0
    capacity: list[tuple[datetime, int]] = field(default_factory=list)
    marks: list[tuple[datetime, bool]] = field(default_factory=list)
    _sound: set[str] = field(default_factory=set)
    _flying: set[str] = field(default_factory=set)
    _open: dict[str, list[Fault]] = field(default_factory=dict)
    _vacant: list[list[Fault]] = field(default_factory=list)
    _new: list[Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        roster = self.world.fleet.members
        for member in roster:
            self._count(member)
        roster.watchers.append(self._count)
        self.world.passing.append(self._pass)
        self.world.listeners.append(self._hear)
        self.min_capacity = len(self._sound)

    def _count(self, member: Member) -> None:
        here = self.world.fleet.members.get(member.id) is not None
        _keep(self._flying, member.id, here and is_in_flight(member))
        serving = here and member.lifecycle is Lifecycle.IN_SERVICE
        _keep(self._sound, member.id, serving and not self.world.is_broken(member))

    def _pass(self, now: datetime, later: datetime) -> None:
        self._welcome(now)
        sound = len(self._sound)
        if not self.capacity or self.capacity[-1][1] != sound:
            self.capacity.append((now, sound))
        self.lost_seconds += max(0, self.world.fleet.settings.desired - sound) * (later - now).total_seconds()
        self.max_in_flight = max(self.max_in_flight, len(self._flying))
        self.min_capacity = min(self.min_capacity, sound)

    # --- faults and how they end ---

    def _hear(self, event: Event) -> None:
        member = self.world.fleet.members.get(event.instance_id)
        if member is None:
            return
        match event.what:
            case What.IMPAIRED if self.world.is_broken(member) and member.id not in self._open:
                fault = Fault(min(member.faults.values()))
                self.faults.append(fault)
                self._open[member.id] = [fault]
            case What.REPAIRED:
                passed = self._open.pop(member.id, [])
                self.faults = [fault for fault in self.faults if fault not in passed or fault.marked]
            case What.UNHEALTHY:
                self.marks.append((event.time, not self.world.is_broken(member)))
                for fault in self._open.get(member.id, []):
                    fault.marked = fault.marked or event.time
            case What.TERMINATING:
                for_health = any(words in event.detail for words in FOR_HEALTH)
                self.healthy_killed += for_health and not self.world.is_broken(member)
                if (faults := self._open.pop(member.id, None)) is not None:
                    self._vacant.append(faults)
            case What.IN_SERVICE:
                # Under a maintenance policy the new member is there before the one that it replaces goes.
                flight = member.arrives_by
                if flight is not None and flight.leaving.id in self._open:
                    self._vacant.insert(0, self._open.pop(flight.leaving.id))
                self._new.append(member)
            case _:
                pass

    def _welcome(self, now: datetime) -> None:
        """A new member that is sound heals the oldest open fault; a broken one takes the fault over."""
        for member in self._new:
            if not self._vacant:
                break
            faults = self._vacant.pop(0)
            if member.id in self._open:
                self._open[member.id] += faults
            for fault in faults if member.id not in self._open else []:
                fault.healed = now
        self._new.clear()


def _keep(members: set[str], instance_id: str, belongs: object) -> None:
    if belongs:
        members.add(instance_id)
    else:
        members.discard(instance_id)
