"""What a launch needs of a role: everything that it uses and makes, its tags, and the role that it hands on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

PASSED = "iam:PassRole"


def allow(action: str | list[str], resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**params)
    assert error.value.response["Error"]["Code"] == "UnauthorizedOperation"
    return str(error.value.response["Error"]["Message"])


@pytest.fixture
def asked(account: Any) -> dict[str, Any]:
    """A launch, which the account's owner could make."""
    image = account.owner("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    return {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}


def test_a_launch_is_decided_about_for_each_thing_that_it_needs(account: Any, asked: dict[str, Any]) -> None:
    whole = account.acting(account.role(allow("ec2:RunInstances")), "ec2")
    images = account.role(allow("ec2:RunInstances", "arn:aws:ec2:*::image/*"), name="images")

    whole.run_instances(**asked)
    assert "ec2:RunInstances on resource: arn:aws:ec2:us-east-1:123456789012:instance/*" in refusal(
        account.acting(images, "ec2").run_instances, **asked
    )


def test_its_tags_need_the_permission_to_tag(account: Any, asked: dict[str, Any]) -> None:
    ec2 = account.acting(account.role(allow("ec2:RunInstances")), "ec2")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]

    assert "ec2:CreateTags on resource: arn:aws:ec2:us-east-1:123456789012:instance/*" in refusal(
        ec2.run_instances, **asked, TagSpecifications=tags
    )


def test_a_profile_needs_the_permission_to_pass_its_role(account: Any, asked: dict[str, Any]) -> None:
    iam = account.owner("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="machine", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="machine")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
    named = {"IamInstanceProfile": {"Name": "machine"}}
    ec2 = account.acting(account.role(allow("ec2:*")), "ec2")
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    passing = account.role(allow("ec2:*"), allow(PASSED, role, Condition=to_ec2), name="passing")

    assert f"{PASSED} on resource: {role}" in refusal(ec2.run_instances, **asked, **named)
    account.acting(passing, "ec2").run_instances(**asked, **named)
