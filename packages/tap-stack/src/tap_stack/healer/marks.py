"""What became of the healer's own marks, as far as its record of them and the group's history tell."""

from __future__ import annotations

from datetime import datetime, timedelta

from .confirm import confirmed_at
from .limits import HOUR, RECORDED_AHEAD, took_effect
from .model import ActivityKind, Cause, Group, History, Mark, Member, Policy

LONGEST_REPLACEMENT = timedelta(minutes=15)  # from the mark until its instance is out of service
VAIN = timedelta(minutes=10)  # for so long a member goes after the others once its mark had no effect
LONGEST_UNEXPLAINED = timedelta(minutes=5)  # from the mark until an activity tells of an instance that is gone


def just_recorded(group: Group, now: datetime) -> set[str]:
    """Members of whom the healer has recorded a mark within the last half minute."""
    return {mark.id for mark in group.marks or () if now - mark.at <= RECORDED_AHEAD}


def tried_in_vain(group: Group, now: datetime) -> set[str]:
    """Members whose mark the healer has recorded as tried in vain within the last ten minutes."""
    return {instance_id for instance_id, at in group.refused.items() if now - at <= VAIN}


def marked_by(member: Member, group: Group) -> str:
    """Who has marked a member, in words, as far as the healer's record of the last hour tells."""
    mark = next((item for item in group.marks or () if item.id == member.id), None)
    if mark is not None:
        return f"the healer, at {mark.at:%H:%M:%S} UTC"
    if group.marks is None:
        return "somebody: the healer cannot read its own record"
    if member.id in group.application_impaired:
        return "the group itself, for its application status check"
    return "somebody else than the healer (the group's own health check, a program, a person), or over an hour ago"


def stuck(group: Group, policy: Policy, history: History, now: datetime) -> dict[str, str]:
    """Marks that did not lead to a replacement: id -> what is the matter, one sentence each.

    A mark that the healer has made and that is 15 minutes old is stuck while its instance is still in service; so is
    one whose instance is gone, if 5 minutes after the mark no activity tells why in words that are known: then AWS may
    write something else than the healer reads, and its limits are no longer what they seem. Of others' marks nobody
    knows the time: they are stuck once the instance has been confirmed as broken for 15 minutes.
    """
    known = (item for item in history if item.kind is ActivityKind.TERMINATE and item.cause is not Cause.UNKNOWN)
    ended = {item.instance_id for item in known}
    lately = [mark for mark in group.marks or () if now - mark.at <= HOUR]  # the history may not reach back further
    own = {mark.id: mark for mark in lately if took_effect(mark, group, now)}
    found = {mark.id: told for mark in own.values() if (told := _own(mark, group, ended, now))}
    for member in group.impaired:
        confirmed = confirmed_at(member, policy, now)
        old = confirmed is not None and now - confirmed >= LONGEST_REPLACEMENT
        if member.in_service and member.marked and member.id not in own and old:
            found[member.id] = f"{member.id} is marked, has been broken for over 15 minutes, and is still in service"
    return found


def _own(mark: Mark, group: Group, ended: set[str], now: datetime) -> str:
    """What is the matter with one mark of the healer's; "" if nothing is."""
    member = group.by_id.get(mark.id)
    age = now - mark.at
    told = f"{mark.id} was marked {int(age.total_seconds() // 60)} minutes ago"
    if member is not None and member.in_service:
        return f"{told} and is still in service" if age >= LONGEST_REPLACEMENT else ""
    if member is None and mark.id not in ended and age >= LONGEST_UNEXPLAINED:
        return f"{told} and is gone, and no activity tells why in words that the healer knows"
    return ""
