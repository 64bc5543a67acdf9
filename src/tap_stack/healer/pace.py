"""The slow start: when many fail together, replace one, see whether it stays well, and only then widen the pace.

The idea is that of Karpenter's proposal for correlated node failures: width 1, wider on proven success, back to 1 with
a growing pause on failure. Nothing is remembered: the width is read out of the group's scaling activities.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from .confirm import confirmed_at, impaired_since
from .limits import in_flight_cap
from .model import Activity, ActivityKind, Cause, Group, History, Member, Outcome, Policy
from .vetoes import skip_until
from .zones import braked, is_health_termination


@dataclass(frozen=True)
class Pace:
    """How fast the group may be healed now.

    Attributes:
        burst: The slow start holds.
        width: Replacements that may be under way or unproven at once.
        room: Further marks that this allows now.
        cooldown: How long a failed replacement still holds everything back.
    """

    burst: bool
    width: int
    room: int
    cooldown: timedelta = timedelta()


def pace(group: Group, policy: Policy, history: History, now: datetime) -> Pace:
    """The pace outside of braked zones, which have a slower one of their own."""
    cap = in_flight_cap(group.desired, policy)
    failures = _failures(group, policy, now)
    if not failures or not _together(failures, group, policy, history, now):
        return Pace(burst=False, width=cap, room=cap)
    began, under_brake = min(failures), braked(group, policy)
    replacements = _replacements(group, policy, history, began, now)
    trials = [trial for trial in replacements if trial.zone not in under_brake]
    width, until = _width(trials, policy, now)
    width = min(width, cap)
    cooldown = max(until - now, timedelta())
    gone = sum(time >= began for time in _left_for_health(group, policy, history))
    strayed = _strayed(gone - len(trials), replacements, under_brake)
    room = 0 if cooldown else max(0, width - _under_trial(group, policy, trials) - strayed)
    return Pace(burst=True, width=width, room=room, cooldown=cooldown)


# --- is it a burst? ---


def _failures(group: Group, policy: Policy, now: datetime) -> list[datetime]:
    """Since when each impaired member in service has been so, oldest first; not those vetoed or in braked zones."""
    under_brake = braked(group, policy)
    times = (
        impaired_since(member, now)
        for member in group.impaired
        if member.in_service and member.zone not in under_brake and skip_until(member, policy, now) is None
    )
    return sorted(time for time in times if time is not None)


def threshold(serving: int, policy: Policy) -> int:
    """How many failing together make a burst: max(3, ceil(20 % of those in service)): 3 of 15, 4 of 16, 20 of 100."""
    return max(policy.burst_minimum, -(-serving * policy.burst_percent // 100))


def _together(failures: list[datetime], group: Group, policy: Policy, history: History, now: datetime) -> bool:
    """Whether the failures came as a burst, or have piled up to a backlog that would go like one."""
    enough = threshold(_serving_outside(braked(group, policy), group), policy)
    left = _left_for_health(group, policy, history)
    return _is_burst(failures, left, enough, policy) or _is_backlog(failures, left, enough, policy, now)


def _serving_outside(zones: frozenset[str], group: Group) -> int:
    """Members in service in other zones.

    Where braked zones do not count towards a burst, nor do they count towards what it is a share of: with 100 in three
    zones, two of them braked, 18 of the third zone's 33 are a burst, although they are less than 20 % of 100.
    """
    if not zones:
        return group.in_service
    return sum(member.in_service and member.zone not in zones for member in group.members)


def _is_burst(failures: list[datetime], left: list[datetime], enough: int, policy: Policy) -> bool:
    """`enough` failures begun within 5 minutes; both lists are in order.

    Those replaced since the first of them count on, so that a burst ends when its victims are gone and not when half
    of them are: there is no moment at which the rest may go at once.
    """
    span = timedelta(seconds=policy.burst_window_seconds)
    return any(
        bisect_right(failures, first + span) - number + len(left) - bisect_left(left, first) >= enough
        for number, first in enumerate(failures)
    )


def _is_backlog(failures: list[datetime], left: list[datetime], enough: int, policy: Policy, now: datetime) -> bool:
    """`enough` failures older than 5 minutes and the longest window.

    Something has held them back (a suspended process, a refresh, a bad image), and without the slow start they would
    all go at once when that ends.
    """
    patience = timedelta(seconds=policy.burst_window_seconds + policy.instance_check_window_seconds)
    overdue = [time for time in failures if time <= now - patience]
    return bool(overdue) and len(overdue) + sum(time >= overdue[0] for time in left) >= enough


def _left_for_health(group: Group, policy: Policy, history: History) -> list[datetime]:
    """When members outside of braked zones were taken out for their health, oldest first, as far as history goes."""
    under_brake = braked(group, policy)
    return sorted(item.started for item in history if is_health_termination(item) and item.zone not in under_brake)


# --- how wide? ---


@dataclass(frozen=True)
class _Trial:
    """One replacement of the burst, and when it proved itself and when it failed; None for what has not happened."""

    zone: str
    member: Member | None
    proven_at: datetime | None
    failed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the replacement is there and it is not known yet what becomes of it."""
        return self.member is not None and self.proven_at is None and self.failed_at is None


