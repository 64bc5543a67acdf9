"""The healer's eyes and hands: the only calls to AWS.

IAM actions, where each may be narrowed to, and why it is needed:

    autoscaling:DescribeAutoScalingGroups   *                     every sweep: members, marks, processes, tags
    ec2:DescribeInstanceStatus              *                     every sweep: failing checks, three filtered calls
    cloudwatch:PutMetricData                cloudwatch:namespace  every sweep: the metrics
    autoscaling:DescribeScalingActivities   *                     a member is impaired: pace, bad image, rate
    autoscaling:DescribeInstanceRefreshes   *                     a member is impaired: leave a refresh alone
    ec2:DescribeTags                        *                     a member is impaired: tap:healer-skip-until
    arc-zonal-shift:GetManagedResource      arc-zonal-shift:ResourceIdentifier = the group's ARN
                                                                  a member is impaired and the group has zonal shift on
    autoscaling:SetInstanceHealth           the group's ARN       the mark: the only write to the fleet
    logs:CreateLogStream                    its own log group     the claim: two runs of one event act once
    sns:Publish                             its own topic         the notice

The `Describe*` actions support neither resources nor useful conditions (Service Authorization Reference).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

from . import activities, replies
from .calls import (
    RESERVE_SECONDS,
    Blind,
    CallFailed,
    Calls,
    Untrusted,
    is_already_there,
    is_denied,
    is_gone,
    is_grace_refusal,
    is_not_found,
)
from .clients import Clients
from .limits import HOUR
from .model import (
    Activity,
    ActivityKind,
    Cause,
    Check,
    Facts,
    Group,
    History,
    Impairment,
    Member,
    Mode,
    Outcome,
    Policy,
    Reason,
)
from .trigger import Trigger
from .vetoes import INSTANCE_TAG

STATUS_FILTERS = {
    Check.SYSTEM: ("system-status.status", "SystemStatus"),
    Check.INSTANCE: ("instance-status.status", "InstanceStatus"),
    Check.EBS: ("attached-ebs-status.status", "AttachedEbsStatus"),
}
"""Check -> the filter that asks for it, the key that answers. Three calls, because filters are ANDed across names."""

STATUS_PAGE = 1000  # DescribeInstanceStatus: MaxResults at most
TAG_PAGE = 1000  # DescribeTags: MaxResults at most
ACTIVITY_PAGE = 100  # DescribeScalingActivities: MaxRecords at most
PAGES = 100  # of one question; more than that is a loop, or a history too long to be read within a sweep
SEARCH_PAGES = 10  # how many pages of history the latest replacements are searched in


# --- observe ---


def observe_group(clients: Clients, calls: Calls, name: str) -> Facts:
    """Read the group alone: one call, whatever its size. What fails makes the group blind and raises nothing."""
    try:
        return Facts(_read_group(clients, calls, name), now=_time_of(calls))
    except Blind as error:
        return Facts(Group(name=name, blind=str(error)), now=calls.now)


def observe_health(clients: Clients, calls: Calls, facts: Facts, policy: Policy) -> Facts:
    """Add the members' checks: three calls; and only if a member in service fails one, all that a decision needs."""
    group, history = facts.group, facts.history
    if group.blind:
        return facts
    try:
        group = _with_checks(group, _read_checks(clients, calls))
        if any(member.in_service for member in group.impaired):
            calls.leave_quiet()
            group = _with_skips(group, _read_skips(clients, calls))
            group = _with_refreshes(group, clients, calls)
            group = _with_shifts(group, clients, calls)
            history = _read_history(clients, calls, group, policy)
    except Blind as error:
        group = dataclasses.replace(group, blind=str(error))
    return Facts(group, history, calls.now)


def observe(clients: Clients, calls: Calls, name: str, policy: Policy) -> Facts:
    """Everything that a decision about the group needs: 4 calls while all is well."""
    return observe_health(clients, calls, observe_group(clients, calls, name), policy)


def observe_again(clients: Clients, calls: Calls, facts: Facts) -> Facts:
    """Read the group once more, right before acting, and keep what was seen of checks, tags and history.

    Somebody else may have acted since the first look. A candidate that is no longer in service counts as marked by
    them, as the history that was read does not know it yet.
    """
    again = observe_group(clients, calls, facts.group.name)
    if again.group.blind or again.now is None:
        return Facts(dataclasses.replace(facts.group, blind=again.group.blind), facts.history, calls.now)
    seen = facts.group.by_id
    group = dataclasses.replace(
        again.group,
        members=tuple(_as_seen(member, seen.get(member.id)) for member in again.group.members),
        refreshing=facts.group.refreshing,
        refreshed_at=facts.group.refreshed_at,
        shifted_zones=facts.group.shifted_zones,
    )
    return Facts(group, _departures(facts.group, group, again.now) + facts.history, again.now)


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


