"""The stop for a bad image: where replacements fail as well, replacing is not the cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .confirm import confirmed_at, impaired_since
from .history import HEALTH_CAUSES, is_health_termination, replacements
from .model import Activity, ActivityKind, Cause, Group, History, Member, Outcome, Policy, Template
from .zones import explaining

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Replacement:
    """A replacement of which it is known how it went.

    Attributes:
        bad: It was impaired, failed or taken out for its health soon after its launch.
    """

    launch: Activity
    bad: bool


def suspicion(group: Group, policy: Policy, history: History, now: datetime, at_fault: frozenset[str]) -> str:
    """Why the image is suspected, in words; "" if it is not.

    Two of the last four decided replacements impaired or failed within 60 minutes of their launch, or two launches
    failed within 15 minutes. Only launches of the launch template of today count: another one clears it. What fails in
    a zone that is at fault says nothing of the image; a zone that only may have been explains nothing.
    """
    launched = tuple(item for item in history if item.kind in {ActivityKind.LAUNCH, ActivityKind.POOL_LAUNCH})
    evidence = _of_this_template(group, launched, explaining(group, at_fault))
    decided = decided_replacements(evidence, group, policy, history, now)
    bad = sum(item.bad for item in decided)
    if bad >= policy.bad_image_failures:
        return f"{bad} of the last {policy.bad_image_replacements} replacements failed soon after their launch"
    failed = _failed_launches(evidence, policy, history, now)
    if failed >= policy.failed_launches:
        return f"{failed} launches failed within {policy.failed_launches_seconds // 60} minutes"
    return ""


# --- which launches are of the launch template of today ---


def _of_this_template(group: Group, launched: History, bad_zones: frozenset[str]) -> History:
    """Launches, newest first, that speak about the launch templates that the group uses now.

    A launch is out if its instance is known to be of another template, or if its zone explains its failure. Members
    tell their templates, and of those that the healer has marked its record does. Any other launch that left no member
    is out if one of another template follows it, unless the last one before it is known to be of today's: a refresh
    that was rolled back has launched a few of its own template, and clears nothing. So a template that is as bad as
    the one before it is not cleared by the change. Launches into the warm pool count whatever follows: an instance
    that joins from the pool is of the template of the day when the pool was filled.
    """
    members = group.by_id
    of = {mark.id: mark.template for mark in group.marks or ()} | dict(group.failed)
    of |= {item.instance_id: members[item.instance_id].template for item in launched if item.instance_id in members}
    current = current_templates(group, launched, of)
    others = [item.started for item in launched if _is_other(of.get(item.instance_id), current)]
    turned = max(others, default=None)
    kept: list[Activity] = []
    after_one_of_today = False
    for item in sorted(launched, key=lambda each: each.started):
        template = of.get(item.instance_id)
        if template is not None:
            after_one_of_today = not _is_other(template, current)
        speaks = turned is None or item.started > turned or after_one_of_today or item.kind is ActivityKind.POOL_LAUNCH
        if speaks and item.zone not in bad_zones and not _is_other(template, current):
            kept.append(item)
    return tuple(reversed(kept))


def current_templates(
    group: Group, launched: History, of: Mapping[str, Template | None]
) -> dict[str, frozenset[str] | None]:
    """Id of each launch template that the next launch may use -> its versions; None where only AWS knows which.

    `$Latest` and `$Default` are what the newest instance of that template was launched from: the version that AWS had
    resolved them to. Before there is one, any version may be meant.
    """
    current: dict[str, frozenset[str] | None] = {}
    for template in group.templates:
        if template.resolved:
            current[template.id] = (current.get(template.id) or frozenset()) | {template.version}
    for template in group.templates:
        if not template.resolved:
            seen = [found for item in launched if (found := of.get(item.instance_id)) and found.id == template.id]
            known = current.get(template.id) or frozenset()
            current[template.id] = known | {seen[0].version} if seen else None
    return current


def _is_other(template: Template | None, current: Mapping[str, frozenset[str] | None]) -> bool:
    """Whether an instance is known to come from another launch template than the next one will."""
    if template is None or not current:
        return False
    if template.id not in current:
        return True
    versions = current[template.id]
    return versions is not None and template.version not in versions


# --- how the replacements went ---


def decided_replacements(
    evidence: History, group: Group, policy: Policy, history: History, now: datetime
) -> list[Replacement]:
    """The last four replacements of the last day, among the launches in `evidence`, of which it is known how they went.

    Newest first. Those that are still in their first 60 minutes and well are not decided, nor those that a person, Spot
    or scale-in took in that time: they neither count against the image nor for it.
    """
    members = group.by_id
    left = {item.instance_id: item for item in history if item.kind is ActivityKind.TERMINATE}
    found: list[Replacement] = []
    for launch in replacements(evidence):
        if now - launch.started > DAY or len(found) == policy.bad_image_replacements:
            break
        bad = _went_badly(launch, members.get(launch.instance_id), left.get(launch.instance_id), policy, now)
        if launch.instance_id in group.failed:  # it has been seen to fail, whatever it looks like now
            bad = True
        if bad or (bad is False and launch.cause is not Cause.UNKNOWN):
            found.append(Replacement(launch, bad))
    return found


def newly_failed(group: Group, policy: Policy, history: History, now: datetime) -> tuple[Member, ...]:
    """Members that are replacements, have failed within 60 minutes of their launch, and are not recorded as failed.

    A check that fails on and off would otherwise take its instance out of the reckoning whenever it passes.
    """
    members = group.by_id
    return tuple(
        members[launch.instance_id]
        for launch in replacements(history)
        if launch.instance_id in members
        and launch.instance_id not in group.failed
        and _went_badly(launch, members[launch.instance_id], None, policy, now)
    )


def _went_badly(
    launch: Activity, member: Member | None, left: Activity | None, policy: Policy, now: datetime
) -> bool | None:
    """Whether a replacement failed within 60 minutes of its launch; None while that is not decided.

    One that is gone had failed before it was taken out, by up to its confirmation window. A launch that brought no
    instance tells nothing of its template, so it is held against the image for 60 minutes only.
    """
    soon = timedelta(seconds=policy.bad_image_seconds)
    if launch.outcome is Outcome.FAILED:
        return True if now - launch.started <= soon else None
    if left is not None:
        lived = left.started - launch.started
        confirming = timedelta(seconds=policy.instance_check_window_seconds)
        return (is_health_termination(left) and lived <= soon + confirming) or (None if lived <= soon else False)
    if member is None:
        return None
    since = impaired_since(member, now)
    if not member.impaired or (since is not None and since - launch.started > soon):
        return None if now - launch.started <= soon else False
    return True if confirmed_at(member, policy, now) is not None else None


def _failed_launches(evidence: History, policy: Policy, history: History, now: datetime) -> int:
    """Launches of any kind that failed in the last 15 minutes; those into the warm pool tell of the template as well.

    Where an instance stops before it is in service, AWS takes it out for its health and calls its launch `Cancelled`
    ("Instance became unhealthy while waiting for instance to be in InService state"): that is a failure too.
    """
    since = now - timedelta(seconds=policy.failed_launches_seconds)
    ends = (item for item in history if item.kind in {ActivityKind.TERMINATE, ActivityKind.OTHER})
    left = {item.instance_id for item in ends if item.cause in HEALTH_CAUSES}
    return sum(_has_failed(item, left) and (item.ended or item.started) >= since for item in evidence)


def _has_failed(launch: Activity, left: set[str]) -> bool:
    return launch.outcome is Outcome.FAILED or (launch.outcome is Outcome.CANCELLED and launch.instance_id in left)
