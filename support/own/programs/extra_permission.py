"""The instances may do one thing more: read a parameter of one's own."""

import json

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack

stack = TapStack("web", InfraConfig.from_pulumi())
parameter = aws.ssm.Parameter("greeting", type="String", value="hello", tags={"Owner": "web"})


def reading(arn: str) -> str:
    """Permission to read the parameter."""
    allowed = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


aws.iam.RolePolicy("read-greeting", role=stack.ec2_role_name, policy=parameter.arn.apply(reading))
pulumi.export("role", stack.ec2_role_arn)
