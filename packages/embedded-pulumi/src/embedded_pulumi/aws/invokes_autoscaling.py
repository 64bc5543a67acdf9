"""Auto Scaling's data source: a group as it stands.

Source: terraform-provider-aws/internal/service/autoscaling/group_data_source.go (2026): blocks are lists, and what a
group has not is an empty one.
"""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws.autoscaling_shapes import MIXED_INSTANCES, SETTINGS, SIZES, WARM_POOL
from embedded_pulumi.aws.datasource import REGION, DataSource
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties, Value

_PLAIN = (
    *("defaultCooldown", "healthCheckGracePeriod", "healthCheckType", "maxInstanceLifetime", "placementGroup"),
    *("serviceLinkedRoleArn", "terminationPolicies"),
)
_PLURALS = {  # a block's name, to what its list is called where that has more than an s at its end
    "instancesDistribution": "instancesDistributions",
    "instanceReusePolicy": "instanceReusePolicies",
    "vcpuCount": "vcpuCounts",
    "memoryGibPerVcpu": "memoryGibPerVcpus",
    "baselineEbsBandwidthMbps": "baselineEbsBandwidthMbps",
    "networkBandwidthGbps": "networkBandwidthGbps",
}


def _group(aws: Session, args: Properties) -> Properties:
    name = args["name"]
    found = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    if not found:
        raise ProviderError(f"reading Auto Scaling Group ({name}): empty result")
    group = found[0]
    told = response({**SIZES, **SETTINGS}, group)
    enabled = group.get("EnabledMetrics", ())
    return {
        "id": group["AutoScalingGroupName"],
        "name": group["AutoScalingGroupName"],
        "region": aws.region,
        "arn": group["AutoScalingGroupARN"],
        **{each: told[each] for each in (*SIZES, *_PLAIN) if told.get(each) is not None},
        "availabilityZones": group["AvailabilityZones"],
        "enabledMetrics": [each["Metric"] for each in enabled],
        "instanceMaintenancePolicies": _listed(told.get("instanceMaintenancePolicy")),
        "launchConfiguration": "",
        "launchTemplates": _listed(told.get("launchTemplate")),
        "loadBalancers": group.get("LoadBalancerNames", []),
        "mixedInstancesPolicies": _listed(_plural(MIXED_INSTANCES, told.get("mixedInstancesPolicy"))),
        "newInstancesProtectedFromScaleIn": bool(told.get("protectFromScaleIn")),
        "predictedCapacity": group.get("PredictedCapacity", 0),
        "status": group.get("Status", ""),
        "suspendedProcesses": [each["ProcessName"] for each in group.get("SuspendedProcesses", ())],
        "tags": [_tag(each) for each in group.get("Tags", ())],
        "targetGroupArns": group.get("TargetGroupARNs", []),
        "trafficSources": [_source(each) for each in group.get("TrafficSources", ())],
        "vpcZoneIdentifier": group.get("VPCZoneIdentifier", ""),
        "warmPoolSize": group.get("WarmPoolSize", 0),
        "warmPools": _listed(_plural(WARM_POOL, _warm_pool(group))),
    }


def _listed(block: Value) -> list[Value]:
    return [block] if block else []


def _warm_pool(group: dict[str, Any]) -> Value:
    pool = group.get("WarmPoolConfiguration")
    return WARM_POOL.from_aws(pool) if pool else None


def _plural(shape: Block, value: Value) -> Value:
    """A block of which each block within is a list, as data sources have them."""
    if not value:
        return value
    told: Properties = {}
    for name, item in value.items():
        field = shape.fields[name]
        inner = getattr(field, "item", None)
        if isinstance(field, Block):
            told[_PLURALS.get(name, f"{name}s")] = [_plural(field, item)]
        elif isinstance(inner, Block):
            told[name] = [_plural(inner, each) for each in item]
        else:
            told[name] = item
    return told


def _tag(each: dict[str, Any]) -> Properties:
    return {"key": each["Key"], "value": each.get("Value", ""), "propagateAtLaunch": each["PropagateAtLaunch"]}


def _source(each: dict[str, Any]) -> Properties:
    return {"identifier": each["Identifier"], "type": each.get("Type", "")}


DATA_SOURCES = (
    DataSource(
        function="aws:autoscaling/getGroup:getGroup",
        answer=_group,
        args={"name": Text(required=True), "region": REGION},
    ),
)
