"""What a sweep tells: one JSON line and one set of metrics. Pure: nothing is sent from here. Notices: `notices.py`.

Every line (`schema` 2), whatever its result, has

    schema, time, group, mode      what is reported, AWS's time, `live`, `observe` or `off`; "" where it is not known
    result                         quiet | acted | observed | held | waiting | blind | changed, or without a decision
                                   stale | settings | crashed
    why                            in words: why it is blind, stale, wrongly set or crashed; "" if it is not
    reasons                        reason -> ids, oldest first: every impaired member exactly once
    calls, retries                 AWS calls up to this line, and how many of them were retries
    notes, errors                  what an operator should know; what failed

and that of a sweep that has decided also

    blind, suspended               why, in words; "" if not
    desired, in_service, in_flight numbers of members; the first two in units where these have weights
    width, burst, cooldown_seconds the pace
    limits                         what each limit left room for, before this sweep's marks
    braked_zones                   zones under the brake
    counts                         reason -> how many members
    decided                        `reasons` before they were carried out: equal in live and observe mode
    oldest                         up to 20 impaired members: id, zone, checks, age_seconds, reason, marked_by
    undated, stuck                 impaired members without a known beginning; marks that led to no replacement
    application_impaired           members whose application status check fails: the group replaces them by itself
    targets                        what load balancers say (`told_targets`); empty where the group has no target groups
    left_out                       reason -> how many ids are not in `reasons` and `decided`, where the line is too long
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from .limits import in_flight
from .marks import marked_by
from .model import Decision, Facts, Mode, Reason, Verdict
from .targets import TargetReport
from .times import written

SCHEMA = 2
NAMESPACE = "tap/HealthCheck"
DIMENSION = "AutoScalingGroupName"
DETAILED = 20  # members with details in the line
LONGEST_LINE = 250_000  # characters: 256 KB are an event of CloudWatch Logs that Lambda does not cut
LONGEST_CAUSE = 1000  # characters of why target groups were not looked at
ALWAYS: dict[str, Any] = {"mode": "", "why": "", "reasons": {}, "notes": [], "errors": [], "calls": 0, "retries": 0}
"""What every line has, and what it says where nothing is known."""

DEFERRED = frozenset(
    {
        Reason.SKIPPED_GRACE,
        Reason.CAPPED_INFLIGHT,
        Reason.CAPPED_RATE,
        Reason.CAPPED_CALLS,
        Reason.FLOOR,
        Reason.ZONE_BRAKE,
        Reason.BURST_COOLDOWN,
        Reason.SUSPENDED_BAD_IMAGE,
        Reason.PROCESS_SUSPENDED,
        Reason.REFRESH,
        Reason.BLIND,
    }
)
"""Broken, confirmed, and held back all the same. A veto is the operator's own wish and is not among them."""

OVERDUE = DEFERRED | {Reason.OBSERVED, Reason.WAITING_WINDOW}
"""Reasons of those that wait to be marked. One that this sweep marks waits no longer, however old its fault is."""


@dataclass(frozen=True)
class Sweep:
    """One run of the healer, as far as it has come.

    Attributes:
        outcomes: What became of the marks: id to final reason.
    """

    facts: Facts
    decision: Decision
    mode: Mode
    outcomes: Mapping[str, Reason] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    calls: int = 0
    retries: int = 0

    def final(self, verdict: Verdict) -> Reason:
        """The one reason of a member: what became of its mark, or else what was decided."""
        return self.outcomes.get(verdict.member.id, verdict.reason)

    @property
    def reasons(self) -> list[Reason]:
        """The final reasons, oldest member first."""
        return [self.final(verdict) for verdict in self.decision.verdicts]


def result(sweep: Sweep) -> str:
    """The sweep in one word; the first that holds."""
    reasons = set(sweep.reasons)
    words = {
        "blind": bool(sweep.decision.blind),
        "acted": Reason.MARKED in reasons,
        "observed": Reason.OBSERVED in reasons,
        "held": bool(reasons & DEFERRED),
        "waiting": bool(reasons),
    }
    return next((word for word, holds in words.items() if holds), "quiet")


# --- the line ---


def line(sweep: Sweep) -> dict[str, Any]:
    """The sweep as the JSON object that is logged; its keys are in the module's text."""
    group, decision = sweep.facts.group, sweep.decision
    found = {
        "schema": SCHEMA,
        "time": written(sweep.facts.now) if sweep.facts.now else "",
        "group": group.name,
        "mode": sweep.mode.value,
        "result": result(sweep),
        "why": decision.blind,
        "blind": decision.blind,
        "suspended": decision.suspended,
        "desired": group.desired,
        "in_service": group.serving_units,
        "in_flight": decision.in_flight,
        "width": decision.width,
        "burst": decision.burst,
        "cooldown_seconds": decision.cooldown_seconds,
        "limits": asdict(decision.limits),
        "braked_zones": list(decision.braked_zones),
        "counts": {reason: len(ids) for reason, ids in _by_reason(sweep, sweep.reasons).items()},
        "reasons": _by_reason(sweep, sweep.reasons),
        "decided": _by_reason(sweep, (verdict.reason for verdict in decision.verdicts)),
        "oldest": [_detail(verdict, sweep) for verdict in decision.verdicts[:DETAILED]],
        "undated": list(decision.undated[:DETAILED]),
        "stuck": list(decision.stuck.values())[:DETAILED],
        "application_impaired": sorted(group.application_impaired)[:DETAILED],
        "targets": told_targets(sweep.facts.targets),
        "left_out": {},
        "calls": sweep.calls,
        "retries": sweep.retries,
        "notes": [*decision.notes, *sweep.notes],
        "errors": list(sweep.errors),
    }
    return found if len(encoded(found)) <= LONGEST_LINE else _shortened(found)


