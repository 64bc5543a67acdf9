"""The names of the stack's outputs: a contract that scripts and other stacks rely on."""

from __future__ import annotations

OUTPUTS_OF = (
    (
        "networking",
        (
            "vpc_id",
            "vpc_cidr",
            "public_subnet_ids",
            "private_subnet_ids",
            "internet_gateway_id",
            "nat_gateway_ids",
            "public_route_table_id",
            "private_route_table_ids",
        ),
    ),
    ("security", ("ec2_security_group_id",)),
    (
        "iam",
        (
            "ec2_role_arn",
            "ec2_role_name",
            "lambda_role_arn",
            "lambda_role_name",
            "ec2_instance_profile_name",
            "ec2_instance_profile_arn",
        ),
    ),
    (
        "compute",
        (
            "launch_template_id",
            "auto_scaling_group_name",
            "auto_scaling_group_arn",
            "scale_up_policy_arn",
            "scale_down_policy_arn",
        ),
    ),
    ("healing", ("lambda_function_arn", "lambda_function_name")),
    ("monitoring", ("cpu_high_alarm_arn", "cpu_low_alarm_arn")),
    ("healing", ("health_check_rule_arn", "lambda_log_group_name")),
    ("config", ("region", "environment", "environment_suffix")),
)
"""Part of the stack to those of its attributes that are outputs, in the order of the contract."""

OUTPUT_KEYS = (*(key for _, keys in OUTPUTS_OF for key in keys), "ssm_access_instructions")
"""What others may rely on: always all of these, in this order. Extras come after them."""

EXTRA_OUTPUT_KEYS = ("zones", "notification_topic_arn", "healer_alarm_arns", "healer_mode")
"""More that is good to know, and may change: the zones in use, the topic to subscribe to, the healer's alarms by name,
and whether it acts."""
