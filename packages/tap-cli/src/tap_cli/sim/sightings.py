"""The answers of AWS as they reached each sweep; nothing here comes from the model.

An answer counts when it arrived. Where a list was read again, the newer reading takes the place of the older one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from embedded_aws.in_process.account import SeenCall
from tap_cli.sim.checks import CHECKS

Entry: TypeAlias = Mapping[str, Any]
Since: TypeAlias = dict[str, "datetime | None"]
"""Since when each failing check of an instance is said to fail; None where no time is given."""

LISTS = {
    "DescribeAutoScalingGroups": "AutoScalingGroups",
    "DescribeInstanceStatus": "InstanceStatuses",
    "DescribeScalingActivities": "Activities",
    "DescribeInstanceRefreshes": "InstanceRefreshes",
    "DescribeTags": "Tags",
}
PROMISED = {
    "DescribeAutoScalingGroups": ("Instances", "DesiredCapacity", "SuspendedProcesses", "Tags"),
    "DescribeScalingActivities": ("ActivityId", "Cause", "StartTime", "StatusCode"),
    "DescribeInstanceStatus": ("InstanceId",),
    "DescribeInstanceRefreshes": ("Status",),
    "DescribeTags": ("ResourceId", "Value"),
}
"""What each entry of a list must hold for anything to be concluded from it."""
PROMISED_OF_MEMBERS = ("InstanceId", "LifecycleState", "HealthStatus", "AvailabilityZone")
TARGETS_CALL = "DescribeTargetHealth"
ONLY_REPORTED = "application-status.status"
"""Read for the report alone: nothing is decided by it, so it may fail."""
OLD = timedelta(hours=1)  # farther back no property needs every activity
FINAL = frozenset({"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"})
"""Statuses in which an instance refresh is over (API: InstanceRefreshStatus); any other is one that runs."""


@dataclass
class SeenSweep:
    """What one sweep has been told so far, and what it did.

    Attributes:
        due: The time that its event carries; None for an event without one.
        scheduled: The schedule has made its event; otherwise it tells of a change in the group.
        began: When it started.
        deadline: When Lambda ends it.
        first, group, group_seen: The first and the last group that it was shown, and when the last.
        statuses: By what was filtered for: since when each check of each instance fails.
        activities: Scaling activities by their ids.
        refreshes: Statuses of instance refreshes.
        skips: The tag that spares an instance, by instance.
        shifted: Ids of zones that are shifted away from.
        unhealthy: Ids that a load balancer was said to call unhealthy, in answers that were whole.
        metrics: What it counted, by name.
        failed: Reads whose last attempt failed, by what was asked.
        untrusted: By what was asked: why the answer cannot be trusted.
        dated: Some answer said what time it is.
        marks: Ids that it asked to be marked, in order.
        retries: How many of its calls repeated a failed one.
    """

    number: int
    due: datetime | None
    began: datetime
    deadline: datetime
    scheduled: bool = True
    first: Entry | None = None
    group: Entry | None = None
    group_seen: datetime | None = None
    statuses: dict[str, dict[str, Since]] = field(default_factory=dict)
    activities: dict[str, Entry] = field(default_factory=dict)
    refreshes: list[str] = field(default_factory=list)
    skips: dict[str, str] = field(default_factory=dict)
    shifted: set[str] = field(default_factory=set)
    unhealthy: set[str] = field(default_factory=set)
    metrics: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    untrusted: dict[str, str] = field(default_factory=dict)
    tokens: set[tuple[str, str]] = field(default_factory=set)
    followed: set[tuple[str, str]] = field(default_factory=set)
    dated: bool = False
    marks: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    retries: int = 0

    @property
    def members(self) -> dict[str, Entry]:
        """The members of the last group that was shown, by id."""
        return members_of(self.group)

    @property
    def desired(self) -> int:
        """The desired capacity of the last group that was shown."""
        return int(self.group.get("DesiredCapacity", 0)) if self.group else 0

    @property
    def impaired(self) -> dict[str, Since]:
        """Since when checks fail, of all instances that were said to fail one."""
        found: dict[str, Since] = {}
        for name, entries in self.statuses.items():
            if name != ONLY_REPORTED:
                for instance_id, since in entries.items():
                    found.setdefault(instance_id, {}).update(since)
        return found

    @property
    def suspended(self) -> set[str]:
        """Processes that are suspended in the last group that was shown."""
        entries = self.group.get("SuspendedProcesses", []) if self.group else []
        return {entry.get("ProcessName", "") for entry in entries}

    @property
    def switch(self) -> str:
        """The group's tag `tap:healer`, or ""."""
        entries = self.group.get("Tags", []) if self.group else []
        return next((entry.get("Value", "") for entry in entries if entry.get("Key") == "tap:healer"), "")

    @property
    def refreshing(self) -> bool:
        """Whether an instance refresh was shown that is not known to be over."""
        return any(status not in FINAL for status in self.refreshes)


def members_of(group: Entry | None) -> dict[str, Entry]:
    """The members of a group that was shown, by id."""
    entries = group.get("Instances", []) if group else []
    return {entry["InstanceId"]: entry for entry in entries if "InstanceId" in entry}


def question(call: SeenCall) -> str:
    """What was asked: the same for a call and its repetition."""
    return f"{call.action} {sorted(call.params.items(), key=str)}"


