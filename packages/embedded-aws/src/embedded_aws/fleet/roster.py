"""All members of a group, always known by what a decision asks for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from embedded_aws.fleet.members import COUNTED, Lifecycle, Member, UnhealthyReason

Key = TypeVar("Key", bound=Hashable)


class Index(Generic[Key]):
    """Members by a key that follows from what they are; a None key leaves a member out. Order is that of entering.

    Attributes:
        size: How many members have a key.
        units: The sum of their weights; the same as `size` in a group without weights.
    """

    def __init__(self, key: Callable[[Member], Key | None]) -> None:
        self.key = key
        self.size = 0
        self.units = 0
        self._members: dict[Key, dict[str, Member]] = {}

    def count(self, key: Key) -> int:
        """How many members have `key`."""
        return len(self._members.get(key, ()))

    def weight(self, key: Key) -> int:
        """How much the members that have `key` weigh together."""
        if self.units == self.size:
            return self.count(key)
        return sum(member.weight for member in self._members.get(key, {}).values())

    def weights(self) -> tuple[int, int]:
        """The least and the largest weight of all members that have a key; 1 and 1 without weights."""
        if self.units == self.size:
            return 1, 1
        found = {member.weight for members in self._members.values() for member in members.values()}
        return min(found), max(found)

    def of(self, key: Key) -> list[Member]:
        """The members that have `key`: a copy, which stays as it is while they change."""
        return list(self._members.get(key, {}).values())

    def first(self, key: Key) -> Member | None:
        """The member that has had `key` for longest; None if there is none."""
        return next(iter(self._members.get(key, {}).values()), None)

    def present(self) -> list[Key]:
        """Every key that some member has."""
        return [key for key, members in self._members.items() if members]

    def move(self, member: Member, before: Key | None, after: Key | None) -> None:
        """Follow one member from one key to another."""
        if before == after:
            return
        if before is not None:
            del self._members[before][member.id]
            self.size -= 1
            self.units -= member.weight
        if after is not None:
            self._members.setdefault(after, {})[member.id] = member
            self.size += 1
            self.units += member.weight


def _eligible(member: Member) -> tuple[str, str] | None:
    free = member.lifecycle is Lifecycle.IN_SERVICE and not member.protected and member.leaves_by is None
    return (member.zone, member.template_version) if free else None


def _unhealthy(member: Member) -> tuple[UnhealthyReason, str] | None:
    if member.verdict is None or member.lifecycle not in COUNTED or member.leaves_by is not None:
        return None
    return member.verdict, member.zone


def _ready(member: Member) -> bool | None:
    good = member.lifecycle is Lifecycle.IN_SERVICE and member.warm and member.verdict is None and not member.retiring
    return True if good else None


class Roster:
    """All members, by id and by whatever a decision asks for, so that no decision walks through the whole group.

    Attributes:
        capacity: What counts towards the desired capacity, by zone.
        ready: In service, warm and healthy, and not retiring (key True).
        eligible: What scale-in may choose, by zone and template version, in order of age.
        unhealthy: What waits to be replaced, by verdict and zone.
        impaired: Members with a failed status check, by lifecycle state.
        down: Members whose machine is not running, by lifecycle state.
        watchers: Told of each member that has entered, changed or left; they must not change anything.
    """

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self.by_state: Index[Lifecycle] = Index(lambda member: member.lifecycle)
        self.capacity: Index[str] = Index(lambda member: member.zone if member.serving else None)
        self.ready = Index(_ready)
        self.eligible = Index(_eligible)
        self.unhealthy = Index(_unhealthy)
        self.impaired: Index[Lifecycle] = Index(lambda member: member.lifecycle if member.faults else None)
        self.down: Index[Lifecycle] = Index(lambda member: None if member.running else member.lifecycle)
        self._indices: tuple[Index[Any], ...] = (
            self.by_state,
            self.capacity,
            self.ready,
            self.eligible,
            self.unhealthy,
            self.impaired,
            self.down,
        )
        self.revision = 0
        self.watchers: list[Callable[[Member], None]] = []

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def get(self, instance_id: str) -> Member | None:
        """The member with this id, or None."""
        return self._members.get(instance_id)

    def add(self, member: Member) -> None:
        """Take a new member in. Raises ValueError: the machines returned an id twice."""
        if member.id in self._members:
            raise ValueError(f"{member.id} is a member already: an instance id is never given out twice")
        self.revision += 1
        self._members[member.id] = member
        for index in self._indices:
            index.move(member, None, index.key(member))
        self._tell(member)

    def remove(self, member: Member) -> None:
        """Strike a member off."""
        self.revision += 1
        del self._members[member.id]
        for index in self._indices:
            index.move(member, index.key(member), None)
        self._tell(member)

    @contextmanager
    def change(self, member: Member) -> Iterator[Member]:
        """Change a member's attributes inside; every index follows on the way out."""
        before = [index.key(member) for index in self._indices]
        yield member
        self.revision += 1
        for index, key in zip(self._indices, before, strict=True):
            index.move(member, key, index.key(member))
        self._tell(member)

    def weigh(self, member: Member, weight: int) -> None:
        """Give a member another weight; its place in the order of each index stays."""
        for index in self._indices:
            if index.key(member) is not None:
                index.units += weight - member.weight
        member.weight = weight
        self.revision += 1

    def _tell(self, member: Member) -> None:
        for watcher in self.watchers:
            watcher(member)
