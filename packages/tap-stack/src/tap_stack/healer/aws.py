"""The healer's eyes: every read of AWS. What it does is in `acting.py`.

IAM actions of both, where each may be narrowed to, and why it is needed:

    autoscaling:DescribeAutoScalingGroups   *                     every sweep: members, marks, processes, tags
    ec2:DescribeInstanceStatus              *                     every sweep: failing checks, three filtered calls
    cloudwatch:PutMetricData                cloudwatch:namespace  every sweep: the metrics
    autoscaling:DescribeScalingActivities   *                     a member is impaired: pace, bad image, rate
    autoscaling:DescribeInstanceRefreshes   *                     a member is impaired: leave a refresh alone
    ec2:DescribeTags                        *                     a member is impaired: tap:healer-skip-until
    logs:DescribeLogStreams                 its own log group     a member is impaired: its record of its own marks
    arc-zonal-shift:GetManagedResource      arc-zonal-shift:ResourceIdentifier = the group's ARN
                                                                  a member is impaired and the group has zonal shift on
    elasticloadbalancing:DescribeTargetHealth *                   every sweep, if the group has target groups: who is
                                                                  an unhealthy target, to tell it (balancers.py)
    autoscaling:SetInstanceHealth           the group's ARN       the mark: the only write to the fleet
    logs:CreateLogStream                    its own log group     the claim, the record of marks, what was told
    sns:Publish                             its own topic         the notice

The `Describe*` actions of EC2, Auto Scaling and Elastic Load Balancing support neither resources nor useful conditions
(Service Authorization Reference).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import activities, replies
from .calls import Blind, CallFailed, Calls, P, Untrusted, is_not_found, trusted
from .clients import Clients
from .image import DAY, decided_replacements
from .limits import HOUR, RECORDED_AHEAD
from .model import Activity, ActivityKind, Cause, Check, Facts, Group, History, Impairment, Member, Outcome, Policy
from .vetoes import INSTANCE_TAG

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import FilterTypeDef

STATUS_FILTERS = {
    Check.SYSTEM: ("system-status.status", "SystemStatus"),
    Check.INSTANCE: ("instance-status.status", "InstanceStatus"),
    Check.EBS: ("attached-ebs-status.status", "AttachedEbsStatus"),
}
"""Check -> the filter that asks for it, the key that answers. Three calls, because filters are ANDed across names."""

APPLICATION_FILTER = "application-status.status"
STATUS_PAGE = 1000  # DescribeInstanceStatus: MaxResults at most
TAG_PAGE = 1000  # DescribeTags: MaxResults at most
ACTIVITY_PAGE = 100  # DescribeScalingActivities: MaxRecords at most
GROUPS_CALL, REFRESHES_CALL = "DescribeAutoScalingGroups", "DescribeInstanceRefreshes"
STATUS_CALL, LOG_STREAMS_CALL = "DescribeInstanceStatus", "DescribeLogStreams"
PAGES = 100  # of one question; more than that is a loop, or a history too long to be read within a sweep
SEARCH_PAGES = 10  # how many pages of history the latest replacements are searched in


# --- observe ---


def observe_group(clients: Clients, calls: Calls, name: str) -> Facts:
    """Read the group alone: one call, whatever its size. What fails makes the group blind and raises nothing."""
    try:
        return Facts(_read_group(clients, calls, name), now=_time_of(calls))
    except Blind as error:
        return Facts(Group(name=name, blind=str(error)), now=calls.now)


def observe_health(
    clients: Clients, calls: Calls, facts: Facts, policy: Policy, log_group: str = "", *, look_back: bool = False
) -> Facts:
    """Add the members' checks: three calls; and only if a member in service is not well, all that a decision needs.

    `log_group` is the function's own, where its marks are recorded; "" where there is none. With `look_back` all is
    read in any case: for a look right after the group has changed.
    """
    group, history = facts.group, facts.history
    if group.blind:
        return facts
    if look_back:
        calls.leave_quiet()
    try:
        for check in _order(calls):
            group = _with_check(group, check, clients, calls)
            if _needs_a_look(group):
                calls.leave_quiet()
        if look_back or _needs_a_look(group):
            group, history = _whole(group, clients, calls, policy, log_group)
            return Facts(group, history, calls.now, looked_back=True)
    except Blind as error:
        group = dataclasses.replace(group, blind=str(error))
    return Facts(group, history, calls.now)


def _needs_a_look(group: Group) -> bool:
    """Whether a member in service fails a check or is marked, by whomever."""
    return any(member.in_service for member in (*group.impaired, *group.unsettled))


def observe_applications(clients: Clients, calls: Calls, facts: Facts) -> Facts:
    """Add which members fail their application status check, in a sweep that has found something wrong.

    EC2 has had that check since 2026, and not everywhere. The group replaces such members by itself, so the healer only
    reports them: it asks once, after it has acted, and goes on without an answer.
    """
    if facts.group.blind or not facts.looked_back:
        return facts
    filters: list[FilterTypeDef] = [{"Name": APPLICATION_FILTER, "Values": [replies.IMPAIRED]}]
    call = clients.ec2.describe_instance_status
    try:
        reply = calls.retried_if(lambda: False, STATUS_CALL, call, Filters=filters, MaxResults=STATUS_PAGE)
        found = trusted(STATUS_CALL, replies.application_impaired, reply)
    except Blind:
        return facts
    group = dataclasses.replace(facts.group, application_impaired=found & facts.group.by_id.keys())
    return dataclasses.replace(facts, group=group)


def _order(calls: Calls) -> list[Check]:
    """The checks, each minute beginning with another one.

    A quiet sweep has few retries, and what it asks for first has the best chance: so no check is always the last.
    """
    checks = list(STATUS_FILTERS)
    first = _time_of(calls).minute % len(checks)
    return checks[first:] + checks[:first]


def _whole(group: Group, clients: Clients, calls: Calls, policy: Policy, log_group: str) -> tuple[Group, History]:
    """All that a decision needs besides the members and their checks."""
    skips = _read_skips(clients, calls)
    refreshing = _read_refreshing(clients, calls, group)
    shifted_zones = _read_shifts(clients, calls, group)
    record = _read_record(clients, calls, log_group)
    known = record or replies.Known()
    members = (item._replace(skip_until=skips[item.id]) if item.id in skips else item for item in group.members)
    group = dataclasses.replace(
        group,
        members=tuple(members) if skips else group.members,
        refreshing=refreshing,
        shifted_zones=shifted_zones,
        marks=None if record is None else known.marks,
        failed=known.failed,
        refused=known.refused,
        burst=known.burst,
    )
    return group, _read_history(clients, calls, group, policy)


def observe_again(clients: Clients, calls: Calls, facts: Facts) -> Facts:
    """Read the group once more, right before acting, and keep what was seen of checks, tags and history.

    A refresh may have begun since the first look. Somebody else may have acted: a candidate that is no longer in
    service counts as marked by them, as the history that was read does not know it yet.
    """
    again = observe_group(clients, calls, facts.group.name)
    if again.group.blind or again.now is None:
        blind = dataclasses.replace(facts.group, blind=again.group.blind)
        return dataclasses.replace(facts, group=blind, now=calls.now)
    try:
        refreshing = _read_refreshing(clients, calls, again.group)
    except Blind as error:
        blind = dataclasses.replace(facts.group, blind=str(error))
        return dataclasses.replace(facts, group=blind, now=calls.now)
    seen = facts.group.by_id
    group = dataclasses.replace(
        again.group,
        members=tuple(_as_seen(member, seen.get(member.id)) for member in again.group.members),
        refreshing=refreshing,
        shifted_zones=facts.group.shifted_zones,
        marks=facts.group.marks,
        failed=facts.group.failed,
        refused=facts.group.refused,
        burst=facts.group.burst,
        application_impaired=facts.group.application_impaired,
    )
    return Facts(group, _departures(facts.group, group, again.now) + facts.history, again.now, looked_back=True)


def _as_seen(member: Member, seen: Member | None) -> Member:
    if seen is None or (not seen.impairments and not seen.skip_until):
        return member
    return member._replace(impairments=seen.impairments, skip_until=seen.skip_until)


def _departures(before: Group, after: Group, now: datetime) -> History:
    """The candidates that left service between two looks, as marks of somebody else."""
    return tuple(
        Activity(ActivityKind.TERMINATE, Cause.USER_MARK, Outcome.UNDER_WAY, member.id, now, zone=member.zone)
        for member in before.impaired
        if member.in_service and not member.marked and not _serves(member.id, after)
    )


def _serves(instance_id: str, group: Group) -> bool:
    member = group.by_id.get(instance_id)
    return member is not None and member.in_service


def _time_of(calls: Calls) -> datetime:
    if calls.now is None:
        raise Untrusted("AWS's answer has no Date header")
    return calls.now


def pages(
    calls: Calls, action: str, call: Callable[P, Any], key: str, *args: P.args, **params: P.kwargs
) -> Iterator[list[Any]]:
    """What is under `key` in every page of an answer.

    Raises:
        Untrusted: A page lacks the key, a token came twice, or there is no end: going on would never finish, and
            stopping would be blind.
    """
    tokens: set[str] = set()
    for _ in range(PAGES):
        reply = calls(action, call, *args, **params)
        yield trusted(action, lambda answer: replies.entries(answer[key]), reply)
        token = reply.get("NextToken", reply.get("nextToken"))
        if not token:
            return
        if token in tokens:
            raise Untrusted(f"{action}: the same NextToken twice")
        tokens.add(token)
        params["nextToken" if action == LOG_STREAMS_CALL else "NextToken"] = token
    raise Untrusted(f"{action}: more than {PAGES} pages")


def read_entry(clients: Clients, calls: Calls, name: str) -> replies.Entry:
    """The group as DescribeAutoScalingGroups shows it. Raises Blind: it does not, or not this group alone."""
    call = clients.autoscaling.describe_auto_scaling_groups
    found = pages(calls, GROUPS_CALL, call, "AutoScalingGroups", AutoScalingGroupNames=[name])
    entries = [entry for page in found for entry in page]
    names = trusted(GROUPS_CALL, lambda found: [entry.get("AutoScalingGroupName") for entry in found], entries)
    if names != [name]:
        raise Untrusted(f"{GROUPS_CALL}: {len(entries)} groups in the answer instead of {name} alone")
    entry: replies.Entry = entries[0]
    return entry


def _read_group(clients: Clients, calls: Calls, name: str) -> Group:
    return trusted(GROUPS_CALL, replies.group_of, read_entry(clients, calls, name))


def _with_check(group: Group, check: Check, clients: Clients, calls: Calls) -> Group:
    """Add one check of the members, out of every instance of the account that fails it: no filter asks for a group.

    In a large group few members change, so the others are kept as they are.
    """
    action, (filter_name, key) = STATUS_CALL, STATUS_FILTERS[check]
    found: dict[str, Impairment] = {}
    for page in _failing(clients, calls, filter_name):
        told = trusted(action, lambda entries: [replies.impairment_of(entry, check, key) for entry in entries], page)
        found |= {instance_id: impairment for instance_id, impairment in told if impairment is not None}
    members = (
        item._replace(impairments=(*item.impairments, found[item.id])) if item.id in found else item
        for item in group.members
    )
    return dataclasses.replace(group, members=tuple(members)) if found else group


def _failing(clients: Clients, calls: Calls, filter_name: str) -> Iterator[list[Any]]:
    """Pages of the account's instances that fail the check of this filter."""
    filters: list[FilterTypeDef] = [{"Name": filter_name, "Values": [replies.IMPAIRED]}]
    call = clients.ec2.describe_instance_status
    return pages(calls, STATUS_CALL, call, "InstanceStatuses", Filters=filters, MaxResults=STATUS_PAGE)


