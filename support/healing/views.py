"""Views of the group that a test reads and changes like plain values: members, faults, processes, streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, MutableSet
from datetime import datetime

from embedded_aws.fleet import Check, Health, Member, Process
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.world import Ailment, CheckReport, World

CHECKS = {"system": Check.SYSTEM, "instance": Check.INSTANCE, "attached-ebs": Check.EBS}
LOG_GROUP = "/aws/lambda/tap-healer"


class Faults(MutableMapping[str, datetime | None]):
    """The failing checks of one member, and since when; None if EC2 does not tell since when."""

    def __init__(self, world: World, member: Member) -> None:
        self._world = world
        self._member = member

    def __getitem__(self, check: str) -> datetime | None:
        ailment = self._world.ailments.get(self._member.id)
        since = self._member.faults[CHECKS[check]]
        return None if ailment and ailment.told is CheckReport.UNDATED else since

    def __setitem__(self, check: str, since: datetime | None) -> None:
        self._world.ailments[self._member.id] = Ailment(told=CheckReport.USUAL if since else CheckReport.UNDATED)
        with self._world.fleet.members.change(self._member) as member:
            member.faults[CHECKS[check]] = since or self._world.now

    def __delitem__(self, check: str) -> None:
        self._world.fleet.repair_instance(self._member.id, self._world.now, CHECKS[check])

    def __iter__(self) -> Iterator[str]:
        return (name for name, check in CHECKS.items() if check in self._member.faults)

    def __len__(self) -> int:
        return len(self._member.faults)


class Instance:
    """One member, as a test looks at it and changes it."""

    def __init__(self, world: World, member: Member) -> None:
        self._world = world
        self._member = member
        self.faults = Faults(world, member)

    @property
    def id(self) -> str:
        """Its id."""
        return self._member.id

    @property
    def zone(self) -> str:
        """Its zone."""
        return self._member.zone

    @property
    def lifecycle(self) -> str:
        """Its lifecycle state, which can be set to Terminating and Standby."""
        return self._member.lifecycle.value

    @lifecycle.setter
    def lifecycle(self, state: str) -> None:
        fleet, now = self._world.fleet, self._world.now
        if state == "Terminating":
            fleet.terminate_instance(self.id, now, decrement=False)
        elif state == "Standby":
            fleet.enter_standby([self.id], now, decrement=False)
        else:
            raise ValueError(f"a test cannot set the lifecycle state {state}")

    @property
    def health(self) -> str:
        """Its health status; it can be set as anybody may who is allowed to call SetInstanceHealth."""
        return self._member.health.value

    @health.setter
    def health(self, status: str) -> None:
        self._world.fleet.set_instance_health(self.id, Health(status), self._world.now, respect_grace=False)


class Instances(Mapping[str, Instance]):
    """The members by id."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getitem__(self, instance_id: str) -> Instance:
        member = self._world.fleet.members.get(instance_id)
        if member is None:
            raise KeyError(instance_id)
        return Instance(self._world, member)

    def __iter__(self) -> Iterator[str]:
        return iter([member.id for member in self._world.fleet.members])

    def __len__(self) -> int:
        return len(self._world.fleet.members)

    def pop(self, instance_id: str, default: object = None) -> object:
        """Take a member out of the group, and its place with it."""
        if instance_id not in self:
            return default
        self._world.fleet.detach([instance_id], self._world.now, decrement=True)
        return None


class Suspended(MutableSet[str]):
    """The names of the suspended processes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        return (process.value for process in self._world.fleet.suspended)

    def __len__(self) -> int:
        return len(self._world.fleet.suspended)

    def add(self, value: str) -> None:
        """Suspend a process."""
        self._world.fleet.suspend([Process(value)], self._world.now)

    def discard(self, value: str) -> None:
        """Resume a process."""
        self._world.fleet.resume([Process(value)], self._world.now)


class Streams(MutableSet[str]):
    """The names of the log streams in the healer's log group."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __contains__(self, name: object) -> bool:
        return (LOG_GROUP, name) in self._account.streams

    def __iter__(self) -> Iterator[str]:
        return (name for group, name in self._account.streams if group == LOG_GROUP)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def add(self, value: str) -> None:
        """Create a stream, also one whose name AWS would refuse."""
        self._account.streams[LOG_GROUP, value] = self._account.world.now

    def discard(self, value: str) -> None:
        """Delete a stream."""
        self._account.streams.pop((LOG_GROUP, value), None)
