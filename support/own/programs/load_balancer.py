"""A load balancer before the fleet. Its types are not modelled yet: they are noted."""

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack

stack = TapStack("web", InfraConfig.from_pulumi())
front = aws.lb.LoadBalancer(
    "front", internal=False, load_balancer_type="application", subnets=stack.public_subnet_ids, tags={"Owner": "web"}
)
targets = aws.lb.TargetGroup("targets", port=443, protocol="HTTPS", vpc_id=stack.vpc_id)
aws.lb.Listener(
    "https",
    load_balancer_arn=front.arn,
    port=443,
    protocol="HTTPS",
    default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
)
aws.autoscaling.Attachment(
    "fleet", autoscaling_group_name=stack.auto_scaling_group_name, lb_target_group_arn=targets.arn
)
pulumi.export("address", front.dns_name)
