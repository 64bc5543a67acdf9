"""Property 12, by the referee's own rules: which replacements are decided, which are bad, and of which image.

A replacement is a launch in response to an unhealthy instance. It is bad if it was impaired for a whole window, or was
terminated for its health, having failed within 60 minutes of its launch. It is good when it has passed these 60
minutes. In between, or taken by a person, by Spot or by the group for another reason, it is undecided.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tap_cli.sim.checks import WINDOWS
from tap_cli.sim.memory import Template, template_of
from tap_cli.sim.scene import CLOCK, Scene, instance_in
from tap_cli.sim.sightings import Entry

SOON = timedelta(minutes=60)
DAY = timedelta(days=1)
FAILED_LAUNCHES = timedelta(minutes=15)
LATEST, BAD = 4, 2
REPLACES = "in response to an unhealthy instance"
FOR_HEALTH = ("user health-check", "status checks failure", "volume health check failure")
GAVE_UP = "Instance became unhealthy while waiting"


def bad_image(scene: Scene) -> str:
    """Property 12: two of the last four decided replacements bad, or two failed launches within 15 minutes, stop it.

    Nobody is judged while a zone is under the brake, or lately was: what fails there says nothing of the image.
    """
    if scene.hidden or any(scene.now - when < 2 * SOON for when in scene.memory.braked.values()):
        return ""
    bad = [each for each in _latest(scene) if each]
    if len(bad) >= BAD:
        return f"replacements {bad} of the last {LATEST} decided failed soon after their launch"
    failed = _failed_launches(scene)
    return f"{failed} launches failed within 15 minutes" if failed >= BAD else ""


def _latest(scene: Scene) -> list[str]:
    """The last four decided replacements: the id of a bad one, "" for a good one."""
    gone = _terminations(scene)
    rows = sorted(scene.launches, key=lambda row: row[1]["StartTime"], reverse=True)
    decided: list[str] = []
    for instance_id, activity in rows:
        if not instance_id or REPLACES not in activity.get("Cause", ""):
            continue
        verdict = _verdict(scene, instance_id, activity, gone.get(instance_id))
        if verdict is None or scene.now - activity["StartTime"] > DAY - CLOCK:
            continue
        if verdict and not _is_current(scene, instance_id, activity["StartTime"]):
            break
        decided.append(instance_id if verdict else "")
    return decided[:LATEST]


def _terminations(scene: Scene) -> dict[str, Entry]:
    found = {}
    for activity in scene.sweep.activities.values():
        text = activity.get("Description", "")
        if "erminat" in text and (instance_id := instance_in(text)):
            found[instance_id] = activity
    return found


def _verdict(scene: Scene, instance_id: str, launch: Entry, gone: Entry | None) -> bool | None:
    """True for bad, False for good, None for undecided; what may be either counts as good."""
    born: datetime = launch["StartTime"]
    told = scene.impaired.get(instance_id, {}) if instance_id in scene.members else {}
    old = [since for key, since in told.items() if since is not None and scene.now - since >= WINDOWS[key] + CLOCK]
    if old and min(old) - born <= SOON:
        return True
    if gone is not None and gone["StartTime"] - born <= SOON:
        return True if any(words in gone.get("Cause", "") for words in FOR_HEALTH) else None
    if launch.get("StatusCode") in {"Failed", "Cancelled"}:
        return None
    return False if scene.now - born >= SOON else None


def _is_current(scene: Scene, instance_id: str, born: datetime) -> bool:
    """Whether a bad replacement was of the image that the group launches now, beyond doubt."""
    memory, group = scene.memory, scene.sweep.group
    template = memory.templates.get(instance_id)
    if template is None or group is None or _changed_since(scene, born):
        return False
    born_later = {
        template_of(entry)
        for each, entry in scene.members.items()
        if memory.first_shown.get(each, born) > memory.first_shown.get(instance_id, born)
    }
    return template in _wished(scene) and born_later <= {template}


def _changed_since(scene: Scene, moment: datetime) -> bool:
    base = scene.memory.base
    return base is not None and base[1] > moment


def _wished(scene: Scene) -> set[Template]:
    """The templates that the group names; one without a number is whatever its newest member came from."""
    group = scene.sweep.group or {}
    mixed = (group.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    given = [group.get("LaunchTemplate"), mixed.get("LaunchTemplateSpecification")]
    given += [override.get("LaunchTemplateSpecification") for override in mixed.get("Overrides", [])]
    named = {template_of({"LaunchTemplate": each}) for each in given if each}
    newest = max(scene.members, key=lambda each: scene.memory.first_shown.get(each, scene.now), default="")
    resolved = template_of(scene.members[newest]) if newest else ("", "")
    return {(key, version) if version.isdigit() else (key, resolved[1]) for key, version in named}


def _failed_launches(scene: Scene) -> int:
    """Launches that failed within the last 15 minutes, of the template that the group has now."""
    earliest = scene.now - FAILED_LAUNCHES + CLOCK
    return sum(
        (activity.get("StatusCode") == "Failed" or GAVE_UP in activity.get("Description", ""))
        and activity["StartTime"] > earliest
        and not _changed_since(scene, activity["StartTime"])
        for _, activity in scene.launches
    )
