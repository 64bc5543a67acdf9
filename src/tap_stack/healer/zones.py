"""The zone brake: where most of a zone fails, the zone is at fault, and replacing its instances only adds to it.

Kubernetes' node lifecycle controller is the model: a zone with at least 55 % and at least 3 nodes not ready counts as
disrupted, and evictions there slow down while the other zones go on.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from .model import Activity, ActivityKind, Cause, Group, History, Policy

HEALTH_CAUSES = frozenset({Cause.USER_MARK, Cause.HEALTH_CHECK})


def suspected(group: Group, policy: Policy) -> frozenset[str]:
    """Zones in which at least 55 % and at least 3 of the members in service are impaired.

    Worked example: 3 of 5 (60 %) brake, 3 of 6 (50 %) do not, 2 of 2 do not. A percentage is reached, not rounded.
    """
    impaired = Counter(member.zone for member in group.impaired if member.in_service)
    if max(impaired.values(), default=0) < policy.zone_brake_minimum:
        return frozenset()
    serving = Counter(member.zone for member in group.members if member.in_service)
    return frozenset(
        zone
        for zone, number in impaired.items()
        if number >= policy.zone_brake_minimum and 100 * number >= policy.zone_brake_percent * serving[zone]
    )


def braked(group: Group, policy: Policy) -> frozenset[str]:
    """Suspected zones and those with a zonal shift."""
    return suspected(group, policy) | group.shifted_zones


def explaining(group: Group, policy: Policy) -> frozenset[str]:
    """Zones whose failures say something about the zone rather than about the group or its image.

    Where every zone is suspected none is: then it is not the zones.
    """
    under_brake = braked(group, policy)
    serving = {member.zone for member in group.members if member.in_service}
    return frozenset() if serving <= under_brake else under_brake


def is_health_termination(activity: Activity) -> bool:
    """It took an instance out because of its health, by a mark or by the group's own check."""
    return activity.kind is ActivityKind.TERMINATE and activity.cause in HEALTH_CAUSES


def probes_due(group: Group, policy: Policy, history: History, now: datetime) -> frozenset[str]:
    """Braked zones that may have a probing replacement now."""
    return frozenset(zone for zone in braked(group, policy) if _probe_due(zone, group, policy, history, now))


def _probe_due(zone: str, group: Group, policy: Policy, history: History, now: datetime) -> bool:
    """Whether one braked zone may.

    One per 10 minutes, none with a shift: with the last health replacement there begun at 10:00:00 the next is due at
    10:10:00. A replacement whose zone the history does not tell counts for every zone.
    """
    if zone in group.shifted_zones:
        return False
    here = [member for member in group.members if member.zone == zone]
    if any(member.leaving or (member.in_service and member.marked) for member in here):
        return False
    since = now - timedelta(seconds=policy.zone_probe_seconds)
    return not any(
        is_health_termination(activity) and activity.zone in {zone, ""} and activity.started > since
        for activity in history
    )
