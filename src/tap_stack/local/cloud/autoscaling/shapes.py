"""What the Describe calls answer, in boto3's shapes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from tap_stack.fleet import Activity, Health, Lifecycle, Member, Refresh, Unmovable
from tap_stack.local.cloud.autoscaling import stores, templates
from tap_stack.local.cloud.autoscaling.group import Group
from tap_stack.local.cloud.calls import AwsError
from tap_stack.local.cloud.ec2.zones import zone_ids

Item = TypeVar("Item")
DELETING = "Delete in progress"


def group(each: Group, *, instances: bool = True) -> dict[str, Any]:
    """An AutoScalingGroup."""
    configuration, settings = each.configuration, each.fleet.settings
    subnets = [subnet for zone in configuration.subnets.values() for subnet in zone]
    shape = {
        "AutoScalingGroupName": each.name,
        "AutoScalingGroupARN": each.arn,
        "LaunchTemplate": _template(each),
        "MinSize": settings.min_size,
        "MaxSize": settings.max_size,
        "DesiredCapacity": settings.desired,
        "AvailabilityZones": list(configuration.subnets),
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "TrafficSources": [],
        "CreatedTime": each.created,
        "SuspendedProcesses": [
            {"ProcessName": process.value, "SuspensionReason": reason}
            for process, reason in each.fleet.suspended.items()
        ],
        "VPCZoneIdentifier": ",".join(subnets),
        "EnabledMetrics": [{"Metric": metric, "Granularity": "1Minute"} for metric in each.metrics],
        "Tags": each.tags,
        "CapacityRebalance": False,
        "Instances": [_instance(each, member) for member in each.fleet.members] if instances else [],
    }
    shape |= {name: value for name, value in configuration.described.items() if value is not None}
    return shape | {"Status": DELETING} if each.fleet.deleting else shape


def _template(each: Group) -> dict[str, Any]:
    """The group's launch template: its id and name, and its version as it was given."""
    given = each.configuration.template
    identity = each.fleet.settings.template_version.partition(":")[0]
    stored = stores.ec2(each.region).launch_templates.get(identity)
    name = stored.name if stored is not None else given.get("LaunchTemplateName", "")
    shape = {"LaunchTemplateId": identity, "LaunchTemplateName": name}
    return shape | ({"Version": given["Version"]} if given.get("Version") else {})


def _instance(each: Group, member: Member) -> dict[str, Any]:
    machine = each.instances[member.id]
    return {
        "InstanceId": member.id,
        "InstanceType": machine.instance.instance_type,
        "AvailabilityZone": member.zone,
        "AvailabilityZoneId": zone_ids(each.region)[member.zone],
        "LifecycleState": member.lifecycle.value,
        "HealthStatus": member.health.value,
        "LaunchTemplate": {
            "LaunchTemplateId": machine.template.id,
            "LaunchTemplateName": machine.template.name,
            "Version": str(machine.template.number),
        },
        "ProtectedFromScaleIn": member.protected,
    }


def instance(each: Group, member: Member) -> dict[str, Any]:
    """An AutoScalingInstanceDetails; its health is in capitals, as the guide's examples have it."""
    health = {Health.HEALTHY: "HEALTHY", Health.UNHEALTHY: "UNHEALTHY"}[member.health]
    return _instance(each, member) | {"AutoScalingGroupName": each.name, "HealthStatus": health}


def metrics(each: Group) -> dict[str, float]:
    """The group's metrics in CloudWatch's namespace AWS/AutoScaling."""
    settings, counted = each.fleet.settings, each.fleet.members.by_state.count
    return {
        "GroupMinSize": settings.min_size,
        "GroupMaxSize": settings.max_size,
        "GroupDesiredCapacity": settings.desired,
        "GroupInServiceInstances": counted(Lifecycle.IN_SERVICE),
        "GroupPendingInstances": counted(Lifecycle.PENDING),
        "GroupStandbyInstances": counted(Lifecycle.STANDBY),
        "GroupTerminatingInstances": counted(Lifecycle.TERMINATING),
        "GroupTotalInstances": len(each.fleet.members),
    }


