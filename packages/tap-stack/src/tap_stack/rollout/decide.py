"""The decision: whether to begin to roll the wanted version out now, and if not, why not. Pure.

    first(view)          by the group and its refreshes alone: done, running, failed, switched off, or ready
    held(view, health)   ready, and yet it must wait: by the healer's own look at the group, and the healer's own rules

A version is rolled out once. When that has ended badly it stays so until another version has been wanted or somebody
has asked for a retry. AWS forgets refreshes after six weeks, so the rollout's own record counts as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tap_stack.healer.history import REPLACING, is_health_termination
from tap_stack.healer.model import ActivityKind, Decision, Facts, Member, Outcome, Template

from .model import (
    ENDED_BADLY,
    SUCCESSFUL,
    Evidence,
    HealersView,
    Record,
    RecordKind,
    Result,
    RolloutStep,
    SeenRefresh,
    View,
    named,
)
from .policy import RolloutPolicy

HOUR = timedelta(hours=1)
NEEDED_PROCESSES = frozenset({"Launch", "Terminate", "InstanceRefresh", "HealthCheck", "AddToLoadBalancer"})
"""Without one of these a refresh does not go on, or goes on without looking (user guide, "Suspend and resume
processes")."""

SWITCHED_ON = ("", "on")
"""Values of the group's tag; any other holds every rollout up."""


def first(view: View, wanted: Template) -> RolloutStep:
    """What the group and its refreshes say: `READY` if nothing of them is against a rollout."""
    guards = (
        (Result.RUNNING, _running(view)),
        (Result.DONE, f"{named(wanted)} is the group's" if is_there(view, wanted) else ""),
        (Result.UNNUMBERED, _unnumbered(view)),
        (Result.OFF, "" if view.switch in SWITCHED_ON else f"the group's tag tap:rollout = {view.switch!r}"),
        (Result.FAILED, failure(view, wanted)),
        (Result.PROCESS_SUSPENDED, _suspended(view)),
    )
    return _first_of(guards)


def _first_of(guards: tuple[tuple[Result, str], ...]) -> RolloutStep:
    """The first that has something to say; `READY` if none has."""
    return next((RolloutStep(result, why) for result, why in guards if why), RolloutStep(Result.READY))


def _running(view: View) -> str:
    refresh = view.refresh
    return f"{refresh.status}, {refresh.percent} % of it replaced" if refresh else ""


def _unnumbered(view: View) -> str:
    """AWS rolls back to a numbered version alone ("Undo changes with a rollback")."""
    numbered = view.current is not None and view.current.resolved
    return "" if numbered else f"the group launches from {named(view.current)}: no number to roll back to"


def _suspended(view: View) -> str:
    missing = sorted(NEEDED_PROCESSES & view.group.suspended_processes)
    return f"suspended in the group: {', '.join(missing)}" if missing else ""


def is_there(view: View, wanted: Template) -> bool:
    """Whether the group is where it should be: its template, and its members as far as a refresh could bring them.

    A refresh leaves members on standby and protected ones alone, so that one that was successful is enough.
    """
    if view.current != wanted:
        return False
    since = epoch(view, wanted)
    brought = any(
        each.status == SUCCESSFUL and each.target == wanted and _not_before(each, since) for each in view.refreshes
    )
    others = [member for member in view.group.members if member.in_service and member.template not in {None, wanted}]
    return brought or not others


def epoch(view: View, wanted: Template) -> datetime | None:
    """Since when this version has been wanted without another in between; None where that is not recorded."""
    newest = next((each for each in view.records if each.kind is RecordKind.WANTED), None)
    return newest.at if newest is not None and newest.template == wanted else None


def failure(view: View, wanted: Template) -> str:
    """How the wanted version has failed since it is wanted; "" if it has not, or if a retry was asked for."""
    since = epoch(view, wanted)
    last = next((each for each in view.records if each.kind is not RecordKind.WANTED and each.template == wanted), None)
    if since is None or (last is not None and last.at < since):
        last = None
    if last is not None and last.kind is RecordKind.RETRY:
        since = last.at
    elif last is not None:
        return f"{named(wanted)} was rolled back or stopped, as recorded at {last.at:%Y-%m-%dT%H:%M:%SZ}"
    bad = next((each for each in view.refreshes if _speaks_against(each, wanted, since)), None)
    return f"{named(wanted)}: {bad.status}: {bad.reason or 'AWS gives no reason'}" if bad else ""


def _speaks_against(refresh: SeenRefresh, wanted: Template, since: datetime | None) -> bool:
    return refresh.status in ENDED_BADLY and refresh.target == wanted and _not_before(refresh, since)


def _not_before(refresh: SeenRefresh, since: datetime | None) -> bool:
    return since is None or (refresh.started is not None and refresh.started >= since)


def news(view: View, wanted: Template, *, retry: bool) -> list[Record]:
    """What is to be written down: that another version is wanted, that it has failed, that it may be tried again."""
    newest = next((each for each in view.records if each.kind is RecordKind.WANTED), None)
    if newest is None or newest.template != wanted:
        return [Record(view.now, RecordKind.WANTED, wanted)]
    if retry:
        return [Record(view.now, RecordKind.RETRY, wanted)]
    last = next((each for each in view.records if each.template == wanted), None)
    failed = last is not None and last.kind is not RecordKind.FAILED and failure(view, wanted)
    return [Record(view.now, RecordKind.FAILED, wanted)] if failed else []


def held(view: View, health: HealersView, wanted: Template) -> RolloutStep:
    """Why a rollout must wait now, by the healer's rules; `READY` if nothing speaks against it.

    A suspected image is the group's own. Where another version is wanted that is the way out, and so neither it nor the
    burst and the braked zones that come with it hold the rollout up: the healer does nothing there until the version
    has changed. Where the wanted version itself is the suspect, it waits. And where a refresh has run within the last
    hour, what the healer suspects may be that refresh's version, and a burst and a braked zone count as ever.
    """
    decision = health.decision
    at_work, of_wanted = _healing(health.facts, decision), wanted in view.group.templates
    way_out = bool(decision.suspended) and not _refreshed(view)
    braked = ", ".join(decision.braked_zones)
    guards = (
        (Result.BLIND, decision.blind),
        (Result.HEALING, f"{', '.join(at_work[:5])}: being replaced, or about to be" if at_work else ""),
        (Result.BAD_IMAGE, decision.suspended if of_wanted else ""),
        (Result.BURST, "many instances have failed together" if decision.burst and not way_out else ""),
        (Result.ZONE_BRAKE, f"zones under the brake: {braked}" if braked and not way_out else ""),
        (Result.ALARM, f"in ALARM: {', '.join(health.alarmed)}" if health.alarmed else ""),
    )
    return _first_of(guards)


def _refreshed(view: View) -> bool:
    """Whether a refresh has run within the last hour, in which the healer counts what failed against an image."""
    return any(each.ended is None or each.ended > view.now - HOUR for each in view.refreshes)


def _healing(facts: Facts, decision: Decision) -> list[str]:
    """Members that are being replaced for their health, by whomever, and those that the healer would mark now.

    Comings and goings for another reason, such as scaling, do not count. A member of which no activity tells why it
    comes or goes does, and so does one that the healer has just recorded and the group does not show yet, and one that
    the healer has marked and that goes because somebody has terminated it meanwhile.
    """
    group = facts.group
    recorded = {each.id for each in group.marks or ()}
    ends = {each.instance_id: each for each in facts.history if each.kind is ActivityKind.TERMINATE}
    begins = {each.instance_id: each for each in facts.history if each.kind is ActivityKind.LAUNCH}

    def counts(member: Member) -> bool:
        if member.in_service:
            return member.marked
        if member.leaving:
            return member.id in recorded or member.id not in ends or is_health_termination(ends[member.id])
        return member.arriving and (member.id not in begins or begins[member.id].cause in REPLACING)

    now = facts.now
    fresh = {each.id for each in group.marks or () if now is not None and each.at > now - timedelta(minutes=1)}
    busy = [member.id for member in group.unsettled if counts(member)]
    return [*dict.fromkeys((*busy, *decision.marks, *(fresh & group.by_id.keys())))]


def evidence(facts: Facts, refresh: SeenRefresh, policy: RolloutPolicy) -> Evidence:
    """What speaks against the version that is being rolled out: its own members, and launches since it began."""
    now = facts.now
    impaired = {
        member.id: _sentence(member, now)
        for member in facts.group.impaired
        if member.template == refresh.target and now is not None and _has_failed(member, policy, now)
    }
    launches = [
        each
        for each in facts.history
        if each.kind is ActivityKind.LAUNCH
        and each.outcome in {Outcome.FAILED, Outcome.CANCELLED}
        and refresh.started is not None
        and each.started >= refresh.started
    ]
    return Evidence(impaired, len(launches))


def speaks_against(found: Evidence, policy: RolloutPolicy) -> int:
    """How much speaks against the version: impaired members, and launches once enough of them have failed."""
    return len(found.impaired) + (found.failed_launches if found.failed_launches >= policy.failed_launches else 0)


def _has_failed(member: Member, policy: RolloutPolicy, now: datetime) -> bool:
    """Whether a check has failed for long enough; one without a known beginning counts, for a rollback costs little."""
    window = timedelta(seconds=policy.impaired_seconds)
    return any(each.since is None or each.since <= now - window for each in member.impairments)


def _sentence(member: Member, now: datetime | None) -> str:
    since = min((each.since for each in member.impairments if each.since), default=None)
    age = f"{(now - since).total_seconds():.0f} s" if now and since else "an unknown time"
    checks = ", ".join(each.check.value for each in member.impairments)
    return f"{member.id} in {member.zone}: {checks} check impaired for {age}"
