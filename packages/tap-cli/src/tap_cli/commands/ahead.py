"""Starts the program's process before anything else, because its imports take longest."""

from __future__ import annotations

from embedded_pulumi.engine.program import PrestartedLauncher

SERVICES = ("autoscaling", "cloudwatch", "ec2", "iam", "kms", "lambda_", "sns", "ssm", "vpc")
MODULES = ("tap_stack.stack", *(f"pulumi_aws.{service}" for service in SERVICES))
"""What the program of this project imports, once it gets there."""


def start() -> PrestartedLauncher:
    """Start the process; what is returned starts programs, the first of them in it."""
    return PrestartedLauncher(MODULES)
