"""A bucket of one's own, which the instances may read."""

import json

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack

stack = TapStack("web", InfraConfig.from_pulumi())
bucket = aws.s3.Bucket("assets", tags={"Owner": "web"})


def reading(arn: str) -> str:
    """Permission to read the bucket."""
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


aws.iam.RolePolicy("read-assets", role=stack.ec2_role_name, policy=bucket.arn.apply(reading))
pulumi.export("bucket", bucket.bucket)
pulumi.export("group", stack.auto_scaling_group_name)
