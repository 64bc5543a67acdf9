"""The table of everything this provider serves: resource types and data sources by their Pulumi tokens."""

from __future__ import annotations

from embedded_pulumi.aws import (
    autoscaling,
    autoscaling_policy,
    cloudwatch,
    dynamodb,
    ec2_compute,
    ec2_endpoints,
    ec2_instances,
    ec2_nat,
    ec2_network,
    ec2_routing,
    ec2_security,
    ecr,
    events,
    iam,
    iam_linked_roles,
    iam_policies,
    invokes,
    kms,
    lambda_,
    lambda_access,
    lambda_invocation,
    logs,
    route53,
    s3,
    s3_objects,
    s3_settings,
    secretsmanager,
    sns,
    sqs,
    ssm,
)
from embedded_pulumi.aws.datasource import DataSource
from embedded_pulumi.aws.resource_type import ResourceType

MODULES = (
    ec2_network,
    ec2_nat,
    ec2_routing,
    ec2_endpoints,
    ec2_security,
    ec2_compute,
    ec2_instances,
    iam,
    iam_linked_roles,
    iam_policies,
    autoscaling,
    autoscaling_policy,
    lambda_,
    lambda_access,
    lambda_invocation,
    cloudwatch,
    events,
    logs,
    sns,
    kms,
    ssm,
    s3,
    s3_settings,
    s3_objects,
    sqs,
    dynamodb,
    secretsmanager,
    ecr,
    route53,
)

RESOURCES: dict[str, ResourceType] = {each.type_: each() for module in MODULES for each in module.TYPES}
INVOKES: dict[str, DataSource] = invokes.DATA_SOURCES
