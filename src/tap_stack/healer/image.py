"""The stop for a bad image: where replacements fail as well, replacing is not the cure."""

from __future__ import annotations

from datetime import datetime, timedelta

from .confirm import confirmed_at, impaired_since
from .model import Activity, ActivityKind, Cause, Group, History, Member, Outcome, Policy
from .zones import explaining, is_health_termination


def suspicion(group: Group, policy: Policy, history: History, now: datetime) -> str:
    """Why the image is suspected, in words; "" if it is not.

    Two of the last four replacements impaired or failed within 60 minutes of their launch, or two launches failed
    within 15 minutes. Only what was launched from the template version of today counts: a new version clears it.
    """
    evidence = _of_this_version(group, policy, history)
    bad = _bad_replacements(evidence, group, policy, history, now)
    if bad >= policy.bad_image_failures:
        return f"{bad} of the last {policy.bad_image_replacements} replacements failed soon after their launch"
    failed = _failed_launches(evidence, policy, history, now)
    if failed >= policy.failed_launches:
        return f"{failed} launches failed within {policy.failed_launches_seconds // 60} minutes"
    return ""


def _of_this_version(group: Group, policy: Policy, history: History) -> History:
    """Launches, newest first, that speak about the launch template version of today.

    A launch is out if its instance is known to have another version, if a launch after it is, if an instance refresh
    began after it, or if its zone explains its failure.
    """
    launches = [activity for activity in history if activity.kind is ActivityKind.LAUNCH]
    members = group.by_id
    turned = max(
        (item.started for item in launches if _other_version(members.get(item.instance_id), group)), default=None
    )
    bad_zones = explaining(group, policy)
    return tuple(item for item in launches if not _is_old(item, members, group, turned) and item.zone not in bad_zones)


def _is_old(item: Activity, members: dict[str, Member], group: Group, turned: datetime | None) -> bool:
    """Whether a launch was of an earlier template version, as far as can be told."""
    if group.refreshed_at is not None and item.started < group.refreshed_at:
        return True
    member = members.get(item.instance_id)
    if member is not None and member.template_version:
        return _other_version(member, group)
    return turned is not None and item.started <= turned


def _other_version(member: Member | None, group: Group) -> bool:
    """Whether the member is known to come from another version than the next launch will."""
    if member is None or not member.template_version or not group.template_version:
        return False
    return member.template_version != group.template_version


def _bad_replacements(launches: History, group: Group, policy: Policy, history: History, now: datetime) -> int:
    """How many of the latest replacements are impaired, gone for their health, or never came up."""
    members = group.by_id
    left = {item.instance_id: item for item in history if is_health_termination(item)}
    latest = [item for item in launches if item.cause is Cause.REPLACEMENT][: policy.bad_image_replacements]
    return sum(_is_bad(item, members.get(item.instance_id), left.get(item.instance_id), policy, now) for item in latest)


def _is_bad(launch: Activity, member: Member | None, left: Activity | None, policy: Policy, now: datetime) -> bool:
    """Whether one replacement failed within 60 minutes of its launch.

    One that is gone failed before it was taken out, by up to its confirmation window. A launch that brought no
    instance tells nothing of its version, so it is held against the image for 60 minutes only.
    """
    soon = timedelta(seconds=policy.bad_image_seconds)
    if launch.outcome is Outcome.FAILED:
        return now - launch.started <= soon
    if left is not None:
        return left.started - launch.started <= soon + timedelta(seconds=policy.instance_check_window_seconds)
    if member is None or confirmed_at(member, policy, now) is None:
        return False
    since = impaired_since(member, now)
    return since is not None and since - launch.started <= soon


def _failed_launches(launches: History, policy: Policy, history: History, now: datetime) -> int:
    """Launches of any kind that failed in the last 15 minutes.

    Where an instance stops before it is in service, AWS takes it out for its health and calls its launch `Cancelled`
    ("Instance became unhealthy while waiting for instance to be in InService state"): that is a failure too.
    """
    since = now - timedelta(seconds=policy.failed_launches_seconds)
    left = {item.instance_id for item in history if is_health_termination(item)}
    return sum(_has_failed(item, left) and (item.ended or item.started) >= since for item in launches)


def _has_failed(launch: Activity, left: set[str]) -> bool:
    return launch.outcome is Outcome.FAILED or (launch.outcome is Outcome.CANCELLED and launch.instance_id in left)
