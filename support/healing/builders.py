"""Builders of the healer's values: a sound world by default, and each test names what is wrong with its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tap_stack.healer.decide import decide
from tap_stack.healer.model import (
    Activity,
    ActivityKind,
    Cause,
    Check,
    Decision,
    Group,
    History,
    Impairment,
    Member,
    Outcome,
    Policy,
    Reason,
    Template,
)

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
ZONES = ("zone-a", "zone-b", "zone-c")
POLICY = Policy()
TEMPLATE = Template("lt-1", "1")


def ago(**span: float) -> datetime:
    """A time before now: `ago(minutes=5)`."""
    return NOW - timedelta(**span)


def a_member(number: int = 0, **changes: Any) -> Member:
    """A sound member in service; members are dealt out to three zones in turn."""
    member = Member(id=f"i-{number:05}", zone=ZONES[number % 3], template=TEMPLATE)
    return member._replace(**changes)


def broken(number: int = 0, seconds: float = 600, check: Check = Check.SYSTEM, **changes: Any) -> Member:
    """A member with a check that has failed for so many seconds."""
    return a_member(number, impairments=(Impairment(check, ago(seconds=seconds)),), **changes)


def a_group(*odd: Member, desired: int = 0, **changes: Any) -> Group:
    """A group of `desired` members: the odd ones given, and sound ones up to the number."""
    taken = {member.id for member in odd}
    sound = [a_member(number) for number in range(desired) if a_member(number).id not in taken]
    members = (*odd, *sound[: max(0, desired - len(odd))])
    group = Group(name="web", desired=desired or len(odd), members=members, templates=frozenset({TEMPLATE}))
    return replace(group, **changes)


def a_launch(member_id: str, started: datetime, took: float = 60, **changes: Any) -> Activity:
    """A replacement that was launched, and came into service after `took` seconds."""
    activity = Activity(
        ActivityKind.LAUNCH,
        Cause.REPLACEMENT,
        Outcome.SUCCESSFUL,
        member_id,
        started,
        started + timedelta(seconds=took),
    )
    return replace(activity, **changes)


def a_termination(member_id: str, started: datetime, **changes: Any) -> Activity:
    """A member that was taken out because somebody had marked it."""
    activity = Activity(
        ActivityKind.TERMINATE,
        Cause.USER_MARK,
        Outcome.SUCCESSFUL,
        member_id,
        started,
        started + timedelta(seconds=30),
    )
    return replace(activity, **changes)


def decided(group: Group, *history: Activity, policy: Policy = POLICY, now: datetime = NOW) -> Decision:
    """The decision about a group; the history may be given in any order."""
    newest_first: History = tuple(sorted(history, key=lambda item: item.started, reverse=True))
    return decide(group, policy, newest_first, now)


def reasons(decision: Decision) -> dict[str, Reason]:
    """Id to reason."""
    return {verdict.member.id: verdict.reason for verdict in decision.verdicts}


def reason_of(member: Member, group: Group, *history: Activity, policy: Policy = POLICY) -> Reason:
    """The reason of one member."""
    return reasons(decided(group, *history, policy=policy))[member.id]
