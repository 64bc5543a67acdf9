"""A standing stack on every other day: an operator acts on AWS, and then the stack is refreshed and deployed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from support.deployed.stack import SPEED, Deployed, OneAtATime, Variant

from embedded_pulumi.engine.events import Summary
from embedded_pulumi.engine.steps import Op

CONFIG = {"tap:natStrategy": "single", "tap:maxSize": "9"}
STANDING = Variant("standing", CONFIG, "eu-west-1")


@pytest.fixture(scope="module")
def standing(stacks: OneAtATime) -> Iterator[Deployed]:
    stack = stacks.deployed_anew(STANDING)
    stack.sandbox.cloud.clock.advance(120)
    stack.sandbox.cloud.clock.set_speed(10 * SPEED)  # an update waits for the instance refresh before it to be cancelled
    yield stack
    stack.sandbox.cloud.clock.stop()


@dataclass(frozen=True)
class Again:
    """What a deployment over the standing stack did."""

    done: Summary

    @property
    def changes(self) -> set[str]:
        """The types of what it changed, without the package."""
        return {step.type.rpartition(":")[2] for step in self.done.steps if step.op is not Op.SAME}


def again(stack: Deployed, more: Mapping[str, str] = {}) -> Again:  # noqa: B006 - it is only read
    """Deploy the stack with more configuration."""
    return Again(stack.sandbox.engine_for({**CONFIG, **more}).up())


def test_what_an_operator_did_to_the_group_outlives_a_refresh_and_a_deployment(standing: Deployed) -> None:
    """docs/healer.md has the tag; a suspended process is AWS's own way to hold a group still."""
    aws, name = standing.client("autoscaling"), standing.group["AutoScalingGroupName"]
    tag = {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": "tap:healer", "PropagateAtLaunch": False}
    aws.create_or_update_tags(Tags=[{**tag, "Value": "off"}])
    aws.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["AZRebalance"])
    aws.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=5)

    standing.sandbox.engine.refresh()
    changed = again(standing).changes

    group = standing.group
    assert changed == set()
    assert {each["Key"]: each["Value"] for each in group["Tags"]}["tap:healer"] == "off"
    assert [each["ProcessName"] for each in group["SuspendedProcesses"]] == ["AZRebalance"]
    assert group["DesiredCapacity"] == 5


def test_a_tag_of_the_program_changes_beside_the_operators(standing: Deployed) -> None:
    changed = again(standing, {"tap:tags": "Owner=platform"}).changes

    tags = {each["Key"]: each["Value"] for each in standing.group["Tags"]}
    assert "Group" in changed
    assert (tags["Owner"], tags["tap:healer"]) == ("platform", "off")


def test_the_minimum_of_a_fleet_that_has_scaled_is_raised(standing: Deployed) -> None:
    """The state says a capacity of 2 (terraform-aws-modules/terraform-aws-eks 3102)."""
    changed = again(standing, {"tap:minSize": "3", "tap:desiredCapacity": "3"}).changes

    assert "Group" in changed
    assert (standing.group["MinSize"], standing.group["DesiredCapacity"]) == (3, 5)
