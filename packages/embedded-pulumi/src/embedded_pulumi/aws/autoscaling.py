"""Auto Scaling groups: waits for their desired capacity, and refreshes their instances when the launch changes."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws.autoscaling_refresh import refresh
from embedded_pulumi.aws.autoscaling_shapes import HOOK, INPUTS, SETTINGS, SIZES, WARM_POOL
from embedded_pulumi.aws.ec2_calls import difference
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.durations import seconds_of
from embedded_pulumi.provider import CheckFailure, ProviderError, allowing
from embedded_pulumi.values import Properties

_DELETE_PATIENCE = 600.0  # seconds; instances take their time to go
_DEFAULT_TERMINATION = ["Default"]
_RESETS: dict[str, Any] = {  # what tells AWS to forget a setting that the program took back
    "availabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
    "capacityRebalance": False,
    "capacityReservationSpecification": {"CapacityReservationPreference": "default"},
    "context": "",
    "defaultInstanceWarmup": -1,
    "instanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
    "instanceMaintenancePolicy": {"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1},
    "maxInstanceLifetime": 0,
    "placementGroup": "",
    "terminationPolicies": _DEFAULT_TERMINATION,
    "desiredCapacityType": "units",
}


def _tag_list(name: str, tags: list[Properties] | None) -> list[dict[str, Any]]:
    return [
        {
            "ResourceId": name,
            "ResourceType": "auto-scaling-group",
            "Key": each["key"],
            "Value": each["value"],
            "PropagateAtLaunch": each["propagateAtLaunch"],
        }
        for each in tags or ()
    ]


def _create(aws: Session, props: Properties) -> str:
    """Create a group. With lifecycle hooks it starts empty, so that no instance launches before they exist."""
    name = given_or_unique(props)
    sizes = {"MinSize": 0, "MaxSize": 0} if props.get("initialLifecycleHooks") else request(SIZES, props)
    aws.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        **sizes,
        **request(INPUTS, props, (*SETTINGS, "targetGroupArns")),
        Tags=_tag_list(name, [*(props.get("tags") or ()), *_mark(props)]),
    )
    return name


def _mark(props: Properties) -> list[Properties]:
    """The mark of a create as one of the group's tags; its instances do not get it."""
    return [{"key": MARK, "value": props[MARK], "propagateAtLaunch": False}] if MARK in props else []


def _settle(aws: Session, id_: str, props: Properties) -> None:
    hooks = props.get("initialLifecycleHooks") or ()
    for hook in hooks:
        aws.autoscaling.put_lifecycle_hook(AutoScalingGroupName=id_, **request(HOOK, hook))
    if hooks:
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=id_, **request(SIZES, props))
    _set_collections(aws, id_, {}, props)
    _wait_for_capacity(aws, id_, props, max(props["minSize"], props.get("desiredCapacity") or 0))


def _set_collections(aws: Session, id_: str, old: Properties, new: Properties) -> None:
    """Update what has its own calls: suspended processes, collected metrics, the warm pool."""
    suspended, resumed = difference(old.get("suspendedProcesses"), new.get("suspendedProcesses"))
    if resumed:
        aws.autoscaling.resume_processes(AutoScalingGroupName=id_, ScalingProcesses=resumed)
    if suspended:
        aws.autoscaling.suspend_processes(AutoScalingGroupName=id_, ScalingProcesses=suspended)
    enabled, disabled = difference(old.get("enabledMetrics"), new.get("enabledMetrics"))
    if disabled:
        aws.autoscaling.disable_metrics_collection(AutoScalingGroupName=id_, Metrics=disabled)
    if enabled:
        aws.autoscaling.enable_metrics_collection(
            AutoScalingGroupName=id_, Metrics=enabled, Granularity=new["metricsGranularity"]
        )
    if new.get("warmPool") and new["warmPool"] != old.get("warmPool"):
        aws.autoscaling.put_warm_pool(AutoScalingGroupName=id_, **WARM_POOL.to_aws(new["warmPool"]))


