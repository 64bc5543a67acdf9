"""A fleet that runs something of its user's: files for the first boot, permissions, an image out of a parameter."""

from __future__ import annotations

import base64
import email
import json
from pathlib import Path
from typing import Any

import pytest
from support.deployed.stack import Deployed, OneAtATime, Variant

from embedded_aws.embedded import Cloud
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

    assert [each.get_filename() for each in parts] == ["001-tap-agents", "002-web.sh", "003-packages.yaml"]
    assert b"logger 'web of eu-west-1 in tap-fleet-dev'" in parts[1].get_payload(decode=True)


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
