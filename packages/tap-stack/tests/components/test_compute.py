"""R2 and R3: the launch template, the group in its private subnets, and scaling."""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi
import pytest

from tap_stack.components.networking import SubnetOfType, private_only
from tap_stack.errors import ConfigError

from .recording import Region, record, tap

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
PARAMETER = "aws:ssm/parameter:Parameter"


def template(**settings: str) -> dict[str, Any]:
    return tap(**settings).one(TEMPLATE).inputs


def group(**settings: str) -> dict[str, Any]:
    return tap(**settings).one(GROUP).inputs


def test_the_group_is_in_all_the_private_subnets_and_in_no_other() -> None:
    assert group(zones="2")["vpcZoneIdentifiers"] == ["tap-private-a-dev-id", "tap-private-b-dev-id"]


@pytest.mark.parametrize("preview", [True, False])
def test_a_public_subnet_is_refused(preview: bool) -> None:  # noqa: FBT001 - parametrized
    def program() -> None:
        public: SubnetOfType = {"id": pulumi.Output.from_input("subnet-1"), "type": pulumi.Output.from_input("Public")}
        pulumi.ComponentResource("test:index:Fleet", "fleet").register_outputs({"subnet": private_only(public)})

    with pytest.raises(ValueError, match="private subnets alone; this subnet's Type is 'Public'"):
        record(program, preview=preview)


