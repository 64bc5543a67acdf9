"""Terraform's names for what Pulumi's AWS provider calls otherwise.

Pulumi's provider is made from Terraform's: its names are the same in another style, save for plurals of what may be
given several times, and for a few that Pulumi has chosen itself. A service that nobody has looked through for those is
refused: a scanner takes no notice of a name that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from embedded_pulumi.errors import UserError

_SERVICES = {
    "autoscaling": "autoscaling_",
    "cloudwatch": "cloudwatch_",
    "ebs": "ebs_",
    "ec2": "",
    "iam": "iam_",
    "kms": "kms_",
    "lambda": "lambda_",
    "sns": "sns_",
    "ssm": "ssm_",
    "vpc": "vpc_",
}
"""Pulumi's module to what Terraform begins its types' names with, after `aws_`."""

_PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "aws_autoscaling_group": {
        "initialLifecycleHooks": "initial_lifecycle_hook",
        "tags": "tag",
        "vpcZoneIdentifiers": "vpc_zone_identifier",
    },
    "aws_autoscaling_policy": {"stepAdjustments": "step_adjustment"},
    "aws_cloudwatch_composite_alarm": {"name": "alarm_name"},
    "aws_cloudwatch_metric_alarm": {"metricQueries": "metric_query", "name": "alarm_name"},
    "aws_iam_role": {"inlinePolicies": "inline_policy"},
    "aws_instance": {"ebsBlockDevices": "ebs_block_device", "networkInterfaces": "network_interface"},
    "aws_lambda_function": {"code": "filename", "name": "function_name"},
    "aws_lambda_permission": {"function": "function_name"},
    "aws_launch_configuration": {"ebsBlockDevices": "ebs_block_device"},
    "aws_route_table": {"routes": "route"},
    "aws_sns_topic_subscription": {"topic": "topic_arn"},
}

_MAPS = frozenset({"dimensions", "inputPaths", "tags", "tagsAll", "variables"})
"""Objects whose keys are the user's: Terraform has them as they are, and every other object as a block."""


def terraform_type(token: str) -> str:
    """`aws_security_group`, for `aws:ec2/securityGroup:SecurityGroup`.

    Raises:
        UserError: Terraform's name for it is not known.
    """
    package, module, name = token.split(":")
    service = module.split("/", maxsplit=1)[0]
    if package != "aws" or service not in _SERVICES:
        known = ", ".join(sorted(f"aws:{each}" for each in _SERVICES))
        raise UserError(f"{token} has no name of Terraform's that is known here; accepted: resources of {known}")
    return f"aws_{_SERVICES[service]}{_snake(name)}"


def terraform_property(type_: str, name: str) -> str:
    """Terraform's name for a property; `type_` is Terraform's, or empty within a block."""
    return _PROPERTIES.get(type_, {}).get(name) or _snake(name)


def is_map(name: str) -> bool:
    """Whether a property that is an object stays one; `name` is Pulumi's."""
    return name in _MAPS


def terraform_label(name: str) -> str:
    """A resource's name as an identifier of Terraform's."""
    return re.sub(r"\W", "_", name)


def _snake(name: str) -> str:
    """`cidrIpv4` is `cidr_ipv4`, `LogGroup` is `log_group`, `ebsOptimized` is `ebs_optimized`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