def _pages(calls: Calls, action: str, call: Callable[..., Any], **params: Any) -> Iterator[dict[str, Any]]:
    """Every page of an answer.

    Raises:
        Untrusted: A token came twice, or there is no end: going on would never finish, and stopping would be blind.
    """
    tokens: set[str] = set()
    for _ in range(PAGES):
        reply = calls(action, call, **params)
        yield reply
        token = reply.get("NextToken")
        if not token:
            return
        if token in tokens:
            raise Untrusted(f"{action}: the same NextToken twice")
        tokens.add(token)
        params["NextToken"] = token
    raise Untrusted(f"{action}: more than {PAGES} pages")


def _read_group(clients: Clients, calls: Calls, name: str) -> Group:
    pages = _pages(
        calls,
        "DescribeAutoScalingGroups",
        clients.autoscaling.describe_auto_scaling_groups,
        AutoScalingGroupNames=[name],
    )
    entries = [entry for page in pages for entry in page.get("AutoScalingGroups", ())]
    if [entry.get("AutoScalingGroupName") for entry in entries] != [name]:
        raise Untrusted(f"DescribeAutoScalingGroups: {len(entries)} groups in the answer instead of {name} alone")
    return replies.group_of(entries[0])


def _read_checks(clients: Clients, calls: Calls) -> dict[str, list[Impairment]]:
    """Every instance of the account with a failing check, in this region: filters cannot ask for a group."""
    found: dict[str, list[Impairment]] = {}
    for check, (filter_name, key) in STATUS_FILTERS.items():
        pages = _pages(
            calls,
            "DescribeInstanceStatus",
            clients.ec2.describe_instance_status,
            Filters=[{"Name": filter_name, "Values": [replies.IMPAIRED]}],
            MaxResults=STATUS_PAGE,
        )
        for entry in (entry for page in pages for entry in page.get("InstanceStatuses", ())):
            instance_id, impairment = replies.impairment_of(entry, check, key)
            if impairment is not None:
                found.setdefault(instance_id, []).append(impairment)
    return found


def _with_checks(group: Group, found: dict[str, list[Impairment]]) -> Group:
    """In a large group few members change, so the others are kept as they are."""
    members = (item._replace(impairments=tuple(found[item.id])) if item.id in found else item for item in group.members)
    return dataclasses.replace(group, members=tuple(members))


def _read_skips(clients: Clients, calls: Calls) -> dict[str, str]:
    """The instances of the account that carry the tag: asking by tag is one call, however many are impaired."""
    pages = _pages(
        calls,
        "DescribeTags",
        clients.ec2.describe_tags,
        Filters=[{"Name": "resource-type", "Values": ["instance"]}, {"Name": "key", "Values": [INSTANCE_TAG]}],
        MaxResults=TAG_PAGE,
    )
    return {entry["ResourceId"]: entry.get("Value", "") for page in pages for entry in page.get("Tags", ())}


def _with_skips(group: Group, skips: dict[str, str]) -> Group:
    members = (item._replace(skip_until=skips[item.id]) if item.id in skips else item for item in group.members)
    return dataclasses.replace(group, members=tuple(members))


def _with_refreshes(group: Group, clients: Clients, calls: Calls) -> Group:
    pages = _pages(
        calls,
        "DescribeInstanceRefreshes",
        clients.autoscaling.describe_instance_refreshes,
        AutoScalingGroupName=group.name,
        MaxRecords=ACTIVITY_PAGE,
    )
    found = [entry for page in pages for entry in page.get("InstanceRefreshes", ())]
    return dataclasses.replace(group, refreshing=replies.is_refreshing(found), refreshed_at=replies.refreshed_at(found))


def _with_shifts(group: Group, clients: Clients, calls: Calls) -> Group:
    """Ask for zonal shifts only where the group follows them; a group that is not registered has none."""
    if not group.zonal_shift_enabled:
        return group
    client = clients.zonal_shift
    try:
        resource = calls("GetManagedResource", client.get_managed_resource, resourceIdentifier=group.arn)
    except CallFailed as error:
        if is_not_found(error):
            return group
        raise
    return dataclasses.replace(group, shifted_zones=replies.shifted_zones(resource, group))


def _read_history(clients: Clients, calls: Calls, group: Group, policy: Policy) -> History:
    """Scaling activities, newest first, back to where no rule looks any more."""
    since = _time_of(calls) - _lookback(group, policy)
    pages = _pages(
        calls,
        "DescribeScalingActivities",
        clients.autoscaling.describe_scaling_activities,
        AutoScalingGroupName=group.name,
        MaxRecords=ACTIVITY_PAGE,
    )
    found: list[Activity] = []
    for number, page in enumerate(pages, start=1):
        found += _activities(page)
        if _is_enough(found, since, policy, number):
            break
    return tuple(sorted(found, key=lambda item: item.started, reverse=True))


def _activities(page: dict[str, Any]) -> Iterable[Activity]:
    try:
        return [activities.parse(entry) for entry in page.get("Activities", ())]
    except KeyError as error:
        raise Untrusted(f"DescribeScalingActivities: no {error} in the answer") from error


def _lookback(group: Group, policy: Policy) -> timedelta:
    """How far back any rule looks that counts time."""
    seconds = (
        group.grace_seconds,
        policy.bad_image_seconds + policy.instance_check_window_seconds,
        policy.zone_probe_seconds,
        policy.failed_launches_seconds,
    )
    return max(HOUR, timedelta(seconds=max(seconds)))


