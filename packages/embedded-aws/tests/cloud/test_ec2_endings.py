"""Instances that end, and what their console shows, seen by boto3 through the whole cloud."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

START = datetime(2031, 5, 6, 7, tzinfo=UTC)
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
HOUR = 3600


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ec2(cloud: Cloud) -> Any:
    return cloud.client("ec2")


@pytest.fixture
def instance(cloud: Cloud, ec2: Any) -> str:
    image = cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    launched = ec2.run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData="#!/bin/sh\nreboot\n"
    )
    return str(launched["Instances"][0]["InstanceId"])


def states(answer: dict[str, Any]) -> tuple[str, str]:
    (told,) = answer["TerminatingInstances"]
    return told["PreviousState"]["Name"], told["CurrentState"]["Name"]


def shown(ec2: Any) -> set[str]:
    found = ec2.describe_instances()["Reservations"]
    return {each["InstanceId"] for reservation in found for each in reservation["Instances"]}


def test_an_instance_may_be_terminated_twice(ec2: Any, instance: str) -> None:
    assert states(ec2.terminate_instances(InstanceIds=[instance])) == ("running", "shutting-down")
    assert states(ec2.terminate_instances(InstanceIds=[instance])) == ("terminated", "terminated")


@pytest.mark.parametrize("call", ["start_instances", "stop_instances", "reboot_instances"])
def test_nothing_brings_a_terminated_instance_back(ec2: Any, instance: str, call: str) -> None:
    ec2.terminate_instances(InstanceIds=[instance])

    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        getattr(ec2, call)(InstanceIds=[instance])
    assert ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Code"] == 48


def test_a_flow_log_is_delivered_if_its_log_group_is_there(cloud: Cloud, ec2: Any) -> None:
    vpc, logs = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"], cloud.client("logs")
    destination = "arn:aws:logs:us-east-1:123456789012:log-group:flows"
    made = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestination=destination,
        LogDestinationType="cloud-watch-logs",
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
    )

    def status() -> tuple[str, str | None]:
        (told,) = ec2.describe_flow_logs(FlowLogIds=made["FlowLogIds"])["FlowLogs"]
        return told["DeliverLogsStatus"], told.get("DeliverLogsErrorMessage")

    before = status()
    logs.create_log_group(logGroupName="flows")
    assert (before, status()) == (("FAILED", "Access error"), ("SUCCESS", None))


def test_a_terminated_instance_is_shown_for_an_hour(cloud: Cloud, ec2: Any, instance: str) -> None:
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "Name", "Value": "gone"}])
    ec2.terminate_instances(InstanceIds=[instance])
    cloud.clock.advance(HOUR)
    late = instance in shown(ec2), ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    cloud.clock.advance(1)

    assert late[0]
    assert late[1]
    by_id = {"InstanceIds": [instance]}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("describe_instances", by_id),  # the first that is asked after the hour
        ("describe_instance_status", by_id | {"IncludeAllInstances": True}),
        ("terminate_instances", by_id),
        ("get_console_output", {"InstanceId": instance}),
    ]
    for name, params in calls:
        with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
            getattr(ec2, name)(**params)
    assert instance not in shown(ec2)
    assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [instance]}])["Tags"] == []


def test_the_console_shows_the_image_and_that_no_machine_runs(cloud: Cloud, ec2: Any, instance: str) -> None:
    (image,) = ec2.describe_images(
        ImageIds=[ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["ImageId"]]
    )["Images"]
    began = cloud.clock.now()

    fresh = ec2.get_console_output(InstanceId=instance)
    cloud.clock.advance(90)
    ec2.stop_instances(InstanceIds=[instance])
    stopped = ec2.get_console_output(InstanceId=instance)

    assert fresh["Timestamp"] == began
    assert fresh["Output"].splitlines() == [
        "An instance of the embedded AWS: no machine runs here, and so no kernel wrote this.",
        f"image: {image['ImageId']} {image['Name']}, x86_64",
        f"instance: {instance}, t3.micro, in us-east-1a",
        "user data: 17 bytes, which nothing has run",
        f"[{began:%Y-%m-%dT%H:%M:%SZ}] started",
    ]
    assert stopped["Timestamp"] == cloud.clock.now()
    assert stopped["Output"] == fresh["Output"] + f"[{cloud.clock.now():%Y-%m-%dT%H:%M:%SZ}] stopped\n"