def test_instance_metadata_needs_a_session_token_and_stays_on_the_instance() -> None:
    assert template()["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_root_volume_is_encrypted_gp3() -> None:
    [mapping] = template(volumeSize="20")["blockDeviceMappings"]

    assert mapping == {
        "deviceName": "/dev/xvda",
        "ebs": {"volumeType": "gp3", "volumeSize": 20, "encrypted": "true", "deleteOnTermination": "true"},
    }


def test_an_instance_has_one_interface_without_a_public_address() -> None:
    [interface] = template()["networkInterfaces"]

    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"] == ["tap-instances-dev-id"]
    assert "vpcSecurityGroupIds" not in template()


def test_instances_volumes_and_interfaces_are_tagged() -> None:
    specifications = {found["resourceType"]: found["tags"] for found in template()["tagSpecifications"]}

    assert set(specifications) == {"instance", "volume", "network-interface"}
    assert [
        kind for kind, tags in specifications.items() if (tags["Project"], tags["Name"]) != ("tap", "tap-instance-dev")
    ] == []


def test_instances_have_the_profile_and_are_not_recovered_on_the_side() -> None:
    assert template()["iamInstanceProfile"] == {"name": "tap-instance-us-east-1-dev"}
    assert template()["maintenanceOptions"] == {"autoRecovery": "disabled"}
    assert template()["ebsOptimized"] == "true"


@pytest.mark.parametrize(("support", "asked"), [("default", "true"), ("supported", "true"), ("unsupported", None)])
def test_a_type_is_asked_for_what_it_can_do(support: str, asked: str | None) -> None:
    """EC2 launches no `t2.micro` that is to be EBS-optimized (eksctl-io/eksctl 1257)."""
    found = tap(Region(ebs_optimized=support, auto_recovery=support != "unsupported")).one(TEMPLATE).inputs

    assert found.get("ebsOptimized") == asked
    assert ("maintenanceOptions" in found) == (asked is not None)


def test_the_image_of_the_first_deployment_stays_until_another_is_asked_for() -> None:
    pin = tap().one(PARAMETER, "tap-image-x86_64-dev")

    assert pin.inputs["insecureValue"] == "ami-of-al2023-ami-kernel-default-x86_64"
    assert pin.ignore_changes == ("insecureValue",)
    assert tap(imageRefresh="true").one(PARAMETER, "tap-image-x86_64-dev").ignore_changes == ()
    assert template()["imageId"] == pin.inputs["insecureValue"]


def test_an_image_of_ones_own_is_not_pinned_and_its_root_device_gets_the_volume() -> None:
    recording = tap(imageId="ami-0123456789abcdef0")

    assert [name for name in recording.of(PARAMETER) if "image" in name] == []
    assert recording.one(TEMPLATE).inputs["imageId"] == "ami-0123456789abcdef0"
    assert [each["deviceName"] for each in recording.one(TEMPLATE).inputs["blockDeviceMappings"]] == ["/dev/sda1"]


def test_the_newest_image_is_followed_where_that_is_asked_for() -> None:
    pin = tap(imageId="newest").one(PARAMETER, "tap-image-x86_64-dev")

    assert pin.inputs["insecureValue"] == "ami-of-al2023-ami-kernel-default-x86_64"
    assert pin.ignore_changes == ()


@pytest.mark.parametrize("name", ["/images/web", "resolve:ssm:/images/web", "/images/web:3"])
def test_the_image_of_a_parameter_is_pinned_beside_amazons(name: str) -> None:
    recording = tap(Region(image_parameter="ami-0123456789abcdef0"), imageId=name)
    (pin,) = [each for each in recording.of(PARAMETER).values() if "image" in each.name]
    asked = [args["name"] for token, args, _ in recording.invokes if token.endswith("getParameter")]

    assert asked == [name.removeprefix("resolve:ssm:")]
    assert pin.name != "tap-image-x86_64-dev"
    assert (pin.inputs["insecureValue"], pin.ignore_changes) == ("ami-0123456789abcdef0", ("insecureValue",))
    assert [each["deviceName"] for each in recording.one(TEMPLATE).inputs["blockDeviceMappings"]] == ["/dev/sda1"]


@pytest.mark.parametrize(
    ("image", "complaint"),
    [
        ({"architecture": "arm64"}, "imageId = .* an image for x86_64, as t3.micro needs; this one is for arm64"),
        ({"platform": "windows"}, "imageId = .* an image of Linux"),
        ({"rootDeviceType": "instance-store"}, "imageId = .* whose root device is an EBS volume"),
        (
            {"blockDeviceMappings": [{"deviceName": "/dev/sda1", "ebs": {"volume_size": "30"}}]},
            "volumeSize = '8' is not accepted; accepted: at least 30, the size of ami-0123456789abcdef0",
        ),
    ],
)
def test_an_image_that_cannot_be_used_is_refused_by_name(image: dict[str, Any], complaint: str) -> None:
    usual = {"architecture": "x86_64", "rootDeviceName": "/dev/sda1", "rootDeviceType": "ebs"}
    region = Region(image=json.dumps({**usual, **image}))

    with pytest.raises(ConfigError, match=complaint):
        tap(region, imageId="ami-0123456789abcdef0")


@pytest.mark.parametrize(("setting", "enabled"), [("true", True), ("false", False)])
def test_detailed_monitoring_can_be_chosen(setting: str, *, enabled: bool) -> None:
    assert template(detailedMonitoring=setting)["monitoring"] == {"enabled": enabled}


def test_the_group_follows_the_latest_version_by_its_number() -> None:
    assert group()["launchTemplate"] == {"id": "tap-instance-dev-id", "version": "7"}


@pytest.mark.parametrize(("max_size", "ceiling"), [("4", 200), ("19", 200), ("20", 110), ("400", 110)])
def test_replacements_launch_first(max_size: str, ceiling: int) -> None:
    healthy = {"minHealthyPercentage": 100, "maxHealthyPercentage": ceiling}

    found = group(maxSize=max_size)
    assert found["instanceMaintenancePolicy"] == healthy


def test_pulumi_leaves_the_groups_template_to_its_rollouts_and_starts_no_refresh_of_its_own() -> None:
    found = tap().one(GROUP)

    assert "instanceRefresh" not in found.inputs
    assert "launchTemplate" in found.ignore_changes


@pytest.mark.parametrize(("standing", "moves"), [((), False), (("10.0.0.0/16",), False), (("10.9.0.0/16",), True)])
def test_a_fleet_that_moves_to_another_vpc_takes_the_new_template_with_it(
    standing: tuple[str, ...], *, moves: bool
) -> None:
    region = Region(vpcs=tuple((f"vpc-{number}", cidr) for number, cidr in enumerate(standing)))

    assert ("launchTemplate" in tap(region).one(GROUP).ignore_changes) is not moves


def test_the_group_begins_at_the_desired_capacity_and_then_leaves_it_alone() -> None:
    found = tap(minSize="1", desiredCapacity="3", maxSize="5").one(GROUP)

    assert [found.inputs[key] for key in ("minSize", "desiredCapacity", "maxSize")] == [1, 3, 5]
    assert {"desiredCapacity", "suspendedProcesses"} <= set(found.ignore_changes)


def test_a_deployment_does_not_wait_for_instances_since_it_would_wait_for_what_is_recorded() -> None:
    assert group()["waitForCapacityTimeout"] == "0"


def test_every_tag_of_the_group_reaches_its_instances() -> None:
    assert {tag["propagateAtLaunch"] for tag in group()["tags"]} == {True}


def test_the_grace_period_is_the_configured_one() -> None:
    assert group(healthCheckGracePeriod="90")["healthCheckGracePeriod"] == 90
    assert group()["healthCheckType"] == "EC2"


def test_the_group_reports_its_own_metrics() -> None:
    assert {"GroupInServiceInstances", "GroupDesiredCapacity"} <= set(group()["enabledMetrics"])


def test_no_instance_boots_before_its_routes_its_permissions_and_its_agents_configuration_are_there() -> None:
    recording = tap()

    needed = (
        "aws:ec2/route:Route",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        PARAMETER,
    )
    before = set(recording.one(GROUP).dependencies)
    first = [found for found in recording.resources if found.type in needed and found.name != "tap-image-x86_64-dev"]
    assert [found.name for found in first if found.urn not in before] == []


def test_the_group_grows_and_shrinks_by_one() -> None:
    policies = tap().of("aws:autoscaling/policy:Policy")

    assert {name: found.inputs["scalingAdjustment"] for name, found in policies.items()} == {
        "tap-scale-up-dev": 1,
        "tap-scale-down-dev": -1,
    }
    assert {found.inputs["autoscalingGroupName"] for found in policies.values()} == {"tap-fleet-dev"}


def test_the_boot_script_reads_the_parameter_that_the_stack_writes() -> None:
    """The provider treats every parameter's value as a secret, so that it comes wrapped."""
    recording = tap()
    parameter = recording.one(PARAMETER, "AmazonCloudWatch-tap-agent-dev")

    script = base64.b64decode(recording.one(TEMPLATE).inputs["userData"]).decode()
    assert parameter.inputs["name"] == "AmazonCloudWatch-tap-agent-dev"
    assert f"'ssm:{parameter.inputs['name']}'" in script
    assert json.loads(parameter.inputs["value"].value)["metrics"]["metrics_collected"].keys() == {"mem", "disk"}
