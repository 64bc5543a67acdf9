"""Auto Scaling groups: waits for their desired capacity, and refreshes their instances when the launch changes."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws.autoscaling_refresh import TRIGGERS, refresh
from embedded_pulumi.aws.autoscaling_shapes import HOOK, INPUTS, SETTINGS, SIZES, WARM_POOL
from embedded_pulumi.aws.ec2_calls import difference, wait_gone
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import pascal, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.durations import seconds_of
from embedded_pulumi.provider import CheckFailure, ProviderError, allowing
from embedded_pulumi.values import UNKNOWN, Properties

_DELETE_PATIENCE = 600.0  # seconds; instances take their time to go
_DEFAULT_TERMINATION = ["Default"]
_NO_LIMIT = {"MaxGroupPreparedCapacity": -1}  # of a warm pool for which AWS tells none
_UNITS = "units"  # the desired capacity is a number of instances
_RESETS: dict[str, Any] = {  # what tells AWS to forget a setting that the program took back
    "availabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
    "capacityRebalance": False,
    "capacityReservationSpecification": {"CapacityReservationPreference": "default"},
    "context": "",
    "defaultInstanceWarmup": 0,
    "instanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
    "instanceMaintenancePolicy": {"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1},
    "maxInstanceLifetime": 0,
    "placementGroup": "",
    "terminationPolicies": _DEFAULT_TERMINATION,
    "desiredCapacityType": _UNITS,
}


def _serves(member: Description) -> bool:
    return bool(member["LifecycleState"] == "InService" and member["HealthStatus"].lower() == "healthy")


def _weight(member: Description) -> int:
    return int(member.get("WeightedCapacity") or 1)


def _failed(activity: Description) -> bool:
    """Whether a scaling activity failed for good: one that met a profile that is too new will be tried again."""
    message = activity.get("StatusMessage") or ""
    return bool(activity["StatusCode"] == "Failed" and "Invalid IAM Instance Profile" not in message)


def _tens(arns: list[str]) -> list[list[str]]:
    """ARNs of target groups as a call takes them: ten at a time."""
    return [arns[start : start + 10] for start in range(0, len(arns), 10)]


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


class AutoScalingGroup(ResourceType):
    """A group. Its tags are a property of their own: each says whether instances get it too.

    Source: terraform-provider-aws/internal/service/autoscaling/group.go (b157f5a91d91, 2026).
    """

    type_ = "aws:autoscaling/group:Group"
    inputs = INPUTS
    outputs = ("arn", "predictedCapacity", "warmPoolSize")
    unsupported = (
        "launchConfiguration",
        "loadBalancers",
        "trafficSources",
    )
    name = AutoName(max_length=255)
    exactly_one = (("launchTemplate", "mixedInstancesPolicy"),)
    at_most_one = (("availabilityZones", "vpcZoneIdentifiers"),)

    def create(self, aws: Session, props: Properties) -> str:
        """Create a group. With lifecycle hooks it starts empty, so that no instance launches before they exist."""
        name = given_or_unique(props)
        sizes = {"MinSize": 0, "MaxSize": 0} if props.get("initialLifecycleHooks") else request(SIZES, props)
        # The mark of the create is one of the group's tags; its instances do not get it.
        mark = [{"key": MARK, "value": props[MARK], "propagateAtLaunch": False}] if MARK in props else []
        aws.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            **sizes,
            **request(INPUTS, props, (*SETTINGS, "targetGroupArns")),
            Tags=_tag_list(name, [*(props.get("tags") or ()), *mark]),
        )
        return name

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        hooks = props.get("initialLifecycleHooks") or ()
        for hook in hooks:
            aws.autoscaling.put_lifecycle_hook(AutoScalingGroupName=id_, **request(HOOK, hook))
        if hooks:
            aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=id_, **request(SIZES, props))
        # First: with Launch suspended there would be nothing to wait for.
        self._wait_for_capacity(aws, id_, props)
        self._set_collections(aws, id_, {}, props)
        self._put_warm_pool(aws, id_, {}, props)

    def _set_collections(self, aws: Session, id_: str, old: Properties, new: Properties) -> None:
        """Update what has its own calls: suspended processes, collected metrics."""
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

    def _put_warm_pool(self, aws: Session, id_: str, old: Properties, new: Properties) -> None:
        """Create or change the warm pool. The real provider sends no size of 0, and AWS takes its default then."""
        if new.get("warmPool") and new["warmPool"] != old.get("warmPool"):
            asked = {name: value for name, value in WARM_POOL.to_aws(new["warmPool"]).items() if value != 0}
            aws.autoscaling.put_warm_pool(AutoScalingGroupName=id_, **asked)

    def _wait_for_capacity(self, aws: Session, id_: str, props: Properties, *, exactly: int | None = None) -> None:
        """Wait until enough members are InService and healthy, each by its weight.

        A new group is to have at least what it desires, and of it at least `waitForElbCapacity` or `minElbCapacity`
        healthy in all of its target groups. An update waits for `exactly` what is recorded, no more and no fewer,
        although the group may have scaled since, and for exactly `waitForElbCapacity`.

        Raises:
            ProviderError: it takes too long, or a launch failed and failures are not to be ignored.
        """
        timeout = seconds_of(props["waitForCapacityTimeout"])
        if not timeout:
            return
        seen = set() if exactly is None else {each["ActivityId"] for each in self._activities(aws, id_)}

        def in_service() -> bool | None:
            if not props.get("ignoreFailedScalingActivities"):
                for each in self._activities(aws, id_):
                    if each["ActivityId"] not in seen and _failed(each):
                        raise ProviderError(
                            f"scaling activity failed: {each.get('StatusMessage') or each['Description']}"
                        )
            group = self.find(aws, id_, props) or {"DesiredCapacity": 0, "Instances": ()}
            serving = [each for each in group["Instances"] if _serves(each)]
            have = sum(map(_weight, serving))
            enough = have >= group["DesiredCapacity"] if exactly is None else have == exactly
            return (enough and self._is_balanced(aws, group, serving, props, new=exactly is None)) or None

        awaited = "the desired instances" if exactly is None else f"exactly {exactly} healthy instances"
        with allowing(0):  # this time is `waitForCapacityTimeout`'s to say
            wait_for(f"{awaited} of {id_} to be in service", in_service, timeout=timeout)

    def _is_balanced(
        self, aws: Session, group: Description, serving: list[Description], props: Properties, *, new: bool
    ) -> bool:
        """Whether as much capacity as is asked for is healthy in all target groups of a group."""
        wanted = props.get("waitForElbCapacity") or (props.get("minElbCapacity") if new else 0)
        if not wanted:
            return True
        healthy = {each["InstanceId"] for each in serving}
        for arn in group.get("TargetGroupARNs", ()):
            told = aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
            healthy &= {each["Target"]["Id"] for each in told if each["TargetHealth"]["State"] == "healthy"}
        have = sum(_weight(each) for each in serving if each["InstanceId"] in healthy)
        return have >= wanted if new else have == wanted

    def _activities(self, aws: Session, id_: str) -> list[dict[str, Any]]:
        return list(aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=id_)["Activities"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        groups = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[id_])["AutoScalingGroups"]
        return groups[0] if groups else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        tags, enabled = found.get("Tags", ()), found.get("EnabledMetrics", ())
        return {
            "arn": found["AutoScalingGroupARN"],
            "name": found["AutoScalingGroupName"],
            **response(SIZES, found),
            **response(SETTINGS, found),
            **self._policies(found, state),
            "enabledMetrics": [each["Metric"] for each in enabled],
            "metricsGranularity": enabled[0]["Granularity"] if enabled else "1Minute",
            "predictedCapacity": found.get("PredictedCapacity", 0),
            "warmPoolSize": found.get("WarmPoolSize", 0),
            "suspendedProcesses": [each["ProcessName"] for each in found.get("SuspendedProcesses", ())],
            "tags": [
                {"key": each["Key"], "value": each.get("Value", ""), "propagateAtLaunch": each["PropagateAtLaunch"]}
                for each in tags
                if not each["Key"].startswith(("aws:", MARK)) and each["Key"] not in aws.ignored_tags
            ],
            MARK: next((each["Value"] for each in tags if each["Key"] == MARK), None),
            "targetGroupArns": found.get("TargetGroupARNs", []),
            "warmPool": WARM_POOL.from_aws(_NO_LIMIT | found["WarmPoolConfiguration"])
            if "WarmPoolConfiguration" in found
            else None,
        }

    def _policies(self, group: Description, state: Properties) -> Properties:
        """The policies of a group; None where AWS's value means that a policy is not set."""
        kept = SETTINGS["instanceMaintenancePolicy"].from_aws(group.get("InstanceMaintenancePolicy") or {})
        termination = group.get("TerminationPolicies", [])
        default = termination == _DEFAULT_TERMINATION and not state.get("terminationPolicies")
        kind = group.get("DesiredCapacityType")
        return {
            "instanceMaintenancePolicy": kept if any(value != -1 for value in kept.values()) else None,
            "terminationPolicies": None if default else termination,
            "maxInstanceLifetime": group.get("MaxInstanceLifetime") or None,
            "desiredCapacityType": None if kind == _UNITS and not state.get("desiredCapacityType") else kind,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        settings = [name for name in (*SIZES, *SETTINGS) if change.has(name)]
        if settings:
            asked = self._changed_settings(change, settings)
            aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=id_, **asked)
        if change.has("tags"):
            self._update_tags(aws, id_, change)
        if change.has("targetGroupArns"):
            come, gone = difference(change.old.get("targetGroupArns"), change.new.get("targetGroupArns"))
            for some in _tens(gone):
                aws.autoscaling.detach_load_balancer_target_groups(AutoScalingGroupName=id_, TargetGroupARNs=some)
            for some in _tens(come):
                aws.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=id_, TargetGroupARNs=some)
        refresh(aws, id_, change)
        if change.old.get("warmPool") and not change.new.get("warmPool"):
            self._delete_warm_pool(aws, id_, change.new)
        self._put_warm_pool(aws, id_, change.old, change.new)
        if change.has("minSize", "desiredCapacity", "desiredCapacityType"):
            recorded = change.new.get("desiredCapacity") or change.old.get("desiredCapacity") or 0
            self._wait_for_capacity(aws, id_, change.new, exactly=max(change.new["minSize"], recorded))
        self._set_collections(aws, id_, change.old, change.new)

    def _changed_settings(self, change: Change, names: list[str]) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        for name in names:
            if change.new.get(name) is None and name in _RESETS:
                asked[INPUTS[name].aws or pascal(name)] = _RESETS[name]
            else:
                asked |= request(INPUTS, change.new, (name,))
        return asked

    def _update_tags(self, aws: Session, id_: str, change: Change) -> None:
        desired = {each["key"] for each in change.new.get("tags") or ()}
        gone = [each for each in change.old.get("tags") or () if each["key"] not in desired]
        if gone:
            aws.autoscaling.delete_tags(Tags=_tag_list(id_, gone))
        if desired:
            aws.autoscaling.create_or_update_tags(Tags=_tag_list(id_, change.new["tags"]))

    def _delete_warm_pool(self, aws: Session, id_: str, props: Properties) -> None:
        force = bool(props.get("forceDelete") or props.get("forceDeleteWarmPool"))
        if not force:
            aws.autoscaling.put_warm_pool(AutoScalingGroupName=id_, MaxGroupPreparedCapacity=0, MinSize=0)
            wait_gone(
                f"the instances in the warm pool of {id_}",
                lambda: aws.autoscaling.describe_warm_pool(AutoScalingGroupName=id_).get("Instances") or None,
                timeout=_DELETE_PATIENCE,
            )
        aws.autoscaling.delete_warm_pool(AutoScalingGroupName=id_, ForceDelete=force)
        self._wait_gone(aws, id_, f"the warm pool of {id_}", "WarmPoolConfiguration")

    def _wait_gone(self, aws: Session, id_: str, what: str, key: str) -> None:
        """Wait until the description of a group has no such part."""
        wait_gone(what, lambda: (self.find(aws, id_, {}) or {}).get(key) or None, timeout=_DELETE_PATIENCE)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        group = self.find(aws, id_, state)
        if group is None:
            return
        if "WarmPoolConfiguration" in group:
            self._delete_warm_pool(aws, id_, state)
        force = bool(state.get("forceDelete"))
        if not force:
            self._drain(aws, id_, group)
        aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=id_, ForceDelete=force)
        wait_gone(id_, lambda: self.find(aws, id_, state), timeout=_DELETE_PATIENCE)

    def _drain(self, aws: Session, id_: str, group: Description) -> None:
        """Scale to nothing first, so that lifecycle hooks run; protected members would never leave."""
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=id_, MinSize=0, MaxSize=0, DesiredCapacity=0)
        kept = [each["InstanceId"] for each in group["Instances"] if each["ProtectedFromScaleIn"]]
        for start in range(0, len(kept), 50):  # the call takes 50 ids
            aws.autoscaling.set_instance_protection(
                AutoScalingGroupName=id_, InstanceIds=kept[start : start + 50], ProtectedFromScaleIn=False
            )
        self._wait_gone(aws, id_, f"the instances of {id_}", "Instances")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        try:
            seconds_of(inputs["waitForCapacityTimeout"])
        except ValueError as error:
            return [CheckFailure("waitForCapacityTimeout", str(error))]
        refresh_ = inputs.get("instanceRefresh")
        triggers = refresh_.get("triggers") if isinstance(refresh_, dict) else None
        return [
            CheckFailure("instanceRefresh.triggers", f"{each!r} is not accepted; accepted: {', '.join(TRIGGERS)}")
            for each in (triggers if isinstance(triggers, list) else ())
            if each is not UNKNOWN and each not in TRIGGERS
        ]


TYPES = (AutoScalingGroup,)
