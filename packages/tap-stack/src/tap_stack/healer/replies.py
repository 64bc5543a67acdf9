"""AWS's answers as the healer's values: what is missing where AWS always has it makes the answer untrusted.

Keys that only newer SDKs know (a Lambda runtime brings its own, older boto3) may be missing and have a default. All
else that is missing raises KeyError, which `calls.trusted` makes an `Untrusted` that names the operation.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from .calls import Untrusted
from .model import Burst, Check, Group, Impairment, Mark, Member, Template
from .targets import LONGEST_CODE, OTHER, STATES, UNHEALTHY, SeenTarget
from .vetoes import GROUP_TAG

Entry: TypeAlias = Mapping[str, Any]
IMPAIRED = "impaired"
HARMLESS = frozenset({"ok", "initializing", "insufficient-data", "not-applicable"})
FINISHED_REFRESH = frozenset({"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"})
"""A refresh with any other status counts as running, those that AWS has yet to invent included."""

LONGEST_NAME = 512  # of a log stream: CreateLogStream in the CloudWatch Logs API Reference
RECORD = "known/"
MARKED, PROBE, FAILED, REFUSED, BURST = "marked", "probe-of-", "failed", "refused", "burst"
RECORDED = re.compile(rf"{RECORD}([0-9-]{{10}}T[0-9-]{{8}})/({MARKED}|{FAILED}|{REFUSED}|{BURST}|{PROBE}[^/]+)/(.+)")
"""Name of a log stream of the healer's record: when, what about, and which instances."""

TARGET_GROUP = ":targetgroup/"  # stands in the ARN of a target group, before its name

MOST = 10**9
WEIGHT, WEIGHTS = "WeightedCapacity", range(1, 1000)
LONGEST_WORD = 512  # characters of an ARN, an id, a zone or a state: what is longer is none


def entries(value: Any) -> list[Any]:
    """A list of an answer.

    Raises:
        TypeError: It is none; an empty text would otherwise pass for an empty list.
    """
    if not isinstance(value, list):
        raise TypeError(f"{type(value).__name__} instead of a list")
    return value


def group_of(entry: Entry) -> Group:
    """A group out of DescribeAutoScalingGroups.

    Raises:
        KeyError: Something is missing that every group has.
        Untrusted: A member appears twice.
    """
    arn = entry.get("AutoScalingGroupARN", "")
    _check_words(arn)
    members, zone_ids = _members(entries(entry["Instances"]))
    return Group(
        name=entry["AutoScalingGroupName"],
        desired=_count(entry["DesiredCapacity"]),
        members=members,
        arn=arn,
        grace_seconds=_count(entry.get("HealthCheckGracePeriod", 0)),
        templates=_templates(entry),
        suspended_processes=frozenset(item["ProcessName"] for item in entries(entry["SuspendedProcesses"])),
        switch=_switch(entries(entry["Tags"])),
        zonal_shift_enabled=bool(entry.get("AvailabilityZoneImpairmentPolicy", {}).get("ZonalShiftEnabled", False)),
        zone_ids=tuple(sorted(zone_ids.items())),
        weights={each["InstanceId"]: _weight(each[WEIGHT]) for each in entry["Instances"] if WEIGHT in each},
        target_groups=_target_groups(entry),
    )


def _members(instances: list[Entry]) -> tuple[tuple[Member, ...], dict[str, str]]:
    """The members, and zone ids with their zones; `AvailabilityZoneId` is unknown to older SDKs.

    A group may have ten thousand members and is read twice in a sweep. Few differ in more than their ids: so what they
    share is checked and put together once.

    Raises:
        KeyError: Something is missing that every member has.
        Untrusted: A member appears twice.
    """
    alike: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    zone_ids: dict[str, str] = {}
    members: list[Member] = []
    for entry in instances:
        named = entry.get("LaunchTemplate", {})
        words = entry["AvailabilityZone"], entry["LifecycleState"], entry["HealthStatus"]
        key = (*words, named.get("LaunchTemplateId"), named.get("Version"))
        shared = alike.get(key)
        if shared is None:
            _check_words(*words)
            shared = alike[key] = (*words, _template(named), (), "")
            zone_ids |= {entry["AvailabilityZoneId"]: words[0]} if "AvailabilityZoneId" in entry else {}
        members.append(tuple.__new__(Member, (entry["InstanceId"], *shared)))  # a third faster than Member(...)
    ids = [member.id for member in members]
    _check_words(*ids)
    if len(set(ids)) < len(ids):
        raise Untrusted("DescribeAutoScalingGroups: a member appears twice in the answer")
    return tuple(members), zone_ids


