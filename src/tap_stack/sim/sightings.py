"""What a referee has to know of the past: since when things have stood as they stand, and what each sweep was told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tap_stack.fleet import Health, Lifecycle, Member, What
from tap_stack.fleet.events import Event
from tap_stack.fleet.members import Flight, Kind
from tap_stack.in_process_aws.account import Call
from tap_stack.in_process_aws.replica import facts_of
from tap_stack.in_process_aws.world import Told, World
from tap_stack.sim.census import FOR_HEALTH, is_in_flight

REPLACES = frozenset({Kind.MARKED, Kind.NATIVE, Kind.STOPPED})


class Since:
    """Since when each of some things has been so; what is no longer so is forgotten."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def update(self, so: set[str] | frozenset[str], now: datetime) -> None:
        """These and no others are so now."""
        self._since = {key: self._since.get(key, now) for key in so}

    def put(self, key: str, so: object, now: datetime) -> None:
        """One of them is, or is not, so now."""
        if not so:
            self._since.pop(key, None)
        else:
            self._since.setdefault(key, now)

    def before(self, moment: datetime) -> set[str]:
        """What has been so at least since that moment."""
        return {key for key, since in self._since.items() if since <= moment}


@dataclass
class Newcomer:
    """A member that was launched as a replacement, and what became of it."""

    id: str
    zone: str
    version: str
    launched: datetime
    in_service: datetime | None = None
    ill: datetime | None = None
    gone: datetime | None = None

    def proven(self, now: datetime, dwell: timedelta) -> bool:
        """Whether it has stayed sound in service for so long."""
        end = min(moment for moment in (now, self.ill, self.gone) if moment is not None)
        return self.in_service is not None and end - self.in_service >= dwell


