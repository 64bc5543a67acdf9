"""When a failing check is a fault: it must have failed for long enough, by EC2's own clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from .model import Check, Impairment, Member, Policy


def window(check: Check, policy: Policy) -> timedelta:
    """How long a check must have failed: 120 s for system and EBS, 300 s for the instance check, by default.

    A system failure is AWS's to mend and rarely passes; the instance check also fails during a reboot.
    """
    seconds = {
        Check.SYSTEM: policy.system_check_window_seconds,
        Check.EBS: policy.ebs_check_window_seconds,
        Check.INSTANCE: policy.instance_check_window_seconds,
    }
    return timedelta(seconds=seconds[check])


def usable(member: Member, now: datetime) -> tuple[Impairment, ...]:
    """The member's impairments with a time that can be believed: there is one, and it is not in the future."""
    return tuple(item for item in member.impairments if item.since is not None and item.since <= now)


def impaired_since(member: Member, now: datetime) -> datetime | None:
    """Since when the member's oldest check has failed; None without a time that can be believed."""
    return min((item.since for item in usable(member, now) if item.since), default=None)


def confirmed_at(member: Member, policy: Policy, now: datetime) -> datetime | None:
    """When the first of its failing checks had failed for its whole window; None while none has.

    Worked example: system check failed at 10:00:00, instance check at 09:58:00. At 10:02:00 the system check has had
    its 120 s, the instance check only 240 of its 300 s: confirmed at 10:02:00, and at no earlier moment.
    """
    ends = (item.since + window(item.check, policy) for item in usable(member, now) if item.since)
    return min((end for end in ends if end <= now), default=None)
