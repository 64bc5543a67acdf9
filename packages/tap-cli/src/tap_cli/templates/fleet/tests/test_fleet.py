"""The fleet, deployed into an AWS in the test's own process: no account, no network."""

from __future__ import annotations

from typing import Any

import pytest

from embedded_pulumi.pytest_plugin import Deploy
from embedded_pulumi.testing import DeployedStack


@pytest.fixture(scope="module")
def stack(module_deployed: Deploy) -> DeployedStack:
    """The program of this folder with the configuration of Pulumi.dev.yaml."""
    return module_deployed(".")


def instances(stack: DeployedStack) -> list[dict[str, Any]]:
    """What EC2 says of the group's instances."""
    group = {"Name": "tag:aws:autoscaling:groupName", "Values": [stack.outputs["auto_scaling_group_name"]]}
    running = {"Name": "instance-state-name", "Values": ["running"]}
    found = stack.boto3("ec2").describe_instances(Filters=[group, running])["Reservations"]
    return [instance for reservation in found for instance in reservation["Instances"]]


def test_deploying_again_changes_nothing(stack: DeployedStack) -> None:
    assert set(stack.preview().changes) == {"same"}


def test_no_instance_has_a_public_address(stack: DeployedStack) -> None:
    assert [each.get("PublicIpAddress") for each in instances(stack)] == [None, None]


def test_a_broken_instance_is_replaced_and_the_others_stay(stack: DeployedStack) -> None:
    broken, well = (each["InstanceId"] for each in instances(stack))
    stack.pass_time(minutes=10)
    stack.cloud.break_instance(broken, "system")

    stack.pass_time(minutes=15)

    ids = [each["InstanceId"] for each in instances(stack)]
    assert len(ids) == 2
    assert broken not in ids
    assert well in ids
