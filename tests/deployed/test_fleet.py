"""R2 and R3 as deployed: instances that nobody can log into, in private subnets, made from the launch template."""

from __future__ import annotations

import base64
import json
import re

from support.deployed.stack import Deployed, tags_of


def test_the_group_stands_in_the_private_subnets_and_nowhere_else(deployed: Deployed) -> None:
    assert set(deployed.group["VPCZoneIdentifier"].split(",")) == set(deployed.outputs["private_subnet_ids"])
    assert {each["SubnetId"] for each in deployed.instances} == set(deployed.outputs["private_subnet_ids"])


def test_instances_have_no_key_and_no_public_address(deployed: Deployed) -> None:
    assert len(deployed.instances) == 3
    for instance in deployed.instances:
        assert not instance.get("KeyName")
        assert not instance.get("PublicIpAddress")
        assert instance["PrivateIpAddress"]


def test_instances_demand_imdsv2_one_hop_away(deployed: Deployed) -> None:
    for instance in deployed.instances:
        options = instance["MetadataOptions"]
        assert (options["HttpEndpoint"], options["HttpTokens"], options["HttpPutResponseHopLimit"]) == (
            "enabled",
            "required",
            1,
        )


def test_volumes_are_encrypted_gp3(deployed: Deployed) -> None:
    ids = [mapping["Ebs"]["VolumeId"] for each in deployed.instances for mapping in each["BlockDeviceMappings"]]
    volumes = deployed.client("ec2").describe_volumes(VolumeIds=ids)["Volumes"]

    assert [(each["VolumeType"], each["Encrypted"], each["Size"]) for each in volumes] == [("gp3", True, 8)] * 3


def test_instances_volumes_and_interfaces_are_tagged(deployed: Deployed) -> None:
    ec2 = deployed.client("ec2")
    ids = [each["InstanceId"] for each in deployed.instances]
    volumes = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": ids}])["Volumes"]
    interfaces = ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": ids}])
    tagged = [
        *(tags_of(each) for each in deployed.instances),
        *(tags_of(each) for each in volumes),
        *(tags_of(each, "TagSet") for each in interfaces["NetworkInterfaces"]),
    ]

    assert len(tagged) == 9
    assert all(tags["Project"] == "tap" and tags["ManagedBy"] == "pulumi" for tags in tagged)


def test_instances_carry_the_profile_of_the_role_with_the_two_managed_policies(deployed: Deployed) -> None:
    iam = deployed.client("iam")
    attached = iam.list_attached_role_policies(RoleName=deployed.outputs["ec2_role_name"])["AttachedPolicies"]

    assert {each["PolicyName"] for each in attached} == {"AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"}
    for instance in deployed.instances:
        assert instance["IamInstanceProfile"]["Arn"] == deployed.outputs["ec2_instance_profile_arn"]


def test_the_group_follows_a_numbered_version_and_rolls_back(deployed: Deployed) -> None:
    template = deployed.group["LaunchTemplate"]

    assert (template["LaunchTemplateId"], template["Version"]) == (deployed.outputs["launch_template_id"], "1")
    assert deployed.group["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}


def test_group_metrics_are_on(deployed: Deployed) -> None:
    enabled = {each["Metric"] for each in deployed.group["EnabledMetrics"]}

    assert {"GroupDesiredCapacity", "GroupInServiceInstances", "GroupTerminatingInstances"} <= enabled


def test_auto_recovery_is_off_so_that_one_decides(deployed: Deployed) -> None:
    template = deployed.outputs["launch_template_id"]
    versions = deployed.client("ec2").describe_launch_template_versions(LaunchTemplateId=template)
    data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    assert data["MaintenanceOptions"] == {"AutoRecovery": "disabled"}


def test_user_data_starts_both_agents_with_the_stored_configuration(deployed: Deployed) -> None:
    template = deployed.outputs["launch_template_id"]
    versions = deployed.client("ec2").describe_launch_template_versions(LaunchTemplateId=template)
    script = base64.b64decode(versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"]).decode()
    (name,) = re.findall(r"ssm:(AmazonCloudWatch-[\w-]+)", script)
    configuration = json.loads(deployed.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    assert "amazon-ssm-agent" in script
    assert {"mem", "disk"} <= configuration["metrics"]["metrics_collected"].keys()


def test_each_scaling_policy_is_driven_by_its_cpu_alarm(deployed: Deployed) -> None:
    alarms = deployed.client("cloudwatch").describe_alarms()["MetricAlarms"]
    by_arn = {each["AlarmArn"]: each for each in alarms}
    high, low = by_arn[deployed.outputs["cpu_high_alarm_arn"]], by_arn[deployed.outputs["cpu_low_alarm_arn"]]

    assert deployed.outputs["scale_up_policy_arn"] in high["AlarmActions"]
    assert deployed.outputs["scale_down_policy_arn"] in low["AlarmActions"]
    assert high["MetricName"] == "CPUUtilization"
    metrics = {each["MetricStat"]["Metric"]["MetricName"] for each in low["Metrics"] if "MetricStat" in each}
    assert metrics == {"CPUUtilization", "GroupDesiredCapacity", "GroupMinSize"}
    assert high["Dimensions"] == [
        {"Name": "AutoScalingGroupName", "Value": deployed.outputs["auto_scaling_group_name"]}
    ]