def _wait_for_capacity(aws: Session, id_: str, props: Properties, desired: int, *, exactly: bool = False) -> None:
    """Wait until that many members are InService and healthy, as Terraform's provider does.

    Raises:
        ProviderError: it takes too long, or a launch failed and failures are not to be ignored.
    """
    timeout = seconds_of(props["waitForCapacityTimeout"])
    seen = {each["ActivityId"] for each in _activities(aws, id_)} if exactly else set()

    def in_service() -> bool | None:
        members = (_find(aws, id_) or {}).get("Instances", ())
        states = [(each["LifecycleState"], each["HealthStatus"].lower()) for each in members]
        count = states.count(("InService", "healthy"))
        if count == desired or (count > desired and not exactly):
            return True
        if not props.get("ignoreFailedScalingActivities"):
            for each in _activities(aws, id_):
                if each["ActivityId"] not in seen and each["StatusCode"] == "Failed":
                    raise ProviderError(f"scaling activity failed: {each.get('StatusMessage') or each['Description']}")
        return None

    if timeout:
        with allowing(0):  # this time is `waitForCapacityTimeout`'s to say
            wait_for(f"{desired} instances in service in {id_}", in_service, timeout=timeout)


def _activities(aws: Session, id_: str) -> list[dict[str, Any]]:
    answer = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=id_)
    return list(answer["Activities"])


def _find(aws: Session, id_: str) -> dict[str, Any] | None:
    groups = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[id_])["AutoScalingGroups"]
    return groups[0] if groups else None


def _read(aws: Session, id_: str, state: Properties) -> Properties | None:
    group = _find(aws, id_)
    if group is None:
        return None
    return {
        "arn": group["AutoScalingGroupARN"],
        "name": group["AutoScalingGroupName"],
        **response(SIZES, group),
        **response(SETTINGS, group),
        **_read_policies(group, state),
        **_read_metrics(group),
        "predictedCapacity": group.get("PredictedCapacity", 0),
        "warmPoolSize": group.get("WarmPoolSize", 0),
        "suspendedProcesses": [each["ProcessName"] for each in group.get("SuspendedProcesses", ())],
        "tags": [_read_tag(each) for each in group.get("Tags", ()) if not each["Key"].startswith(("aws:", MARK))],
        MARK: next((each["Value"] for each in group.get("Tags", ()) if each["Key"] == MARK), None),
        "targetGroupArns": group.get("TargetGroupARNs", []),
        "warmPool": WARM_POOL.from_aws(group["WarmPoolConfiguration"]) if "WarmPoolConfiguration" in group else None,
    }


def _read_policies(group: dict[str, Any], state: Properties) -> Properties:
    """The policies of a group; None where AWS's value means that a policy is not set."""
    maintenance = group.get("InstanceMaintenancePolicy") or {}
    kept = SETTINGS["instanceMaintenancePolicy"].from_aws(maintenance)
    termination = group.get("TerminationPolicies", [])
    lifetime = group.get("MaxInstanceLifetime")
    return {
        "instanceMaintenancePolicy": kept if any(value != -1 for value in kept.values()) else None,
        "terminationPolicies": None
        if termination == _DEFAULT_TERMINATION and not state.get("terminationPolicies")
        else termination,
        "maxInstanceLifetime": lifetime or None,
    }


def _read_metrics(group: dict[str, Any]) -> Properties:
    enabled = group.get("EnabledMetrics", ())
    return {
        "enabledMetrics": [each["Metric"] for each in enabled],
        "metricsGranularity": enabled[0]["Granularity"] if enabled else "1Minute",
    }


def _read_tag(tag: dict[str, Any]) -> Properties:
    return {"key": tag["Key"], "value": tag.get("Value", ""), "propagateAtLaunch": tag["PropagateAtLaunch"]}


def _update(aws: Session, id_: str, change: Change) -> None:
    changed = [name for name in (*SIZES, *SETTINGS) if change.has(name)]
    if changed:
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=id_, **_changed_settings(change, changed))
    if change.has("tags"):
        _update_tags(aws, id_, change)
    if change.has("targetGroupArns"):
        _update_target_groups(aws, id_, change)
    refresh(aws, id_, change)
    if change.old.get("warmPool") and not change.new.get("warmPool"):
        _delete_warm_pool(aws, id_, change.new)
    if change.has("minSize", "desiredCapacity", "desiredCapacityType"):
        desired = max(change.new["minSize"], change.get("desiredCapacity") or 0)
        _wait_for_capacity(aws, id_, change.new, desired, exactly=True)
    _set_collections(aws, id_, change.old, change.new)


