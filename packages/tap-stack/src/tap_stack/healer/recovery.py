"""Which marked instances have been replaced, and how long that took: for the notice that all is well again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .history import is_health_termination, replacements
from .limits import in_flight
from .model import Cause, Group, History, Outcome

LATELY = timedelta(minutes=60)


@dataclass(frozen=True)
class Healed:
    """One replacement that has come into service.

    Attributes:
        old: The instance that was taken out for its health; "an instance" where no activity tells which.
        marked: It was marked, by the healer or somebody else; else the group's own check took it out.
        new: The instance that took its place.
        seconds: From the mark, or from the termination where no mark is recorded, until the new one was in service.
    """

    old: str
    new: str
    seconds: int
    marked: bool


def is_well(group: Group) -> bool:
    """Whether nothing is wrong with the group: nobody is impaired, coming, going, marked or missing."""
    impaired = any(member.in_service for member in group.impaired) or bool(group.application_impaired)
    return not group.blind and not impaired and in_flight(group) == 0


def healed(group: Group, history: History, now: datetime) -> list[Healed]:
    """The replacements of the last hour that serve now, oldest first.

    AWS does not say whom a launch replaces, so they are paired in the order of time: the first that was taken out for
    its health with the first that was launched.
    """
    marked_at = {mark.id: mark.at for mark in group.marks or ()}
    gone = sorted(
        (marked_at.get(item.instance_id, item.started), item.instance_id, item.cause is Cause.USER_MARK)
        for item in history
        if is_health_termination(item) and item.cause is not Cause.UNKNOWN and item.started >= now - LATELY
    )
    serving = {member.id for member in group.members if member.in_service}
    came = [
        item
        for item in reversed(replacements(history))
        if item.outcome is Outcome.SUCCESSFUL
        and item.ended is not None
        and item.ended >= now - LATELY
        and item.instance_id in serving
    ]
    found = []
    for number, launch in enumerate(came):
        since, old, marked = gone[number] if number < len(gone) else (launch.started, "an instance", False)
        seconds = max(0, int(((launch.ended or now) - since).total_seconds()))
        found.append(Healed(old, launch.instance_id, seconds, marked or old in marked_at))
    return found
