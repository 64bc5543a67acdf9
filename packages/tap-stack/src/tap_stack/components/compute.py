"""The fleet: a launch template, an Auto Scaling group in the private subnets, and how it grows and shrinks."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from zlib import crc32

import pulumi
import pulumi_aws as aws

from tap_stack.components import boot_hook, placing, scaling, user_data
from tap_stack.components.component import Component
from tap_stack.components.discovery import NEWEST, Machine, StandingGroup
from tap_stack.components.launcher import Launcher
from tap_stack.components.mixed_policy import mixed_policy
from tap_stack.config import InfraConfig, volumes
from tap_stack.config.pools import HIBERNATED

TAGGED_AT_LAUNCH = ("instance", "volume", "network-interface")

GROUP_METRICS: list[pulumi.Input[aws.autoscaling.Metric]] = [
    aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    aws.autoscaling.Metric.GROUP_MAX_SIZE,
    aws.autoscaling.Metric.GROUP_MIN_SIZE,
    aws.autoscaling.Metric.GROUP_PENDING_INSTANCES,
    aws.autoscaling.Metric.GROUP_STANDBY_INSTANCES,
    aws.autoscaling.Metric.GROUP_TERMINATING_INSTANCES,
    aws.autoscaling.Metric.GROUP_TOTAL_INSTANCES,
]
"""Free of charge, and off unless asked for."""

TOLD: list[pulumi.Input[aws.autoscaling.NotificationType]] = [
    aws.autoscaling.NotificationType.INSTANCE_LAUNCH,
    aws.autoscaling.NotificationType.INSTANCE_LAUNCH_ERROR,
    aws.autoscaling.NotificationType.INSTANCE_TERMINATE,
    aws.autoscaling.NotificationType.INSTANCE_TERMINATE_ERROR,
]

LEFT_ALONE = -1
"""A size that a scheduled action does not set, in the AWS provider's words."""

DAY = 86_400  # seconds
HIBERNATION = aws.ec2.LaunchTemplateHibernationOptionsArgs(configured=True)


class ComputeArgs(TypedDict):
    """What instances are made of, and what must stand before the first one boots."""

    config: InfraConfig
    machine: Machine
    user_data: pulumi.Input[bytes]
    moves: bool
    group: StandingGroup | None
    volume_key: str | None
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    security_group_id: pulumi.Input[str]
    instance_profile_name: pulumi.Input[str]
    before_instances: Sequence[pulumi.Resource]
    target_groups: Mapping[str, pulumi.Input[str]]
    requests_label: pulumi.Input[str] | None