def _read_record(clients: Clients, calls: Calls, log_group: str) -> replies.Known | None:
    """What the healer has recorded in the last day; None where there is no record to be read.

    Of what is older than an hour only the launch templates and the failures count, and where there is very much of it
    it is left out.

    Raises:
        Blind: AWS did not answer this time.
    """
    if not log_group:
        return None
    now = _time_of(calls)
    known: list[replies.Known] = []
    try:
        found = pages(
            calls,
            LOG_STREAMS_CALL,
            clients.logs.describe_log_streams,
            "logStreams",
            logGroupName=log_group,
            logStreamNamePrefix=replies.RECORD,
            orderBy="LogStreamName",
            descending=True,
        )
        for page in found:
            known.append(trusted(LOG_STREAMS_CALL, replies.known_of, page))
            oldest = known[-1].oldest or now
            if oldest < now - DAY or (oldest < now - HOUR - RECORDED_AHEAD and len(known) >= SEARCH_PAGES):
                break
    except (AttributeError, Untrusted):
        return None
    except CallFailed as error:
        if error.passing:
            raise
        return None
    return replies.Known(
        marks=tuple(mark for page in known for mark in page.marks),
        failed={key: template for page in known for key, template in page.failed.items()},
        refused={key: at for page in reversed(known) for key, at in page.refused.items()},  # the last time counts
        burst=next((page.burst for page in known if page.burst), None),
    )


