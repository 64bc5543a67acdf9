"""A healer of TAP's beside an Auto Scaling group that is no part of TAP."""

import pulumi
import pulumi_aws as aws

from tap_stack import Healer

network = aws.ec2.Vpc("shop", cidr_block="10.7.0.0/16")
subnet = aws.ec2.Subnet("shop", vpc_id=network.id, cidr_block="10.7.1.0/24")
image = aws.ssm.get_parameter(name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
template = aws.ec2.LaunchTemplate(
    "shop", image_id=image.value, instance_type="t3.micro", metadata_options={"http_tokens": "required"}
)
group = aws.autoscaling.Group(
    "shop",
    min_size=3,
    max_size=6,
    health_check_grace_period=120,
    vpc_zone_identifiers=[subnet.id],
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
)
healer = Healer(
    "shop",
    {
        "auto_scaling_group_name": group.name,
        "health_check_grace_period": 120,
        "healer": {"instance_check_window_seconds": 240},
    },
)
pulumi.export("group", healer.auto_scaling_group_name)
pulumi.export("function", healer.lambda_function_name)
pulumi.export("role", healer.lambda_role_name)
pulumi.export("alarms", healer.healer_alarm_arns)
