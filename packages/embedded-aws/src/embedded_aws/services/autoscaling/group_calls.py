"""Calls about groups: create, update, delete, describe, capacity, processes, metrics, tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import GroupSettings, Hook, Process, Refused
from embedded_aws.services.autoscaling import hook_calls, requests, shapes, stores, templates
from embedded_aws.services.autoscaling.group import Configuration, Group
from embedded_aws.services.autoscaling.launching import Launching
from embedded_aws.services.autoscaling.registry import Registry
from embedded_aws.services.autoscaling.target_groups import TargetGroups, TargetRegistry

Populate: TypeAlias = Callable[[Group, GroupSettings, Sequence[Hook], Call], None]
"""Gives a new group its fleet; this launches its first instances, which its lifecycle hooks hold."""

Test: TypeAlias = Callable[[Group, Sequence[Hook], Call], None]
"""Sends the test messages of a new group's lifecycle hooks; raises AwsError if one cannot be published."""

METRICS = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "GroupInServiceCapacity",
    "GroupPendingCapacity",
    "GroupStandbyCapacity",
    "GroupTerminatingCapacity",
    "GroupTotalCapacity",
)
SIZES = {"MinSize": "min_size", "MaxSize": "max_size", "DesiredCapacity": "desired"}


class GroupCalls:
    """Answers calls about groups.

    Args:
        populate: How a new group gets its fleet.
        rng: Chooses among several subnets of a zone.
        launching: Whom groups act as, and whether their launches succeed.
        targets: Where members are registered with target groups.
        test: Sends the test messages of lifecycle hooks.
    """

    def __init__(
        self,
        groups: Registry,
        populate: Populate,
        rng: Random,
        launching: Launching,
        targets: TargetRegistry,
        *,
        test: Test,
    ) -> None:
        self._targets = targets
        self._test = test
        self._launching = launching
        self._groups = groups
        self._populate = populate
        self._rng = rng

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "CreateAutoScalingGroup": self._create,
            "UpdateAutoScalingGroup": self._update,
            "DeleteAutoScalingGroup": self._delete,
            "DescribeAutoScalingGroups": self._describe,
            "SetDesiredCapacity": self._set_desired_capacity,
            "SuspendProcesses": self._suspend_or_resume,
            "ResumeProcesses": self._suspend_or_resume,
            "EnableMetricsCollection": self._set_metrics,
            "DisableMetricsCollection": self._set_metrics,
            "CreateOrUpdateTags": self._tag,
            "DeleteTags": self._tag,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def _create(self, call: Call) -> dict[str, Any]:
        params = call.params
        name = params["AutoScalingGroupName"]
        if self._groups.find(call.region, name) is not None:
            exists = f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
            raise AwsError("AlreadyExists", exists)
        requests.refuse_what_is_not_modelled(params)
        if "LaunchTemplate" not in params and not params.get("MixedInstancesPolicy"):
            raise requests.invalid(requests.EITHER)
        (template, policy), subnets = requests.launched_from(call), requests.subnets(call)
        requests.check_network(call, template, subnets)
        target_groups = list(dict.fromkeys(params.get("TargetGroupARNs", [])))
        self._targets.check_exist(call.region, target_groups)
        role = {"ServiceLinkedRoleARN": self._launching.role(call)}
        described = requests.DEFAULTS | requests.described(params) | role
        settings = GroupSettings(
            params["MinSize"],
            params["MaxSize"],
            params.get("DesiredCapacity", params["MinSize"]),
            tuple(subnets),
            templates.resolve(call.region, template).key,
            **requests.behaviour(described),
            draining=self._targets.delay(call.region, target_groups),
        )
        group = Group(
            call.region,
            name,
            Configuration(template, subnets, described, policy),
            call.time,
            rng=self._rng,
            launching=self._launching,
            target_groups=TargetGroups(call.region, self._targets, target_groups),
        )
        hooks = [hook_calls.read(each) for each in params.get("LifecycleHookSpecificationList", [])]
        _store(call, settings, template)
        try:
            self._test(group, hooks, call)
            self._populate(group, settings, hooks, call)
        except (AwsError, Refused):
            stores.groups(call.region).autoscaling_groups.pop(name, None)
            raise
        self._groups.add(group)
        return {}

    def _update(self, call: Call) -> dict[str, Any]:
        params, group = call.params, self._groups.named(call)
        requests.refuse_what_is_not_modelled(params)
        changes: dict[str, Any] = {SIZES[name]: params[name] for name in SIZES if name in params}
        configuration = group.configuration
        template, subnets, policy = configuration.template, configuration.subnets, configuration.policy
        if "LaunchTemplate" in params or params.get("MixedInstancesPolicy"):
            template, policy = requests.launched_from(call, policy)
            changes["template_version"] = templates.resolve(call.region, template).key
        if "VPCZoneIdentifier" in params or "AvailabilityZones" in params:
            subnets = requests.subnets(call)
            changes["zones"] = tuple(subnets)
        if (template, subnets) != (configuration.template, configuration.subnets):
            requests.check_network(call, template, subnets)
        given = requests.described(params)
        if "ServiceLinkedRoleARN" in params:
            given["ServiceLinkedRoleARN"] = self._launching.role(call)
        described = configuration.described | given
        before, group.configuration = configuration, Configuration(template, subnets, described, policy)
        try:
            group.fleet.update(call.time, weights=group.weights(), **changes, **requests.behaviour(given))
        except Refused:
            group.configuration = before
            raise
        return {}

    def _delete(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        force = call.params.get("ForceDelete", False)
        protection = group.configuration.described.get("DeletionProtection", "none")
        if protection == "prevent-all-deletion" or (protection == "prevent-force-deletion" and force):
            raise AwsError("ResourceInUse", f"Deletion protection ({protection}) is enabled for {group.name}.")
        group.fleet.delete(call.time, force=force)
        self._groups.advance(call.time)
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        params = call.params
        requests.check_filters(params)
        names = params.get("AutoScalingGroupNames", [])
        chosen = [
            group
            for group in self._groups.of_region(call.region)
            if (not names or group.name in names)
            and all(_passes(group, each["Name"], each.get("Values", [])) for each in params.get("Filters", []))
        ]
        shown, token = shapes.page(chosen, params, lambda group: group.name, most=100, usual=50)
        instances = params.get("IncludeInstances", True)
        return {"AutoScalingGroups": [shapes.group(group, instances=instances) for group in shown], **token}

    def _set_desired_capacity(self, call: Call) -> dict[str, Any]:
        honor = call.params.get("HonorCooldown", False)
        fleet = self._groups.named(call).fleet
        fleet.set_desired_capacity(call.params["DesiredCapacity"], call.time, honor_cooldown=honor)
        return {}

    def _suspend_or_resume(self, call: Call) -> dict[str, Any]:
        fleet = self._groups.named(call).fleet
        known = {process.value: process for process in Process}
        names = call.params.get("ScalingProcesses", [])
        if unknown := [name for name in names if name not in known]:
            raise requests.invalid(f"Scaling process {unknown[0]} is not valid; valid are {', '.join(known)}")
        act = fleet.suspend if call.action == "SuspendProcesses" else fleet.resume
        act([known[name] for name in names], call.time)
        return {}

    def _set_metrics(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        named = call.params.get("Metrics") or METRICS
        if call.action == "DisableMetricsCollection":
            group.metrics = [metric for metric in group.metrics if metric not in named]
            return {}
        if unknown := set(named) - set(METRICS):
            raise requests.invalid(f"Metric {', '.join(sorted(unknown))} is not valid; valid are {', '.join(METRICS)}")
        group.metrics = list(dict.fromkeys([*group.metrics, *named]))
        return {}

    def _tag(self, call: Call) -> dict[str, Any]:
        """Leave it to moto, if all the groups exist: moto does not look."""
        for tag in call.params["Tags"]:
            if self._groups.find(call.region, tag.get("ResourceId", "")) is None:
                raise requests.invalid(f"AutoScalingGroup name not found - {tag.get('ResourceId')} not found")
        return call.forward()


def _store(call: Call, settings: GroupSettings, template: Mapping[str, Any]) -> None:
    """Let moto know an empty group of this name: for its tags, policies, hooks and scheduled actions."""
    params = call.params
    if settings.min_size > settings.max_size:
        return  # the fleet refuses it in a moment
    stores.groups(call.region).create_auto_scaling_group(
        name=params["AutoScalingGroupName"],
        availability_zones=list(settings.zones),
        desired_capacity=0,
        max_size=settings.max_size,
        min_size=0,
        launch_config_name="",
        launch_template=dict(template),
        vpc_zone_identifier=None,
        default_cooldown=None,
        health_check_period=None,
        health_check_type=None,
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=[],
        tags=[dict(tag) for tag in params.get("Tags", [])],
    )


def _passes(group: Group, name: str, values: list[str]) -> bool:
    """Whether a group passes a filter: `tag-key`, `tag-value` or `tag:<key>`."""
    tags = group.tags
    if name == "tag-key":
        return any(tag["Key"] in values for tag in tags)
    if name == "tag-value":
        return any(tag.get("Value") in values for tag in tags)
    if name.startswith("tag:"):
        return any(tag["Key"] == name.removeprefix("tag:") and tag.get("Value") in values for tag in tags)
    raise requests.invalid(f"Filter name {name} is not valid.")