def _read_skips(clients: Clients, calls: Calls) -> dict[str, str]:
    """The instances of the account that carry the tag: asking by tag is one call, however many are impaired."""
    filters: list[FilterTypeDef] = [
        {"Name": "resource-type", "Values": ["instance"]},
        {"Name": "key", "Values": [INSTANCE_TAG]},
    ]
    skips: dict[str, str] = {}
    for page in pages(calls, "DescribeTags", clients.ec2.describe_tags, "Tags", Filters=filters, MaxResults=TAG_PAGE):
        skips |= trusted(
            "DescribeTags", lambda tags: {tag["ResourceId"]: str(tag.get("Value", "")) for tag in tags}, page
        )
    return skips


def read_refreshes(clients: Clients, calls: Calls, name: str) -> Iterator[list[Any]]:
    """The pages of the group's instance refreshes, newest first."""
    call, key = clients.autoscaling.describe_instance_refreshes, "InstanceRefreshes"
    return pages(calls, REFRESHES_CALL, call, key, AutoScalingGroupName=name, MaxRecords=ACTIVITY_PAGE)


def _read_refreshing(clients: Clients, calls: Calls, group: Group) -> bool:
    """Whether an instance refresh of the group is under way."""
    found = read_refreshes(clients, calls, group.name)
    return any(trusted(REFRESHES_CALL, replies.is_refreshing, page) for page in found)


