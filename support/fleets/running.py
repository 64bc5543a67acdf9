"""A fleet that runs, as a client of AWS sees it."""

from __future__ import annotations

import base64
import email
import gzip
from collections.abc import Mapping
from email.message import Message
from functools import cached_property
from typing import Any

from embedded_pulumi.testing import DeployedStack


class Running:
    """What AWS says of a deployed fleet: each thing is asked for once.

    Attributes:
        stack: The stack.
        things: What its definition presupposes, by name.
    """

    def __init__(self, stack: DeployedStack, things: Mapping[str, str]) -> None:
        self.stack, self.things = stack, things
        self.name: str = stack.outputs["auto_scaling_group_name"]

    def client(self, service: str) -> Any:
        """A boto3 client in the fleet's region."""
        return self.stack.boto3(service)

    @property
    def of_group(self) -> dict[str, str]:
        """How a call names the group."""
        return {"AutoScalingGroupName": self.name}

    @cached_property
    def group(self) -> dict[str, Any]:
        """The Auto Scaling group."""
        asked = {"AutoScalingGroupNames": [self.name]}
        group: dict[str, Any] = self.client("autoscaling").describe_auto_scaling_groups(**asked)["AutoScalingGroups"][0]
        return group

    @cached_property
    def serving(self) -> list[str]:
        """The ids of the members that are in service."""
        return [each["InstanceId"] for each in self.group["Instances"] if each["LifecycleState"] == "InService"]

    @cached_property
    def weights(self) -> dict[str, int]:
        """How much of the capacity each member in service is, by its id."""
        members = {each["InstanceId"]: each for each in self.group["Instances"]}
        return {each: int(members[each].get("WeightedCapacity", 1)) for each in self.serving}

    @cached_property
    def instances(self) -> list[dict[str, Any]]:
        """The members as EC2 has them; of a group that begins empty the first one, for which it grows."""
        asked = {"Filters": [{"Name": "tag:aws:autoscaling:groupName", "Values": [self.name]}]}
        found = self.client("ec2").describe_instances(**asked)["Reservations"]
        instances = [each for some in found for each in some["Instances"]]
        assert instances, "a group without members shows nothing of them"
        return instances

    def volume(self, device: str) -> dict[str, Any]:
        """The volume of the first member at a device."""
        at = {"attachment.instance-id": self.instances[0]["InstanceId"], "attachment.device": device}
        asked = {"Filters": [{"Name": key, "Values": [value]} for key, value in at.items()]}
        (volume,) = self.client("ec2").describe_volumes(**asked)["Volumes"]
        found: dict[str, Any] = volume
        return found

    @cached_property
    def files(self) -> list[Message]:
        """The parts of the first member's user data."""
        asked = {"InstanceId": self.instances[0]["InstanceId"], "Attribute": "userData"}
        raw = base64.b64decode(self.client("ec2").describe_instance_attribute(**asked)["UserData"]["Value"])
        plain = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        return [each for each in email.message_from_bytes(plain).walk() if not each.is_multipart()]

    @cached_property
    def role(self) -> dict[str, Any]:
        """The role that the first member has through its instance profile."""
        profile = self.instances[0]["IamInstanceProfile"]["Arn"].rpartition("/")[2]
        iam = self.client("iam")
        (role,) = iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
        found: dict[str, Any] = iam.get_role(RoleName=role["RoleName"])["Role"]
        return found

    @cached_property
    def policies(self) -> list[dict[str, Any]]:
        """The group's scaling policies."""
        found: list[dict[str, Any]] = self.client("autoscaling").describe_policies(**self.of_group)["ScalingPolicies"]
        return found

    @cached_property
    def ingress(self) -> list[dict[str, Any]]:
        """The inbound rules of the members' security groups."""
        groups = sorted({group["GroupId"] for each in self.instances for group in each["SecurityGroups"]})
        asked = {"Filters": [{"Name": "group-id", "Values": groups}]}
        rules = self.client("ec2").describe_security_group_rules(**asked)["SecurityGroupRules"]
        return [each for each in rules if not each["IsEgress"]]