def short_line(group_name: str, result: str, now: datetime | None, **known: Any) -> dict[str, Any]:
    """The line of a sweep that has not decided anything: the keys that every line has."""
    time = written(now) if now else ""
    return {"schema": SCHEMA, "time": time, "group": group_name, "result": result, **ALWAYS, **known}


def encoded(found: Mapping[str, Any]) -> str:
    """The line as it is logged."""
    return json.dumps(found, separators=(",", ":"))


def told_targets(targets: TargetReport | None) -> dict[str, Any]:
    """What load balancers say of the members, for the line.

    Returns:
        `groups` and `looked_at`, numbers of target groups; `states`, state -> how many registrations of members;
        `unhealthy`, how many members in service a load balancer calls so; `members`, up to 20 of them: id, state,
        reason (the load balancer's code), target_group; `missing`, why target groups were not looked at.
    """
    if targets is None:
        return {}
    return {
        "groups": targets.groups,
        "looked_at": targets.looked_at,
        "states": dict(targets.states),
        "unhealthy": len(targets.unhealthy),
        "members": [each._asdict() for each in list(targets.unhealthy.values())[:DETAILED]],
        "missing": targets.missing[:LONGEST_CAUSE],
    }


def _shortened(found: dict[str, Any]) -> dict[str, Any]:
    """The line with the ids of its longest lists left out, until it fits into an event of the log.

    `decided` goes first: it differs from `reasons` only for those that were to be marked.
    """
    reasons: dict[str, list[str]] = dict(found["reasons"])
    found |= {"decided": {key: ids for key, ids in found["decided"].items() if reasons.get(key) != ids}}
    left_out: dict[str, int] = {}
    while len(encoded(found)) > LONGEST_LINE and any(reasons.values()):
        longest = max(reasons, key=lambda reason: len(reasons[reason]))
        kept = reasons[longest][: len(reasons[longest]) // 2]
        left_out[longest] = left_out.get(longest, 0) + len(reasons[longest]) - len(kept)
        reasons[longest] = kept
        decided = {key: [id_ for id_ in ids if key != longest or id_ in kept] for key, ids in found["decided"].items()}
        found |= {"reasons": reasons, "decided": decided, "left_out": left_out}
    return found


def _by_reason(sweep: Sweep, reasons: Iterable[Reason]) -> dict[str, list[str]]:
    """Ids under their reasons, in the order of the verdicts."""
    found: dict[str, list[str]] = {}
    for verdict, reason in zip(sweep.decision.verdicts, reasons, strict=True):
        found.setdefault(reason.value, []).append(verdict.member.id)
    return found


def _detail(verdict: Verdict, sweep: Sweep) -> dict[str, Any]:
    member = verdict.member
    detail = {
        "id": member.id,
        "zone": member.zone,
        "checks": [item.check.value for item in member.impairments],
        "age_seconds": verdict.age_seconds,
        "reason": sweep.final(verdict).value,
    }
    marked = sweep.final(verdict) is Reason.ALREADY_MARKED
    return detail | ({"marked_by": marked_by(member, sweep.facts.group)} if marked else {})


# --- the metrics ---


def metrics(sweep: Sweep) -> dict[str, float]:
    """The sweep's metrics in their order, those that it can know.

    A blind sweep knows nothing of the group. Whether the image is suspected is known only to a sweep that has read the
    history: for another the metric is left out, so that its alarm does not flap when nobody is impaired for a minute.
    """
    if sweep.decision.blind:
        return {"Heartbeat": 1, "BlindSweeps": 1}
    group, decision = sweep.facts.group, sweep.decision
    members = (*group.impaired, *group.unsettled)
    unhealthy = {member.id for member in members if member.in_service} | group.application_impaired
    if sweep.facts.targets is not None:
        unhealthy |= sweep.facts.targets.unhealthy.keys()
    reasons = sweep.reasons
    found: dict[str, float] = {
        "HealthyInstances": group.in_service - len(unhealthy),
        "UnhealthyInstances": len(unhealthy),
        "ReplacedInstances": reasons.count(Reason.MARKED),
        "Heartbeat": 1,
        "Deferred": sum(reason in DEFERRED for reason in reasons),
        "InFlight": in_flight(group),
        "Width": decision.width,
        "Suspended": int(bool(decision.suspended)),
        "BlindSweeps": 0,
        "OldestImpairedAge": _oldest(sweep),
        "Undated": len(decision.undated),
        "Stuck": len(decision.stuck),
    }
    if not sweep.facts.looked_back:
        del found["Suspended"]
    return found


def _oldest(sweep: Sweep) -> int:
    """Seconds for which the longest broken member has waited; 0 if none does."""
    return max((item.age_seconds or 0 for item in sweep.decision.verdicts if sweep.final(item) in OVERDUE), default=0)


def metric_data(
    group_name: str, values: Mapping[str, float], now: datetime | None, **dimensions: str
) -> dict[str, Any]:
    """The parameters of one PutMetricData; without a time of AWS's, CloudWatch takes that of arrival.

    `dimensions` take the place of the group's.
    """
    stamp = {"Timestamp": now} if now else {}
    named = [{"Name": name, "Value": value} for name, value in (dimensions or {DIMENSION: group_name}).items()]
    return {
        "Namespace": NAMESPACE,
        "MetricData": [
            {"MetricName": name, "Dimensions": named, "Value": float(value), "Unit": _unit(name), **stamp}
            for name, value in values.items()
        ],
    }


def _unit(name: str) -> str:
    return "Seconds" if name == "OldestImpairedAge" else "Count"
