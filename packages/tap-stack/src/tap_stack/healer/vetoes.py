"""What the operator has said: processes suspended, the group's switch, an instance to be spared."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import times
from .model import Group, Member, Mode, Policy

GROUP_TAG = "tap:healer"
INSTANCE_TAG = "tap:healer-skip-until"
NEEDED_PROCESSES = frozenset({"Launch", "Terminate", "ReplaceUnhealthy", "HealthCheck", "AddToLoadBalancer"})
SWITCHES = {"": Mode.LIVE, "on": Mode.LIVE, "observe": Mode.OBSERVE, "off": Mode.OFF}
OFF_UNTIL = "off until "
SHOWN = 10  # members named for a tag that cannot be honoured


def switch(group: Group, now: datetime) -> Mode:
    """What the group's tag asks for: nothing or `on`, `observe`, `off`, `off until <RFC 3339 time>`.

    What is not understood counts as `off`. An end that is over counts as `on`.
    """
    until = off_until(group)
    if until is not None:
        return Mode.OFF if now < until else Mode.LIVE
    return SWITCHES.get(group.switch, Mode.OFF)


def off_until(group: Group) -> datetime | None:
    """The end of the group's `off`; None without one that can be read."""
    return times.parse(group.switch.removeprefix(OFF_UNTIL)) if group.switch.startswith(OFF_UNTIL) else None


def missing_processes(group: Group) -> list[str]:
    """Suspended processes without which a mark does harm, in order.

    Without `Launch` a marked instance is terminated and nothing takes its place; without `Terminate` or
    `ReplaceUnhealthy` marks pile up and all fire on resume; without `AddToLoadBalancer` the replacement serves nobody
    (user guide, "Suspend and resume processes"). Who suspends `HealthCheck` wants nobody replaced for their health.
    """
    return sorted(NEEDED_PROCESSES & group.suspended_processes)


def skip_until(member: Member, policy: Policy, now: datetime) -> datetime | None:
    """Until when the member's tag spares it; None without a tag, or with one that is over or cannot be read.

    Worked example, longest 7 days: on 1 March a tag of 9 March counts as one of 8 March, and on 2 March as one of
    9 March. The notes say in each sweep that it lies too far ahead.
    """
    until = times.parse(member.skip_until)
    if until is None or until <= now:
        return None
    return min(until, now + timedelta(seconds=policy.skip_longest_seconds))


def notes(group: Group, policy: Policy, now: datetime) -> tuple[str, ...]:
    """What the operator's tags do, and what in them cannot be honoured; one sentence each, at most ten for members."""
    said = [sentence for member in group.impaired if (sentence := _of_member(member, policy, now))]
    more = [f"and {len(said) - SHOWN} more members with such tags"] if len(said) > SHOWN else []
    return (*_of_group(group, now), *said[:SHOWN], *more)


def _of_group(group: Group, now: datetime) -> tuple[str, ...]:
    tag = f"group tag {GROUP_TAG} = {group.switch!r}"
    until = off_until(group)
    if until is not None:
        return (f"{tag} switches the healer off until {times.written(until)}",) if now < until else ()
    if group.switch not in SWITCHES:
        return (f"{tag} is taken as off; accepted: on, observe, off, off until <RFC 3339 time>",)
    return (f"{tag} switches the healer off, without an end",) if SWITCHES[group.switch] is Mode.OFF else ()


def _of_member(member: Member, policy: Policy, now: datetime) -> str:
    """What is wrong with the tag that should spare a member; "" if nothing is."""
    if not member.skip_until:
        return ""
    tag = f"{member.id}: {INSTANCE_TAG} = {member.skip_until!r}"
    until = times.parse(member.skip_until)
    days = policy.skip_longest_seconds / 86400
    if until is None:
        accepted = f"an RFC 3339 time with its offset, at most {days:g} days ahead"
        return f"{tag} is not read, and the healer may mark it; accepted: {accepted}"
    too_far = until > now + timedelta(seconds=policy.skip_longest_seconds)
    return f"{tag} lies more than {days:g} days ahead: counted as {days:g} days from now" if too_far else ""


def far_ahead(group: Group, policy: Policy, now: datetime) -> tuple[Member, ...]:
    """Impaired members whose tag lies further ahead than is honoured: told at once, because nobody would end it."""
    latest = now + timedelta(seconds=policy.skip_longest_seconds)
    return tuple(item for item in group.impaired if (until := times.parse(item.skip_until)) and until > latest)
