"""The limits on the whole group: each one a function that says how many more marks it leaves room for.

AWS replaces an instance marked through SetInstanceHealth at once, without its own brake of 10 % at a time (user guide,
"Health checks for instances in an Auto Scaling group"): these functions are that brake, and more.

Where instances have weights the desired capacity is in units. The limits then count as if each instance were of the
heaviest weight (`Group.size`), so that each of them holds for instances and for units; the floor is in units.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .history import replacements
from .model import ActivityKind, Cause, Group, History, Mark, Outcome, Policy

HOUR = timedelta(minutes=60)
RECORDED_AHEAD = timedelta(seconds=30)  # a mark is recorded up to so long before it takes effect
RELAUNCH = timedelta(minutes=10)  # from a termination until its replacement is launched, at the longest
FLIGHTS_PER_MARK = 2  # the instance that leaves, and the one that arrives in its place, may be on their way together


def in_flight(group: Group) -> int:
    """Members that come or go, whoever started it: Pending, Terminating, and in service but marked.

    Instances that the group owes count as well: between a termination and the launch that follows it no member shows
    the flight, yet the group is one short. Desired 10, 9 in service, nothing on its way: 1 in flight.
    """
    moving = sum(member.leaving or member.arriving or member.in_service for member in group.unsettled)
    return max(moving, group.instances(group.desired - group.standing_units))


def in_flight_cap(desired: int, policy: Policy) -> int:
    """max(1, floor(10 % of desired)): 1 up to 19 members, 2 from 20 on, 1000 at 10,000."""
    return max(policy.in_flight_minimum, desired * policy.in_flight_percent // 100)


def in_flight_room(group: Group, policy: Policy) -> int:
    """Marks that keep everything in flight within the cap.

    A mark makes up to two flights, so each needs room for two: desired 100, cap 10, 4 in flight: (10 - 4) // 2 = 3
    marks. The one exception is a group with nothing in flight, where one mark is always possible: desired 5, cap 1.
    """
    moving = in_flight(group)
    room = (in_flight_cap(group.size, policy) - moving) // FLIGHTS_PER_MARK
    return max(room, 1 if moving == 0 else 0)


def sweep_cap(desired: int, policy: Policy) -> int:
    """Marks of one sweep: 1 below 20 desired, floor(5 %) from there: 1 at 20 to 39, 2 at 40, 500 at 10,000."""
    if desired < policy.small_group_size:
        return policy.small_group_sweep_marks
    return max(1, desired * policy.sweep_percent // 100)


def hour_cap(desired: int, policy: Policy) -> int:
    """Marks in any 60 minutes: max(2, floor(20 % of desired)): 2 up to 14 desired, 3 at 15, 2000 at 10,000."""
    return max(policy.hour_minimum, desired * policy.hour_percent // 100)


def marked_lately(group: Group, history: History, now: datetime) -> int:
    """Instances marked in the last 60 minutes, the one exactly 60 minutes ago included.

    A mark counts for the whole hour, whatever has become of its instance since: scale-in, a person or Spot may have
    taken it, and then no activity tells of the mark. So the healer counts what it has recorded of its own marks,
    besides whoever was taken out for a mark or for a cause that nobody knows, and those in service that are marked.
    Where its record cannot be read, each launch that replaced a broken instance stands for a mark, too, unless the
    group's own check explains it: so a mark whose instance scale-in took while its replacement booted is counted.
    """
    since = now - HOUR
    left = [
        activity.instance_id or f"unnamed {number}"
        for number, activity in enumerate(history)
        if activity.kind is ActivityKind.TERMINATE
        and activity.started >= since
        and activity.cause in {Cause.USER_MARK, Cause.UNKNOWN}
    ]
    recent = [mark for mark in group.marks or () if mark.at >= since - RECORDED_AHEAD]
    recorded = [mark.id for mark in recent if took_effect(mark, group, now)]
    known = len({*left, *recorded, *(member.id for member in group.unsettled if member.in_service)})
    return known if group.marks is not None else max(known, _unexplained_replacements(history, since))


def _unexplained_replacements(history: History, since: datetime) -> int:
    """Replacements launched since then, less those whose instance the group's own check took out."""
    launched = sum(item.started >= since and item.outcome is not Outcome.FAILED for item in replacements(history))
    native = sum(
        item.kind is ActivityKind.TERMINATE and item.cause is Cause.HEALTH_CHECK and item.started >= since - RELAUNCH
        for item in history
    )
    return launched - native


def took_effect(mark: Mark, group: Group, now: datetime) -> bool:
    """Whether a recorded mark was made, as far as the group shows: an instance that serves on was not marked.

    In its first half minute the mark counts whatever the group shows, because AWS's answers may lag behind.
    """
    if now - mark.at <= RECORDED_AHEAD:
        return True
    member = group.by_id.get(mark.id)
    return member is None or not member.in_service or member.marked


def hour_room(group: Group, policy: Policy, history: History, now: datetime) -> int:
    """Marks left in this hour: desired 100, cap 20, 18 marked in the last 60 minutes: 2."""
    return max(0, hour_cap(group.size, policy) - marked_lately(group, history, now))


def floor_of(desired: int, policy: Policy) -> int:
    """Unmarked members, or units of them, to keep in service: max(1, ceil(50 % of desired)): 1 of 2, 2 of 3."""
    return max(policy.floor_minimum, -(-desired * policy.floor_percent // 100))


def floor_room(group: Group, policy: Policy) -> int:
    """Marks that keep the floor: desired 5, floor 3, 4 unmarked in service: 1.

    A group of one would never be healed by that rule, so its only member may be marked. With weights: desired 20 units,
    floor 10, 20 unmarked in service, the heaviest 4: 2.
    """
    if group.size == 1:
        return group.standing
    return max(0, (group.standing_units - floor_of(group.desired, policy)) // group.heaviest)
