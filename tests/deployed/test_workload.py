"""A fleet that runs something of its user's: files for the first boot, permissions, an image out of a parameter."""

from __future__ import annotations

import base64
import email
import json
from pathlib import Path
from typing import Any

import pytest
from support.deployed import first_boot
from support.deployed.stack import Deployed, OneAtATime, Variant

from embedded_aws.embedded import Cloud
from embedded_aws.services.autoscaling import BootEnd
from embedded_pulumi.errors import ProgramRefused

FILES = Path(__file__).parent / "boot"
READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/*"}
WEB = {
    "tap:imageId": "/images/web",
    "tap:userDataFile": f"{FILES / 'web.sh'},{FILES / 'packages.yaml'}",
    "tap:iamPath": "/platform/",
    "tap:instancePolicyArns": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    "tap:instancePolicy": json.dumps({"Version": "2012-10-17", "Statement": READS}, indent=2),
}


def publish_image(cloud: Cloud) -> None:
    """Name the Ubuntu that Canonical publishes in a parameter of one's own."""
    ssm = cloud.client("ssm", "eu-west-1")
    ubuntu = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
    value = ssm.get_parameter(Name=ubuntu)["Parameter"]["Value"]
    ssm.put_parameter(Name="/images/web", Value=value, Type="String")


VARIANT = Variant("dev", WEB, "eu-west-1", prepare=publish_image)


@pytest.fixture
def web(stacks: OneAtATime) -> Deployed:
    return stacks.deployed(VARIANT)


def members(stack: Deployed) -> list[dict[str, Any]]:
    ids = [each["InstanceId"] for each in stack.group["Instances"]]
    reservations = stack.client("ec2").describe_instances(InstanceIds=ids)["Reservations"]
    return [each for some in reservations for each in some["Instances"]]


def urns(stack: Deployed) -> list[str]:
    return [each["urn"] for each in json.loads(stack.state.read_text())["checkpoint"]["latest"]["resources"]]


def test_instances_boot_with_the_users_files_behind_the_agents(web: Deployed) -> None:
    asked = {"InstanceId": members(web)[0]["InstanceId"], "Attribute": "userData"}
    encoded = web.client("ec2").describe_instance_attribute(**asked)["UserData"]["Value"]
    parts = [each for each in email.message_from_bytes(base64.b64decode(encoded)).walk() if not each.is_multipart()]

    assert [each.get_filename() for each in parts] == [
        "001-tap-boot",
        "002-tap-agents",
        "003-web.sh",
        "004-packages.yaml",
    ]
    assert b"logger 'web of eu-west-1 in tap-fleet-dev'" in parts[2].get_payload(decode=True)


def test_they_run_the_image_of_the_parameter_with_its_own_root_device(web: Deployed) -> None:
    wanted = web.client("ssm").get_parameter(Name="/images/web")["Parameter"]["Value"]

    assert {each["ImageId"] for each in members(web)} == {wanted}
    assert {each["RootDeviceName"] for each in members(web)} == {"/dev/sda1"}
    assert {len(each["BlockDeviceMappings"]) for each in members(web)} == {1}


@pytest.mark.parametrize(
    ("action", "resource", "decision"),
    [
        ("s3:GetObject", "arn:aws:s3:::artifacts/web.tar", "allowed"),
        ("s3:ListBucket", "arn:aws:s3:::any", "allowed"),
        ("s3:PutObject", "arn:aws:s3:::artifacts/web.tar", "implicitDeny"),
        ("ssm:UpdateInstanceInformation", "*", "allowed"),
    ],
)
def test_they_may_do_what_the_user_grants_and_no_more(web: Deployed, action: str, resource: str, decision: str) -> None:
    asked = {"PolicySourceArn": web.outputs["ec2_role_arn"], "ActionNames": [action], "ResourceArns": [resource]}
    (result,) = web.client("iam").simulate_principal_policy(**asked)["EvaluationResults"]

    assert ":role/platform/" in web.outputs["ec2_role_arn"]
    assert result["EvalDecision"] == decision


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("tap:imageId", "/images/none", "an SSM parameter that exists in eu-west-1"),
        ("tap:instancePolicyArns", "arn:aws:iam::aws:policy/None", "policies that exist; arn:aws:iam::aws:policy/None"),
        ("tap:userDataFile", "none.sh", "'none.sh' cannot be read from"),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_is_made(web: Deployed, key: str, value: str, said: str) -> None:
    before = urns(web)

    with pytest.raises(ProgramRefused, match=said):
        web.sandbox.engine_for({**WEB, key: value}).up()
    assert urns(web) == before


# A first boot that fails is a launch that fails.


def states(stack: Deployed) -> list[str]:
    return sorted(each["LifecycleState"] for each in stack.group["Instances"])


def ended(stack: Deployed, status: str) -> list[dict[str, Any]]:
    """The activities of the group that ended so, the newest first."""
    name = stack.outputs["auto_scaling_group_name"]
    activities = stack.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    return [each for each in activities if each["StatusCode"] == status]


def notices(stack: Deployed) -> str:
    """What the stack's topic has heard."""
    topic = stack.outputs["notification_topic_arn"]
    return "\n".join(each.message for each in stack.sandbox.cloud.notifications.history() if each.topic_arn == topic)


def grow(stack: Deployed, desired: int) -> None:
    name = stack.outputs["auto_scaling_group_name"]
    stack.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=desired)


@pytest.fixture
def booting(stacks: OneAtATime) -> Deployed:
    """A stack of its own: what happens to its members is the test's business."""
    stack = stacks.deployed_anew(VARIANT)
    stack.sandbox.cloud.clock.advance(300)
    return stack


def test_members_are_in_service_once_their_boot_has_ended_well(booting: Deployed) -> None:
    name = booting.outputs["auto_scaling_group_name"]
    (hook,) = booting.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]

    assert (hook["LifecycleHookName"], hook["DefaultResult"], hook["HeartbeatTimeout"]) == (
        "tap-boot-dev",
        "ABANDON",
        300,
    )
    assert states(booting) == ["InService", "InService"]
    assert [each for each in booting.sandbox.cloud.calls if not each.allowed] == []


def test_a_boot_that_fails_is_a_launch_that_fails_and_is_tried_again_and_told(booting: Deployed) -> None:
    cloud, name = booting.sandbox.cloud, booting.outputs["auto_scaling_group_name"]
    cloud.set_load(name, 50)  # neither idle nor busy
    cloud.autoscaling.end_boots(name, BootEnd.FAILED)
    grow(booting, 3)
    cloud.clock.advance(600)

    failed = ended(booting, "Cancelled")
    assert len(failed) > 1, "the group tries again"
    told = notices(booting)
    for each in failed:
        assert "was abandoned: Lifecycle Action Completed with ABANDON Result" in each["StatusMessage"]
        assert each["StatusMessage"] in told
    assert states(booting).count("InService") == 2

    cloud.autoscaling.end_boots(name, BootEnd.WELL)
    cloud.clock.advance(200)
    assert states(booting) == ["InService"] * 3


def test_an_instance_that_is_gone_in_its_boot_is_given_up_within_minutes(booting: Deployed) -> None:
    cloud, name = booting.sandbox.cloud, booting.outputs["auto_scaling_group_name"]
    cloud.autoscaling.end_boots(name, BootEnd.SILENT)
    grow(booting, 3)
    cloud.clock.advance(400)

    assert ended(booting, "Cancelled")[0]["StatusMessage"].endswith("was abandoned: Heartbeat Timeout")


@pytest.mark.parametrize(("script", "comes"), [("#!/bin/bash\ntrue\n", True), ("#!/bin/bash\nfalse\n", False)])
def test_the_instance_itself_tells_how_its_boot_ended(
    stacks: OneAtATime, tmp_path: Path, script: str, *, comes: bool
) -> None:
    file = tmp_path / "own.sh"
    file.write_text(script)
    stack = stacks.deployed_anew(Variant("dev", {"tap:userDataFile": str(file)}, "eu-west-1"))
    cloud, name = stack.sandbox.cloud, stack.outputs["auto_scaling_group_name"]
    cloud.clock.advance(300)
    cloud.autoscaling.end_boots(name, BootEnd.SILENT)
    grow(stack, 3)
    cloud.clock.advance(60)
    (waiting,) = [each["InstanceId"] for each in stack.group["Instances"] if each["LifecycleState"] == "Pending:Wait"]

    journal = first_boot.run(stack, waiting, tmp_path / "machine")

    assert f"told {name} that the first boot ended with {'CONTINUE' if comes else 'ABANDON'}" in journal
    cloud.clock.advance(30)
    serving = [each["InstanceId"] for each in stack.group["Instances"] if each["LifecycleState"] == "InService"]
    assert (waiting in serving) is comes


def test_the_hook_comes_to_a_group_that_stands_and_goes_again(stacks: OneAtATime) -> None:
    stack = stacks.deployed_anew(Variant("dev", {}, "eu-west-1"))
    name = stack.outputs["auto_scaling_group_name"]
    arn = stack.group["AutoScalingGroupARN"]

    def hooks() -> list[str]:
        found = stack.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
        return [each["LifecycleHookName"] for each in found]

    assert hooks() == []
    stack.sandbox.engine_for({"tap:userDataFile": WEB["tap:userDataFile"]}).up()
    assert hooks() == ["tap-boot-dev"]
    stack.roll_out()
    assert states(stack) == ["InService", "InService"]
    assert stack.group["AutoScalingGroupARN"] == arn, "the group itself is the same"

    stack.sandbox.engine_for({}).up()
    assert hooks() == []
    assert stack.group["AutoScalingGroupARN"] == arn
