"""The zone brake: where most of a zone fails, the zone is at fault, and replacing its instances only adds to it.

Kubernetes' node lifecycle controller is the model: a zone with at least 55 % and at least 3 nodes not ready counts as
disrupted, and evictions there slow down while the other zones go on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from .history import is_health_termination, launches
from .limits import RECORDED_AHEAD, took_effect
from .model import Activity, Group, History, Mark, Policy


def suspected(group: Group, policy: Policy) -> frozenset[str]:
    """Zones in which at least 55 % and at least 3 of the members in service are impaired.

    Worked example: 3 of 5 (60 %) brake, 3 of 6 (50 %) do not, 2 of 2 do not. A percentage is reached, not rounded.
    """
    impaired = Counter(member.zone for member in group.impaired if member.in_service)
    if max(impaired.values(), default=0) < policy.zone_brake_minimum:
        return frozenset()
    serving = Counter(member.zone for member in group.members if member.in_service)
    return frozenset(zone for zone, number in impaired.items() if _is_at_fault(number, serving[zone], policy))


def at_fault(group: Group, policy: Policy, now: datetime) -> frozenset[str]:
    """Suspected zones, those with a zonal shift, and those that the healer has probed within the probe's interval.

    A probe may take its zone below the share: 3 of 5 are impaired, one is probed, 2 of 4 are left. The zone stays
    braked for the 10 minutes all the same, or the next of its instances would go as if nothing were wrong there.
    """
    return suspected(group, policy) | group.shifted_zones | _recorded_probes(group, policy, now)


def braked(group: Group, policy: Policy, history: History, now: datetime) -> frozenset[str]:
    """Zones at fault, and those that may have been: it is assumed of them, so their failures excuse nothing."""
    return at_fault(group, policy, now) | _probes_in_history(group, policy, history, now)


def _recorded_probes(group: Group, policy: Policy, now: datetime) -> frozenset[str]:
    """Zones that the healer has recorded as probed within the interval."""
    return frozenset(mark.zone for mark in _recorded_lately(group, policy, now) if mark.probe)


def _recorded_lately(group: Group, policy: Policy, now: datetime) -> list[Mark]:
    since = now - timedelta(seconds=policy.zone_probe_seconds) - RECORDED_AHEAD
    return [mark for mark in group.marks or () if mark.at > since and took_effect(mark, group, now)]


def _probes_in_history(group: Group, policy: Policy, history: History, now: datetime) -> frozenset[str]:
    """Zones in which a health replacement of the interval found the share of impaired members over the limit.

    This is for replacements that are not in the healer's record: the group's own, or all of them where the record
    cannot be read. What a zone was then is put together from what it is now: those gone since count as impaired, and
    those launched since do not count. A replacement whose zone the history does not tell may have been in any.
    """
    since = now - timedelta(seconds=policy.zone_probe_seconds)
    recorded = {mark.id for mark in group.marks or ()}
    recent = [item for item in history if is_health_termination(item) and item.started > since]
    others = [item for item in recent if item.instance_id not in recorded]
    every = {member.zone for member in group.members if member.in_service}
    probes = [replace(item, zone=zone) for item in others for zone in ([item.zone] if item.zone else sorted(every))]
    return frozenset(item.zone for item in probes if _was_suspected(item, recent, group, policy, history))


def _was_suspected(probe: Activity, recent: list[Activity], group: Group, policy: Policy, history: History) -> bool:
    newcomers = {item.instance_id for item in launches(history) if (item.ended or item.started) > probe.started}
    here = [
        member
        for member in group.members
        if member.zone == probe.zone and member.in_service and member.id not in newcomers
    ]
    gone = {item.instance_id for item in recent if item.zone in {probe.zone, ""} and item.started >= probe.started}
    standing = [member for member in here if member.id not in gone]
    impaired = len(gone) + sum(
        any(item.since is not None and item.since <= probe.started for item in member.impairments)
        for member in standing
    )
    return _is_at_fault(impaired, len(standing) + len(gone), policy)


def _is_at_fault(impaired: int, serving: int, policy: Policy) -> bool:
    return impaired >= policy.zone_brake_minimum and 100 * impaired >= policy.zone_brake_percent * serving


def explaining(group: Group, at_fault: frozenset[str]) -> frozenset[str]:
    """Zones at fault whose failures say something about the zone rather than about the group or its image.

    Where every zone is at fault none is: then it is not the zones.
    """
    if not at_fault:
        return at_fault
    serving = {member.zone for member in group.members if member.in_service}
    return frozenset() if serving <= at_fault else at_fault


def probes_due(
    group: Group, policy: Policy, history: History, now: datetime, under_brake: frozenset[str]
) -> frozenset[str]:
    """Braked zones that may have a probing replacement now: one per 10 minutes, one at a time, none with a shift.

    With the last health replacement there begun at 10:00:00 the next is due at 10:10:00. A replacement whose zone the
    history does not tell counts for every zone. A mark of the healer's counts even if a person or Spot took its
    instance, because then the history has no health replacement.
    """
    since = now - timedelta(seconds=policy.zone_probe_seconds)
    lately = {item.zone for item in history if is_health_termination(item) and item.started > since}
    marked = {mark.zone for mark in _recorded_lately(group, policy, now)} - {""}  # an older record tells no zone
    going = {item.zone for item in group.unsettled if item.leaving or (item.in_service and item.marked)}
    held = marked | group.shifted_zones | lately | going
    return frozenset() if "" in lately else under_brake - held
