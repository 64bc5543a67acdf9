"""The rollout's eyes and hands: its reads of AWS, its record, and the one call that changes the fleet.

IAM actions, where each may be narrowed to, and why it is needed; the healer's reads (`tap_stack.healer.aws`) are made
where a rollout might begin or runs, so that both judge by the same facts:

    autoscaling:DescribeAutoScalingGroups   *                       every run: the group, its template, its tags
    autoscaling:DescribeInstanceRefreshes   *                       every run: what runs, and how the last ones ended
    logs:DescribeLogStreams                 its own log group       every run: since when a version is wanted
    cloudwatch:PutMetricData                cloudwatch:namespace    every run: the metrics
    the healer's reads                      *, its log group        a rollout might begin, or runs
    cloudwatch:DescribeAlarms               alarms of TAP's and     a rollout might begin: AWS would fail it at once
                                            those configured
    logs:CreateLogStream                    its own log group       its record, and what was told
                                            acting/* of the healer  the healer's claim: so that never both act
    autoscaling:StartInstanceRefresh        the group's ARN         the rollout: the only write to the fleet
    ec2:RunInstances                        the launch template     StartInstanceRefresh with a launch template
    iam:PassRole                            the instances' role     likewise
    sns:Publish                             its own topic           the notice
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from tap_stack.healer import aws as healers
from tap_stack.healer import replies
from tap_stack.healer.acting import create_stream
from tap_stack.healer.calls import CallFailed, Calls, Untrusted, is_already_there, trusted
from tap_stack.healer.decide import decide
from tap_stack.healer.model import Decision, Facts, Group, Template

from .clients import RolloutClients
from .model import GROUP_TAG, HealersView, Record, RecordKind, SeenRefresh, View
from .policy import checkpoints
from .settings import RolloutSettings

if TYPE_CHECKING:  # for development alone, and not in the zip
    from types_boto3_autoscaling.type_defs import RefreshPreferencesTypeDef

RECORD = "rollout/"
RECORDED = re.compile(rf"{RECORD}([0-9-]{{10}})T([0-9-]{{8}})/({'|'.join(RecordKind)})/([^/]+)/([0-9]+)")
"""Name of a log stream of the rollout's record: when, what about, and which version."""

START_CALL, ALARMS_CALL = "StartInstanceRefresh", "DescribeAlarms"
IN_PROGRESS = frozenset({"InstanceRefreshInProgress", "InstanceRefreshInProgressFault"})
ALARM = "ALARM"


def observe(clients: RolloutClients, calls: Calls, settings: RolloutSettings) -> View:
    """The group, its refreshes and the record. Raises Blind: not all of it can be read, or be trusted."""
    entry = healers.read_entry(clients, calls, settings.group_name)
    group = trusted(healers.GROUPS_CALL, replies.group_of, entry)
    if calls.now is None:
        raise Untrusted("AWS's answer has no Date header")
    return View(
        group=group,
        now=calls.now,
        current=trusted(healers.GROUPS_CALL, _current, entry),
        mixed=entry.get("MixedInstancesPolicy"),
        switch=trusted(healers.GROUPS_CALL, _switch, entry),
        refreshes=_refreshes(clients, calls, settings.group_name),
        records=_records(clients, calls, settings.log_group),
    )


def _current(entry: replies.Entry) -> Template | None:
    named = _launched(entry)
    return Template(named["LaunchTemplateId"], named.get("Version", "$Default")) if named else None


def _launched(configuration: replies.Entry) -> Mapping[str, Any] | None:
    """The LaunchTemplateSpecification of a group, or of a refresh's desired configuration; None if it has none."""
    mixed = configuration.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    named: Mapping[str, Any] | None = configuration.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification")
    return named


def _switch(entry: replies.Entry) -> str:
    values = (tag.get("Value", "") for tag in replies.entries(entry["Tags"]) if tag.get("Key") == GROUP_TAG)
    return str(next(values, "")).strip().lower()


def _refreshes(clients: RolloutClients, calls: Calls, name: str) -> tuple[SeenRefresh, ...]:
    """The newest hundred; a page of AWS's may be empty and not the last."""
    pages = healers.read_refreshes(clients, calls, name)
    found = list(islice((entry for page in pages for entry in page), healers.ACTIVITY_PAGE))
    return trusted(healers.REFRESHES_CALL, lambda entries: tuple(_refresh(each) for each in entries), found)


def _refresh(entry: replies.Entry) -> SeenRefresh:
    wanted = _launched(entry.get("DesiredConfiguration", {}))
    started, ended = entry.get("StartTime"), entry.get("EndTime")
    if not isinstance(started, datetime | None) or not isinstance(ended, datetime | None):
        raise TypeError(f"{started!r} and {ended!r} are no times")
    rollback = entry.get("RollbackDetails", {}).get("RollbackReason", "")
    return SeenRefresh(
        id=str(entry["InstanceRefreshId"]),
        status=str(entry["Status"]),
        target=Template(wanted["LaunchTemplateId"], str(wanted.get("Version", "$Default"))) if wanted else None,
        started=started,
        ended=ended,
        percent=int(entry.get("PercentageComplete", 0)),
        remaining=int(entry.get("InstancesToUpdate", 0)),
        checkpoints=tuple(map(int, entry.get("Preferences", {}).get("CheckpointPercentages", ()))),
        reason=str(rollback or entry.get("StatusReason", "")),
    )


