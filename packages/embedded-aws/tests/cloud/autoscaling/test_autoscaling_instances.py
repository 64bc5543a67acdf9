"""Members are real EC2 instances, launched from the whole launch template."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

Create = Callable[..., str]


def members(place: Any, group: str) -> list[dict[str, Any]]:
    described = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
    found: list[dict[str, Any]] = described[0]["Instances"]
    return found


def machine(place: Any, instance_id: str) -> dict[str, Any]:
    found: dict[str, Any] = place.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    return found


def tags(tagged: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tagged}


def test_an_instance_has_everything_that_its_template_says(place: Any, create: Create) -> None:
    instance = machine(place, members(place, create())[0]["InstanceId"])

    assert instance["InstanceType"] == "t3.micro"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert instance["Monitoring"] == {"State": "enabled"}
    assert instance["EbsOptimized"] is True
    assert instance["MaintenanceOptions"] == {"AutoRecovery": "disabled"}
    assert instance["IamInstanceProfile"]["Arn"].endswith(":instance-profile/profile")
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [place.security_group]
    assert instance["ImageId"].startswith("ami-")


def test_an_instance_has_a_private_address_in_the_subnet_of_its_zone_and_no_public_one(
    place: Any, create: Create
) -> None:
    for member in members(place, create()):
        instance = machine(place, member["InstanceId"])

        subnet = place.subnets[("us-east-1a", "us-east-1b").index(member["AvailabilityZone"])]
        assert instance["SubnetId"] == subnet
        assert "PublicIpAddress" not in instance
        assert instance["PrivateIpAddress"].startswith("10.0.")


def test_an_instance_has_one_volume_encrypted_as_the_template_says(place: Any, create: Create) -> None:
    instance_id = members(place, create())[0]["InstanceId"]
    volumes = place.ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance_id]}])[
        "Volumes"
    ]

    assert len(volumes) == 1
    volume = volumes[0]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (9, "gp3", True)
    assert (volume["Throughput"], volume["Iops"]) == (150, 3500)
    assert volume["Attachments"][0]["Device"] == "/dev/xvda"
    assert tags(volume["Tags"]) == {"Kind": "volume"}


def test_instance_and_interface_carry_the_tags_of_template_and_group(place: Any, create: Create) -> None:
    given = [
        {"Key": "Project", "Value": "tap", "PropagateAtLaunch": True},
        {"Key": "Secret", "Value": "no", "PropagateAtLaunch": False},
    ]
    group = create(Tags=given)
    instance = machine(place, members(place, group)[0]["InstanceId"])

    interface = place.ec2.describe_network_interfaces(
        NetworkInterfaceIds=[instance["NetworkInterfaces"][0]["NetworkInterfaceId"]]
    )["NetworkInterfaces"][0]
    assert tags(instance["Tags"]) == {
        "Kind": "instance",
        "Project": "tap",
        "aws:autoscaling:groupName": group,
        "aws:ec2launchtemplate:id": place.template,
        "aws:ec2launchtemplate:version": "1",
    }
    assert tags(interface["TagSet"]) == {"Kind": "network-interface"}


def test_an_instance_is_launched_in_cloud_time_and_pending_until_it_is_in_service(place: Any, create: Create) -> None:
    group = create(DesiredCapacity=1)
    before = place.cloud.clock.now()
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    member = members(place, group)[1]
    instance = machine(place, member["InstanceId"])
    assert (member["LifecycleState"], instance["State"]["Name"]) == ("Pending", "pending")
    assert instance["LaunchTime"] == before

    place.cloud.clock.advance(60)

    assert members(place, group)[1]["LifecycleState"] == "InService"
    assert machine(place, member["InstanceId"])["State"]["Name"] == "running"


def test_a_terminated_member_shuts_down_and_then_is_terminated_with_its_volume(place: Any, create: Create) -> None:
    group = create()
    instance_id = members(place, group)[0]["InstanceId"]
    place.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=instance_id, ShouldDecrementDesiredCapacity=True
    )
    assert machine(place, instance_id)["State"]["Name"] == "shutting-down"

    place.cloud.clock.advance(60)

    assert machine(place, instance_id)["State"]["Name"] == "terminated"
    attached = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    assert place.ec2.describe_volumes(Filters=attached)["Volumes"] == []
    assert len(members(place, group)) == 1


@pytest.mark.parametrize("act", ["terminate_instances", "stop_instances"])
def test_a_member_that_ec2_takes_away_is_noticed_and_replaced(place: Any, create: Create, act: str) -> None:
    group = create()
    instance_id = members(place, group)[0]["InstanceId"]
    getattr(place.ec2, act)(InstanceIds=[instance_id])
    place.cloud.clock.advance(2)
    assert {member["LifecycleState"] for member in members(place, group)} == {"Terminating", "InService", "Pending"}

    place.cloud.clock.advance(120)

    left = members(place, group)
    assert instance_id not in {member["InstanceId"] for member in left}
    assert [member["LifecycleState"] for member in left] == ["InService", "InService"]
    causes = [each["Cause"] for each in activities(place, group) if "Terminating" in each["Description"]]
    assert causes[0].endswith("in response to an EC2 health check indicating it has been terminated or stopped.")


def test_a_machine_that_is_started_again_while_nobody_looks_stays(place: Any, create: Create) -> None:
    group = create()
    instance_id = members(place, group)[0]["InstanceId"]
    place.autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["HealthCheck"])
    place.ec2.stop_instances(InstanceIds=[instance_id])
    place.cloud.clock.advance(10)
    place.ec2.start_instances(InstanceIds=[instance_id])
    place.autoscaling.resume_processes(AutoScalingGroupName=group)
    place.cloud.clock.advance(10)

    assert members(place, group)[0]["InstanceId"] == instance_id
    assert members(place, group)[0]["HealthStatus"] == "Healthy"


def activities(place: Any, group: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=group)[
        "Activities"
    ]
    return found


def test_a_group_on_latest_launches_from_a_version_made_later(place: Any, create: Create) -> None:
    made = place.ec2.create_launch_template(
        LaunchTemplateName="latest",
        LaunchTemplateData={"ImageId": place.image("earlier"), "InstanceType": "t3.micro"},
    )["LaunchTemplate"]["LaunchTemplateId"]
    group = create(LaunchTemplate={"LaunchTemplateId": made, "Version": "$Latest"}, DesiredCapacity=1)
    place.ec2.create_launch_template_version(
        LaunchTemplateId=made, LaunchTemplateData={"ImageId": place.image("later"), "InstanceType": "t3.small"}
    )
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)

    found = members(place, group)
    assert [member["LaunchTemplate"]["Version"] for member in found] == ["1", "2"]
    assert [member["InstanceType"] for member in found] == ["t3.micro", "t3.small"]


def test_an_image_named_by_an_ssm_parameter_is_looked_up_at_launch(place: Any, create: Create) -> None:
    image = place.image("named")
    place.cloud.client("ssm").put_parameter(Name="/images/fleet", Value=image, Type="String")
    made = place.ec2.create_launch_template(
        LaunchTemplateName="from-ssm",
        LaunchTemplateData={"ImageId": "resolve:ssm:/images/fleet", "InstanceType": "t3.micro"},
    )["LaunchTemplate"]["LaunchTemplateId"]
    group = create(LaunchTemplate={"LaunchTemplateId": made, "Version": "1"}, DesiredCapacity=1)

    assert machine(place, members(place, group)[0]["InstanceId"])["ImageId"] == image


def test_a_launch_that_ec2_refuses_is_a_failed_activity_with_its_reason_and_leaves_nothing(
    place: Any, create: Create
) -> None:
    iam = place.cloud.client("iam")
    iam.create_instance_profile(InstanceProfileName="short-lived")
    made = place.ec2.create_launch_template(
        LaunchTemplateName="short-lived",
        LaunchTemplateData={"ImageId": place.image("short-lived"), "IamInstanceProfile": {"Name": "short-lived"}},
    )["LaunchTemplate"]["LaunchTemplateId"]
    group = create(LaunchTemplate={"LaunchTemplateId": made, "Version": "1"}, DesiredCapacity=1)
    iam.delete_instance_profile(InstanceProfileName="short-lived")
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)

    failed = activities(place, group)[0]
    assert (failed["StatusCode"], failed["Progress"]) == ("Failed", 100)
    assert failed["StatusMessage"] == (
        "Value (short-lived) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name. "
        "Launching EC2 instance failed."
    )
    assert failed["Description"] == f"Launching a new EC2 instance.  Status Reason: {failed['StatusMessage']}"
    assert failed["EndTime"] - failed["StartTime"] == timedelta(0)
    launched = [{"Name": "tag:aws:autoscaling:groupName", "Values": [group]}]
    assert len(place.ec2.describe_instances(Filters=launched)["Reservations"]) == 1


def test_a_member_that_ec2_has_forgotten_stays_until_its_group_replaces_it(place: Any, create: Create) -> None:
    """Terminated by hand while nothing is replaced: after an hour EC2 knows it no more, its group still does."""
    name = create()
    group = {"AutoScalingGroupName": name}
    gone, stays = sorted(each["InstanceId"] for each in members(place, name))
    place.autoscaling.suspend_processes(**group, ScalingProcesses=["ReplaceUnhealthy"])
    place.ec2.terminate_instances(InstanceIds=[gone])
    place.cloud.clock.advance(3700)

    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        place.ec2.describe_instances(InstanceIds=[gone])
    assert {each["InstanceId"] for each in members(place, name)} == {gone, stays}
    place.autoscaling.resume_processes(**group)
    place.cloud.clock.advance(600)
    after = members(place, name)
    assert gone not in {each["InstanceId"] for each in after}
    assert [each["LifecycleState"] for each in after] == ["InService"] * 2
