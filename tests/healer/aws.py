"""The AWS that the healer's tests look at: the AWS in process, and what a test does to its group.

Ids and zones are short (`i-00001`, `zone-a`), the group is fifty days old, and it never replaces by itself. Nothing
takes time but what the test lets pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, MutableSet
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tap_stack.fleet import Check, Health, Member, Park, Process, Settings, Timings
from tap_stack.in_process_aws.account import Account, Call
from tap_stack.in_process_aws.answers import ANSWERS
from tap_stack.in_process_aws.faults import ApiFaults
from tap_stack.in_process_aws.pages import Pages
from tap_stack.in_process_aws.world import Ailment, Told, World, build
from tap_stack.sim.chance import stream

START = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
AGE = timedelta(days=50)  # scaling activities are told for six weeks: the launches of the first members are forgotten
LOG_GROUP = "/aws/lambda/tap-healer"
ZONES = ("zone-a", "zone-b", "zone-c")
CHECKS = {"system": Check.SYSTEM, "instance": Check.INSTANCE, "attached-ebs": Check.EBS}
NEVER = timedelta(days=3650)
TIMINGS = Timings(
    boot=timedelta(seconds=60),
    initializing=timedelta(0),
    shutdown=timedelta(seconds=40),
    mark_reaction=timedelta(seconds=10),
    native_delay=NEVER,
    rebalance_delay=NEVER,
)


class ShortIds(Park):
    """Machines with ids that a test can write: i-00000, i-00001, ..."""

    def launch(self, zone: str, template_version: str, now: datetime) -> str:
        """Start a machine."""
        super().launch(zone, template_version, now)
        return f"i-{self.launched - 1:05}"


class Faults(MutableMapping[str, datetime | None]):
    """The failing checks of one member, and since when; None is a failure of which EC2 does not tell since when."""

    def __init__(self, world: World, member: Member) -> None:
        self._world = world
        self._member = member

    def __getitem__(self, check: str) -> datetime | None:
        ailment = self._world.ailments.get(self._member.id)
        since = self._member.faults[CHECKS[check]]
        return None if ailment and ailment.told is Told.UNDATED else since

    def __setitem__(self, check: str, since: datetime | None) -> None:
        self._world.ailments[self._member.id] = Ailment(told=Told.USUAL if since else Told.UNDATED)
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


class Aws:
    """One account and region with one group.

    Attributes:
        world: Its group.
        account: What AWS knows, and where it is interfered with.
        latency: What each call takes.
        before: Called with the operation before each call is answered; may change the world or raise.
        requests: Every call as (operation, parameters), those that fail included.
    """

    def __init__(self, name: str = "tap-web") -> None:
        settings = Settings(0, 1_000_000, 0, ZONES, "1")
        self.world = build(settings, TIMINGS, stream(0, "group"), name=name, park=ShortIds(), begin=START - AGE)
        self.world.zonal_shift_enabled = False
        self.account = Account(self.world, stream(0, "api"), ApiFaults(latency_seconds=0), before=self._before)
        self.latency = timedelta(0)
        self.before: Callable[[str], None] = lambda _: None
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def _before(self, call: Call) -> None:
        self.requests.append((call.action, call.params))
        if self.latency:
            self.advance(self.latency.total_seconds())
        self.before(call.action)

    # --- what a test does to the group ---

    def grow(self, number: int) -> None:
        """Add so many sound members in service, dealt out to three zones; those that a group begins with are old."""
        self.desired += number
        self.world.advance(max(START, self.now + TIMINGS.boot))

    def fail(self, instance_id: str, check: str = "system", since: datetime | None = None) -> None:
        """Let a check fail, from now on or since a given time."""
        self.instances[instance_id].faults[check] = since or self.now

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that the group does in it."""
        with self.account.lock:
            self.world.advance(self.now + timedelta(seconds=seconds))

    def misbehave(self, **faults: Any) -> None:
        """Let the API misbehave; arguments are attributes of ApiFaults."""
        self.account.faults = replace(self.account.faults, **faults)

    # --- what a test looks at ---

    def marked(self) -> list[str]:
        """Ids of all marks that were asked for, in order."""
        return [params["InstanceId"] for action, params in self.requests if action == "SetInstanceHealth"]

    def made(self) -> list[str]:
        """The operations called, in order."""
        return [action for action, _ in self.requests]

    def answer(self, action: str, **params: Any) -> dict[str, Any]:
        """What AWS would answer now, for a test to change."""
        return copy.deepcopy(ANSWERS[action](self.account, Pages(), params))

    @property
    def instances(self) -> Instances:
        """The members."""
        return Instances(self.world)

    @property
    def metrics(self) -> list[dict[str, float]]:
        """What was put into CloudWatch, by name, call by call."""
        return [values for _, values in self.account.metrics]

    @property
    def notices(self) -> list[dict[str, str]]:
        """What was published."""
        return self.account.notices

    @property
    def streams(self) -> Streams:
        """The names of the log streams in the healer's log group."""
        return Streams(self.account)

    # --- what it is ---

    @property
    def now(self) -> datetime:
        """AWS's time; setting it lets time pass."""
        return self.world.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.advance((moment - self.now).total_seconds())

    @property
    def desired(self) -> int:
        """The desired capacity."""
        return self.world.fleet.settings.desired

    @desired.setter
    def desired(self, size: int) -> None:
        self.world.fleet.set_desired_capacity(size, self.now)

    @property
    def grace(self) -> int:
        """The health check grace period in seconds."""
        return int(self.world.fleet.settings.grace.total_seconds())

    @grace.setter
    def grace(self, seconds: int) -> None:
        self.world.fleet.update(self.now, grace=timedelta(seconds=seconds))

    @property
    def version(self) -> str:
        """The launch template version that the group launches from."""
        return self.world.fleet.settings.template_version

    @version.setter
    def version(self, version: str) -> None:
        self.world.fleet.update(self.now, template_version=version)

    @property
    def replacements_break(self) -> bool:
        """Whether what is launched from the group's version fails its system check."""
        return self._broken_version == self.version

    @replacements_break.setter
    def replacements_break(self, break_them: bool) -> None:
        if break_them:
            self.world.fleet.spoil_template(self.version, Check.SYSTEM, self.now)
        else:
            self.world.fleet.mend_template(self.version, self.now)
        self._broken_version = self.version if break_them else ""

    _broken_version = ""

    @property
    def suspended(self) -> Suspended:
        """The suspended processes."""
        return Suspended(self.world)

    @property
    def group_tags(self) -> dict[str, str]:
        """The group's tags."""
        return self.world.group_tags

    @property
    def instance_tags(self) -> dict[str, str]:
        """Value of `tap:healer-skip-until` by instance."""
        return self.world.instance_tags

    @property
    def strangers(self) -> Iterable[str]:
        """Ids of instances of the same account that fail their system check and are no members."""
        return self.world.strangers

    @strangers.setter
    def strangers(self, ids: Iterable[str]) -> None:
        self.world.strangers = tuple(ids)

    # --- what it answers ---

    @property
    def answers(self) -> dict[str, Callable[[], dict[str, Any]]]:
        """Operation to another answer than the group's own."""
        return self.account.answers

    def after(self, react: Callable[[str, dict[str, Any]], None]) -> None:
        """Let `react` have each operation and its reply before that leaves; it may change the reply, or raise."""
        self.account.after = lambda call: react(call.action, call.reply or {})

    @property
    def refreshes(self) -> list[dict[str, Any]]:
        """Instance refreshes in boto3's shape; setting them answers these instead of the group's own."""
        return list(self.answer("DescribeInstanceRefreshes")["InstanceRefreshes"])

    @refreshes.setter
    def refreshes(self, entries: list[dict[str, Any]]) -> None:
        self.answers["DescribeInstanceRefreshes"] = lambda: {"InstanceRefreshes": entries}

    @property
    def activities(self) -> list[dict[str, Any]]:
        """Scaling activities in boto3's shape; setting them answers these instead of the group's own."""
        return list(self.answer("DescribeScalingActivities")["Activities"])

    @activities.setter
    def activities(self, entries: list[dict[str, Any]]) -> None:
        self.answers["DescribeScalingActivities"] = lambda: {"Activities": entries}

    @property
    def shifts(self) -> list[dict[str, Any]] | None:
        """Zonal shifts in boto3's shape; None for a group that does not follow them."""
        return self.answer("GetManagedResource")["zonalShifts"] if self.world.zonal_shift_enabled else None

    @shifts.setter
    def shifts(self, entries: list[dict[str, Any]] | None) -> None:
        self.world.zonal_shift_enabled = entries is not None
        self.answers["GetManagedResource"] = lambda: {"zonalShifts": entries, "autoshifts": []}

    @property
    def page(self) -> int:
        """Entries in a page of any answer that comes in pages; 0 for AWS's own limits."""
        return self.account.faults.page_size

    @page.setter
    def page(self, size: int) -> None:
        self.misbehave(page_size=size)

    @property
    def dated(self) -> bool:
        """Whether answers carry AWS's time."""
        return not self.account.faults.undated

    @dated.setter
    def dated(self, dated: bool) -> None:
        self.misbehave(undated=0.0 if dated else 1.0)
