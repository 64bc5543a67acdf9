"""The decision: which impaired members to mark for replacement now, and for each of them one reason why or why not.

Pure: everything it knows comes in as values, the time among them, and what should be done goes out as a value.

    group, history  ->  candidates            each impaired member meets the guards below, in the order of a person's
                                              questions; the first that holds is its reason
    candidates      ->  marks, within limits  those that pass, by age and then by id, as far as the limits leave room
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import image, limits, marks, vetoes, zones
from .confirm import confirmed_at, impaired_since
from .history import launches
from .model import Activity, Decision, Group, History, Limits, Member, Mode, Outcome, Policy, Reason, Verdict
from .pace import Pace, pace


@dataclass(frozen=True)
class Situation:
    """Everything that the guards look at, worked out once for the whole group."""

    group: Group
    policy: Policy
    history: History
    now: datetime
    braked: frozenset[str]
    probes: frozenset[str]
    suspended: str
    pace: Pace
    launches: dict[str, Activity]
    just_recorded: set[str]


def decide(
    group: Group, policy: Policy, history: History, now: datetime, refused: Mapping[str, Reason] | None = None
) -> Decision:
    """Decide about every impaired member of the group.

    Args:
        group: The group as observed; a `blind` one leads to no mark.
        policy: The numbers to go by.
        history: The group's scaling activities, newest first; empty where nothing needs them.
        now: AWS's time (UTC, aware).
        refused: Members of whom AWS has refused the mark in this sweep, and the reason: others go in their place.

    Returns:
        One verdict for each impaired member, oldest first, and the ids to mark in order.
    """
    impaired = sorted(group.impaired, key=lambda member: _age_key(member, now))
    if group.blind:
        return _blind(group, impaired, now)
    situation = _situation(group, policy, history, now)
    reasons = {member.id: (refused or {}).get(member.id) or _guarded(member, situation) for member in impaired}
    room = _limits(situation)
    candidates = [member for member in impaired if reasons[member.id] is None]
    taken = _within_limits(candidates, room, situation)
    final = {member.id: reasons[member.id] or taken[member.id] for member in impaired}
    return Decision(
        verdicts=tuple(_verdict(member, final[member.id], situation) for member in impaired),
        marks=tuple(id_ for id_, reason in taken.items() if reason is Reason.MARKED),
        in_flight=limits.in_flight(group),
        width=situation.pace.width,
        limits=room,
        burst=situation.pace.burst,
        cooldown_seconds=int(situation.pace.cooldown.total_seconds()),
        braked_zones=tuple(sorted(situation.braked)),
        suspended=situation.suspended,
        undated=tuple(member.id for member in impaired if member.in_service and impaired_since(member, now) is None),
        failed=image.newly_failed(group, policy, history, now),
        begun=situation.pace.news,
        stuck=marks.stuck(group, policy, history, now),
        notes=vetoes.notes(group, policy, now),
    )


def _age_key(member: Member, now: datetime) -> tuple[bool, float, str]:
    """The order in which members are looked at: the one broken longest first, then by id; unknown ages last."""
    since = impaired_since(member, now)
    return since is None, since.timestamp() if since else 0.0, member.id


def _blind(group: Group, impaired: list[Member], now: datetime) -> Decision:
    """Fail closed: what cannot be seen whole is not acted upon."""
    verdicts = tuple(
        Verdict(member, Reason.BLIND, _seconds_since(impaired_since(member, now), now)) for member in impaired
    )
    return Decision(verdicts=verdicts, in_flight=limits.in_flight(group), blind=group.blind)


def _situation(group: Group, policy: Policy, history: History, now: datetime) -> Situation:
    at_fault = zones.at_fault(group, policy, now)
    under_brake = zones.braked(group, policy, history, now)
    return Situation(
        group=group,
        policy=policy,
        history=history,
        now=now,
        braked=under_brake,
        probes=zones.probes_due(group, policy, history, now, under_brake),
        suspended=image.suspicion(group, policy, history, now, at_fault),
        pace=pace(group, policy, history, now, at_fault),
        launches={item.instance_id: item for item in reversed(launches(history))},
        just_recorded=marks.just_recorded(group, now),
    )


def _seconds_since(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else int((now - moment).total_seconds())


def _verdict(member: Member, reason: Reason, situation: Situation) -> Verdict:
    now = situation.now
    confirmed = confirmed_at(member, situation.policy, now)
    age = _seconds_since(impaired_since(member, now), now)
    probe = reason is Reason.MARKED and member.zone in situation.braked
    return Verdict(member, reason, age, _seconds_since(confirmed, now), probe)


# --- the guards: one question each, asked of one member ---


def _is_not_in_service(member: Member, _: Situation) -> bool:
    """Pending, Standby, Terminating, Detaching, Warmed: the group does not count on it."""
    return not member.in_service


def _is_marked(member: Member, situation: Situation) -> bool:
    """The mark is AWS's own record that it was made. The healer's own record is for answers that lag behind."""
    return member.marked or member.id in situation.just_recorded


def _is_spared(member: Member, situation: Situation) -> bool:
    """Before the window, so that a veto is reported in every sweep for as long as the instance is impaired."""
    return vetoes.skip_until(member, situation.policy, situation.now) is not None


def _is_waiting(member: Member, situation: Situation) -> bool:
    """Many failures pass by themselves within their window."""
    return confirmed_at(member, situation.policy, situation.now) is None


def _is_switched_off(_: Member, situation: Situation) -> bool:
    """The operator wants no healer on this group."""
    return vetoes.switch(situation.group, situation.now) is Mode.OFF


def _lacks_processes(_: Member, situation: Situation) -> bool:
    """Without these processes a mark drains the group or prepares a stampede."""
    return bool(vetoes.missing_processes(situation.group))


def _is_refreshing(_: Member, situation: Situation) -> bool:
    """An instance refresh replaces members by its own plan."""
    return situation.group.refreshing


def _suspects_image(_: Member, situation: Situation) -> bool:
    """Replacements fail too: more of them would not help."""
    return bool(situation.suspended)


def _is_in_grace(member: Member, situation: Situation) -> bool:
    """AWS would refuse the mark: the grace period counts from the moment of coming into service.

    That moment is the end of the launch activity. A member without one (attached by hand, or launched before the
    history that was read) is left to AWS's own refusal.
    """
    launch = situation.launches.get(member.id)
    if launch is None or launch.outcome is not Outcome.SUCCESSFUL or launch.ended is None:
        return False
    return situation.now < launch.ended + timedelta(seconds=situation.group.grace_seconds)


def _is_in_braked_zone(member: Member, situation: Situation) -> bool:
    """The zone is at fault; at most a probe goes there."""
    return member.zone in situation.braked - situation.probes


GUARDS: tuple[tuple[Reason, Callable[[Member, Situation], bool]], ...] = (
    (Reason.NOT_IN_SERVICE, _is_not_in_service),
    (Reason.ALREADY_MARKED, _is_marked),
    (Reason.VETOED, _is_spared),
    (Reason.WAITING_WINDOW, _is_waiting),
    (Reason.VETOED, _is_switched_off),
    (Reason.PROCESS_SUSPENDED, _lacks_processes),
    (Reason.REFRESH, _is_refreshing),
    (Reason.SUSPENDED_BAD_IMAGE, _suspects_image),
    (Reason.SKIPPED_GRACE, _is_in_grace),
    (Reason.ZONE_BRAKE, _is_in_braked_zone),
)


def _guarded(member: Member, situation: Situation) -> Reason | None:
    """The first guard that holds the member back; None if none does."""
    return next((reason for reason, holds in GUARDS if holds(member, situation)), None)


# --- the limits: how many of those that passed ---


def _limits(situation: Situation) -> Limits:
    """What each limit leaves for this sweep."""
    group, policy = situation.group, situation.policy
    return Limits(
        in_flight=limits.in_flight_room(group, policy),
        sweep=limits.sweep_cap(group.size, policy),
        hour=limits.hour_room(group, policy, situation.history, situation.now),
        floor=limits.floor_room(group, policy),
        width=situation.pace.room,
    )


def _within_limits(candidates: list[Member], room: Limits, situation: Situation) -> dict[str, Reason]:
    """Go through the candidates, oldest first and probes of braked zones last, and mark while there is room.

    Probes go last, one a zone, and never take the last mark of the hour: a broken zone must not use up what genuine
    faults elsewhere need. Those of whom a mark was tried in vain within the last ten minutes go after the others, so
    that one whom AWS refuses does not keep them waiting.
    """
    vain = marks.tried_in_vain(situation.group, situation.now)
    spare = 1 if limits.hour_cap(situation.group.size, situation.policy) > 1 else 0
    reasons: dict[str, Reason] = {}
    probed: set[str] = set()
    made = paced = 0
    for member in sorted(candidates, key=lambda member: (member.zone in situation.braked, member.id in vain)):
        probe = member.zone in situation.braked
        if probe and member.zone in probed:
            reasons[member.id] = Reason.ZONE_BRAKE
            continue
        full = _full(room, made, None if probe else paced, spare if probe else 0)
        reasons[member.id] = full or Reason.MARKED
        if full is None:
            made += 1
            paced += not probe
            probed |= {member.zone} if probe else set()
    return reasons


def _full(room: Limits, made: int, paced: int | None, spare: int) -> Reason | None:
    """The first limit that leaves no room for one more mark after `made`; `paced` is None for a probe."""
    if paced is not None and paced >= room.width:
        return Reason.BURST_COOLDOWN
    if made >= room.floor:
        return Reason.FLOOR
    if made >= room.in_flight:
        return Reason.CAPPED_INFLIGHT
    if made >= min(room.sweep, room.hour - spare):
        return Reason.CAPPED_RATE
    return None