def details(each: Group, done: Activity) -> dict[str, str]:
    """Where an activity took place."""
    subnets = each.configuration.subnets.get(done.zone, [])
    return {"Availability Zone": done.zone} | ({"Subnet ID": subnets[0]} if len(subnets) == 1 else {})


def activity(each: Group, done: Activity) -> dict[str, Any]:
    """An Activity."""
    shape = {
        "ActivityId": done.id,
        "AutoScalingGroupName": each.name,
        "Description": done.description,
        "Cause": done.cause,
        "StartTime": done.start,
        "StatusCode": done.status.value,
        "Progress": done.progress,
        "Details": json.dumps(details(each, done), separators=(",", ":")),
    }
    if done.end is not None:
        shape["EndTime"] = done.end
    if done.message:
        shape["StatusMessage"] = done.message
    return shape


def refresh(each: Group, one: Refresh) -> dict[str, Any]:
    """An InstanceRefresh."""
    shape: dict[str, Any] = {
        "InstanceRefreshId": one.id,
        "AutoScalingGroupName": each.name,
        "Status": one.status.value,
        "StartTime": one.start,
        "PercentageComplete": one.percentage_complete,
        "InstancesToUpdate": one.instances_to_update,
        "Preferences": _preferences(one),
        "Strategy": "Rolling",
    }
    if one.reason:
        shape["StatusReason"] = one.reason
    if one.end is not None:
        shape["EndTime"] = one.end
    if one.target is not None:
        target = templates.by_key(each.region, one.target)
        named = {"LaunchTemplateId": target.id, "LaunchTemplateName": target.name, "Version": str(target.number)}
        shape["DesiredConfiguration"] = {"LaunchTemplate": named}
    if one.rollback is not None:
        shape["RollbackDetails"] = {
            "RollbackReason": one.rollback.reason,
            "RollbackStartTime": one.rollback.start,
            "PercentageCompleteOnRollback": one.rollback.percentage_complete,
            "InstancesToUpdateOnRollback": one.rollback.instances_to_update,
        }
    return shape


def _preferences(one: Refresh) -> dict[str, Any]:
    given = one.preferences
    shape: dict[str, Any] = {
        "SkipMatching": given.skip_matching,
        "AutoRollback": given.auto_rollback,
        "ScaleInProtectedInstances": "Refresh" if given.protected is Unmovable.REPLACE else given.protected.value,
        "StandbyInstances": "Terminate" if given.standby is Unmovable.REPLACE else given.standby.value,
        "MinHealthyPercentage": given.min_healthy,
        "MaxHealthyPercentage": given.max_healthy,
        "InstanceWarmup": None if given.warmup is None else int(given.warmup.total_seconds()),
    }
    if given.checkpoints:
        shape |= {"CheckpointPercentages": list(given.checkpoints)}
        shape |= {"CheckpointDelay": int(given.checkpoint_delay.total_seconds())}
    return {name: value for name, value in shape.items() if value is not None}


def page(
    items: Sequence[Item], params: Mapping[str, Any], identity: Callable[[Item], str], *, most: int, usual: int
) -> tuple[Sequence[Item], dict[str, str]]:
    """One page of `items`, and the token for the next one; the token is the identity of the page's last item.

    Raises:
        AwsError: `ValidationError` for a page that is too long, `InvalidNextToken`.
    """
    size = params.get("MaxRecords", usual)
    if not 1 <= size <= most:
        raise AwsError("ValidationError", f"The maximum number of records is {most}; {size} is not valid.")
    begin = 0
    if token := params.get("NextToken"):
        identities = [identity(item) for item in items]
        if token not in identities:
            raise AwsError("InvalidNextToken", "The token provided is invalid.")
        begin = identities.index(token) + 1
    shown = items[begin : begin + size]
    return shown, {"NextToken": identity(shown[-1])} if begin + size < len(items) else {}