# --- the record ---


def _records(clients: RolloutClients, calls: Calls, log_group: str) -> tuple[Record, ...]:
    """The record back to when another version was last wanted, newest first; none where there is nowhere to write."""
    if not log_group:
        return ()
    pages = healers.pages(
        calls,
        healers.LOG_STREAMS_CALL,
        clients.logs.describe_log_streams,
        "logStreams",
        logGroupName=log_group,
        logStreamNamePrefix=RECORD,
        orderBy="LogStreamName",
        descending=True,
    )
    found: list[Record] = []
    for page in pages:
        found += trusted(healers.LOG_STREAMS_CALL, lambda entries: list(map(_record, entries)), page)
        if any(each.kind is RecordKind.WANTED for each in found):
            break
    return tuple(found)


def _record(stream: replies.Entry) -> Record:
    found = RECORDED.fullmatch(stream["logStreamName"])
    if found is None:
        raise ValueError(f"{stream['logStreamName']!r} is no record of the rollout's")
    day, time, kind, identity, version = found.groups()
    at = datetime.fromisoformat(f"{day}T{time.replace('-', ':')}+00:00")
    return Record(at, RecordKind(kind), Template(identity, version))


def write_down(clients: RolloutClients, calls: Calls, log_group: str, record: Record) -> None:
    """Add to the record; one that is there already is as good. Raises CallFailed: it could not be written."""
    name = f"{RECORD}{record.at:%Y-%m-%dT%H-%M-%S}/{record.kind}/{record.template.id}/{record.template.version}"
    try:
        create_stream(clients, calls, log_group, name)
    except CallFailed as error:
        if not is_already_there(error):
            raise


# --- the healer's look ---


def facts_of(clients: RolloutClients, calls: Calls, settings: RolloutSettings, group: Group) -> Facts:
    """All that the healer would see of the group; blind where it would be."""
    healer = settings.healer
    facts = Facts(group, now=calls.now)
    return healers.observe_health(clients, calls, facts, healer.policy, healer.log_group, look_back=True)


def health_of(clients: RolloutClients, calls: Calls, settings: RolloutSettings, group: Group) -> HealersView:
    """How the group is, by the healer's look and rules, and which of the rollout's alarms are on.

    Raises:
        Blind: The alarms cannot be read.
    """
    facts = facts_of(clients, calls, settings, group)
    now = facts.now or calls.now
    decision = decide(facts.group, settings.healer.policy, facts.history, now) if now else Decision(blind="no time")
    return HealersView(facts, decision, () if decision.blind else _alarmed(clients, calls, settings.alarms))


def _alarmed(clients: RolloutClients, calls: Calls, names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        return ()
    reply = calls(ALARMS_CALL, clients.cloudwatch.describe_alarms, AlarmNames=list(names))
    return trusted(ALARMS_CALL, lambda answer: tuple(_names_on(answer)), reply)


def _names_on(answer: Mapping[str, Any]) -> list[str]:
    found = [*answer["MetricAlarms"], *answer.get("CompositeAlarms", ())]
    return [str(each["AlarmName"]) for each in found if each["StateValue"] == ALARM]


# --- the only write to the fleet ---


def start(clients: RolloutClients, calls: Calls, settings: RolloutSettings, view: View) -> str:
    """Begin to roll the wanted version out. The group's template moves when, and only when, AWS says that it succeeded.

    Returns:
        The refresh's id; "" where AWS says that one runs: this run's own, of which the answer was lost, or another.

    Raises:
        CallFailed: AWS refused, or nobody knows.
    """
    policy, wanted = settings.policy, settings.wanted
    pauses = checkpoints(policy, view.group.desired)
    preferences: RefreshPreferencesTypeDef = {
        "AutoRollback": True,
        "SkipMatching": True,
        "BakeTime": policy.bake_seconds,
        "AlarmSpecification": {"Alarms": list(settings.alarms)},
        # An operator who protects a member or sets one aside looks after it.
        "ScaleInProtectedInstances": "Ignore",
        "StandbyInstances": "Ignore",
    }
    if pauses:
        preferences |= {"CheckpointPercentages": list(pauses), "CheckpointDelay": policy.checkpoint_seconds}
    try:
        reply = calls(
            START_CALL,
            clients.autoscaling.start_instance_refresh,
            AutoScalingGroupName=settings.group_name,
            Strategy="Rolling",
            DesiredConfiguration=_desired(view.mixed, wanted),
            Preferences=preferences,
        )
    except CallFailed as error:
        if error.code in IN_PROGRESS:
            return ""
        raise
    return trusted(START_CALL, lambda answer: str(answer["InstanceRefreshId"]), reply)


def _desired(mixed: Mapping[str, Any] | None, wanted: Template) -> Any:
    """The wanted version, within the mixed instances policy that the group has, if it has one."""
    named = {"LaunchTemplateId": wanted.id, "Version": wanted.version}
    if mixed is None:
        return {"LaunchTemplate": named}
    launched = {**mixed.get("LaunchTemplate", {}), "LaunchTemplateSpecification": named}
    return {"MixedInstancesPolicy": {**mixed, "LaunchTemplate": launched}}


def again(clients: RolloutClients, calls: Calls, settings: RolloutSettings, view: View) -> View:
    """The group and its refreshes once more, right before acting."""
    return replace(observe(clients, calls, settings), records=view.records)
