"""Placement groups, which moto has none of, and tenancy: where EC2 lets an instance be.

Source: API CreatePlacementGroup, DescribePlacementGroups, DeletePlacementGroup, error codes (InvalidPlacementGroup.*);
EC2 User Guide, "Placement strategies" (a cluster is in one zone; 7 partitions and 7 instances of a spread group in a
zone), "Amazon EC2 Dedicated Instances" (not of T2). The words of the refusals other than Duplicate, Unknown and InUse
are assumed, and so is that a partition is chosen in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2 import store
from embedded_aws.services.ec2.templates import instance_types

CLUSTER, PARTITION, SPREAD = "cluster", "partition", "spread"
STRATEGIES = (CLUSTER, PARTITION, SPREAD)
MOST_PARTITIONS, USUAL_PARTITIONS = range(1, 8), 2
MOST_SPREAD = 7
"""Running instances of a spread group in one zone."""

STANDING = frozenset({"pending", "running"})
NOT_DEDICATED = ("t2.",)
FACTS: filters.Facts[dict[str, Any]] = {
    "group-name": lambda group: [group["GroupName"]],
    "group-arn": lambda group: [group["GroupArn"]],
    "spread-level": lambda group: [group.get("SpreadLevel", "")],
    "state": lambda group: [group["State"]],
    "strategy": lambda group: [group["Strategy"]],
    "tag-key": lambda group: [tag["Key"] for tag in group["Tags"]],
}


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "CreatePlacementGroup"): _create,
        ("ec2", "DescribePlacementGroups"): _describe,
        ("ec2", "DeletePlacementGroup"): _delete,
    }


def _groups(region: str) -> dict[str, dict[str, Any]]:
    """The placement groups of a region by name, kept with moto's EC2 and gone with it."""
    kept: dict[str, dict[str, Any]] = vars(store.backend(region)).setdefault("placement_groups", {})
    return kept


def _create(call: Call) -> dict[str, Any]:
    params, groups = call.params, _groups(call.region)
    name, strategy = params.get("GroupName", ""), params.get("Strategy", CLUSTER)
    if not name:
        raise AwsError("MissingParameter", "The request must contain the parameter groupName")
    if name in groups:
        raise AwsError("InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists.")
    if strategy not in STRATEGIES:
        raise AwsError("InvalidParameterValue", f"Value ({strategy}) for parameter strategy is invalid.")
    if "PartitionCount" in params and (strategy != PARTITION or params["PartitionCount"] not in MOST_PARTITIONS):
        raise AwsError("InvalidParameterValue", "PartitionCount is 1 to 7, of the strategy partition alone.")
    if "SpreadLevel" in params and (strategy != SPREAD or params["SpreadLevel"] != "rack"):
        raise AwsError("InvalidParameterValue", "SpreadLevel is of the strategy spread alone, and host of Outposts.")
    identity = f"pg-{token_hex(8)}0"
    groups[name] = {
        "GroupName": name,
        "State": "available",
        "Strategy": strategy,
        "GroupId": identity,
        "GroupArn": f"arn:{get_partition(call.region)}:ec2:{call.region}:{call.caller.account}:placement-group/{name}",
        **({"PartitionCount": params.get("PartitionCount", USUAL_PARTITIONS)} if strategy == PARTITION else {}),
        **({"SpreadLevel": "rack"} if strategy == SPREAD else {}),
    }
    tags = {tag["Key"]: tag["Value"] for each in params.get("TagSpecifications", []) for tag in each.get("Tags", [])}
    store.backend(call.region).create_tags([identity], tags)
    return {"PlacementGroup": _told(call.region, groups[name])}


def _told(region: str, group: dict[str, Any]) -> dict[str, Any]:
    tags = store.backend(region).tags.get(group["GroupId"], {})
    return group | {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _describe(call: Call) -> dict[str, Any]:
    groups = _groups(call.region)
    for name in call.params.get("GroupNames", []):
        _named(call.region, name)
    by_id = {group["GroupId"] for group in groups.values()}
    for identity in call.params.get("GroupIds", []):
        if identity not in by_id:
            raise AwsError("InvalidPlacementGroupId.Unknown", f"The Placement Group ID '{identity}' is unknown.")
    wanted = [
        _told(call.region, group)
        for name, group in sorted(groups.items())
        if name in (call.params.get("GroupNames") or groups)
        and group["GroupId"] in (call.params.get("GroupIds") or by_id)
    ]
    return {"PlacementGroups": filters.select(wanted, call.params.get("Filters", []), FACTS)}


def _delete(call: Call) -> dict[str, Any]:
    name = call.params.get("GroupName", "")
    group = _named(call.region, name)
    if any(_members(call.region, name)):
        raise AwsError("InvalidPlacementGroup.InUse", f"The placement group '{name}' is in use and may not be deleted.")
    store.backend(call.region).tags.pop(group["GroupId"], None)
    del _groups(call.region)[name]
    return {}


def _named(region: str, name: str) -> dict[str, Any]:
    group = _groups(region).get(name)
    if group is None:
        raise AwsError("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
    return group


def _members(region: str, name: str) -> list[Any]:
    """The instances in a group, which are not terminated."""
    ec2 = store.backend(region)
    return [each for each in ec2.all_instances() if each.placement.group_name == name and each.state != "terminated"]


def named(region: str, placement: Mapping[str, Any]) -> str:
    """The name of the group that a launch names, by name or by id; "" for none. Raises AwsError: there is none."""
    if placement.get("GroupId"):
        found = [name for name, group in _groups(region).items() if group["GroupId"] == placement["GroupId"]]
        if not found:
            message = f"The Placement Group ID '{placement['GroupId']}' is unknown."
            raise AwsError("InvalidPlacementGroupId.Unknown", message)
        return found[0]
    name = str(placement.get("GroupName") or "")
    if name:
        _named(region, name)
    return name


def check_launch(region: str, zone: str, instance_type: str, placement: Mapping[str, Any]) -> None:
    """Refuse a launch that its placement group or its tenancy does not allow. Raises AwsError: with EC2's code."""
    if placement.get("Tenancy") == "dedicated" and instance_type.startswith(NOT_DEDICATED):
        message = "The requested configuration is currently not supported. Please check the documentation for supported"
        raise AwsError("Unsupported", f"{message} configurations.")
    if not (name := named(region, placement)):
        return
    strategy = _groups(region)[name]["Strategy"]
    if strategy not in instance_types()[instance_type].get("PlacementGroupInfo", {}).get("SupportedStrategies", ()):
        message = f"{strategy.capitalize()} placement groups are not supported by the '{instance_type}' instance type."
        raise AwsError("InvalidParameterCombination", f"{message} Specify a supported instance type and try again.")
    standing = [each for each in _members(region, name) if each.state in STANDING]
    if strategy == CLUSTER and any(each.availability_zone != zone for each in standing):
        message = f"The placement group '{name}' is in another Availability Zone than {zone}."
        raise AwsError("InvalidParameterCombination", message)
    if strategy == SPREAD and sum(each.availability_zone == zone for each in standing) >= MOST_SPREAD:
        message = f"You have reached the limit of {MOST_SPREAD} instances in the spread placement group in {zone}."
        raise AwsError("InsufficientInstanceCapacity", message)


def put(region: str, instance: Any, placement: Mapping[str, Any]) -> None:
    """Note where an instance is: its group, and its tenancy."""
    instance.placement.group_name = named(region, placement)
    instance.placement.tenancy = placement.get("Tenancy") or instance.placement.tenancy
