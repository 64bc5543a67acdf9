"""The properties that hold at every mark, each as a question to the group itself and to what AWS had told the sweep.

Written from the properties' words with numbers of their own, not from the healer's code. What the healer cannot know is
not held against it: each rule blames only for what had been so since before the sweep last looked, less the lag of
AWS's answers. A rule returns what is wrong, or "".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tap_stack.fleet import Health, Lifecycle, Member
from tap_stack.in_process_aws.world import Told
from tap_stack.sim.sightings import Newcomer, Past, Sweep, called_impaired

WINDOWS = {
    "SystemStatus": timedelta(seconds=120),
    "AttachedEbsStatus": timedelta(seconds=120),
    "InstanceStatus": timedelta(seconds=300),
}
HOUR = timedelta(minutes=60)
PROBE = timedelta(minutes=10)
BURST = timedelta(minutes=5)
DWELL = timedelta(minutes=5)
PATIENCE = timedelta(minutes=10)  # a failure older than a burst and the longest window is overdue
EVENT_AGE = timedelta(seconds=60)
RESERVE = timedelta(seconds=5)
SOON = timedelta(minutes=60)
FAILED_LAUNCHES = timedelta(minutes=15)
CLOCK = timedelta(seconds=1)  # AWS's Date has no fractions


@dataclass(frozen=True)
class Mark:
    """One SetInstanceHealth as it reaches AWS."""

    id: str
    time: datetime
    sent: datetime
    session: int
    params: dict[str, Any]
    member: Member | None


@dataclass
class Scene:
    """All that a rule may look at.

    Attributes:
        done: Marks that took effect before this one, oldest first.
        lag: How far behind AWS's answers may be.
    """

    past: Past
    sweep: Sweep
    mark: Mark
    done: list[Mark] = field(default_factory=list)
    lag: timedelta = timedelta()

    @property
    def began(self) -> datetime:
        """What was so before this, every read of the sweep must have shown."""
        return self.sweep.began - self.lag - CLOCK

    @property
    def seen(self) -> datetime:
        """What was so before this, the sweep's last look at the group must have shown."""
        return (self.sweep.group_seen or self.sweep.began) - self.lag

    @property
    def desired(self) -> list[int]:
        """The desired capacities that the sweep may have seen."""
        return self.past.desired_within(self.seen)