def _read_shifts(clients: Clients, calls: Calls, group: Group) -> frozenset[str]:
    """Zones with an active shift: asked only where the group follows them; one that is not registered has none."""
    if not group.zonal_shift_enabled:
        return frozenset()
    client = clients.zonal_shift
    try:
        resource = calls("GetManagedResource", client.get_managed_resource, resourceIdentifier=group.arn)
    except CallFailed as error:
        if is_not_found(error):
            return frozenset()
        raise
    return trusted("GetManagedResource", lambda answer: replies.shifted_zones(answer, group), resource)


def _read_history(clients: Clients, calls: Calls, group: Group, policy: Policy) -> History:
    """Scaling activities, newest first, back to where no rule looks any more."""
    now = _time_of(calls)
    action, call = "DescribeScalingActivities", clients.autoscaling.describe_scaling_activities
    entries = pages(calls, action, call, "Activities", AutoScalingGroupName=group.name, MaxRecords=ACTIVITY_PAGE)
    found: History = ()
    for number, page in enumerate(entries, start=1):
        read = trusted(action, lambda entries: tuple(map(activities.parse, entries)), page)
        found = trusted(action, _newest_first, (*found, *read))
        if _is_enough(found, group, policy, now, number):
            break
    return found


def _newest_first(found: History) -> History:
    return tuple(sorted(found, key=lambda item: item.started, reverse=True))


def _lookback(group: Group, policy: Policy) -> timedelta:
    """How far back any rule looks that counts time."""
    seconds = (
        group.grace_seconds,
        policy.bad_image_seconds + policy.instance_check_window_seconds,
        policy.zone_probe_seconds,
        policy.failed_launches_seconds,
    )
    return max(HOUR, timedelta(seconds=max(seconds)))


def _is_enough(found: History, group: Group, policy: Policy, now: datetime, pages: int) -> bool:
    """Past the time, and with the latest decided replacements found or searched for long enough.

    AWS lists what is under way first and then goes back in time, so only what has ended tells how far it has gone.
    """
    oldest = min((item.started for item in found if item.ended is not None), default=now)
    if oldest >= now - _lookback(group, policy):
        return False
    if oldest < now - DAY or pages >= SEARCH_PAGES:
        return True
    return len(decided_replacements(found, group, policy, found, now)) >= policy.bad_image_replacements
