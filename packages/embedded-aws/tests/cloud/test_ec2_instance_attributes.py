"""What a standing instance is told to be: applied, and refused where EC2 refuses it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

START = datetime(2031, 5, 6, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ec2(cloud: Cloud) -> Any:
    return cloud.client("ec2")


@pytest.fixture
def instance(ec2: Any) -> str:
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launched = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    return str(launched["Instances"][0]["InstanceId"])


def refused(call: Callable[..., Any], **params: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def shown(ec2: Any, instance: str) -> Any:
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def stop(cloud: Cloud, ec2: Any, instance: str) -> None:
    ec2.stop_instances(InstanceIds=[instance])
    cloud.clock.advance(300)
    assert shown(ec2, instance)["State"]["Name"] == "stopped"


def test_other_groups_are_its_interfaces_too(ec2: Any, instance: str) -> None:
    vpc = shown(ec2, instance)["VpcId"]
    group = ec2.create_security_group(GroupName=instance, Description="d", VpcId=vpc)["GroupId"]

    ec2.modify_instance_attribute(InstanceId=instance, Groups=[group])
    now = shown(ec2, instance)
    assert [each["GroupId"] for each in now["SecurityGroups"]] == [group]
    assert [each["GroupId"] for each in now["NetworkInterfaces"][0]["Groups"]] == [group]
    assert refused(ec2.modify_instance_attribute, InstanceId=instance, Groups=["sg-1"]) == "InvalidGroup.NotFound"


def test_user_data_and_type_change_only_while_it_is_stopped(cloud: Cloud, ec2: Any, instance: str) -> None:
    change = ec2.modify_instance_attribute
    cloud.clock.advance(300)
    assert refused(change, InstanceId=instance, UserData={"Value": b"two"}) == "IncorrectInstanceState"
    assert refused(change, InstanceId=instance, InstanceType={"Value": "t3.small"}) == "IncorrectInstanceState"

    stop(cloud, ec2, instance)
    change(InstanceId=instance, UserData={"Value": b"two"})
    change(InstanceId=instance, InstanceType={"Value": "t3.small"})
    told = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(told) == b"two"
    assert shown(ec2, instance)["InstanceType"] == "t3.small"


def test_a_launch_with_protection_is_protected(ec2: Any) -> None:
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    asked = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    made = ec2.run_instances(**asked, DisableApiTermination=True)["Instances"][0]["InstanceId"]

    assert refused(ec2.terminate_instances, InstanceIds=[made]) == "OperationNotPermitted"
    ec2.modify_instance_attribute(InstanceId=made, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[made])


def test_metadata_options_that_are_not_named_stay(ec2: Any, instance: str) -> None:
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required", HttpPutResponseHopLimit=2)
    ec2.modify_instance_metadata_options(InstanceId=instance, InstanceMetadataTags="enabled")

    options = shown(ec2, instance)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 2)
    assert (options["HttpEndpoint"], options["InstanceMetadataTags"]) == ("enabled", "enabled")


def test_monitoring_and_the_end_are_told(ec2: Any, instance: str) -> None:
    ec2.monitor_instances(InstanceIds=[instance])
    assert shown(ec2, instance)["Monitoring"]["State"] == "enabled"
    ec2.unmonitor_instances(InstanceIds=[instance])
    assert shown(ec2, instance)["Monitoring"]["State"] == "disabled"

    end = {"InstanceInitiatedShutdownBehavior": {"Value": "terminate"}}
    ec2.modify_instance_attribute(InstanceId=instance, **end)
    told = ec2.describe_instance_attribute(InstanceId=instance, Attribute="instanceInitiatedShutdownBehavior")
    assert told["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate"
    wrong = {"InstanceInitiatedShutdownBehavior": {"Value": "sleep"}}
    assert refused(ec2.modify_instance_attribute, InstanceId=instance, **wrong) == "InvalidParameterValue"


def test_an_instance_that_does_not_exist_is_refused_as_ec2_does(ec2: Any) -> None:
    for call in (ec2.monitor_instances, ec2.unmonitor_instances):
        assert refused(call, InstanceIds=["i-0123456789abcdef0"]) == "InvalidInstanceID.NotFound"