def _weight(value: Any) -> int:
    """A weight, which AWS gives as a text.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, str) or not value.isdecimal() or int(value) not in WEIGHTS:
        raise TypeError(f"{str(value)[:20]} instead of a weight from {WEIGHTS[0]} to {WEIGHTS[-1]}")
    return int(value)


def _check_words(*values: Any) -> None:
    """Check that ids, zones and states are short texts; all of them at once, because a group may have ten thousand.

    Raises:
        TypeError: One is none.
    """
    if not set(map(type, values)) <= {str} or max(map(len, values), default=0) > LONGEST_WORD:
        raise TypeError("an id, a zone or a state that is no short text")


def _count(value: Any) -> int:
    """A number of instances or seconds, as far as AWS has them.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise TypeError(f"{str(value)[:20]} instead of a number from 0 to {MOST}")
    return value


def _template(entry: Entry) -> Template | None:
    """A launch template as a LaunchTemplateSpecification names it; None if it says no version."""
    version = entry.get("Version", "")
    return Template(entry.get("LaunchTemplateId") or entry.get("LaunchTemplateName", ""), version) if version else None


def _templates(entry: Entry) -> frozenset[Template]:
    """All templates that the next launch may use; without a version `$Default` is meant (API reference)."""
    mixed = entry.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    overrides = [item.get("LaunchTemplateSpecification") for item in mixed.get("Overrides", ())]
    named = [entry.get("LaunchTemplate"), mixed.get("LaunchTemplateSpecification"), *overrides]
    found = (_template({"Version": "$Default", **item}) for item in named if item)
    return frozenset(template for template in found if template)


def _target_groups(entry: Entry) -> tuple[str, ...] | None:
    """The ARNs of the group's target groups, each once; None if they cannot be read, for nothing depends on them.

    AWS tells them twice, and older SDKs know the first key alone. The targets of VPC Lattice are another API's.
    """
    try:
        sources = [each["Identifier"] for each in entries(entry.get("TrafficSources", []))]
        arns = dict.fromkeys([*entries(entry.get("TargetGroupARNs", [])), *sources])
        _check_words(*arns)
        return tuple(arn for arn in arns if ":elasticloadbalancing:" in arn and TARGET_GROUP in arn)
    except Exception:  # noqa: BLE001 - whatever it is, the rest of the group is read without it
        return None


def _switch(tags: Iterable[Entry]) -> str:
    return next((str(tag.get("Value", "")).strip().lower() for tag in tags if tag.get("Key") == GROUP_TAG), "")


def impairment_of(entry: Entry, check: Check, key: str) -> tuple[str, Impairment | None]:
    """Whose status it is, and the impairment if the check under `key` is impaired.

    Where several details fail the latest time counts: the whole check is not known to have failed before it.

    Raises:
        KeyError: It does not say whose status it is, or has no status of this check.
        Untrusted: The status is a word that is not known to be harmless, or `ImpairedSince` is no time.
    """
    instance_id, status = entry["InstanceId"], entry[key]
    word = status["Status"]
    if word != IMPAIRED:
        if word not in HARMLESS:
            raise Untrusted(f"DescribeInstanceStatus: {key} of {instance_id} is {word!r}, which nobody knows")
        return instance_id, None
    times = [item["ImpairedSince"] for item in status.get("Details", ()) if item.get("ImpairedSince")]
    if not all(isinstance(item, datetime) and item.tzinfo for item in times):
        raise Untrusted(f"DescribeInstanceStatus: {key} of {instance_id} is impaired since {times}, which is no time")
    return instance_id, Impairment(check, max(times, default=None))


def application_impaired(answer: Entry) -> frozenset[str]:
    """Ids of the instances whose application status check fails; `ApplicationStatus` is new in botocore 1.44."""
    return frozenset(
        str(entry["InstanceId"])
        for entry in answer["InstanceStatuses"]
        if entry.get("ApplicationStatus", {}).get("Status") == IMPAIRED
    )


def seen_targets(answer: Entry, arn: str, members: Container[str]) -> list[SeenTarget]:
    """The members in an answer of DescribeTargetHealth about the target group with this ARN, healthy ones included.

    A target that is no member, such as an IP address, is not the group's. One instance may be there on several ports.

    Raises:
        KeyError, TypeError: The answer lacks what the API promises, or holds something else.
    """
    name = arn.partition(TARGET_GROUP)[2].partition("/")[0]
    found = []
    for entry in entries(answer["TargetHealthDescriptions"]):
        instance_id, health = entry["Target"]["Id"], entry["TargetHealth"]
        state, reason = health["State"], health.get("Reason", "")
        _check_words(instance_id, state, reason)
        if instance_id in members:
            told = state[:LONGEST_CODE] if state in STATES or state.startswith(UNHEALTHY) else OTHER
            found.append(SeenTarget(instance_id, told, reason[:LONGEST_CODE], name))
    return found


def is_refreshing(refreshes: Iterable[Entry]) -> bool:
    """Whether an instance refresh is under way; one that bakes still rolls back if an alarm goes off."""
    return any(item["Status"] not in FINISHED_REFRESH for item in refreshes)