class Compute(Component):
    """Launch template, Auto Scaling group, scaling policies and the agent's configuration."""

    launch_template_id: pulumi.Output[str]
    launch_template_arn: pulumi.Output[str]
    wanted_template: pulumi.Output[str]
    auto_scaling_group_name: pulumi.Output[str]
    auto_scaling_group_arn: pulumi.Output[str]
    scale_up_policy_arn: pulumi.Output[str]
    scale_down_policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ComputeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._args = args
        agent = self._create_agent_configuration()
        stands = args["group"]
        placed = placing.groups(self, stands.placed if stands else ())
        template = self._create_launch_template(placed.get(self.config.placement_strategy))
        first = [agent, *args["before_instances"], *placed.values()]
        launcher = None
        if args["volume_key"]:
            launcher = Launcher(self.names.of("launcher"), self.config, args["volume_key"], self.child())
            first.append(launcher)
        group = self._create_group(template, first, launcher)
        if self.config.user_data_file:
            self._create_boot_hook(group)
        self._create_schedules(group)
        self._tell_own_topic(group)
        self._follow_targets(group, self._attach(group))
        self.publish(
            launch_template_id=template.id,
            launch_template_arn=template.arn,
            wanted_template=pulumi.Output.concat(template.id, ":", template.latest_version.apply(str)),
            auto_scaling_group_name=group.name,
            auto_scaling_group_arn=group.arn,
            scale_up_policy_arn=self._create_scaling_policy("scale-up", group, 1).arn,
            scale_down_policy_arn=self._create_scaling_policy("scale-down", group, -1).arn,
        )

    def _create_agent_configuration(self) -> aws.ssm.Parameter:
        return aws.ssm.Parameter(
            **self.named(self.names.agent_parameter),
            type="String",
            description="What the CloudWatch agent of the fleet's instances collects",
            value=user_data.agent_configuration(self.names.group),
        )

    def _create_launch_template(self, placed: aws.ec2.PlacementGroup | None) -> aws.ec2.LaunchTemplate:
        name, machine = self.names.of("instance"), self._args["machine"]
        return aws.ec2.LaunchTemplate(
            **self.named(name, self.child(hooks=self._tell_of_rollout())),
            description="No key pair, no public address",
            image_id=self._pinned_image(),
            instance_type=self.config.instance_type,
            update_default_version=True,
            ebs_optimized="true" if machine.ebs_optimized else None,
            user_data=pulumi.Output.from_input(self._args["user_data"]).apply(
                lambda raw: base64.b64encode(raw).decode()
            ),
            iam_instance_profile={"name": self._args["instance_profile_name"]},
            monitoring={"enabled": self.config.detailed_monitoring},
            # The endpoint is spelled out: without it AWS leaves the account's default in force.
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
            hibernation_options=HIBERNATION if self.config.warm_pool == HIBERNATED else None,
            # Replacing is the healer's; a recovery on the side would move an instance while it is being judged.
            maintenance_options={"auto_recovery": "disabled"} if machine.auto_recovery else None,
            block_device_mappings=self._volumes(machine.root_device),
            placement=placing.placement(self.config, placed),
            capacity_reservation_specification=placing.reservation(self.config),
            network_interfaces=[
                aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                    device_index=0,
                    associate_public_ip_address="false",
                    delete_on_termination="true",
                    security_groups=[self._args["security_group_id"]],
                )
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=self.tags(name, Type="Private"))
                for kind in TAGGED_AT_LAUNCH
            ],
        )

    def _volumes(self, root_device: str) -> list[aws.ec2.LaunchTemplateBlockDeviceMappingArgs]:
        """The root volume and those for data."""
        config = self.config
        root = volumes.performance(config.volume_type, config.volume_iops, config.volume_throughput)
        wanted: dict[str, dict[str, Any]] = {
            root_device: {"volume_type": config.volume_type, "volume_size": config.volume_size, **root},
            **{device: each.ebs for device, each in volumes.read(config.data_volumes).items()},
        }
        fixed: dict[str, Any] = {"encrypted": "true", "delete_on_termination": "true"}
        if config.volume_key_arn:
            fixed["kms_key_id"] = config.volume_key_arn
        return [
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=device, ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(**volume, **fixed)
            )
            for device, volume in wanted.items()
        ]

    def _tell_of_rollout(self) -> pulumi.ResourceHookBinding:
        """Say in the preview already, in one line, that a deployment will replace the fleet's instances."""

        def tell(_: pulumi.ResourceHookArgs) -> None:
            what = "gets a new version: the rollout replaces the fleet's instances with it, the first ones first"
            pulumi.log.info(f"The launch template of {self.names.group} {what} (tap rollout status)")

        hook = pulumi.ResourceHook(self.names.of("rollout-ahead"), tell, pulumi.ResourceHookOptions(on_dry_run=True))
        return pulumi.ResourceHookBinding(before_update=[hook])

    def _pinned_image(self) -> pulumi.Input[str]:
        """The configured image, or the one that AWS or an SSM parameter named when the stack was made.

        A parameter of the stack keeps its id, one for each architecture and source. Otherwise any deployment after a
        release of Amazon Linux would replace the fleet.
        """
        machine, wanted = self._args["machine"], self.config.image_id
        if wanted.startswith("ami-"):
            return machine.image_id
        own = wanted not in {"", NEWEST}
        source = f"-{crc32(wanted.encode()):08x}" if own else ""
        follows = self.config.image_refresh or wanted == NEWEST
        pin = aws.ssm.Parameter(
            **self.named(
                self.names.of(f"image-{machine.architecture}{source}"),
                self.child(ignore_changes=[] if follows else ["insecureValue"]),
            ),
            type="String",
            description=f"The image of {wanted} that the fleet runs; tap:imageRefresh asks for it anew"
            if own
            else "The Amazon Linux 2023 that the fleet runs; tap:imageRefresh takes the newest",
            insecure_value=machine.image_id,
        )
        return pin.insecure_value.apply(str)

    def _create_group(
        self, template: aws.ec2.LaunchTemplate, first: list[pulumi.Resource], launcher: Launcher | None
    ) -> aws.autoscaling.Group:
        name = self.names.group
        most = self.config.max_healthy_percentage
        healthy: dict[str, Any] = {"min_healthy_percentage": 100, "max_healthy_percentage": most}
        return aws.autoscaling.Group(
            name,
            name=name,
            min_size=self.config.min_size,
            max_size=self.config.max_size,
            desired_capacity=self.config.desired_capacity,
            service_linked_role_arn=launcher.role_arn if launcher else self._role_again(),
            vpc_zone_identifiers=self._args["subnet_ids"],
            health_check_type="ELB" if self.config.follows_load_balancer else "EC2",
            health_check_grace_period=self.config.health_check_grace_period,
            default_instance_warmup=self.config.health_check_grace_period,
            **self._launched(template),
            # Off is what AWS assumes: nothing is said where there is nothing to rebalance.
            capacity_rebalance=self.config.rebalances or None,
            instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(**healthy),
            enabled_metrics=GROUP_METRICS,
            tags=[
                aws.autoscaling.GroupTagArgs(key=key, value=tag, propagate_at_launch=True)
                for key, tag in self.tags(name).items()
            ],
            # pulumi-aws would wait for the capacity that is recorded, which scaling has left behind: a new minimum
            # would fail after ten minutes. One failed launch would fail the deployment, though the group tries again.
            wait_for_capacity_timeout="0",
            initial_lifecycle_hooks=self._first_hooks(),
            warm_pool=scaling.warm_pool(self.config),
            max_instance_lifetime=self.config.max_instance_lifetime_days * DAY or None,
            opts=self.child(ignore_changes=self._not_for_pulumi(), depends_on=first),
        )

    def _role_again(self) -> str | None:
        """Auto Scaling's usual role for a group that stands with the stack's own, and needs it no longer.

        To the AWS provider the property is computed: a role that is not named any more would stay, and could not be
        deleted, since the group uses it.
        """
        stands = self._args["group"]
        if stands is None or not stands.role.endswith(f"_{self.names.launcher}"):
            return None
        return stands.role.removesuffix(f"_{self.names.launcher}")

    def _launched(self, template: aws.ec2.LaunchTemplate) -> dict[str, Any]:
        """What the group launches: the launch template, or a mixed instances policy over it.

        The version is a number, never $Latest, and the number that the group begins with. From then on the rollout's
        function has AWS move it, when all instances of the new version are well. pulumi-aws would save the new version
        first and then start a refresh, which would roll back to it (hashicorp/terraform-provider-aws 34189).

        A policy is always sent as a whole, its template's version with it. So a group that stands is told the version
        that it has, and not the one that it began with.
        """
        config, stands = self.config, self._args["group"]
        version: pulumi.Input[str] = template.latest_version.apply(str)
        if stands and not self._args["moves"] and (config.is_mixed or stands.mixed):
            version = stands.version
        if not config.is_mixed:
            return {"launch_template": aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version)}
        return {"mixed_instances_policy": mixed_policy(config, template.id, version)}

    def _first_hooks(self) -> list[aws.autoscaling.GroupInitialLifecycleHookArgs] | None:
        if not self.config.user_data_file:
            return None
        return [aws.autoscaling.GroupInitialLifecycleHookArgs(**boot_hook.hook(self.names.boot_hook))]

    def _create_schedules(self, group: aws.autoscaling.Group) -> None:
        """Set the desired capacity at the times that the user wants; the sizes stay what the configuration says."""
        for each in self.config.scheduled:
            aws.autoscaling.Schedule(
                self.names.of(f"schedule-{each.name}"),
                scheduled_action_name=each.name,
                autoscaling_group_name=group.name,
                recurrence=each.recurrence,
                time_zone=each.time_zone,
                desired_capacity=each.desired_capacity,
                min_size=LEFT_ALONE,
                max_size=LEFT_ALONE,
                opts=self.child(),
            )

    def _tell_own_topic(self, group: aws.autoscaling.Group) -> None:
        """Have Auto Scaling tell a topic of the user's own of all that it launches and terminates, or tries to."""
        if self.config.notification_topic_arn:
            aws.autoscaling.Notification(
                self.names.of("group-notices"),
                group_names=[group.name],
                notifications=TOLD,
                topic_arn=self.config.notification_topic_arn,
                opts=self.child(),
            )

    def _create_boot_hook(self, group: aws.autoscaling.Group) -> None:
        """Hold instances until their first boot has ended, in a group that stands already too.

        A new group has the hook from the beginning (`initialLifecycleHooks`), before its first instance is launched.
        """
        hook = boot_hook.hook(self.names.boot_hook)
        aws.autoscaling.LifecycleHook(
            self.names.boot_hook, autoscaling_group_name=group.name, opts=self.child(), **hook
        )

    def _not_for_pulumi(self) -> list[str]:
        """What a deployment leaves alone once the group stands.

        The scaling policies set the capacity, an operator suspends processes, and a rollout moves the template.

        The hooks that it began with count no more: another list of them would replace the group, and the boot hook is a
        resource of its own.

        A mixed instances policy is not left alone, and neither is the template of a group that has one no longer.

        A fleet that moves to another VPC takes the new template with it: AWS accepts no group whose subnets and whose
        template's security groups are in two VPCs. The members are replaced by a rollout then too.
        """
        left = ["desiredCapacity", "suspendedProcesses", "initialLifecycleHooks"]
        stands = self._args["group"]
        changes = self._args["moves"] or self.config.is_mixed or (stands is not None and stands.mixed)
        return [*left, *([] if changes else ["launchTemplate"])]

    def _attach(self, group: aws.autoscaling.Group) -> list[pulumi.Resource]:
        """Let the group join target groups, each of which it leaves when it is no longer named.

        A group's own list of them does not do: pulumi-aws takes a list that is gone as nothing said.
        """
        return [
            aws.autoscaling.Attachment(
                self.names.of(thing), autoscaling_group_name=group.name, lb_target_group_arn=arn, opts=self.child()
            )
            for thing, arn in self._args["target_groups"].items()
        ]

    def _follow_targets(self, group: aws.autoscaling.Group, attached: list[pulumi.Resource]) -> None:
        """Have the capacity follow targets; requests are counted in a target group that the group has joined."""
        for thing, (metric, value) in scaling.targets(self.config).items():
            name = self.names.of(thing)
            aws.autoscaling.Policy(
                name,
                name=name,
                autoscaling_group_name=group.name,
                opts=self.child(depends_on=attached),
                **scaling.tracking(self.config, metric, value, self._args["requests_label"]),
            )
        if self.config.predictive_scaling:
            name = self.names.of("forecast")
            properties = scaling.forecast(self.config)
            aws.autoscaling.Policy(name, name=name, autoscaling_group_name=group.name, opts=self.child(), **properties)

    def _create_scaling_policy(self, thing: str, group: aws.autoscaling.Group, change: int) -> aws.autoscaling.Policy:
        name = self.names.of(thing)
        return aws.autoscaling.Policy(
            name,
            name=name,
            autoscaling_group_name=group.name,
            **scaling.step(self.config, change),
            opts=self.child(),
        )
