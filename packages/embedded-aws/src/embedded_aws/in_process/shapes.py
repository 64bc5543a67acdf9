"""What AWS's read calls say of a group, its members and its history: the fleet's values in boto3's shapes.

Pure. What the fleet does not know (ARNs, subnets, launch templates, tags) is passed in.

Source: botocore's service model of `autoscaling`; API references of DescribeAutoScalingGroups,
DescribeScalingActivities, DescribeInstanceRefreshes, DescribeTargetHealth (Elastic Load Balancing) and
GetManagedResource (ARC zonal shift).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from embedded_aws.fleet import Activity, GroupSettings, Member, Refresh, StatusCode, Unmovable

Entry: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """Which group it is.

    Attributes:
        template: Its LaunchTemplateSpecification, with the version as it was given.
        overrides: LaunchTemplateOverrides of its mixed instances policy; a group without any has no such policy.
        subnets: Its subnets, in the order of VPCZoneIdentifier.
        described: Attributes that are given back as they were set; those that are None are left out.
    """

    name: str
    arn: str
    created: datetime
    template: Entry
    zones: Sequence[str]
    subnets: Sequence[str]
    overrides: Sequence[Entry] = ()
    warm_pool_size: int = 0
    tags: Sequence[Entry] = ()
    metrics: Sequence[str] = ()
    described: Entry = field(default_factory=dict)


def group(
    identity: Identity, settings: GroupSettings, suspended: Iterable[tuple[str, str]], instances: Sequence[Entry]
) -> Entry:
    """An AutoScalingGroup.

    Args:
        identity: Which one.
        settings: What is asked of it.
        suspended: Names of suspended processes, and why they are.
        instances: Its members, each as `member` tells it.
    """
    template: Entry = {"LaunchTemplate": identity.template}
    if identity.overrides:  # a mixed instances policy that names no distribution has API InstancesDistribution's
        launched = {"LaunchTemplateSpecification": identity.template, "Overrides": list(identity.overrides)}
        template = {"MixedInstancesPolicy": {"LaunchTemplate": launched, "InstancesDistribution": DISTRIBUTION}}
    shape: Entry = {
        "AutoScalingGroupName": identity.name,
        "AutoScalingGroupARN": identity.arn,
        **template,
        "MinSize": settings.min_size,
        "MaxSize": settings.max_size,
        "DesiredCapacity": settings.desired,
        "AvailabilityZones": list(identity.zones),
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "TrafficSources": [],
        "CreatedTime": identity.created,
        "SuspendedProcesses": [{"ProcessName": name, "SuspensionReason": why} for name, why in suspended],
        "VPCZoneIdentifier": ",".join(identity.subnets),
        "EnabledMetrics": [{"Metric": metric, "Granularity": "1Minute"} for metric in identity.metrics],
        "Tags": identity.tags,
        "CapacityRebalance": settings.capacity_rebalance,
        "Instances": instances,
        **_warm_pool(identity, settings),
    }
    return shape | {name: value for name, value in identity.described.items() if value is not None}


DISTRIBUTION = {
    "OnDemandAllocationStrategy": "prioritized",
    "OnDemandBaseCapacity": 0,
    "OnDemandPercentageAboveBaseCapacity": 100,
    "SpotAllocationStrategy": "lowest-price",
    "SpotInstancePools": 2,
    "SpotMaxPrice": "",
}


def override(instance_type: str, template: Entry | None, weight: int = 1) -> Entry:
    """One of LaunchTemplateOverrides; `template` is its own, if it has one."""
    shape: Entry = {"InstanceType": instance_type} if instance_type else {}
    shape |= {"WeightedCapacity": str(weight)} if weight > 1 else {}
    return shape | ({"LaunchTemplateSpecification": template} if template else {})


def _warm_pool(identity: Identity, settings: GroupSettings) -> Entry:
    pool = settings.warm_pool
    if pool is None:
        return {}
    prepared = {} if pool.max_prepared is None else {"MaxGroupPreparedCapacity": pool.max_prepared}
    configuration = {
        **prepared,
        "MinSize": pool.min_size,
        "PoolState": pool.state.value,
        "InstanceReusePolicy": {"ReuseOnScaleIn": pool.reuse},
    }
    return {"WarmPoolConfiguration": configuration, "WarmPoolSize": identity.warm_pool_size}


def described(settings: GroupSettings) -> Entry:
    """What a group's settings are called where they are given and given back."""
    policy = settings.maintenance
    return {
        "DefaultCooldown": _seconds(settings.cooldown),
        "DefaultInstanceWarmup": None if settings.warmup is None else _seconds(settings.warmup),
        "HealthCheckGracePeriod": _seconds(settings.grace),
        "HealthCheckType": ",".join(sorted(settings.health_checks, reverse=True)),
        "InstanceMaintenancePolicy": policy
        and {"MinHealthyPercentage": policy.min_healthy, "MaxHealthyPercentage": policy.max_healthy},
        "NewInstancesProtectedFromScaleIn": settings.protect_new,
        "TerminationPolicies": ["Default"],
    }


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


