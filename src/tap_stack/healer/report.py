"""What a sweep tells: one JSON line, one set of metrics, and now and then a notice. Pure: nothing is sent from here.

The line (`schema` 1):

    schema, time, group, mode      what is reported, AWS's time, `live`, `observe` or `off`
    result                         quiet | acted | observed | held | waiting | blind
    blind, suspended               why, in words; "" if not
    desired, in_service, in_flight numbers of members
    width, burst, cooldown_seconds the pace
    limits                         what each limit left room for, before this sweep's marks
    braked_zones                   zones under the brake
    counts                         reason -> how many members
    reasons                        reason -> ids, oldest first: every impaired member exactly once
    decided                        the same before it was carried out: equal in live and observe mode
    oldest                         up to 20 impaired members: id, zone, checks, age_seconds, reason
    calls, retries                 AWS calls up to this line, and how many of them were retries
    notes, errors                  what an operator should know; what failed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from .limits import in_flight
from .model import Decision, Facts, Mode, Reason, Verdict

SCHEMA = 1
NAMESPACE = "tap/HealthCheck"
DIMENSION = "AutoScalingGroupName"
SWEEP_SECONDS = 60  # the schedule
REMINDER_SECONDS = 3600  # how often a notice is repeated while something stays held back
DETAILED = 20  # members with details in the line: an event of CloudWatch Logs has an end
LISTED = 10  # members named in a notice
SUBJECT_LENGTH = 100  # SNS: fewer than 100 characters, no line breaks

DEFERRED = frozenset(
    {
        Reason.SKIPPED_GRACE,
        Reason.CAPPED_INFLIGHT,
        Reason.CAPPED_RATE,
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

OVERDUE = DEFERRED | {Reason.MARKED, Reason.OBSERVED, Reason.WAITING_WINDOW}
"""Reasons of those that wait for their replacement, so that their age is the healer's business."""


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
    return {
        "schema": SCHEMA,
        "time": _stamp(sweep.facts.now),
        "group": group.name,
        "mode": sweep.mode.value,
        "result": result(sweep),
        "blind": decision.blind,
        "suspended": decision.suspended,
        "desired": group.desired,
        "in_service": group.in_service,
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
        "calls": sweep.calls,
        "retries": sweep.retries,
        "notes": [*decision.notes, *sweep.notes],
        "errors": list(sweep.errors),
    }


def _stamp(now: datetime | None) -> str:
    return now.isoformat().replace("+00:00", "Z") if now else ""


def _by_reason(sweep: Sweep, reasons: Iterable[Reason]) -> dict[str, list[str]]:
    """Ids under their reasons, in the order of the verdicts."""
    found: dict[str, list[str]] = {}
    for verdict, reason in zip(sweep.decision.verdicts, reasons, strict=True):
        found.setdefault(reason.value, []).append(verdict.member.id)
    return found


def _detail(verdict: Verdict, sweep: Sweep) -> dict[str, Any]:
    member = verdict.member
    return {
        "id": member.id,
        "zone": member.zone,
        "checks": [item.check.value for item in member.impairments],
        "age_seconds": verdict.age_seconds,
        "reason": sweep.final(verdict).value,
    }


# --- the metrics ---


def metrics(sweep: Sweep) -> dict[str, float]:
    """The sweep's metrics in their order; of a blind sweep only those that it can know."""
    if sweep.decision.blind:
        return {"Heartbeat": 1, "BlindSweeps": 1}
    group = sweep.facts.group
    unhealthy = {member.id for member in (*group.impaired, *group.unsettled) if member.in_service}
    reasons = sweep.reasons
    return {
        "HealthyInstances": group.in_service - len(unhealthy),
        "UnhealthyInstances": len(unhealthy),
        "ReplacedInstances": reasons.count(Reason.MARKED),
        "Heartbeat": 1,
        "Deferred": sum(reason in DEFERRED for reason in reasons),
        "InFlight": in_flight(group),
        "Width": sweep.decision.width,
        "Suspended": int(bool(sweep.decision.suspended)),
        "BlindSweeps": 0,
        "OldestImpairedAge": _oldest(sweep),
    }


def _oldest(sweep: Sweep) -> int:
    """Seconds for which the longest broken member has waited; 0 if none does."""
    return max((item.age_seconds or 0 for item in sweep.decision.verdicts if sweep.final(item) in OVERDUE), default=0)


def metric_data(group_name: str, values: Mapping[str, float], now: datetime | None) -> dict[str, Any]:
    """The parameters of one PutMetricData; without a time of AWS's, CloudWatch takes that of arrival."""
    stamp = {"Timestamp": now} if now else {}
    dimensions = [{"Name": DIMENSION, "Value": group_name}]
    return {
        "Namespace": NAMESPACE,
        "MetricData": [
            {"MetricName": name, "Dimensions": dimensions, "Value": float(value), "Unit": _unit(name), **stamp}
            for name, value in values.items()
        ],
    }


def _unit(name: str) -> str:
    return "Seconds" if name == "OldestImpairedAge" else "Count"


# --- the notice ---


def notice(sweep: Sweep) -> dict[str, str] | None:
    """Subject and message of a notice; None if there is nothing new to tell.

    What was marked is told at once. What is held back, or only observed, is told in the sweep that first finds it
    confirmed, and again each hour: its age says which sweep that is, so nothing need be remembered.
    """
    marked = [item for item in sweep.decision.verdicts if sweep.final(item) is Reason.MARKED]
    held = [item for item in sweep.decision.verdicts if sweep.final(item) in DEFERRED | {Reason.OBSERVED}]
    if not marked and not any(_is_news(item) for item in held):
        return None
    group = sweep.facts.group.name
    what = f"replaces {len(marked)}" if marked else f"holds back {len(held)}"
    if not marked and sweep.mode is Mode.OBSERVE:
        what = f"observes {len(held)}"
    head = f"{group}: the healer {what} of {len(sweep.decision.verdicts)} impaired instances."
    why = [sweep.decision.suspended and f"Suspended: {sweep.decision.suspended}.", *sweep.decision.notes, *sweep.notes]
    body = [head, "", *_listing("Marked for replacement", marked, sweep), *_listing("Not replaced", held, sweep)]
    return {"Subject": _subject(f"tap: {head}"), "Message": "\n".join([*body, *(text for text in why if text)])}


def _is_news(verdict: Verdict) -> bool:
    seconds = verdict.confirmed_seconds
    return seconds is not None and seconds % REMINDER_SECONDS < SWEEP_SECONDS


def _listing(title: str, verdicts: list[Verdict], sweep: Sweep) -> list[str]:
    """Up to ten members, a line each, and how many more there are."""
    if not verdicts:
        return []
    lines = [_sentence(item, sweep) for item in verdicts[:LISTED]]
    more = [f"  and {len(verdicts) - LISTED} more"] if len(verdicts) > LISTED else []
    return [f"{title}:", *lines, *more, ""]


def _sentence(verdict: Verdict, sweep: Sweep) -> str:
    member = verdict.member
    checks = ", ".join(item.check.value for item in member.impairments)
    age = "an unknown time" if verdict.age_seconds is None else f"{verdict.age_seconds} s"
    return f"  {member.id} in {member.zone}: {checks} check impaired for {age}: {sweep.final(verdict).value}"


def _subject(text: str) -> str:
    """ASCII, one line, short enough for SNS."""
    plain = text.encode("ascii", "replace").decode()
    return plain if len(plain) < SUBJECT_LENGTH else plain[: SUBJECT_LENGTH - 4] + "..."
