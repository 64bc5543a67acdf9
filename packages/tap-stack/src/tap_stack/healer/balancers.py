"""The healer's look at load balancers: once a sweep, after everything that is decided and done, and only to tell.

No mark waits for it and none depends on it. It is short: each target group is asked for once, the first that gives no
answer ends it, and it leaves the time that the rest of the sweep may need. It raises nothing.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from functools import partial

from . import replies
from .calls import CALL_SECONDS, RESERVE_SECONDS, Blind, CallFailed, Calls, trusted
from .clients import Clients
from .model import Facts
from .targets import SeenTarget, TargetReport

HEALTH_CALL = "DescribeTargetHealth"
NO_SUCH_GROUP = "TargetGroupNotFound"
MOST_GROUPS = 10  # target groups of one sweep: a group may have 50 (EC2 Auto Scaling user guide, "Quotas")
LOOK_SECONDS = 5.0  # after which no further target group is asked for
UNREADABLE = "the group's target groups cannot be read"


def observe_targets(clients: Clients, calls: Calls, facts: Facts) -> Facts:
    """Add what load balancers say of the members, where the group has target groups and could be read at all."""
    group = facts.group
    if group.blind or group.target_groups == ():
        return facts
    try:
        targets = _look(clients, calls, facts)
    except Exception as error:  # noqa: BLE001 - what nobody has foreseen must not end a sweep that has done its work
        targets = TargetReport(len(group.target_groups or ()), missing=f"unforeseen: {type(error).__name__}")
    return dataclasses.replace(facts, targets=targets)


def _look(clients: Clients, calls: Calls, facts: Facts) -> TargetReport:
    arns, members = facts.group.target_groups, facts.group.by_id
    if arns is None:
        return TargetReport(0, missing=UNREADABLE)
    # What is found wrong is still to be recorded and told: then a call that hangs must leave all the time for that.
    least = RESERVE_SECONDS + (CALL_SECONDS if facts.looked_back else 0)
    begun, seen, missing, looked_at = calls.remaining(), list[SeenTarget](), list[str](), 0
    for arn in arns[:MOST_GROUPS]:
        if begun - calls.remaining() > LOOK_SECONDS:
            missing.append(f"{HEALTH_CALL} takes more than {LOOK_SECONDS:g} s")
            break
        try:
            reply = calls.once(HEALTH_CALL, least, clients.elbv2.describe_target_health, TargetGroupArn=arn)
            seen += trusted(HEALTH_CALL, partial(replies.seen_targets, arn=arn, members=members), reply)
            looked_at += 1
        except Blind as error:
            missing.append(str(error))
            if isinstance(error, CallFailed) and error.code != NO_SUCH_GROUP:
                break  # the next one would fare no better
    if len(arns) > MOST_GROUPS:
        missing.append(f"at most {MOST_GROUPS} target groups are looked at in a sweep")
    unhealthy: dict[str, SeenTarget] = {}
    for each in seen:
        if each.unhealthy and members[each.id].in_service:
            unhealthy.setdefault(each.id, each)
    return TargetReport(
        groups=len(arns),
        looked_at=looked_at,
        states=dict(sorted(Counter(each.state for each in seen).items())),
        unhealthy=dict(sorted(unhealthy.items())),
        missing="; ".join(dict.fromkeys(missing)),
    )
