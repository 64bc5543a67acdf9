"""The names of the stack's outputs: a contract that scripts and other stacks rely on."""

from __future__ import annotations

OUTPUT_KEYS = (
    "vpc_id",
    "vpc_cidr",
    "public_subnet_ids",
    "private_subnet_ids",
    "internet_gateway_id",
    "nat_gateway_ids",
    "public_route_table_id",
    "private_route_table_ids",
    "ec2_security_group_id",
    "ec2_role_arn",
    "ec2_role_name",
    "lambda_role_arn",
    "lambda_role_name",
    "ec2_instance_profile_name",
    "ec2_instance_profile_arn",
    "launch_template_id",
    "auto_scaling_group_name",
    "auto_scaling_group_arn",
    "scale_up_policy_arn",
    "scale_down_policy_arn",
    "lambda_function_arn",
    "lambda_function_name",
    "cpu_high_alarm_arn",
    "cpu_low_alarm_arn",
    "health_check_rule_arn",
    "lambda_log_group_name",
    "region",
    "environment",
    "environment_suffix",
    "ssm_access_instructions",
)
"""What others may rely on: always all of these, in this order. Extras come after them."""

EXTRA_OUTPUT_KEYS = (
    "zones",
    "notification_topic_arn",
    "healer_alarm_arns",
    "healer_mode",
    "rollout_function_name",
    "rollout_function_arn",
    "rollout_role_arn",
    "rollout_schedule_rule_arn",
    "rollout_alarm_arns",
)
"""More that is good to know, and may change: the zones in use, the topic to subscribe to, the alarms by name, whether
the healer acts, and the function that rolls new launch template versions out, with its role and its schedule."""
