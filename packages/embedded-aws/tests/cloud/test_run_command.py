"""Systems Manager and instances: whose agent reports, and what becomes of a command that is sent to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

START = datetime(2031, 5, 6, 7, tzinfo=UTC)
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
SHELL = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["uptime"]}}
MINUTES = 60
NAMES = count(1)
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
NOBODY = "i-00000000000000000"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START) as cloud:
        iam = cloud.client("iam")
        for role, service in (("managed", "ec2.amazonaws.com"), ("operator", "lambda.amazonaws.com")):
            trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)
        iam.attach_role_policy(RoleName="managed", PolicyArn=MANAGED)
        iam.create_instance_profile(InstanceProfileName="managed")
        iam.add_role_to_instance_profile(InstanceProfileName="managed", RoleName="managed")
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ssm(cloud: Cloud) -> Any:
    return cloud.client("ssm")


@pytest.fixture
def launch(cloud: Cloud) -> Iterator[Callable[..., str]]:
    image = cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    ec2, launched = cloud.client("ec2"), []

    def run(**given: Any) -> str:
        usual = {"ImageId": image, "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "managed"}}
        made = ec2.run_instances(**{**usual, **given, "MinCount": 1, "MaxCount": 1})
        launched.append(made["Instances"][0]["InstanceId"])
        return str(launched[-1])

    yield run
    ec2.terminate_instances(InstanceIds=launched)


def told(ssm: Any, **params: Any) -> dict[str, tuple[str, datetime]]:
    found = ssm.describe_instance_information(**params)["InstanceInformationList"]
    return {each["InstanceId"]: (each["PingStatus"], each["LastPingDateTime"]) for each in found}


def fate(ssm: Any, command: str, instance: str) -> tuple[str, str]:
    """What each of the calls says of an invocation: they must agree."""
    one = ssm.get_command_invocation(CommandId=command, InstanceId=instance)
    (listed,) = ssm.list_command_invocations(CommandId=command, InstanceId=instance)["CommandInvocations"]
    assert (one["Status"], one["StatusDetails"]) == (listed["Status"], listed["StatusDetails"])
    return one["Status"], one["StatusDetails"]


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_an_agent_reports_each_five_minutes_and_is_missed_at_the_next(
    cloud: Cloud, ssm: Any, launch: Callable[..., str]
) -> None:
    began, instance = cloud.clock.now(), launch()
    cloud.clock.advance(12 * MINUTES)
    last = began + timedelta(minutes=10)

    online = told(ssm)[instance]
    cloud.client("ec2").stop_instances(InstanceIds=[instance])
    stopped = told(ssm)[instance]
    cloud.clock.advance(3 * MINUTES)
    missed = told(ssm, Filters=[{"Key": "PingStatus", "Values": ["ConnectionLost"]}])
    cloud.client("ec2").start_instances(InstanceIds=[instance])

    assert online == stopped == ("Online", last)
    assert missed == {instance: ("ConnectionLost", last)}
    assert told(ssm)[instance] == ("Online", cloud.clock.now())
    cloud.client("ec2").terminate_instances(InstanceIds=[instance])
    assert instance not in told(ssm)


def test_the_agent_says_what_its_image_is(ssm: Any, launch: Callable[..., str]) -> None:
    parameter = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
    instance = launch(ImageId=ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
    wanted = [{"Key": "InstanceIds", "Values": [instance]}, {"Key": "PlatformTypes", "Values": ["Linux"]}]

    (found,) = ssm.describe_instance_information(Filters=wanted)["InstanceInformationList"]

    assert found["PlatformName"] == "Ubuntu"
    assert (
        ssm.describe_instance_information(Filters=[{"Key": "PlatformTypes", "Values": ["Windows"]}])[
            "InstanceInformationList"
        ]
        == []
    )


def test_a_command_to_what_is_no_managed_instance_is_refused(
    cloud: Cloud, ssm: Any, launch: Callable[..., str]
) -> None:
    gone, silent, well = launch(), launch(IamInstanceProfile={}), launch()
    cloud.client("ec2").terminate_instances(InstanceIds=[gone])

    for each in (gone, silent, NOBODY):
        code, message = refused(ssm.send_command, InstanceIds=[well, each], **SHELL)
        assert code == "InvalidInstanceId"
        assert message == f"Instances [[{each}]] not in a valid state for account 123456789012"
    assert ssm.list_command_invocations(InstanceId=well)["CommandInvocations"] == []


def test_a_command_to_a_live_instance_is_not_delivered_and_says_why(ssm: Any, launch: Callable[..., str]) -> None:
    instance = launch(TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "mine"}]}])
    targets = [{"Key": "tag:Name", "Values": ["mine"]}]

    sent = ssm.send_command(Targets=targets, **SHELL)["Command"]
    command = sent["CommandId"]

    assert (sent["Status"], sent["TargetCount"]) == ("Pending", 0)
    assert fate(ssm, command, instance) == ("Failed", "Undeliverable")
    said = ssm.get_command_invocation(CommandId=command, InstanceId=instance)
    assert said["ResponseCode"] == -1
    assert said["StandardOutputContent"] == ""
    assert "no machine runs behind it" in said["StandardErrorContent"]
    (whole,) = ssm.list_commands(CommandId=command)["Commands"]
    assert (whole["Status"], whole["TargetCount"], whole["ErrorCount"]) == ("Failed", 1, 1)
    (invocation,) = ssm.list_command_invocations(CommandId=command, Details=True)["CommandInvocations"]
    (step,) = invocation["CommandPlugins"]
    assert (step["Name"], step["Output"]) == ("runShellScript", said["StandardErrorContent"])


def test_a_command_to_a_stopped_instance_waits_for_it_and_expires(
    cloud: Cloud, ssm: Any, launch: Callable[..., str]
) -> None:
    ec2, late, back = cloud.client("ec2"), launch(), launch()
    ec2.stop_instances(InstanceIds=[late, back])
    hour = {**SHELL, "Parameters": {"commands": ["uptime"], "executionTimeout": ["3000"]}, "TimeoutSeconds": 600}

    command = ssm.send_command(InstanceIds=[late, back], **hour)["Command"]["CommandId"]
    at_first = fate(ssm, command, late)
    ec2.start_instances(InstanceIds=[back])
    cloud.clock.advance(3600)
    ec2.start_instances(InstanceIds=[late])  # too late

    assert at_first == ("Pending", "Pending")
    assert fate(ssm, command, late) == ("TimedOut", "DeliveryTimedOut")
    assert fate(ssm, command, back) == ("Failed", "Undeliverable")
    (whole,) = ssm.list_commands(CommandId=command)["Commands"]
    assert (whole["StatusDetails"], whole["DeliveryTimedOutCount"]) == ("Incomplete", 1)


def test_a_command_that_waits_can_be_cancelled(cloud: Cloud, ssm: Any, launch: Callable[..., str]) -> None:
    instance = launch()
    cloud.client("ec2").stop_instances(InstanceIds=[instance])
    command = ssm.send_command(InstanceIds=[instance], **SHELL)["Command"]["CommandId"]

    ssm.cancel_command(CommandId=command)

    assert fate(ssm, command, instance) == ("Cancelled", "Cancelled")


def test_commands_are_listed_in_pages_and_by_filters(ssm: Any, launch: Callable[..., str]) -> None:
    instance = launch()
    sent = [ssm.send_command(InstanceIds=[instance], **SHELL)["Command"]["CommandId"] for _ in range(3)]

    pages = ssm.get_paginator("list_commands").paginate(InstanceId=instance, PaginationConfig={"PageSize": 2})

    assert [each["CommandId"] for page in pages for each in page["Commands"]] == sent[::-1]
    none = ssm.list_commands(InstanceId=instance, Filters=[{"key": "Status", "value": "Success"}])
    assert none["Commands"] == []


def test_what_is_asked_wrongly_is_refused_by_name(ssm: Any, launch: Callable[..., str]) -> None:
    instance = launch()
    nowhere = ssm.send_command(Targets=[{"Key": "tag:Name", "Values": ["nobody"]}], **SHELL)["Command"]["CommandId"]

    (empty,) = ssm.list_commands(CommandId=nowhere)["Commands"]
    assert (empty["Status"], empty["StatusDetails"]) == ("Success", "NoInstancesInTag")
    assert refused(ssm.send_command, InstanceIds=[instance], DocumentName="AWS-MakeCoffee")[0] == "InvalidDocument"
    assert refused(ssm.send_command, InstanceIds=[instance, instance], **SHELL)[0] == "DuplicateInstanceId"
    assert refused(ssm.send_command, **SHELL)[0] == "ValidationException"
    unknown = {"CommandId": "0" * 8 + "-0000-0000-0000-" + "0" * 12}
    assert refused(ssm.get_command_invocation, InstanceId=instance, **unknown)[0] == "InvocationDoesNotExist"


def test_sending_needs_the_document_and_the_instances(cloud: Cloud, launch: Callable[..., str]) -> None:
    instance, other = launch(), launch()
    iam = cloud.client("iam")
    allowed = [
        "arn:aws:ssm:us-east-1::document/AWS-RunShellScript",
        f"arn:aws:ec2:us-east-1:123456789012:instance/{instance}",
    ]
    statement = {"Effect": "Allow", "Action": "ssm:SendCommand", "Resource": allowed}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="operator", PolicyName="send", PolicyDocument=document)
    keys = cloud.iam.credentials_for("arn:aws:iam::123456789012:role/operator", "me", "lambda.amazonaws.com")
    client = cloud.client(
        "ssm",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )

    client.send_command(InstanceIds=[instance], **SHELL)

    assert refused(client.send_command, InstanceIds=[other], **SHELL)[0] == "AccessDeniedException"
    assert (
        "document/AWS-RunPowerShellScript"
        in refused(client.send_command, InstanceIds=[instance], DocumentName="AWS-RunPowerShellScript")[1]
    )