def _is_enough(found: list[Activity], since: datetime, policy: Policy, pages: int) -> bool:
    """Past the time, and with the latest replacements found or searched for long enough.

    AWS lists what is under way first and then goes back in time, so only what has ended tells how far it has gone.
    """
    if not any(item.ended is not None and item.started < since for item in found):
        return False
    replacements = sum(item.kind is ActivityKind.LAUNCH and item.cause is Cause.REPLACEMENT for item in found)
    return replacements >= policy.bad_image_replacements or pages >= SEARCH_PAGES


# --- apply ---


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """What became of the marks of a decision: id to final reason, and what an operator should know besides."""

    reasons: dict[str, Reason]
    notes: tuple[str, ...] = ()


class Apply(Protocol):
    """What is done with a decision: `LiveApply` marks, `ObserveApply` says that it would have."""

    @property
    def mode(self) -> Mode:
        """Live or observe."""

    def marks(self, ids: tuple[str, ...]) -> Outcomes:
        """Carry out the marks in order."""


class ObserveApply:
    """Does nothing, and says of each mark that it would have been made."""

    mode = Mode.OBSERVE

    def marks(self, ids: tuple[str, ...]) -> Outcomes:
        """Every id is `observed`."""
        return Outcomes(dict.fromkeys(ids, Reason.OBSERVED))


@dataclasses.dataclass(frozen=True)
class Claim:
    """The right to act for one event, of which there is exactly one.

    Lambda may run the same event twice at once, and AWS has no conditional mark. Creating a log stream in the
    function's own log group is atomic: of all runs of an event the one that creates its stream may act. Nothing is
    ever read from it; losing it costs nothing.

    Attributes:
        trigger: The event, and the function's own log group.
    """

    clients: Clients
    calls: Calls
    trigger: Trigger

    def take(self) -> bool:
        """Whether this run is the one.

        Raises:
            CallFailed: It cannot be known, so nothing may be done.
        """
        create = self.clients.logs.create_log_stream
        stream = f"acting/{self.trigger.key(_time_of(self.calls))}"
        try:
            self.calls("CreateLogStream", create, logGroupName=self.trigger.log_group, logStreamName=stream)
        except CallFailed as error:
            if is_already_there(error):
                return False
            raise
        return True


@dataclasses.dataclass(frozen=True)
class LiveApply:
    """Marks members through SetInstanceHealth.

    Attributes:
        claim: None where there is no log group to claim in; the second look at the group is then all there is.
        too_late: Why no further mark may be begun; "" while one may.
    """

    clients: Clients
    calls: Calls
    claim: Claim | None
    too_late: Callable[[], str]
    mode: Mode = Mode.LIVE

    def marks(self, ids: tuple[str, ...]) -> Outcomes:
        """Mark the ids in order, until time is up or AWS says that it is not allowed."""
        if not ids:
            return Outcomes({})
        try:
            if self.claim is not None and not self.claim.take():
                return _all(ids, Reason.CAPPED_RATE, "another run of the same event is acting")
        except Blind as error:
            return _all(ids, Reason.BLIND, str(error))
        return self._mark_all(ids)

    def _mark_all(self, ids: tuple[str, ...]) -> Outcomes:
        reasons: dict[str, Reason] = {}
        notes: list[str] = []
        for position, instance_id in enumerate(ids):
            late = self.too_late()
            if late:
                rest = _all(ids[position:], Reason.CAPPED_RATE, late)
                return Outcomes(reasons | rest.reasons, (*notes, *rest.notes))
            try:
                self._mark(instance_id)
                reasons[instance_id] = Reason.MARKED
            except Blind as error:
                reasons[instance_id] = _why_not(error)
                notes.append(f"{instance_id}: {error}")
                if isinstance(error, CallFailed) and is_denied(error):
                    rest = _all(ids[position:], Reason.BLIND, str(error))
                    return Outcomes(reasons | rest.reasons, rest.notes)
        return Outcomes(reasons, tuple(notes))

    def _mark(self, instance_id: str) -> None:
        self.calls(
            "SetInstanceHealth",
            self.clients.autoscaling.set_instance_health,
            InstanceId=instance_id,
            HealthStatus="Unhealthy",
            ShouldRespectGracePeriod=True,
        )


def _all(ids: Iterable[str], reason: Reason, note: str) -> Outcomes:
    return Outcomes(dict.fromkeys(ids, reason), (note,))


def _why_not(error: Blind) -> Reason:
    """What a refused mark says about the member; where nobody can know whether it was made, `blind`."""
    if isinstance(error, CallFailed) and is_grace_refusal(error):
        return Reason.SKIPPED_GRACE
    if isinstance(error, CallFailed) and is_gone(error):
        return Reason.NOT_IN_SERVICE
    return Reason.BLIND


def time_left(calls: Calls) -> str:
    """Why the time of the invocation forbids another mark; "" while it does not."""
    return "" if calls.remaining() >= RESERVE_SECONDS else f"less than {RESERVE_SECONDS:g} s of the invocation left"