@dataclass
class Sweep:
    """What one sweep has been told so far, and what it did.

    Attributes:
        due: When its event was due.
        began: When it started.
        deadline: When Lambda ends it.
        first: The first group that it was shown.
        group: The last group that it was shown, and when.
        impaired: Since when EC2 said that each check of each instance fails; None without a time.
        failed: Reads whose last attempt failed, by what was asked.
        untrusted: An answer that AWS does not give: a token twice, a group twice.
        marks: Ids that it asked to be marked, in order.
        calls: How many calls it made; `retries` how many of them repeated a failed one.
    """

    due: datetime
    began: datetime
    deadline: datetime
    first: dict[str, Any] | None = None
    group: dict[str, Any] | None = None
    group_seen: datetime | None = None
    impaired: dict[str, dict[str, datetime | None]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    tokens: set[tuple[str, str]] = field(default_factory=set)
    untrusted: str = ""
    marks: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    lines: int = 0


class Past:
    """Follows one world, and knows since when things have been so.

    Attributes:
        suspended, refreshing, skipped, shifted, suspected, flying, switched_off: By process, zone, or instance id.
        fallen: When members left the ranks of those in service and unmarked, by id, whoever did it.
        newcomers: Replacements by id, oldest first.
        replaced: Ids of members whose replacement has come into service, whatever became of it later.
        taken_otherwise: Ids of members that were terminated for another reason than their health.
        failed_launches: When launches failed, and of which template version.
        exits: When a suspension of a needed process, or an instance refresh, ended last.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.suspended, self.refreshing, self.skipped = Since(), Since(), Since()
        self.shifted, self.suspected, self.flying = Since(), Since(), Since()
        self.switched_off = Since()
        self.fallen: dict[str, datetime] = {}
        self.desired: list[tuple[datetime, int]] = [(world.now, world.fleet.settings.desired)]
        self.newcomers: dict[str, Newcomer] = {}
        self.replaced: set[str] = set()
        self.taken_otherwise: set[str] = set()
        self.failed_launches: list[tuple[datetime, str]] = []
        self.braked_ever: dict[str, datetime] = {}
        self.exits: list[datetime] = []
        self.versioned = world.now
        self._facts = facts_of(world)
        self._suspected_by: tuple[int, tuple[str, ...]] = (-1, ())
        self._launched: list[Member] = []
        self._settle(world.now)
        world.passing.append(lambda now, _: self._settle(now))
        world.fleet.members.watchers.append(self._note)
        world.listeners.append(self._hear)

    def _note(self, member: Member) -> None:
        now, here = self.world.fleet.now, self.world.fleet.members.get(member.id) is not None
        self.flying.put(member.id, here and is_in_flight(member), now)
        if here and member.lifecycle is Lifecycle.IN_SERVICE and member.health is Health.HEALTHY:
            self.fallen.pop(member.id, None)
        else:
            self.fallen.setdefault(member.id, now)
        newcomer = self.newcomers.get(member.id)
        if newcomer is not None:
            if member.faults:
                newcomer.ill = newcomer.ill or now
            if member.lifecycle is not Lifecycle.PENDING and member.lifecycle is not Lifecycle.IN_SERVICE:
                newcomer.gone = newcomer.gone or now

    def _hear(self, event: Event) -> None:
        member = self.world.fleet.members.get(event.instance_id)
        if event.what is What.LAUNCH_FAILED:
            self.failed_launches.append((event.time, self.world.fleet.settings.template_version))
        elif event.what is What.LAUNCHED and member is not None:
            self._launched.append(member)
        elif event.what is What.IN_SERVICE and member is not None:
            self._comes(member, event.time)
        elif event.what is What.TERMINATING and not any(words in event.detail for words in FOR_HEALTH):
            self.taken_otherwise.add(event.instance_id)

    def _comes(self, member: Member, now: datetime) -> None:
        if member.id in self.newcomers:
            self.newcomers[member.id].in_service = now
        if member.arrives_by is not None:
            self.replaced.add(member.arrives_by.leaving.id)

    def _settle(self, now: datetime) -> None:
        for member in self._launched:
            if _replaces(member.arrives_by):
                self.newcomers[member.id] = Newcomer(member.id, member.zone, member.template_version, now)
        self._launched.clear()
        facts = facts_of(self.world)
        refreshing = {one.id for one in self.world.fleet.refreshes if one.active}
        before = self.suspended.before(now), self.refreshing.before(now)
        self.refreshing.update(refreshing, now)
        if facts != self._facts:
            self._take(facts, now)
        if (before[0] and not self.suspended.before(now)) or (before[1] and not refreshing):
            self.exits.append(now)
        self.look(now)

    def look(self, now: datetime) -> None:
        """See which zones are braked now.

        They change when a member does, and also when one only comes of age: what is launched broken is called so two
        minutes later, and nothing else happens then.
        """
        self._suspect(now)
        for zone in self.suspected.before(now) | self.shifted.before(now):
            self.braked_ever[zone] = now

    def _suspect(self, now: datetime) -> None:
        ill = tuple(member.id for member in called_impaired(self.world))
        if (self.world.fleet.members.revision, ill) != self._suspected_by:
            self._suspected_by = self.world.fleet.members.revision, ill
            self.suspected.update(suspected_zones(self.world), now)

    def _take(self, facts: Any, now: datetime) -> None:
        needed = {"Launch", "Terminate", "ReplaceUnhealthy"}
        self.suspended.update({name for name, _ in facts.suspended} & needed, now)
        self.skipped.update({each for each, _ in facts.skips}, now)
        self.shifted.update(frozenset(facts.shifted), now)
        self.switched_off.put("off", dict(facts.tags).get("tap:healer") == "off", now)
        if facts.desired != self.desired[-1][1]:
            self.desired.append((now, facts.desired))
        if facts.template_version != self._facts.template_version:
            self.versioned = now
        self._facts = facts

    def desired_within(self, since: datetime) -> list[int]:
        """Every desired capacity that was true at some time since then."""
        later = [value for when, value in self.desired if when > since]
        earlier = [value for when, value in self.desired if when <= since]
        return [*earlier[-1:], *later]


def _replaces(flight: Flight | None) -> bool:
    return flight is not None and flight.kind in REPLACES


def suspected_zones(world: World) -> set[str]:
    """Zones in which at least 55 % and at least 3 of those in service are called impaired by EC2."""
    impaired = Counter(member.zone for member in called_impaired(world))
    if max(impaired.values(), default=0) < 3:  # noqa: PLR2004 - the property's own number
        return set()
    serving = Counter(member.zone for member in world.fleet.members.by_state.of(Lifecycle.IN_SERVICE))
    return {zone for zone, number in impaired.items() if number >= 3 and 100 * number >= 55 * serving[zone]}  # noqa: PLR2004 - likewise


def called_impaired(world: World) -> list[Member]:
    """Members in service of which EC2 says that a check is impaired."""
    young = world.now - world.initializing
    return [
        member
        for member in world.fleet.members.impaired.of(Lifecycle.IN_SERVICE)
        if member.running
        and member.launched_at <= young
        and (member.id not in world.ailments or world.ailments[member.id].told is not Told.INSUFFICIENT)
    ]


def question(call: Call) -> str:
    """What was asked: the same for a call and its repetition."""
    return f"{call.action} {sorted(call.params.items(), key=str)}"


def note_reply(told: Sweep, call: Call) -> None:
    """Take in what one call told the sweep."""
    key = question(call)
    told.calls[call.action] += 1
    if key in told.failed:
        told.retries += 1
    if call.error:
        told.failed[key] = call.error
        return
    told.failed.pop(key, None)
    if call.reply is None or call.took_effect is None:
        return
    token = call.reply.get("NextToken")
    if token:
        if (call.action, token) in told.tokens:
            told.untrusted = f"{call.action} gave a token twice"
        told.tokens.add((call.action, token))
    if call.action == "DescribeAutoScalingGroups":
        _note_group(told, call)
    elif call.action == "DescribeInstanceStatus":
        _note_statuses(told, call.reply["InstanceStatuses"])


def _note_group(told: Sweep, call: Call) -> None:
    groups = call.reply["AutoScalingGroups"] if call.reply else []
    if len(groups) != 1:
        return  # an empty page; the group comes with another
    told.first = told.first or groups[0]
    told.group, told.group_seen = groups[0], call.took_effect


def _note_statuses(told: Sweep, entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        for key in ("SystemStatus", "InstanceStatus", "AttachedEbsStatus"):
            if entry[key]["Status"] == "impaired":
                since = max(
                    (item["ImpairedSince"] for item in entry[key]["Details"] if "ImpairedSince" in item), default=None
                )
                told.impaired.setdefault(entry["InstanceId"], {})[key] = since