def flight_cap(desired: int) -> int:
    """max(1, floor(10 %))."""
    return max(1, desired // 10)


def sweep_cap(desired: int) -> int:
    """1 below 20, from there floor(5 %)."""
    return 1 if desired < 20 else desired // 20  # noqa: PLR2004 - the property's own number


def hour_cap(desired: int) -> int:
    """max(2, floor(20 %))."""
    return max(2, desired // 5)


def floor_of(desired: int) -> int:
    """max(1, ceil(50 %))."""
    return max(1, -(-desired // 2))


def burst_size(serving: int) -> int:
    """max(3, 20 %), rounded up."""
    return max(3, math.ceil(serving / 5))


# --- one question for each property ---


def no_candidate_no_mark(scene: Scene) -> str:
    """Property 1: only those are marked of which EC2 has said in this sweep that they are impaired."""
    return "" if scene.mark.id in scene.sweep.impaired else "EC2 has not called it impaired in this sweep"


def only_members_in_service(scene: Scene) -> str:
    """Property 2: it was InService in the group that the sweep last saw."""
    shown = _shown(scene)
    return "" if shown is not None and shown["LifecycleState"] == "InService" else f"was shown as {shown}"


def _shown(scene: Scene) -> dict[str, Any] | None:
    entries = scene.sweep.group["Instances"] if scene.sweep.group else []
    return next((entry for entry in entries if entry["InstanceId"] == scene.mark.id), None)


def in_flight(scene: Scene) -> str:
    """Property 3, at the mark: with it no more are in flight than the cap, of those that could be seen."""
    ours = {mark.id for mark in scene.done}
    others = scene.past.flying.before(scene.seen) - {scene.mark.id}
    flying = len(others | (scene.past.flying.before(scene.mark.time) & ours)) + 1
    cap = flight_cap(max(scene.desired))
    return "" if flying <= cap else f"{flying} in flight, cap {cap}"


def rate_of_sweep(scene: Scene) -> str:
    """Property 4, within a sweep."""
    made = len({mark.id for mark in scene.done if mark.session == scene.mark.session} | {scene.mark.id})
    cap = sweep_cap(max(scene.desired))
    return "" if made <= cap else f"mark {made} of one sweep, cap {cap}"


def rate_of_hour(scene: Scene) -> str:
    """Property 4, in any 60 minutes."""
    lately = {mark.id for mark in scene.done if mark.time > scene.mark.time - HOUR + CLOCK} | {scene.mark.id}
    cap = hour_cap(max(scene.desired))
    return "" if len(lately) <= cap else f"{len(lately)} marks within 60 minutes, cap {cap}"


def floor(scene: Scene) -> str:
    """Property 5: those left in service and unmarked, counting who fell a moment ago by another's hand."""
    if min(scene.desired) <= 1:
        return ""
    ours = {mark.id for mark in scene.done}
    roster = scene.past.world.fleet.members
    serving = {member.id for member in roster.by_state.of(Lifecycle.IN_SERVICE) if member.health is Health.HEALTHY}
    recent = {each for each, when in scene.past.fallen.items() if when > scene.seen} - ours
    left, least = len((serving | recent) - {scene.mark.id}), floor_of(min(scene.desired))
    return "" if left >= least else f"{left} left in service and unmarked, floor {least}"


def confirmation(scene: Scene) -> str:
    """Property 6: a check has failed for its whole window, by the time that EC2 gave."""
    told = scene.sweep.impaired.get(scene.mark.id, {})
    old = [key for key, since in told.items() if since is not None and scene.mark.time - since >= WINDOWS[key]]
    future = [since for since in told.values() if since is not None and since > scene.mark.time]
    return "" if old and len(future) < len(told) else f"not confirmed: {told}"


def fail_closed(scene: Scene) -> str:
    """Property 7: every read of the sweep succeeded in the end, and could be trusted."""
    reads = {key: error for key, error in scene.sweep.failed.items() if key.startswith(("Describe", "Get"))}
    unknown = {key: error for key, error in reads.items() if error != "ResourceNotFoundException"}
    return f"marked although {unknown or scene.sweep.untrusted}" if unknown or scene.sweep.untrusted else ""


def grace(scene: Scene) -> str:
    """Property 8: the grace period is always to be respected."""
    return "" if scene.mark.params.get("ShouldRespectGracePeriod") is True else "the grace period is not respected"


def zone_brake(scene: Scene) -> str:
    """Property 9: one probe in 10 minutes where a zone is at fault, none where it is shifted away from."""
    member = scene.mark.member
    if member is None:
        return ""
    if member.zone in scene.past.shifted.before(scene.began):
        return f"zone {member.zone} is under a zonal shift"
    if member.zone not in scene.past.suspected.before(scene.began):
        return ""
    zone = [mark for mark in scene.done if mark.member is not None and mark.member.zone == member.zone]
    lately = {mark.id for mark in zone if mark.time > scene.mark.time - PROBE + CLOCK} - {scene.mark.id}
    return f"zone {member.zone} is at fault and was probed with {sorted(lately)}" if lately else ""


def slow_start(scene: Scene) -> str:
    """Property 10: in a burst no more marks than one, and two for each replacement that has proven itself.

    Width grows by one with each proof, and what is unproven takes it up: with p proofs at most 1 + p may be unproven,
    so that at most 1 + 2p were begun. Failed replacements take up nothing, nor does a mark whose instance the group
    then took out for another reason (to balance its zones, to scale in): it began no replacement.
    """
    since = _burst_since(scene)
    return "" if since is None else _beyond_proof(scene, since)


def _burst_since(scene: Scene) -> datetime | None:
    """Since when the oldest member of a burst that could be seen has failed."""
    times = _failing_since(scene)
    enough = burst_size(_serving_in_sound_zones(scene))
    together = any(sum(first <= time <= first + BURST for time in times) >= enough for first in times)
    return times[0] if together else None


def _hidden_zones(scene: Scene, since: datetime) -> set[str]:
    """Zones that have been under the brake, which has a pace of its own, since a moment."""
    return scene.past.suspected.before(since) | scene.past.shifted.before(since)


def _as_seen(scene: Scene, members: Iterable[Member]) -> Iterable[Member]:
    """These, and those that this sweep itself has marked: its marks do not change what it had seen before them."""
    ours = [mark.member for mark in scene.done if mark.session == scene.mark.session and mark.member is not None]
    return {member.id: member for member in [*members, *ours]}.values()


def _serving_in_sound_zones(scene: Scene) -> int:
    """Of how many a burst is a share; a zone that came under the brake during the sweep may have been seen sound."""
    hidden = _hidden_zones(scene, scene.began)
    serving = scene.past.world.fleet.members.by_state.of(Lifecycle.IN_SERVICE)
    return sum(member.zone not in hidden for member in _as_seen(scene, serving))


def _failing_since(scene: Scene) -> list[datetime]:
    """Since when those fail who could be seen to: in service, in sound zones, not spared, with a believable time."""
    world = scene.past.world
    hidden = _hidden_zones(scene, scene.mark.time)
    spared = set(world.instance_tags)
    return sorted(
        min(member.faults.values())
        for member in _as_seen(scene, called_impaired(world))
        if member.faults
        and member.zone not in hidden
        and member.id not in spared
        and member.launched_at + world.initializing < scene.began
        and (member.in_service_at or scene.mark.time) < scene.began
        and max(member.faults.values()) < scene.began
        and (member.id not in world.ailments or world.ailments[member.id].told is Told.USUAL)
    )


def _beyond_proof(scene: Scene, since: datetime) -> str:
    past, now = scene.past, scene.mark.time
    if scene.mark.member is None or past.braked_ever.get(scene.mark.member.zone, since) > since:
        return ""
    sound = [
        mark
        for mark in [*scene.done, scene.mark]
        if mark.time >= since and mark.member is not None and past.braked_ever.get(mark.member.zone, since) <= since
    ]
    begun = len({mark.id for mark in sound} - past.taken_otherwise)
    newcomers = [each for each in past.newcomers.values() if each.launched >= since - CLOCK]
    proven = sum(each.proven(now + CLOCK, DWELL) for each in newcomers)
    failed = sum(_fell(each) for each in newcomers) + sum(when >= since for when, _ in past.failed_launches)
    most = 1 + 2 * proven + failed
    return "" if begun <= most else f"{begun} marks since {since:%H:%M:%S}, {proven} proofs and {failed} failures"


def _fell(newcomer: Newcomer) -> bool:
    return newcomer.ill is not None or newcomer.gone is not None


def no_stampede(scene: Scene) -> str:
    """Property 11: what a suspension or a refresh has piled up starts as slowly as a burst."""
    ended = [when for when in scene.past.exits if scene.mark.time - PROBE <= when <= scene.began]
    if not ended:
        return ""
    overdue = [time for time in _failing_since(scene) if time <= min(ended) - PATIENCE]
    enough = burst_size(_serving_in_sound_zones(scene))
    return _beyond_proof(scene, max(ended)) if len(overdue) >= enough else ""


def bad_image(scene: Scene) -> str:
    """Property 12: two of the last four replacements broken soon after launch, or two failed launches, stop it."""
    past = scene.past
    if past.versioned > scene.began or past.exits or past.refreshing.before(scene.mark.time):
        return ""  # which version a launch was of is then no longer plain
    version, hidden = past.world.fleet.settings.template_version, set(past.braked_ever)
    latest = [each for each in past.newcomers.values() if each.version == version and each.launched < scene.began][-4:]
    bad = [each for each in latest if each.zone not in hidden and _is_plainly_bad(scene, each)]
    if len(bad) >= 2 and not hidden:  # noqa: PLR2004 - the property's own number
        return f"replacements {[each.id for each in bad]} broke soon after their launch"
    failed = [when for when, of in past.failed_launches if of == version and when <= scene.began]
    lately = [when for when in failed if when > scene.mark.time - FAILED_LAUNCHES]
    if len(lately) >= 2 and not hidden:  # noqa: PLR2004 - likewise
        return f"{len(lately)} launches failed within 15 minutes"
    return ""


def _is_plainly_bad(scene: Scene, newcomer: Newcomer) -> bool:
    """In service, and a check of it has failed for its window since soon after the launch, seen by every read."""
    world = scene.past.world
    member = world.fleet.members.get(newcomer.id)
    if member is None or member not in called_impaired(world) or member.id in world.ailments:
        return False
    since = min(member.faults.values())
    longest = max(WINDOWS.values())
    return (
        since - newcomer.launched <= SOON and since + longest < scene.began and member.lifecycle is Lifecycle.IN_SERVICE
    )


def operator(scene: Scene) -> str:
    """Property 13: suspended processes, refreshes, and the operator's tags are obeyed."""
    past = scene.past
    if suspended := past.suspended.before(scene.seen):
        return f"{sorted(suspended)} suspended"
    if past.refreshing.before(scene.began):
        return "an instance refresh runs"
    if past.switched_off.before(scene.seen):
        return "the group's tag says off"
    until = past.world.instance_tags.get(scene.mark.id, "")
    spared = scene.mark.id in past.skipped.before(scene.began) and until > f"{scene.mark.time:%Y-%m-%dT%H:%M:%SZ}"
    return f"its tag spares it until {until}" if spared else ""


def once(scene: Scene) -> str:
    """Property 14: not what is seen to be marked, not twice, not for an event that is too old."""
    if (_shown(scene) or {}).get("HealthStatus") != "Healthy":
        return "it was marked already, and could be seen to be"
    if any(mark.id == scene.mark.id and mark.session != scene.mark.session for mark in scene.done):
        return "another sweep has marked it"
    age = scene.mark.sent - scene.sweep.due
    return "" if age <= EVENT_AGE else f"the event was {age.total_seconds():.0f} s old"


def in_time(scene: Scene) -> str:
    """Property 19: no mark is begun with less than 5 s left."""
    left = scene.sweep.deadline - scene.mark.sent
    return "" if left >= RESERVE - CLOCK else f"{left.total_seconds():.1f} s left"


AT_A_MARK: tuple[tuple[int, Callable[[Scene], str]], ...] = (
    (1, no_candidate_no_mark),
    (2, only_members_in_service),
    (3, in_flight),
    (4, rate_of_sweep),
    (4, rate_of_hour),
    (5, floor),
    (6, confirmation),
    (7, fail_closed),
    (8, grace),
    (9, zone_brake),
    (10, slow_start),
    (11, no_stampede),
    (12, bad_image),
    (13, operator),
    (14, once),
    (19, in_time),
)
