"""The referee's memory: AWS's answers to all sweeps so far, and the marks that took effect.

A sweep is judged by the answers that it got itself. Memory is for properties that go beyond one sweep: a probe holds a
zone, a burst lasts until its victims are gone, an instance that is gone had a template version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from tap_cli.sim.sightings import Entry, SeenSweep, Since
from tap_cli.sim.tags import is_off

ZONE_MINIMUM, ZONE_PERCENT = 3, 55
PROBE = timedelta(minutes=10)
NEEDED = frozenset({"Launch", "Terminate", "ReplaceUnhealthy", "HealthCheck", "AddToLoadBalancer"})

Template: TypeAlias = tuple[str, str]
"""Id and version of a launch template."""


@dataclass(frozen=True)
class SeenMark:
    """One SetInstanceHealth as it reached AWS.

    Attributes:
        time, sent: When it took effect (or was refused), and when the sweep sent it.
        zone: The instance's zone, as the sweep was shown it.
        braked: The zone was under the brake, as the sweep was shown it: this was a probe.
        paced: A burst stood, as the sweep was shown it.
    """

    id: str
    time: datetime
    sent: datetime
    session: int
    params: Mapping[str, Any]
    zone: str = ""
    braked: bool = False
    paced: bool = False


@dataclass
class SeenBurst:
    """One burst.

    Attributes:
        begin: When its threshold was crossed.
        victims: Who failed in it, since when.
        hidden: The zones that had a pace of their own then.
        enough: How many make a burst.
        over: It has ended, and goes on only where a new one has victims of it.
    """

    begin: datetime
    victims: set[tuple[datetime, str]]
    hidden: set[str]
    enough: int
    over: bool = False


@dataclass
class Memory:
    """What the answers to all sweeps told.

    Attributes:
        marks: Marks that took effect, in order of time.
        asked: Marks that were asked for, whatever came of them: when, by which sweep, of whom.
        templates: The launch template that each instance was launched from.
        first_shown: When each instance was first shown as a member.
        held: When a sweep was last shown a suspended process, an instance refresh, or the switch set to off.
        braked: When each zone was last shown with too many of its members impaired, or shifted away from.
        base: The group's own launch template, as last shown, and when that was first shown.
    """

    marks: list[SeenMark] = field(default_factory=list)
    asked: list[tuple[datetime, int, str]] = field(default_factory=list)
    templates: dict[str, Template] = field(default_factory=dict)
    first_shown: dict[str, datetime] = field(default_factory=dict)
    held: datetime | None = None
    braked: dict[str, datetime] = field(default_factory=dict)
    base: tuple[Entry, datetime] | None = None
    burst: SeenBurst | None = None
    _shown: int = 0

    def note_group(self, sweep: SeenSweep) -> None:
        """Take in a group that was shown to a sweep; the same list of members again tells nothing new."""
        group, now = sweep.group, sweep.group_seen
        if group is None or now is None:
            return
        if sweep.suspended & NEEDED or is_off(sweep.switch, now):
            self.held = now
        template = base_template(group)
        if self.base is None or self.base[0] != template:
            self.base = template, now
        if id(group.get("Instances")) == self._shown:
            return
        self._shown = id(group.get("Instances"))
        for instance_id, entry in sweep.members.items():
            if instance_id not in self.first_shown:
                self.first_shown[instance_id] = now
                self.templates[instance_id] = template_of(entry)

    def note_end(self, sweep: SeenSweep, now: datetime) -> None:
        """Take in what only a whole sweep shows."""
        if sweep.refreshing:
            self.held = now
        for zone in braked_zones(sweep.members, sweep.impaired) | shifted_zones(sweep):
            self.braked[zone] = now


def base_template(group: Entry) -> Entry:
    """All that says what a group launches from: its template, and the overrides of a mixed-instances policy."""
    return {key: group.get(key) for key in ("LaunchTemplate", "MixedInstancesPolicy")}


def template_of(entry: Entry) -> Template:
    """The template that a member was launched from."""
    given = entry.get("LaunchTemplate") or {}
    return str(given.get("LaunchTemplateId", "")), str(given.get("Version", ""))


def serving(members: Mapping[str, Entry]) -> dict[str, Entry]:
    """Those in service."""
    return {key: entry for key, entry in members.items() if entry.get("LifecycleState") == "InService"}


def braked_zones(members: Mapping[str, Entry], impaired: Mapping[str, Since]) -> set[str]:
    """Property 9: zones in which at least 55 % and at least 3 of those in service are impaired."""
    if len(impaired) < ZONE_MINIMUM:
        return set()
    there = serving(members)
    ill = Counter(there[each].get("AvailabilityZone", "") for each in impaired if each in there)
    if max(ill.values(), default=0) < ZONE_MINIMUM:
        return set()
    all_ = Counter(entry.get("AvailabilityZone", "") for entry in there.values())
    return {
        zone for zone, number in ill.items() if number >= ZONE_MINIMUM and 100 * number >= ZONE_PERCENT * all_[zone]
    }


def shifted_zones(sweep: SeenSweep) -> set[str]:
    """Names of the zones that are shifted away from, as the sweep was shown them."""
    if not sweep.shifted:
        return set()
    return {
        entry.get("AvailabilityZone", "")
        for entry in sweep.members.values()
        if sweep.shifted & {entry.get("AvailabilityZone", ""), entry.get("AvailabilityZoneId", "")}
    }
