"""A load balancer of the program's own before the fleet."""

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack

stack = TapStack("web", InfraConfig.from_pulumi())
front = aws.lb.LoadBalancer(
    "front", internal=False, load_balancer_type="application", subnets=stack.public_subnet_ids, tags={"Owner": "web"}
)
targets = aws.lb.TargetGroup("targets", port=443, protocol="HTTPS", vpc_id=stack.vpc_id)
certificate = aws.acm.Certificate("front", domain_name="web.example.com", validation_method="DNS")
issued = aws.acm.CertificateValidation("front", certificate_arn=certificate.arn)
aws.lb.Listener(
    "https",
    load_balancer_arn=front.arn,
    port=443,
    protocol="HTTPS",
    certificate_arn=issued.certificate_arn,
    default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
)
aws.autoscaling.Attachment(
    "fleet", autoscaling_group_name=stack.auto_scaling_group_name, lb_target_group_arn=targets.arn
)
pulumi.export("address", front.dns_name)
