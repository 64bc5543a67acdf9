"""The stack's outputs: a contract that scripts and other stacks rely on. Each is an attribute of `TapStack`, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi


class NetworkOutputs:
    """What a network tells, whether it is the stack's own or one that exists."""

    vpc_id: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]
    internet_gateway_id: pulumi.Output[str]
    nat_gateway_ids: pulumi.Output[list[str]]
    public_route_table_id: pulumi.Output[str]
    private_route_table_ids: pulumi.Output[list[str]]


class ContractOutputs(NetworkOutputs):
    """What others may rely on: always all of these, in this order, the network's first. Extras come after them."""

    ec2_security_group_id: pulumi.Output[str]
    ec2_role_arn: pulumi.Output[str]
    ec2_role_name: pulumi.Output[str]
    lambda_role_arn: pulumi.Output[str]
    lambda_role_name: pulumi.Output[str]
    ec2_instance_profile_name: pulumi.Output[str]
    ec2_instance_profile_arn: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    auto_scaling_group_name: pulumi.Output[str]
    auto_scaling_group_arn: pulumi.Output[str]
    scale_up_policy_arn: pulumi.Output[str]
    scale_down_policy_arn: pulumi.Output[str]
    lambda_function_arn: pulumi.Output[str]
    lambda_function_name: pulumi.Output[str]
    cpu_high_alarm_arn: pulumi.Output[str]
    cpu_low_alarm_arn: pulumi.Output[str]
    health_check_rule_arn: pulumi.Output[str]
    lambda_log_group_name: pulumi.Output[str]
    region: str
    environment: str
    environment_suffix: str
    ssm_access_instructions: str


class ExtraOutputs:
    """More that is good to know, and may change.

    The zones in use, the topic to subscribe to, the alarms by name, whether the healer acts, and the function that
    rolls new launch template versions out, with its role and its schedule.
    """

    zones: list[str]
    notification_topic_arn: pulumi.Output[str]
    healer_alarm_arns: pulumi.Output[dict[str, str]]
    healer_mode: str
    rollout_function_name: pulumi.Output[str]
    rollout_function_arn: pulumi.Output[str]
    rollout_role_arn: pulumi.Output[str]
    rollout_schedule_rule_arn: pulumi.Output[str]
    rollout_alarm_arns: pulumi.Output[dict[str, str]]


class FleetOutputs(NetworkOutputs):
    """What a `Fleet` tells: of the network that it stands in, of its group, and of how it is watched and rolled out."""

    zones: pulumi.Output[list[str]]
    ec2_security_group_id: pulumi.Output[str]
    ec2_role_arn: pulumi.Output[str]
    ec2_role_name: pulumi.Output[str]
    ec2_instance_profile_name: pulumi.Output[str]
    ec2_instance_profile_arn: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    auto_scaling_group_name: pulumi.Output[str]
    auto_scaling_group_arn: pulumi.Output[str]
    scale_up_policy_arn: pulumi.Output[str]
    scale_down_policy_arn: pulumi.Output[str]
    cpu_high_alarm_arn: pulumi.Output[str]
    cpu_low_alarm_arn: pulumi.Output[str]
    notification_topic_arn: pulumi.Output[str]
    rollout_function_name: pulumi.Output[str]
    rollout_function_arn: pulumi.Output[str]
    rollout_role_arn: pulumi.Output[str]
    rollout_schedule_rule_arn: pulumi.Output[str]
    rollout_alarm_arns: pulumi.Output[dict[str, str]]
    load_balancer_dns_name: pulumi.Output[str]
    region: str
    environment: str
    environment_suffix: str
    ssm_access_instructions: str


OUTPUT_KEYS = (*NetworkOutputs.__annotations__, *ContractOutputs.__annotations__)
FLEET_OUTPUT_KEYS = (*NetworkOutputs.__annotations__, *FleetOutputs.__annotations__)
EXTRA_OUTPUT_KEYS = tuple(ExtraOutputs.__annotations__)
