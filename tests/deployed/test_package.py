"""TAP's components as a Pulumi package: what a program in another language gets, deployed by the embedded engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.deployed import nursery
from support.deployed.stack import ROOT, SPEED, OneAtATime
from support.remote import MANIFEST, PARTS, PROGRAM

from embedded_pulumi.errors import ProgramFailed
from embedded_pulumi.testing import SharedAws
from tap_cli.sandbox import Sandbox

REGION = "eu-west-1"
REFUSED = PROGRAM.replace('"zones": 3', '"zones": 9')


@pytest.fixture
def sandbox(stacks: OneAtATime, tmp_path: Path) -> Iterator[Sandbox]:
    """A place for the program, beside the package of this repository."""
    stacks.close()
    program = tmp_path / "program"
    program.mkdir()
    (tmp_path / "plugin").symlink_to(ROOT / "plugin")
    (program / "Pulumi.yaml").write_text(MANIFEST)
    (program / "__main__.py").write_text(PROGRAM)
    config = {"aws:region": REGION}
    with Sandbox(program, "dev", config, region=REGION, folder=tmp_path, speed=SPEED, launch=nursery.launch) as made:
        yield made
        assert made.cloud.failures == []


def variables(sandbox: Sandbox, function: str) -> Any:
    client = sandbox.cloud.client("lambda", REGION)
    return client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]


def test_a_remote_stack_is_deployed_changed_and_destroyed(sandbox: Sandbox) -> None:
    outputs = sandbox.engine.up().outputs

    (group,) = sandbox.cloud.client("autoscaling", REGION).describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (group["AutoScalingGroupName"], group["MinSize"], group["MaxSize"]) == (outputs["group"], 3, 6)
    assert ("Owner", "us") in {(each["Key"], each["Value"]) for each in group["Tags"]}
    assert json.loads(variables(sandbox, outputs["function"])["HEALER_POLICY"])["instance_check_window_seconds"] == 240
    assert variables(sandbox, outputs["second"])["GROUP_NAME"] == outputs["group"]
    assert set(sandbox.engine.up().changes) == {"same"}
    assert sandbox.engine.destroy().changes.keys() == {"delete"}


def test_a_remote_fleet_stands_in_a_remote_network(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "program" / "__main__.py").write_text(PARTS)

    outputs = sandbox.engine.up().outputs

    (group,) = sandbox.cloud.client("autoscaling", REGION).describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["AutoScalingGroupName"] == outputs["group"] == "tap-web-fleet-dev"
    assert set(group["VPCZoneIdentifier"].split(",")) == set(outputs["subnets"])
    assert outputs["zones"] == [f"{REGION}a", f"{REGION}b"]
    (fleet,) = [each for each in sandbox.resources() if each.type == "aws:autoscaling/group:Group"]
    assert any("tap-shared-private-a-nat-dev" in each for each in fleet.dependencies)
    assert set(sandbox.engine.up().changes) == {"same"}


def test_an_argument_that_is_not_accepted_is_named_before_anything_is_made(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "program" / "__main__.py").write_text(REFUSED)

    with pytest.raises(ProgramFailed, match=r"web: zones: zones = '9' is not accepted; accepted: 2 to 8 zones$"):
        sandbox.engine.up()
    assert [each.type for each in sandbox.resources() if each.custom and "providers" not in each.type] == []


def test_the_example_in_yaml_is_deployed_changed_and_destroyed(stacks: OneAtATime) -> None:
    stacks.close()
    with SharedAws(region=REGION) as aws:
        stack = aws.deploy(ROOT / "examples" / "yaml")
        autoscaling, functions = stack.boto3("autoscaling"), stack.boto3("lambda")

        (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        assert (group["AutoScalingGroupName"], group["DesiredCapacity"]) == (stack.outputs["group"], 3)
        assert stack.outputs["dashboard"].endswith(f"id={stack.outputs['group']}")
        own, observer = (
            functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            for name in stack.outputs["healers"]
        )
        assert own["GROUP_NAME"] == observer["GROUP_NAME"] == stack.outputs["group"]
        assert (own["HEALER_MODE"], observer["HEALER_MODE"]) == ("live", "observe")
        assert stack.up({"size": 4}).changes["update"] >= 1
        (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        assert group["DesiredCapacity"] == 4
        assert set(stack.up().changes) == {"same"}
        assert stack.destroy().changes.keys() == {"delete"}
        assert aws.cloud.failures == []
