"""What the operator has said: processes suspended, the group's switch, an instance to be spared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .model import Group, Member, Mode, Policy

GROUP_TAG = "tap:healer"
INSTANCE_TAG = "tap:healer-skip-until"
NEEDED_PROCESSES = frozenset({"Launch", "Terminate", "ReplaceUnhealthy"})
SWITCHES = {"": Mode.LIVE, "on": Mode.LIVE, "observe": Mode.OBSERVE, "off": Mode.OFF}


def switch(group: Group) -> Mode:
    """What the group's tag asks for: nothing or `on`, `observe`, `off`. What is not understood counts as `off`."""
    return SWITCHES.get(group.switch, Mode.OFF)


def missing_processes(group: Group) -> list[str]:
    """Suspended processes without which a mark does harm, in order.

    Without `Launch` a marked instance is terminated and nothing takes its place; without `Terminate` or
    `ReplaceUnhealthy` marks pile up and all fire on resume (user guide, "Suspend and resume processes", scenario 1).
    """
    return sorted(NEEDED_PROCESSES & group.suspended_processes)


def skip_until(member: Member, policy: Policy, now: datetime) -> datetime | None:
    """Until when the member's tag spares it; None without a tag, or with one that is over or not honoured.

    Worked example, longest 7 days: on 1 March a tag of 7 March is honoured, one of 9 March is not: an opt-out that is
    forgotten must end by itself, and the notes say so until the tag is put right.
    """
    until = _parse(member.skip_until)
    if until is None or not now < until <= now + timedelta(seconds=policy.skip_longest_seconds):
        return None
    return until


def notes(group: Group, policy: Policy, now: datetime) -> tuple[str, ...]:
    """What in the operator's tags cannot be honoured, one sentence each."""
    said = []
    if group.switch not in SWITCHES:
        said.append(f"group tag {GROUP_TAG} = {group.switch!r} is taken as off; accepted: on, observe, off")
    longest = timedelta(seconds=policy.skip_longest_seconds)
    for member in group.impaired:
        if not member.skip_until:
            continue
        until = _parse(member.skip_until)
        if until is None or until > now + longest:
            accepted = f"an RFC 3339 time with its offset, at most {longest.total_seconds() / 86400:g} days ahead"
            tag = f"{INSTANCE_TAG} = {member.skip_until!r}"
            said.append(f"{member.id}: {tag} does not spare it; accepted: {accepted}")
    return tuple(said)


def _parse(text: str) -> datetime | None:
    """An RFC 3339 time; None if it is none. A time without an offset could mean any hour of the day: it is none."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value.astimezone(UTC) if value.tzinfo and "T" in text.upper() else None
