"""The healer beside a group, deployed into an AWS in the test's own process: no account, no network."""

from __future__ import annotations

import pytest

from embedded_pulumi.pytest_plugin import Deploy
from embedded_pulumi.testing import DeployedStack


@pytest.fixture
def group(deployed: Deploy) -> DeployedStack:
    """The group of `tests/group`."""
    return deployed("tests/group")


def members(group: DeployedStack) -> set[str]:
    """The group's instances."""
    names = [group.outputs["name"]]
    (found,) = group.boto3("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]
    return {each["InstanceId"] for each in found["Instances"]}


@pytest.mark.parametrize("mode", ["live", "observe"])
def test_a_broken_instance_is_told_and_only_a_live_healer_marks_it(
    deployed: Deploy, group: DeployedStack, mode: str
) -> None:
    healer = deployed(".", {"groups": {"shop": group.outputs["name"]}, "tap:healerMode": mode})
    healer.pass_time(minutes=10)
    broken = min(members(group))
    healer.cloud.break_instance(broken, "system")

    healer.pass_time(minutes=4)  # its window is two; the group itself waits for longer

    log = f"/aws/lambda/{healer.outputs['shop_function']}"
    told = healer.boto3("logs").filter_log_events(logGroupName=log)["events"]
    assert any(broken in each["message"] for each in told)
    assert (broken in members(group)) == (mode == "observe")
