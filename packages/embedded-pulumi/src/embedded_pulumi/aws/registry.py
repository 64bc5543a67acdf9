"""The table of everything this provider serves: resource types and data sources by their Pulumi tokens."""

from __future__ import annotations

from embedded_pulumi.aws import (
    acm,
    autoscaling,
    autoscaling_attachment,
    autoscaling_policy,
    cloudwatch,
    ec2_compute,
    ec2_endpoints,
    ec2_nat,
    ec2_network,
    ec2_routing,
    ec2_security,
    events,
    iam,
    iam_linked_roles,
    iam_policies,
    invokes,
    kms,
    lambda_,
    lambda_access,
    lambda_invocation,
    lb,
    lb_listeners,
    lb_targets,
    logs,
    s3,
    s3_objects,
    s3_settings,
    sns,
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
    iam,
    iam_linked_roles,
    iam_policies,
    autoscaling,
    autoscaling_policy,
    autoscaling_attachment,
    lambda_,
    lambda_access,
    lambda_invocation,
    cloudwatch,
    events,
    logs,
    sns,
    kms,
    ssm,
    lb,
    lb_targets,
    lb_listeners,
    acm,
    s3,
    s3_settings,
    s3_objects,
)

RESOURCES: dict[str, ResourceType] = {each.type_: each() for module in MODULES for each in module.TYPES}
INVOKES: dict[str, DataSource] = invokes.DATA_SOURCES