def member(one: Member, *, instance_type: str, zone_id: str, template: Entry, weight: int | None = None) -> Entry:
    """An Instance of a group.

    Args:
        one: Which one.
        instance_type: Its type.
        zone_id: Its zone's id.
        template: Names the version that it was launched from.
        weight: Its WeightedCapacity; None in a group without weights, of which AWS tells none.
    """
    shape: Entry = {
        "InstanceId": one.id,
        "InstanceType": instance_type,
        "AvailabilityZone": one.zone,
        "AvailabilityZoneId": zone_id,
        "LifecycleState": one.lifecycle_state,
        "HealthStatus": one.health.value,
        "LaunchTemplate": template,
        "ProtectedFromScaleIn": one.protected,
    }
    return shape if weight is None else shape | {"WeightedCapacity": str(weight)}


def details(zone: str, subnets: Sequence[str]) -> dict[str, str]:
    """Where an activity took place; `subnets` are the group's in that zone."""
    return {"Availability Zone": zone} | ({"Subnet ID": subnets[0]} if len(subnets) == 1 else {})


@cache
def _details_text(zone: str, subnets: tuple[str, ...]) -> str:
    return json.dumps(details(zone, subnets), separators=(",", ":"))


def activity(done: Activity, group_name: str, subnets: Sequence[str], *, over: bool = True) -> Entry:
    """An Activity.

    Args:
        done: What was done.
        group_name: By which group.
        subnets: The group's subnets in the zone where it was done.
        over: False tells it as it was while it was under way, though it has ended since.
    """
    ended = done.end is not None and over
    shape: Entry = {
        "ActivityId": done.id,
        "AutoScalingGroupName": group_name,
        "Description": done.description,
        "Cause": done.cause,
        "StartTime": done.start,
        "StatusCode": done.status.value if ended or done.end is None else StatusCode.IN_PROGRESS.value,
        "Progress": done.progress if ended or done.end is None else HALF_WAY,
        "Details": _details_text(done.zone, tuple(subnets)),
    }
    if ended:
        shape["EndTime"] = done.end
        if done.message:
            shape["StatusMessage"] = done.message
    return shape


HALF_WAY = 50  # percent, of an activity of which it is only known that it is under way


def refresh(one: Refresh, group_name: str, target: Entry | None) -> Entry:
    """An InstanceRefresh; `target` is the LaunchTemplateSpecification of its desired configuration."""
    shape: Entry = {
        "InstanceRefreshId": one.id,
        "AutoScalingGroupName": group_name,
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
    if target is not None:
        shape["DesiredConfiguration"] = {"LaunchTemplate": target}
    if one.rollback is not None:
        shape["RollbackDetails"] = {
            "RollbackReason": one.rollback.reason,
            "RollbackStartTime": one.rollback.start,
            "PercentageCompleteOnRollback": one.rollback.percentage_complete,
            "InstancesToUpdateOnRollback": one.rollback.instances_to_update,
        }
    return shape


def _preferences(one: Refresh) -> Entry:
    given = one.preferences
    shape: Entry = {
        "SkipMatching": given.skip_matching,
        "AutoRollback": given.auto_rollback,
        "ScaleInProtectedInstances": "Refresh" if given.protected is Unmovable.REPLACE else given.protected.value,
        "StandbyInstances": "Terminate" if given.standby is Unmovable.REPLACE else given.standby.value,
        "MinHealthyPercentage": given.min_healthy,
        "MaxHealthyPercentage": given.max_healthy,
        "InstanceWarmup": None if given.warmup is None else _seconds(given.warmup),
    }
    if given.checkpoints:
        shape |= {"CheckpointPercentages": list(given.checkpoints)}
        shape |= {"CheckpointDelay": _seconds(given.checkpoint_delay)}
    if given.bake:
        shape |= {"BakeTime": _seconds(given.bake)}
    if given.alarms:
        shape |= {"AlarmSpecification": {"Alarms": list(given.alarms)}}
    return {name: value for name, value in shape.items() if value is not None}


def traffic(arns: Iterable[str]) -> Entry:
    """A group's target groups, which AWS shows as traffic sources too."""
    named = list(arns)
    return {"TargetGroupARNs": named, "TrafficSources": [{"Identifier": arn, "Type": "elbv2"} for arn in named]}


def target_health(target: tuple[str, int], check_port: int, state: str, reason: str, description: str) -> Entry:
    """A TargetHealthDescription.

    Args:
        target: Its id and its port.
        check_port: Where it is checked.
        state: TargetHealth's state.
        reason: Its reason code; "" where there is none.
        description: The reason in words; "" likewise.
    """
    target_id, port = target
    told = {"State": state, "Reason": reason, "Description": description}
    return {
        "Target": {"Id": target_id, "Port": port},
        "HealthCheckPort": str(check_port),
        "TargetHealth": {name: text for name, text in told.items() if text},
    }


def managed_resource(group: tuple[str, str], zone_ids: Iterable[str], shifts: Sequence[Entry]) -> Entry:
    """What GetManagedResource of ARC zonal shift says of a group that takes part.

    Args:
        group: Its ARN and its name.
        zone_ids: Its zones.
        shifts: Its zonal shifts that are under way, each as StartZonalShift answers it.
    """
    arn, name = group
    away = {shift["awayFrom"] for shift in shifts}
    return {
        "arn": arn,
        "name": name,
        "appliedWeights": {zone_id: 0.0 if zone_id in away else 1.0 for zone_id in zone_ids},
        "zonalShifts": [{**shift, "appliedStatus": "APPLIED", "shiftType": "ZONAL_SHIFT"} for shift in shifts],
        "autoshifts": [],
    }