def _changed_settings(change: Change, names: list[str]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name in names:
        if change.new.get(name) is None and name in _RESETS:
            field = INPUTS[name]
            asked[field.aws or name[:1].upper() + name[1:]] = _RESETS[name]
        else:
            asked |= request(INPUTS, change.new, (name,))
    return asked


def _update_tags(aws: Session, id_: str, change: Change) -> None:
    desired = {each["key"] for each in change.new.get("tags") or ()}
    gone = [each for each in change.old.get("tags") or () if each["key"] not in desired]
    if gone:
        aws.autoscaling.delete_tags(Tags=_tag_list(id_, gone))
    if desired:
        aws.autoscaling.create_or_update_tags(Tags=_tag_list(id_, change.new["tags"]))


def _update_target_groups(aws: Session, id_: str, change: Change) -> None:
    come, gone = difference(change.old.get("targetGroupArns"), change.new.get("targetGroupArns"))
    if gone:
        aws.autoscaling.detach_load_balancer_target_groups(AutoScalingGroupName=id_, TargetGroupARNs=gone)
    if come:
        aws.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=id_, TargetGroupARNs=come)


def _delete_warm_pool(aws: Session, id_: str, props: Properties) -> None:
    force = bool(props.get("forceDelete") or props.get("forceDeleteWarmPool"))
    aws.autoscaling.delete_warm_pool(AutoScalingGroupName=id_, ForceDelete=force)
    wait_for(
        f"the warm pool of {id_} to be gone",
        lambda: None if "WarmPoolConfiguration" in (_find(aws, id_) or {}) else True,
        timeout=_DELETE_PATIENCE,
    )


def _delete(aws: Session, id_: str, state: Properties) -> None:
    group = _find(aws, id_)
    if group is None:
        return
    if "WarmPoolConfiguration" in group:
        _delete_warm_pool(aws, id_, state)
    force = bool(state.get("forceDelete"))
    if not force:
        _drain(aws, id_, group)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=id_, ForceDelete=force)
    wait_for(f"{id_} to be gone", lambda: True if _find(aws, id_) is None else None, timeout=_DELETE_PATIENCE)


def _drain(aws: Session, id_: str, group: dict[str, Any]) -> None:
    """Scale to nothing first, so that lifecycle hooks run; protected members would never leave."""
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=id_, MinSize=0, MaxSize=0, DesiredCapacity=0)
    kept = [each["InstanceId"] for each in group["Instances"] if each["ProtectedFromScaleIn"]]
    for start in range(0, len(kept), 50):  # the call takes 50 ids
        aws.autoscaling.set_instance_protection(
            AutoScalingGroupName=id_, InstanceIds=kept[start : start + 50], ProtectedFromScaleIn=False
        )
    wait_for(
        f"the instances of {id_} to be gone",
        lambda: None if (_find(aws, id_) or {}).get("Instances") else True,
        timeout=_DELETE_PATIENCE,
    )


def _examine(inputs: Properties) -> list[CheckFailure]:
    try:
        seconds_of(inputs["waitForCapacityTimeout"])
    except ValueError as error:
        return [CheckFailure("waitForCapacityTimeout", str(error))]
    triggers = (inputs.get("instanceRefresh") or {}).get("triggers") or ()
    for each in triggers:
        if each not in INPUTS and each != "tag":
            return [CheckFailure("instanceRefresh.triggers", f"{each!r} is not a property of a group")]
    return []


GROUP = Resource(
    type_="aws:autoscaling/group:Group",
    inputs=INPUTS,
    outputs=("arn", "predictedCapacity", "warmPoolSize"),
    unsupported=(
        "launchConfiguration",
        "loadBalancers",
        "minElbCapacity",
        "trafficSources",
        "waitForElbCapacity",
    ),
    name=AutoName(max_length=255),
    exactly_one=(("launchTemplate", "mixedInstancesPolicy"),),
    at_most_one=(("name", "namePrefix"), ("availabilityZones", "vpcZoneIdentifiers")),
    examine=_examine,
    renewed={
        "desiredCapacity": ("minSize", "maxSize"),
        "availabilityZones": ("vpcZoneIdentifiers",),
        "vpcZoneIdentifiers": ("availabilityZones",),
        "launchTemplate": ("mixedInstancesPolicy",),
        "mixedInstancesPolicy": ("launchTemplate",),
    },
    create=_create,
    locate=lambda _, props: given_or_unique(props),
    settle=_settle,
    read=_read,
    update=_update,
    delete=_delete,
)

RESOURCES = (GROUP,)
