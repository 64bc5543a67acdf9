"""Groups through the API: created, described, updated, deleted, and AWS's own refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Create = Callable[..., str]
UNUSABLE = "You must use a valid fully-formed launch template."


def describe(place: Any, name: str, **given: Any) -> dict[str, Any]:
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name], **given)["AutoScalingGroups"]
    group: dict[str, Any] = found[0]
    return group


def refusal(act: Callable[..., Any], **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        act(**given)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_group_is_described_as_it_was_created(place: Any, create: Create) -> None:
    name = create(
        HealthCheckGracePeriod=90,
        HealthCheckType="EC2,EBS",
        DefaultInstanceWarmup=30,
        DefaultCooldown=60,
        NewInstancesProtectedFromScaleIn=True,
        InstanceMaintenancePolicy={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110},
        AvailabilityZoneImpairmentPolicy={
            "ZonalShiftEnabled": True,
            "ImpairedZoneHealthCheckBehavior": "IgnoreUnhealthy",
        },
        Tags=[{"Key": "Project", "Value": "tap", "PropagateAtLaunch": True}],
    )
    group = describe(place, name)

    assert group["AutoScalingGroupARN"].endswith(f":autoScalingGroupName/{name}")
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (1, 4, 2)
    assert group["LaunchTemplate"] == {
        "LaunchTemplateId": place.template,
        "LaunchTemplateName": "fleet",
        "Version": "1",
    }
    assert group["VPCZoneIdentifier"] == ",".join(place.subnets)
    assert group["AvailabilityZones"] == ["us-east-1a", "us-east-1b"]
    assert (group["HealthCheckGracePeriod"], group["HealthCheckType"]) == (90, "EC2,EBS")
    assert (group["DefaultInstanceWarmup"], group["DefaultCooldown"]) == (30, 60)
    assert group["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}
    assert group["AvailabilityZoneImpairmentPolicy"]["ZonalShiftEnabled"] is True
    assert group["TerminationPolicies"] == ["Default"]
    assert group["Tags"] == [
        {
            "ResourceId": name,
            "ResourceType": "auto-scaling-group",
            "Key": "Project",
            "Value": "tap",
            "PropagateAtLaunch": True,
        }
    ]
    assert [instance["ProtectedFromScaleIn"] for instance in group["Instances"]] == [True, True]


def test_its_instances_are_described_with_zone_state_health_and_version(place: Any, create: Create) -> None:
    group = describe(place, create())

    assert [
        (each["AvailabilityZone"], each["LifecycleState"], each["HealthStatus"], each["LaunchTemplate"]["Version"])
        for each in group["Instances"]
    ] == [("us-east-1a", "InService", "Healthy", "1"), ("us-east-1b", "InService", "Healthy", "1")]


def test_a_description_may_leave_the_instances_out(place: Any, create: Create) -> None:
    assert describe(place, create(), IncludeInstances=False)["Instances"] == []


def test_groups_come_in_pages_and_by_tag(place: Any, create: Create) -> None:
    tag = {"Key": "Team", "Value": "pages", "PropagateAtLaunch": False}
    names = sorted(create(Tags=[tag], MinSize=0, DesiredCapacity=0) for _ in range(3))
    wanted = {"Filters": [{"Name": "tag:Team", "Values": ["pages"]}], "MaxRecords": 2}

    first = place.autoscaling.describe_auto_scaling_groups(**wanted)
    second = place.autoscaling.describe_auto_scaling_groups(**wanted, NextToken=first["NextToken"])

    pages = [[group["AutoScalingGroupName"] for group in page["AutoScalingGroups"]] for page in (first, second)]
    assert pages == [names[:2], names[2:]]
    assert "NextToken" not in second


@pytest.mark.parametrize("action", ["describe_auto_scaling_groups", "describe_scaling_activities"])
def test_a_filter_without_a_name_is_refused(place: Any, create: Create, action: str) -> None:
    create(MinSize=1, DesiredCapacity=1)

    refused = refusal(getattr(place.autoscaling, action), Filters=[{"Values": ["x"]}])
    assert refused == ("ValidationError", "Filter name null is not valid.")


def test_tags_are_added_changed_and_deleted(place: Any, create: Create) -> None:
    name = create(MinSize=0, DesiredCapacity=0)
    tag = {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": "tap:healer", "PropagateAtLaunch": False}
    place.autoscaling.create_or_update_tags(Tags=[tag | {"Value": "off"}])
    assert [each["Value"] for each in describe(place, name)["Tags"]] == ["off"]

    place.autoscaling.create_or_update_tags(Tags=[tag | {"Value": "on"}])
    assert [each["Value"] for each in describe(place, name)["Tags"]] == ["on"]

    place.autoscaling.delete_tags(Tags=[tag])
    assert describe(place, name)["Tags"] == []


def test_an_update_changes_what_it_names_and_nothing_else(place: Any, create: Create) -> None:
    name = create(HealthCheckGracePeriod=90)
    place.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name, MaxSize=6, DesiredCapacity=3, LaunchTemplate=version(place, "2")
    )
    group = describe(place, name)

    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (1, 6, 3)
    assert (group["HealthCheckGracePeriod"], group["LaunchTemplate"]["Version"]) == (90, "2")
    assert sorted(each["LaunchTemplate"]["Version"] for each in group["Instances"]) == ["1", "1", "2"]


def version(place: Any, number: str) -> dict[str, str]:
    return {"LaunchTemplateId": place.template, "Version": number}


def test_a_maintenance_policy_is_cleared_with_minus_one(place: Any, create: Create) -> None:
    name = create(InstanceMaintenancePolicy={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110})
    place.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name, InstanceMaintenancePolicy={"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1}
    )

    assert "InstanceMaintenancePolicy" not in describe(place, name)


def test_suspended_processes_are_described_with_their_reason(place: Any, create: Create) -> None:
    name = create()
    place.autoscaling.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["Launch"])
    suspended = describe(place, name)["SuspendedProcesses"]
    assert [each["ProcessName"] for each in suspended] == ["Launch"]
    assert suspended[0]["SuspensionReason"].startswith("User suspended at 2026-01-01T")

    place.autoscaling.resume_processes(AutoScalingGroupName=name, ScalingProcesses=["Launch"])
    assert describe(place, name)["SuspendedProcesses"] == []


def test_metrics_are_enabled_and_disabled(place: Any, create: Create) -> None:
    name = create(MinSize=0, DesiredCapacity=0)
    place.autoscaling.enable_metrics_collection(
        AutoScalingGroupName=name, Granularity="1Minute", Metrics=["GroupMinSize", "GroupTotalInstances"]
    )
    place.autoscaling.disable_metrics_collection(AutoScalingGroupName=name, Metrics=["GroupMinSize"])

    assert describe(place, name)["EnabledMetrics"] == [{"Metric": "GroupTotalInstances", "Granularity": "1Minute"}]


def test_the_sizes_of_a_group_are_told_as_far_as_they_are_switched_on(place: Any, create: Create) -> None:
    name = create()
    assert place.cloud.autoscaling.sizes("us-east-1", name) == {}
    wanted = ["GroupInServiceInstances", "GroupDesiredCapacity", "GroupPendingInstances"]
    place.autoscaling.enable_metrics_collection(AutoScalingGroupName=name, Granularity="1Minute", Metrics=wanted)
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)

    assert place.cloud.autoscaling.sizes("us-east-1", name) == {
        "GroupDesiredCapacity": 3,
        "GroupInServiceInstances": 2,
        "GroupPendingInstances": 1,
    }


def test_a_deleted_group_takes_its_instances_with_it_and_its_history_stays(place: Any, create: Create) -> None:
    name = create()
    delete = place.autoscaling.delete_auto_scaling_group
    assert refusal(delete, AutoScalingGroupName=name)[0] == "ResourceInUse"

    delete(AutoScalingGroupName=name, ForceDelete=True)
    assert describe(place, name)["Status"] == "Delete in progress"
    place.cloud.clock.advance(60)

    assert place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"] == []
    told = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=name, IncludeDeletedGroups=True)
    assert {each["StatusCode"] for each in told["Activities"]} == {"Successful"}
    running = [{"Name": "instance-state-name", "Values": ["running"]}, named(name)]
    assert place.ec2.describe_instances(Filters=running)["Reservations"] == []


def named(group: str) -> dict[str, Any]:
    return {"Name": "tag:aws:autoscaling:groupName", "Values": [group]}


def test_a_second_group_of_the_same_name_is_refused(create: Create) -> None:
    name = create(MinSize=0, DesiredCapacity=0)

    assert refusal(create, AutoScalingGroupName=name)[0] == "AlreadyExists"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0"}},
            f"{UNUSABLE} The specified launch template, with template ID lt-0123456789abcdef0, does not exist.",
        ),
        ({"VPCZoneIdentifier": "subnet-0123456789abcdef0"}, "The subnet ID 'subnet-0123456789abcdef0' does not exist"),
        ({"DesiredCapacity": 9}, "Desired capacity:9 must be between the specified min size:1 and max size:4"),
        ({"MinSize": 5}, "Max bound, 4, must be greater than or equal to min bound, 5"),
        ({"VPCZoneIdentifier": " "}, "At least one Availability Zone or VPC Subnet is required."),
        (
            {"InstanceMaintenancePolicy": {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 200}},
            "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100.",
        ),
        (
            {"AvailabilityZones": ["us-east-1c"]},
            "The availability zones of the specified subnets and the Auto Scaling group do not match",
        ),
    ],
)
def test_a_bad_request_is_refused_in_aws_own_words_and_creates_nothing(
    place: Any, create: Create, given: dict[str, Any], message: str
) -> None:
    before = place.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]

    assert refusal(create, **given) == ("ValidationError", message)
    assert place.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == before


def test_an_unknown_template_version_is_refused(place: Any, create: Create) -> None:
    code, message = refusal(create, LaunchTemplate=version(place, "9"))

    assert code == "ValidationError"
    assert f"Could not find the specified version 9 for the launch template with ID {place.template}." in message


@pytest.mark.parametrize("given", [{"LoadBalancerNames": ["x"]}, {"TerminationPolicies": ["arn:aws:lambda:x"]}])
def test_what_is_not_modelled_is_refused_by_name(create: Create, given: dict[str, Any]) -> None:
    code, message = refusal(create, **given)

    assert code == "NotImplemented"
    assert next(iter(given)) in message


def test_the_checks_of_load_balancers_are_taken_and_say_nothing_where_there_is_none(create: Create, place: Any) -> None:
    name = create(HealthCheckType="ELB", HealthCheckGracePeriod=60)

    (group,) = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    assert (group["HealthCheckType"], group["HealthCheckGracePeriod"]) == ("ELB", 60)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ImageId": "ami-0123456789abcdef0"}, "The image id '[ami-0123456789abcdef0]' does not exist"),
        ({"ImageId": "nope"}, 'Invalid id: "nope" (expecting "ami-...")'),
        ({"InstanceType": "t4g.micro"}, "does not match the architecture 'x86_64' of the specified AMI"),
        ({"KeyName": "nope"}, "The key pair 'nope' does not exist"),
        ({"IamInstanceProfile": {"Name": "nope"}}, "Invalid IAM Instance Profile name"),
        ({"SecurityGroupIds": ["sg-1"]}, "The security group 'sg-1' does not exist"),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 1}}]},
            "expect size >= 8GB",
        ),
    ],
)
def test_a_template_that_nothing_could_be_launched_from_is_refused(
    place: Any, create: Create, change: dict[str, Any], said: str
) -> None:
    name = f"unusable-{next(iter(change))}"
    sound = {"ImageId": place.image(f"{name}-{change}"), "InstanceType": "t3.micro"}
    made = place.ec2.create_launch_template(
        LaunchTemplateName=f"{name}-{len(said)}", LaunchTemplateData={**sound, **change}
    )["LaunchTemplate"]["LaunchTemplateId"]

    code, message = refusal(create, LaunchTemplate={"LaunchTemplateId": made, "Version": "1"})
    assert code == "ValidationError"
    assert message.startswith(UNUSABLE)
    assert said in message


def test_a_security_group_of_another_vpc_is_refused(place: Any, create: Create) -> None:
    vpc = place.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = place.ec2.create_security_group(GroupName="other", Description="other", VpcId=vpc)["GroupId"]
    data = {"ImageId": place.image("of-other-vpc"), "SecurityGroupIds": [group]}
    made = place.ec2.create_launch_template(LaunchTemplateName="other-vpc", LaunchTemplateData=data)
    template = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"}

    elsewhere = "One or more security groups in the launch template are not linked to the VPCs configured in the "
    assert refusal(create, LaunchTemplate=template) == ("ValidationError", f"{elsewhere}Auto Scaling group")


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"HealthCheckGracePeriod": -1}, "ValidationError", "HealthCheckGracePeriod"),
        (
            {"InstanceMaintenancePolicy": {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 90}},
            "ValidationError",
            "MaxHealthyPercentage must be 100 to 200, and is 90",
        ),
        (
            {"AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-only"}},
            "NotImplemented",
            "CapacityDistributionStrategy=balanced-only",
        ),
    ],
)
def test_a_group_that_cannot_be_or_is_not_modelled_is_refused(
    create: Create, change: dict[str, Any], code: str, said: str
) -> None:
    refused_as, message = refusal(create, **change)

    assert refused_as == code
    assert said in message


@pytest.mark.parametrize(
    ("call", "params", "code"),
    [
        ("put_scaling_policy", {"PolicyName": "p", "PolicyType": "StepScaling"}, "NotImplemented"),
        ("put_scaling_policy", {"PolicyName": "p", "AdjustmentType": "Sideways"}, "ValidationError"),
        ("enable_metrics_collection", {"Granularity": "1Minute", "Metrics": ["Nope"]}, "ValidationError"),
        ("start_instance_refresh", {"Preferences": {"MinHealthyPercentage": 101}}, "ValidationError"),
    ],
)
def test_what_nothing_would_come_of_is_refused(
    place: Any, create: Create, call: str, params: dict[str, Any], code: str
) -> None:
    group = create(DesiredCapacity=1)

    assert refusal(getattr(place.autoscaling, call), AutoScalingGroupName=group, **params)[0] == code


def test_a_capacity_above_the_maximum_is_refused(place: Any, create: Create) -> None:
    assert refusal(place.autoscaling.set_desired_capacity, AutoScalingGroupName=create(), DesiredCapacity=5) == (
        "ValidationError",
        "New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.",
    )


def test_a_group_that_does_not_exist_is_not_found(place: Any) -> None:
    code, message = refusal(place.autoscaling.set_desired_capacity, AutoScalingGroupName="nobody", DesiredCapacity=1)

    assert (code, "not found" in message) == ("ValidationError", True)
