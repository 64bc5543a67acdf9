"""A standing stack on every other day: an operator acts on AWS, and then the stack is refreshed and deployed again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support.deployed.stack import SPEED, Deployed, OneAtATime, Variant

from embedded_pulumi.engine.steps import Op
from tap_stack.components.discovery import IMAGE_PARAMETER

CONFIG = {"tap:natStrategy": "single", "tap:maxSize": "9"}
STANDING = Variant("standing", CONFIG, "eu-west-1")


@pytest.fixture(scope="module")
def standing(stacks: OneAtATime) -> Iterator[Deployed]:
    stack = stacks.deployed_anew(STANDING)
    stack.sandbox.cloud.clock.advance(120)
    stack.sandbox.cloud.set_load(stack.outputs["auto_scaling_group_name"], 50)  # an idle fleet would shrink again
    # An update waits for the end of the instance refresh before it.
    stack.sandbox.cloud.clock.set_speed(10 * SPEED)
    yield stack
    stack.sandbox.cloud.clock.stop()


def changed_by(stack: Deployed, **settings: str) -> set[str]:
    """Deploy the stack with more configuration; the types of what that changed, without the package."""
    config = {**CONFIG, **{f"tap:{key}": text for key, text in settings.items()}}
    done = stack.sandbox.engine_for(config).up()
    return {step.type.rpartition(":")[2] for step in done.steps if step.op is not Op.SAME}


def test_what_an_operator_did_to_the_group_outlives_a_refresh_and_a_deployment(standing: Deployed) -> None:
    """docs/healer.md has the tag; a suspended process is AWS's own way to hold a group still."""
    aws, name = standing.client("autoscaling"), standing.group["AutoScalingGroupName"]
    tag = {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": "tap:healer", "PropagateAtLaunch": False}
    aws.create_or_update_tags(Tags=[{**tag, "Value": "off"}])
    aws.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["AZRebalance"])
    aws.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=5)

    standing.sandbox.engine.refresh()
    changed = changed_by(standing)

    group = standing.group
    assert changed == set()
    assert {each["Key"]: each["Value"] for each in group["Tags"]}["tap:healer"] == "off"
    assert [each["ProcessName"] for each in group["SuspendedProcesses"]] == ["AZRebalance"]
    assert group["DesiredCapacity"] == 5


def test_a_tag_of_the_program_changes_beside_the_operators(standing: Deployed) -> None:
    changed = changed_by(standing, tags="Owner=platform")

    tags = {each["Key"]: each["Value"] for each in standing.group["Tags"]}
    assert "Group" in changed
    assert (tags["Owner"], tags["tap:healer"]) == ("platform", "off")


def test_the_minimum_of_a_fleet_that_has_scaled_is_raised(standing: Deployed) -> None:
    """The state says a capacity of 2 (terraform-aws-modules/terraform-aws-eks 3102)."""
    changed = changed_by(standing, minSize="3", desiredCapacity="3")

    assert "Group" in changed
    assert (standing.group["MinSize"], standing.group["DesiredCapacity"]) == (3, 5)


def test_a_release_of_amazon_linux_leaves_the_fleet_alone_until_it_is_asked_for(standing: Deployed) -> None:
    again = {"minSize": "3", "desiredCapacity": "3"}
    changed_by(standing, **again)
    newest = standing.sandbox.cloud.release_image(IMAGE_PARAMETER.format(architecture="x86_64"))

    left_alone = changed_by(standing, **again)
    asked_for = changed_by(standing, **again, imageRefresh="true")
    kept = changed_by(standing, **again)

    assert (left_alone, kept) == (set(), set())
    assert {"Parameter", "LaunchTemplate"} <= asked_for
    assert newest in image_ids(standing)


def image_ids(stack: Deployed) -> list[str]:
    """The images of the launch template's versions."""
    found = stack.client("ec2").describe_launch_template_versions(LaunchTemplateId=stack.outputs["launch_template_id"])
    return [each["LaunchTemplateData"]["ImageId"] for each in found["LaunchTemplateVersions"]]


def test_a_new_stack_alarms_nobody(stacks: OneAtATime) -> None:
    """Its heartbeat's alarm exists from the moment of the first one, and an idle fleet is no news."""
    stack = stacks.deployed_anew(Variant("quiet", {"tap:alarmEmail": "oncall@example.com"}, "eu-west-1"))
    cloud = stack.sandbox.cloud
    cloud.set_load(stack.outputs["auto_scaling_group_name"], 1.0)
    cloud.clock.advance(30 * 60)

    watch = stack.client("cloudwatch")
    changes = watch.describe_alarm_history(HistoryItemType="StateUpdate", MaxRecords=100)["AlarmHistoryItems"]
    assert [each["HistorySummary"] for each in changes if each["HistorySummary"].endswith("to ALARM")] == []
    assert {each["StateValue"] for each in watch.describe_alarms()["MetricAlarms"]} <= {"OK", "INSUFFICIENT_DATA"}


def test_a_small_old_type_and_an_image_with_another_root_device(stacks: OneAtATime) -> None:
    """`t2` is not EBS-optimized, and Ubuntu's root device is not Amazon Linux's."""
    probe = stacks.deployed_anew(Variant("probe", {"tap:instanceType": "t2.micro"}, "eu-west-1"))
    probe.sandbox.cloud.clock.advance(300)
    assert [each["LifecycleState"] for each in probe.group["Instances"]] == ["InService"] * 2

    canonical = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
    ubuntu = probe.client("ssm").get_parameter(Name=canonical)["Parameter"]["Value"]
    stack = stacks.deployed_anew(Variant("ubuntu", {"tap:imageId": ubuntu, "tap:volumeSize": "20"}, "eu-west-1"))
    stack.sandbox.cloud.clock.advance(300)

    assert {each["ImageId"] for each in stack.instances} == {ubuntu}
    assert {len(each["BlockDeviceMappings"]) for each in stack.instances} == {1}
    volumes = [mapping["Ebs"]["VolumeId"] for each in stack.instances for mapping in each["BlockDeviceMappings"]]
    found = stack.client("ec2").describe_volumes(VolumeIds=volumes)["Volumes"]
    assert {(each["Size"], each["Encrypted"]) for each in found} == {(20, True)}


def test_a_stack_is_made_again_beside_the_logs_that_it_kept(stacks: OneAtATime) -> None:
    """hashicorp/terraform-provider-aws 44676."""
    stack = stacks.deployed_anew(Variant("kept", {"tap:natStrategy": "none", "tap:protect": "true"}, "eu-west-1"))
    sandbox, logs = stack.sandbox, stack.client("logs")
    unprotected = re.sub(r'"protect": ?true', '"protect": false', stack.state.read_text())
    stack.state.write_text(unprotected)  # as `pulumi state unprotect --all` does
    sandbox.cloud.clock.set_speed(10 * SPEED)
    sandbox.engine.destroy()
    left = {each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]}

    again = sandbox.engine.up()
    unchanged = sandbox.engine.up()

    sandbox.cloud.clock.stop()
    assert left == {"/aws/lambda/tap-healer-dev", "/aws/lambda/tap-rollout-dev", "tap-flow-logs-dev"}
    assert again.outputs["lambda_log_group_name"] == "/aws/lambda/tap-healer-dev-2"
    assert {step.op for step in unchanged.steps} == {Op.SAME}
    sandbox.cloud.clock.advance(180)
    assert logs.describe_log_streams(logGroupName="/aws/lambda/tap-healer-dev-2")["logStreams"]
