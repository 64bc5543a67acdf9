"""Properties 10 and 11, by the referee's own rules: what a burst is, how many marks it allows, and what proves one.

There is a burst when max(3, 20 %) of the members in service became impaired within 5 minutes. Members that a tag
exempts count; members in zones under the brake or a shift do not. A zone is under the brake while it is shown to be at
fault, and for the interval of a probe that found it so. It begins with the failure that crosses this
threshold. It ends when the members that failed in it are gone, or when those that still fail and those that the healer
has marked are too few, or when another zone comes under the brake, because the burst is then that zone's.
The first mark needs no proof. Each replacement that has proven itself adds one: with p proofs at most 1 + p
replacements may be unproven, so that at most 1 + 2p were begun, and one more for each that failed. Where an answer
leaves a doubt, it is decided for the healer.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from tap_cli.sim.memory import SeenBurst
from tap_cli.sim.scene import CLOCK, Scene, instance_in

WITHIN = timedelta(minutes=5)
DWELL = timedelta(minutes=5)
JUST_ENDED = timedelta(minutes=10)
PATIENCE = timedelta(minutes=10)  # a failure older than a burst and the longest window is overdue
LEAST, SHARE = 3, 5
FOR_HEALTH = "user health-check"


def burst_size(members: int) -> int:
    """max(3, 20 %), rounded up."""
    return max(LEAST, math.ceil(members / SHARE))


def failures(scene: Scene) -> list[tuple[datetime, str]]:
    """Since when those in service fail whose zone is neither under the brake nor shifted away from."""
    found = []
    for instance_id in scene.serving.keys() & scene.impaired.keys():
        times = [since for since in scene.impaired[instance_id].values() if since is not None]
        if times and scene.members[instance_id].get("AvailabilityZone") not in scene.hidden and min(times) <= scene.now:
            found.append((min(times), instance_id))
    return sorted(found)


def _enough(scene: Scene) -> int:
    sound = [e for e in scene.serving.values() if e.get("AvailabilityZone") not in scene.hidden]
    return burst_size(len(sound))


def crossing(times: list[datetime], enough: int) -> int | None:
    """The index of the failure with which the threshold is first crossed; None where it never is."""
    for last in range(enough - 1, len(times)):
        if times[last] - times[last - enough + 1] <= WITHIN:
            return last
    return None


def standing_burst(scene: Scene) -> SeenBurst | None:
    """The burst that stands as the sweep was shown it, remembered from its first sight to its end.

    A new one of which some had failed in the last one is the same: their five minutes overlap.
    """
    failing, enough, last = failures(scene), _enough(scene), scene.memory.burst
    known = last if last and _goes_on(scene, last, set(failing)) else None
    crossed = crossing([since for since, _ in failing], enough)
    if crossed is not None:
        first = crossed - enough + 1
        victims = {each for each in failing[first:] if each[0] <= failing[first][0] + WITHIN}
        same = last if last and last.victims & victims and scene.hidden <= last.hidden else known
        begin, victims = (same.begin, same.victims | victims) if same else (failing[crossed][0], victims)
        known = SeenBurst(begin, victims, scene.hidden, enough)
    if last and not known:
        last.over = True
    scene.memory.burst = known or last
    return known


def _goes_on(scene: Scene, burst: SeenBurst, failing: set[tuple[datetime, str]]) -> bool:
    """Whether a burst has victims left, and with those that were marked enough of them."""
    if burst.over or not scene.hidden <= burst.hidden:
        return False
    left = {instance_id for _, instance_id in burst.victims & failing}
    failed = {instance_id for _, instance_id in burst.victims}  # one that recovered and failed again counts once
    marked = failed & {mark.id for mark in scene.done} - left
    return bool(left) and len(left) + len(marked) >= burst.enough


def slow_start(scene: Scene) -> str:
    """Property 10: in a burst no more marks than its proofs allow."""
    burst = None if scene.mark.braked else standing_burst(scene)
    return "" if burst is None else _beyond_proof(scene, burst.begin)


def no_stampede(scene: Scene) -> str:
    """Property 11: what a suspension or a refresh has piled up starts as slowly as a burst."""
    ended = scene.memory.held
    if ended is None or scene.mark.braked or scene.now - ended > JUST_ENDED:
        return ""
    overdue = [since for since, _ in failures(scene) if since <= ended - PATIENCE]
    return _beyond_proof(scene, ended, every=True) if len(overdue) >= _enough(scene) else ""


def _beyond_proof(scene: Scene, since: datetime, *, every: bool = False) -> str:
    """Whether more marks were begun since a moment than proofs allow; `every` mark, or those in sight of a burst."""
    counted = [mark for mark in scene.done if mark.time >= since and (every or mark.paced) and not mark.braked]
    began = {mark.id for mark in counted} - taken_otherwise(scene) | {scene.mark.id}
    proven, failed = proofs(scene, since), _failed(scene, since)
    if len(began) <= 1 + 2 * proven + failed:
        return ""
    return f"{len(began)} marks since {since:%H:%M:%S}, {proven} proofs and {failed} failures"


def taken_otherwise(scene: Scene) -> set[str]:
    """Ids of instances that were terminated for another reason than a mark: that began no replacement of ours."""
    texts = [
        activity.get("Description", "")
        for activity in scene.sweep.activities.values()
        if "erminat" in activity.get("Description", "") and FOR_HEALTH not in activity.get("Cause", "")
    ]
    return {instance_in(text) for text in texts} - {""}


def proofs(scene: Scene, since: datetime) -> int:
    """Members that came after a moment and were shown to have been in service and well for 5 minutes."""
    ended = {
        each: activity.get("EndTime") for each, activity in scene.launches if activity["StartTime"] >= since - CLOCK
    }
    young = {each for each, when in scene.memory.first_shown.items() if when >= since - CLOCK}
    there = scene.serving.keys() - scene.impaired.keys()
    latest = scene.now - DWELL + CLOCK
    return sum(each in there and (ended.get(each) or since) <= latest for each in ended.keys() | young)


def _failed(scene: Scene, since: datetime) -> int:
    """Launches after a moment that failed, or whose members fail or are no longer in service; any doubt counts."""
    begun = [(each, activity) for each, activity in scene.launches if activity["StartTime"] >= since - CLOCK]
    broken = [a for _, a in begun if a.get("StatusCode") in {"Failed", "Cancelled"}]
    arrived = {each for each, activity in begun if each and activity.get("EndTime") is not None}
    well = scene.serving.keys() - scene.impaired.keys()
    return len(broken) + len(arrived - well)