@dataclass(frozen=True)
class Known:
    """What the healer has recorded, newest first.

    Attributes:
        failed: Ids of replacements that failed soon after their launch, and their launch templates.
        refused: Ids of those whose mark was tried and had no effect that is known, and when the last time.
        burst: The last burst.
        oldest: When the oldest of what was read was recorded; None where nothing was.
    """

    marks: tuple[Mark, ...] = ()
    failed: Mapping[str, Template | None] = field(default_factory=dict)
    refused: Mapping[str, datetime] = field(default_factory=dict)
    burst: Burst | None = None
    oldest: datetime | None = None


def known_of(streams: list[Entry]) -> Known:
    """What a page of log streams records.

    Raises:
        KeyError, Untrusted, ValueError: It is not in the order that was asked for, or a name is not the healer's.
    """
    names = [stream["logStreamName"] for stream in streams]
    if names != sorted(names, reverse=True):
        raise Untrusted("DescribeLogStreams: the answer is not in the order that was asked for")
    marks: list[Mark] = []
    failed: dict[str, Template | None] = {}
    refused: dict[str, datetime] = {}
    burst, at = None, None
    for name in names:
        found = RECORDED.fullmatch(name)
        if found is None:
            raise Untrusted(f"DescribeLogStreams: {name!r} is no record of the healer's")
        date, time = found.group(1).split("T")
        at = datetime.fromisoformat(f"{date}T{time.replace('-', ':')}+00:00")
        if found.group(2) == BURST:
            burst = burst or _burst_of(found.group(3))
            continue
        told = [_entry_of(part, at) for part in found.group(3).split(",")]
        if found.group(2) == FAILED:
            failed |= {mark.id: mark.template for mark in told}
        elif found.group(2) == REFUSED:
            refused = {mark.id: at for mark in told} | refused
        else:
            zone = found.group(2).removeprefix(PROBE) if found.group(2).startswith(PROBE) else ""
            marks += [replace(mark, zone=zone, probe=True) for mark in told] if zone else told
    return Known(tuple(marks), failed, refused, burst, at)


def _entry_of(text: str, at: datetime) -> Mark:
    """One instance of a record, such as `i-0a1b2c3d4e5f60718@1796040000@lt-0a1b2c3d4e5f60718~3@eu-west-1a`."""
    instance_id, since, template, zone = (*text.split("@"), "", "", "")[:4]
    identity, _, version = template.partition("~")
    failed_at = datetime.fromtimestamp(int(since), UTC) if since else None
    return Mark(instance_id, at, failed_at, zone, template=Template(identity, version) if version else None)


def burst_stream(at: datetime, burst: Burst) -> str:
    """Name of a log stream that records a burst, whose times are in whole seconds."""
    times = [int(each.timestamp()) for each in (burst.first, burst.earliest, burst.latest, burst.until)]
    return f"{RECORD}{at:%Y-%m-%dT%H-%M-%S}/{BURST}/{'-'.join(map(str, (*times, burst.enough)))}"


def _burst_of(text: str) -> Burst:
    *times, enough = map(int, text.split("-"))
    first, earliest, latest, until = (datetime.fromtimestamp(each, UTC) for each in times)
    return Burst(first, earliest, latest, until, enough)


def stream_names(marks: Iterable[Mark], kind: str = MARKED) -> list[str]:
    """Names of log streams that record these, as many in each as fit. `kind` is FAILED or REFUSED for no mark."""
    names: dict[str, list[str]] = {}
    for mark in marks:
        begin = f"{RECORD}{mark.at:%Y-%m-%dT%H-%M-%S}/{f'{PROBE}{mark.zone}' if mark.probe else kind}/"
        entry, found = _recorded(mark), names.setdefault(begin, [])
        if found and len(found[-1]) + 1 + len(entry) <= LONGEST_NAME:
            found[-1] += f",{entry}"
        else:
            found.append(f"{begin}{entry}")
    return [name for found in names.values() for name in found]


def _recorded(mark: Mark) -> str:
    """One instance as a record has it: id, since when it had failed, launch template, zone."""
    since = str(int(mark.since.timestamp())) if mark.since else ""
    template = f"{mark.template.id}~{mark.template.version}" if mark.template else ""
    zone = "" if mark.probe else mark.zone  # a probe's is in the kind
    return f"{mark.id}@{since}@{template}@{zone}".rstrip("@")


def shifted_zones(resource: Entry, group: Group) -> frozenset[str]:
    """Names of the zones that traffic is shifted away from (GetManagedResource names them by id, such as `use1-az1`).

    Raises:
        Untrusted: A shift names a zone that none of the members' zones can be matched with for want of their ids.
    """
    shifts = [*entries(resource["zonalShifts"]), *entries(resource.get("autoshifts", []))]
    away = {item["awayFrom"] for item in shifts if item["appliedStatus"] != "NOT_APPLIED"}
    names = dict(group.zone_ids) | {member.zone: member.zone for member in group.members}
    unnamed = {member.zone for member in group.members} - {zone for _, zone in group.zone_ids}
    if unnamed and away - set(names):
        raise Untrusted(
            f"GetManagedResource: shift away from {sorted(away)}, and the ids of {sorted(unnamed)} are unknown"
        )
    return frozenset(names[zone] for zone in away if zone in names)
