"""The deployed stack as a client of AWS sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tap_stack.local.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"  # not the default, so that a region written into the code is found out
SPEED = 60  # the provider waits for instances to be in service, as the real one does


class Deployed:
    """A deployed stack as a client of AWS sees it."""

    def __init__(self, sandbox: Sandbox, outputs: dict[str, Any]) -> None:
        self.sandbox = sandbox
        self.outputs = outputs
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The boto3 client of one service, made once."""
        if service not in self._clients:
            self._clients[service] = self.sandbox.cloud.client(service, self.sandbox.region)
        return self._clients[service]

    @property
    def group(self) -> dict[str, Any]:
        """The Auto Scaling group."""
        names = [self.outputs["auto_scaling_group_name"]]
        found = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
        group: dict[str, Any] = found["AutoScalingGroups"][0]
        return group

    @property
    def instances(self) -> list[dict[str, Any]]:
        """The group's EC2 instances."""
        ids = [each["InstanceId"] for each in self.group["Instances"]]
        reservations = self.client("ec2").describe_instances(InstanceIds=ids)["Reservations"]
        return [instance for reservation in reservations for instance in reservation["Instances"]]

    def in_vpc(self, call: str, key: str) -> list[dict[str, Any]]:
        """Everything of one kind in the stack's VPC, such as `describe_subnets` and `Subnets`."""
        filters = [{"Name": "vpc-id", "Values": [self.outputs["vpc_id"]]}]
        found: list[dict[str, Any]] = getattr(self.client("ec2"), call)(Filters=filters)[key]
        return found


def tags_of(thing: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    """AWS's list of tags as a dictionary."""
    return {tag["Key"]: tag["Value"] for tag in thing[key]}
