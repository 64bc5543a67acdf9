"""What the healer, Auto Scaling and EC2 say of an instance, in a few words for people."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "marked": "marked for replacement",
    "waiting_window": "waiting: not failing for long enough",
    "skipped_grace": "waiting: it is in its grace period",
    "capped_inflight": "held back: enough are being replaced",
    "capped_rate": "held back: enough were marked lately",
    "capped_calls": "held back: the sweep had no time left",
    "floor": "held back: too few would be left",
    "zone_brake": "held back: its zone is at fault",
    "burst_cooldown": "held back: many failed together",
    "suspended_bad_image": "held back: replacements fail too",
    "process_suspended": "held back: a process is suspended",
    "refresh": "held back: an instance refresh runs",
    "vetoed": "spared: a tag says so",
    "already_marked": "marked: its replacement was asked for",
    "not_in_service": "left alone: it is not in service",
    "blind": "left alone: AWS could not be read",
    "observed": "would be marked, in observe mode",
}
"""The healer's reasons; docs/healer.md says more of each, docs/runbooks.md what to do."""


def of_reason(reason: str) -> str:
    """A reason in words; one that is not known, as it is."""
    return REASONS.get(reason, reason)


def of_target(reason: str) -> str:
    """What it means that a load balancer calls an instance unhealthy, with its reason code."""
    return f"unhealthy target: {reason}" if reason else "unhealthy target"


def of_state(state: str) -> str:
    """What a lifecycle state means for whoever counts on the instance; "" for one that is in service."""
    if state == "InService":
        return ""
    if state.startswith(("Pending", "Warmed:Pending")):
        return "starting"
    return "leaving" if state.startswith(("Terminat", "Detach")) else f"out of service: {state}"