def note_reply(told: SeenSweep, call: SeenCall) -> None:
    """Take in what one call told the sweep."""
    key = question(call)
    told.calls[call.action] += 1
    told.retries += key in told.failed
    if call.action == "PutMetricData":
        told.metrics |= {item["MetricName"]: item["Value"] for item in call.params["MetricData"]}
    if call.error:
        told.failed[key] = call.error
        return
    told.failed.pop(key, None)
    if call.reply is None or call.took_effect is None:
        return
    told.dated = told.dated or _date(call.reply) is not None
    wrong = _faults_of(call)
    told.untrusted.pop(key, None)
    if wrong:
        told.untrusted[key] = wrong
    _note_token(told, call, key)
    if call.action == "GetManagedResource":
        shifts = [*call.reply.get("zonalShifts", []), *call.reply.get("autoshifts", [])]
        told.shifted = {shift["awayFrom"] for shift in shifts if shift.get("appliedStatus") == "APPLIED"}
    elif call.action == TARGETS_CALL:
        told.unhealthy |= _unhealthy(call.reply)
    elif call.action in LISTS:
        _NOTES[call.action](told, call, call.reply.get(LISTS[call.action]) or [])


def _date(reply: Entry) -> datetime | None:
    text = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def filtered_for(call: SeenCall) -> str:
    """The filter of a DescribeInstanceStatus, by its name."""
    return next((item["Name"] for item in call.params.get("Filters", [])), "")


def _faults_of(call: SeenCall) -> str:
    """What an answer lacks that the API promises."""
    key = LISTS.get(call.action)
    if key is None or call.reply is None or filtered_for(call) == ONLY_REPORTED:
        return ""
    if key not in call.reply:
        return f"{call.action} answered without {key}"
    for entry in call.reply[key]:
        lacking = [name for name in PROMISED[call.action] if name not in entry]
        lacking += [name for member in entry.get("Instances", []) for name in PROMISED_OF_MEMBERS if name not in member]
        if lacking:
            return f"an entry of {key} lacks {lacking[0]}"
    return ""


def _note_token(told: SeenSweep, call: SeenCall, key: str) -> None:
    """A token that comes a second time leads in a circle.

    Of activities beyond the hour nobody needs to follow it: how far back they are read is judged by what is then done.
    Whoever does follow it, and asks for the same page twice, has read a circle.
    """
    asked, token = call.params.get("NextToken"), (call.reply or {}).get("NextToken")
    times = [entry["StartTime"] for entry in (call.reply or {}).get("Activities") or [] if "StartTime" in entry]
    is_old = bool(times) and times[-1] < call.sent - OLD
    if filtered_for(call) == ONLY_REPORTED:
        return
    if (call.action, token) in told.tokens and not is_old:
        told.untrusted[key] = f"{call.action} gave a token twice"
    if (call.action, asked) in told.followed:
        told.untrusted[key] = f"{call.action} was asked for the same page twice"
    told.tokens |= {(call.action, token)} if token else set()
    told.followed |= {(call.action, asked)} if asked else set()


def _unhealthy(reply: Entry) -> set[str]:
    """The targets that an answer of DescribeTargetHealth calls unhealthy; none where it is not whole."""
    try:
        entries = list(reply["TargetHealthDescriptions"])
        told = [(each["Target"]["Id"], each["TargetHealth"]["State"]) for each in entries]
    except (KeyError, TypeError):
        return set()
    return {instance_id for instance_id, state in told if state.startswith("unhealthy")}


def _note_group(told: SeenSweep, call: SeenCall, groups: list[Entry]) -> None:
    if len(groups) != 1:
        return  # an empty page; the group comes with another
    told.first = told.first or groups[0]
    told.group, told.group_seen = groups[0], call.took_effect


def _note_statuses(told: SeenSweep, call: SeenCall, entries: list[Entry]) -> None:
    name = filtered_for(call)
    if "NextToken" not in call.params and "InstanceIds" not in call.params:
        told.statuses[name] = {}
    table = told.statuses.setdefault(name, {})
    for entry in entries:
        for key in CHECKS.values():
            check = entry.get(key, {})
            if check.get("Status") == "impaired" and "InstanceId" in entry:
                times = [item["ImpairedSince"] for item in check.get("Details", []) if "ImpairedSince" in item]
                table.setdefault(entry["InstanceId"], {})[key] = max(times, default=None)


def _note_activities(told: SeenSweep, call: SeenCall, entries: list[Entry]) -> None:
    if "NextToken" not in call.params:
        told.activities.clear()
    told.activities.update({entry.get("ActivityId", ""): entry for entry in entries})


def _note_refreshes(told: SeenSweep, call: SeenCall, entries: list[Entry]) -> None:
    if "NextToken" not in call.params:
        told.refreshes.clear()
    told.refreshes += [entry.get("Status", "") for entry in entries]


def _note_tags(told: SeenSweep, call: SeenCall, entries: list[Entry]) -> None:
    if "NextToken" not in call.params:
        told.skips.clear()
    told.skips.update({entry.get("ResourceId", ""): entry.get("Value", "") for entry in entries})


_NOTES = {
    "DescribeAutoScalingGroups": _note_group,
    "DescribeInstanceStatus": _note_statuses,
    "DescribeScalingActivities": _note_activities,
    "DescribeInstanceRefreshes": _note_refreshes,
    "DescribeTags": _note_tags,
}
