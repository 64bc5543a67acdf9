"""AWS's answers as the healer's values: what is missing where AWS always has it makes the answer untrusted.

Keys that only newer SDKs know (a Lambda runtime brings its own, older boto3) may be missing and have a default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from .calls import Untrusted
from .model import Check, Group, Impairment, Member
from .vetoes import GROUP_TAG

Entry: TypeAlias = Mapping[str, Any]
IMPAIRED = "impaired"
ACTIVE_REFRESH = frozenset({"Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"})


def group_of(entry: Entry) -> Group:
    """A group out of DescribeAutoScalingGroups.

    Raises:
        Untrusted: Something is missing that every group has, or a member appears twice.
    """
    try:
        members = tuple(map(_member, entry["Instances"]))
        group = Group(
            name=entry["AutoScalingGroupName"],
            desired=entry["DesiredCapacity"],
            members=members,
            arn=entry.get("AutoScalingGroupARN", ""),
            grace_seconds=entry.get("HealthCheckGracePeriod", 0),
            template_version=_template_version(entry),
            suspended_processes=frozenset(item["ProcessName"] for item in entry.get("SuspendedProcesses", ())),
            switch=_switch(entry.get("Tags", ())),
            zonal_shift_enabled=entry.get("AvailabilityZoneImpairmentPolicy", {}).get("ZonalShiftEnabled", False),
            zone_ids=_zone_ids(entry["Instances"]),
        )
    except KeyError as error:
        raise Untrusted(f"DescribeAutoScalingGroups: no {error} in the answer") from error
    if len(group.by_id) < len(members):
        raise Untrusted("DescribeAutoScalingGroups: a member appears twice in the answer")
    return group


def _member(entry: Entry) -> Member:
    return Member(
        id=entry["InstanceId"],
        zone=entry["AvailabilityZone"],
        lifecycle=entry["LifecycleState"],
        health=entry["HealthStatus"],
        template_version=entry.get("LaunchTemplate", {}).get("Version", ""),
    )


def _template_version(entry: Entry) -> str:
    """The number of the version that the next launch uses; "" where the group names none (`$Latest`) or has none."""
    mixed = entry.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification", {})
    version: str = entry.get("LaunchTemplate", mixed).get("Version", "")
    return "" if version.startswith("$") else version


def _switch(tags: Iterable[Entry]) -> str:
    return next((tag.get("Value", "").strip().lower() for tag in tags if tag.get("Key") == GROUP_TAG), "")


def _zone_ids(instances: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    """Zone ids and names; `AvailabilityZoneId` is unknown to older SDKs."""
    names = {item["AvailabilityZoneId"]: item["AvailabilityZone"] for item in instances if "AvailabilityZoneId" in item}
    return tuple(sorted(names.items()))


def impairment_of(entry: Entry, check: Check, key: str) -> tuple[str, Impairment | None]:
    """Whose status it is, and the impairment if the check under `key` is impaired.

    Where several details fail the latest time counts: the whole check is not known to have failed before it.

    Raises:
        Untrusted: It does not say whose status it is.
    """
    try:
        instance_id: str = entry["InstanceId"]
    except KeyError as error:
        raise Untrusted(f"DescribeInstanceStatus: no {error} in the answer") from error
    status = entry.get(key, {})
    if status.get("Status") != IMPAIRED:
        return instance_id, None
    times = [item["ImpairedSince"] for item in status.get("Details", ()) if item.get("ImpairedSince")]
    return instance_id, Impairment(check, max(times, default=None))


def is_refreshing(refreshes: Iterable[Entry]) -> bool:
    """Whether an instance refresh is under way; one that bakes still rolls back if an alarm goes off."""
    return any(item.get("Status") in ACTIVE_REFRESH for item in refreshes)


def refreshed_at(refreshes: Iterable[Entry]) -> datetime | None:
    """When the newest instance refresh began."""
    return max((item["StartTime"] for item in refreshes if item.get("StartTime")), default=None)


def shifted_zones(resource: Entry, group: Group) -> frozenset[str]:
    """Names of the zones that traffic is shifted away from (GetManagedResource names them by id, such as `use1-az1`).

    Raises:
        Untrusted: A shift names a zone that none of the members' zones can be matched with for want of their ids.
    """
    shifts = [*resource.get("zonalShifts", ()), *resource.get("autoshifts", ())]
    away = {item.get("awayFrom", "") for item in shifts if item.get("appliedStatus") == "APPLIED"}
    names = dict(group.zone_ids) | {member.zone: member.zone for member in group.members}
    unnamed = {member.zone for member in group.members} - {zone for _, zone in group.zone_ids}
    if unnamed and away - set(names):
        raise Untrusted(
            f"GetManagedResource: shift away from {sorted(away)}, and the ids of {sorted(unnamed)} are unknown"
        )
    return frozenset(names[zone] for zone in away if zone in names)