def _replacements(group: Group, policy: Policy, history: History, since: datetime, now: datetime) -> list[_Trial]:
    """The replacements launched since the burst began, in whatever zone."""
    members = group.by_id
    left = {item.instance_id: item.started for item in history if is_health_termination(item)}
    return [
        _trial(item, members.get(item.instance_id), left.get(item.instance_id), policy, now)
        for item in history
        if item.kind is ActivityKind.LAUNCH and item.cause is Cause.REPLACEMENT and item.started >= since
    ]


def _trial(launch: Activity, member: Member | None, left: datetime | None, policy: Policy, now: datetime) -> _Trial:
    """What became of one replacement. One that went for another reason than its health proves nothing."""
    if launch.outcome is Outcome.FAILED:
        return _Trial(launch.zone, None, None, launch.ended or launch.started)
    failed_at = left or (confirmed_at(member, policy, now) if member else None)
    ill_since = left or (impaired_since(member, now) if member else None)
    if launch.ended is None or (member is None and left is None):
        return _Trial(launch.zone, member, None, failed_at)
    proven_at = launch.ended + timedelta(seconds=policy.proving_seconds)
    well_till = min(now, ill_since or now)
    return _Trial(launch.zone, member, proven_at if proven_at <= well_till else None, failed_at)


def _strayed(missing: int, replacements: list[_Trial], under_brake: frozenset[str]) -> int:
    """Replacements for members outside of braked zones that were launched into one, and of which the end is open.

    There they prove nothing about the zones that the pace is for. But as long as it is open what becomes of them they
    take up width: else a group that puts its replacements where the fault is would be taken apart where it is sound.
    With 3 gone outside and 2 launched there, 1 is `missing` and has strayed.
    """
    return min(max(0, missing), sum(trial.zone in under_brake and trial.is_open for trial in replacements))


def _width(trials: list[_Trial], policy: Policy, now: datetime) -> tuple[int, datetime]:
    """The width that the trials have earned, and until when their failures hold everything back.

    It starts at 1, and with no history stays there. Each replacement that stayed well for 5 minutes adds one, so that
    a full round of them doubles it: 1, 2, 4, 8. A failed one puts it back to 1 and pauses for 1 minute, the next in a
    row for 2, then 4, 8 and 10.
    """
    outcomes = [(trial.proven_at, True) for trial in trials] + [(trial.failed_at, False) for trial in trials]
    width, failures, until = 1, 0, now
    for at, well in sorted((at, well) for at, well in outcomes if at is not None):
        if well:
            width, failures = width + 1, 0
        else:
            width, failures = 1, failures + 1
            until = at + cooldown(failures, policy)
    return width, until


def cooldown(failures: int, policy: Policy) -> timedelta:
    """The pause after so many failed replacements in a row: 1, 2, 4, 8, 10, 10 minutes."""
    return timedelta(seconds=min(policy.cooldown_longest_seconds, policy.cooldown_seconds * 2 ** (failures - 1)))


def _under_trial(group: Group, policy: Policy, trials: list[_Trial]) -> int:
    """Replacements outside of braked zones that are under way or have still to prove themselves.

    One that leaves and the one that arrives for it are one replacement: 2 leaving, 1 arriving, 3 short: 3.
    """
    under_brake = braked(group, policy)
    free = [member for member in group.members if member.zone not in under_brake]
    leaving = sum(member.leaving or (member.in_service and member.marked) for member in free)
    arriving = sum(member.arriving for member in free)
    standing = sum(member.in_service and not member.marked for member in free)
    short = group.desired - (len(group.members) - len(free)) - standing
    unproven = sum(trial.is_open and trial.member is not None and trial.member.in_service for trial in trials)
    return max(leaving, arriving, short) + unproven
