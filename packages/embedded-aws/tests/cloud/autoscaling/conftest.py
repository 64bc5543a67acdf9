"""An embedded AWS with a network and a launch template, and groups that come and go with each test."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from embedded_aws.embedded import Cloud

START = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("us-east-1a", "us-east-1b")
NAMES = count(1)
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@dataclass
class Place:
    """Where groups can live: two subnets, a security group, a profile, and a launch template with two versions."""

    cloud: Cloud
    subnets: list[str]
    security_group: str
    template: str

    @property
    def ec2(self) -> Any:
        return self.cloud.client("ec2")

    def image(self, name: str) -> str:
        """An image of this name, registered."""
        return str(self.ec2.register_image(Name=name, RootDeviceName="/dev/xvda", Architecture="x86_64")["ImageId"])

    @property
    def autoscaling(self) -> Any:
        return self.cloud.client("autoscaling")


def template_data(security_group: str, image: str) -> dict[str, Any]:
    tags = [
        {"ResourceType": kind, "Tags": [{"Key": "Kind", "Value": kind}]}
        for kind in ("instance", "volume", "network-interface")
    ]
    return {
        "ImageId": image,
        "InstanceType": "t3.micro",
        "UserData": base64.b64encode(b"#!/bin/bash\n").decode(),
        "IamInstanceProfile": {"Name": "profile"},
        "EbsOptimized": True,
        "Monitoring": {"Enabled": True},
        "MaintenanceOptions": {"AutoRecovery": "disabled"},
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": 9, "VolumeType": "gp3", "Encrypted": True, "Throughput": 150, "Iops": 3500},
            }
        ],
        "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [security_group]}],
        "TagSpecifications": tags,
    }


@pytest.fixture(scope="package")
def place() -> Iterator[Place]:
    """One cloud for all tests of this folder: it takes a second to set up."""
    with Cloud(start=START) as cloud:
        ec2 = cloud.client("ec2")
        image = cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
        cloud.client("iam").create_instance_profile(InstanceProfileName="profile")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for number, zone in enumerate(ZONES)
        ]
        group = ec2.create_security_group(GroupName="fleet", Description="fleet", VpcId=vpc)["GroupId"]
        made = ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData=template_data(group, image))
        template = made["LaunchTemplate"]["LaunchTemplateId"]
        ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=template_data(group, image))
        yield Place(cloud, subnets, group, template)
        assert cloud.failures == []


@pytest.fixture
def create(place: Place) -> Iterator[Callable[..., str]]:
    """Creates a group of two, two minutes old, and returns its name; arguments are those of CreateAutoScalingGroup."""
    made: list[str] = []

    def build(**given: Any) -> str:
        name = f"tap-{next(NAMES)}"
        usual = {
            "AutoScalingGroupName": name,
            "MinSize": 1,
            "MaxSize": 4,
            "DesiredCapacity": 2,
            "LaunchTemplate": {"LaunchTemplateId": place.template, "Version": "1"},
            "VPCZoneIdentifier": ",".join(place.subnets),
        }
        place.autoscaling.create_auto_scaling_group(**(usual | given))
        made.append(name)
        place.cloud.clock.advance(120)
        return name

    yield build
    for name in made:
        if any(name == each["AutoScalingGroupName"] and "Status" not in each for each in groups(place)):
            place.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
    place.cloud.clock.advance(60)


def groups(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return found
