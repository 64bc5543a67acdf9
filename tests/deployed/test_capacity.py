"""Capacity by the clock and the age of instances, on a stack that stands: there and back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.deployed.stack import Deployed, OneAtATime, Variant

from embedded_pulumi.errors import ProgramRefused

PLAIN = Variant("dev", {"tap:cpuLowThreshold": "0"}, "eu-west-1")
DAY = timedelta(days=1)


@pytest.fixture
def standing(stacks: OneAtATime) -> Deployed:
    return stacks.deployed_anew(PLAIN)


def actions(stack: Deployed) -> list[dict[str, Any]]:
    name = stack.outputs["auto_scaling_group_name"]
    found = stack.client("autoscaling").describe_scheduled_actions(AutoScalingGroupName=name)
    return list(found["ScheduledUpdateGroupActions"])


def test_the_group_is_set_to_its_capacity_at_the_time_and_stays_within_its_sizes(standing: Deployed) -> None:
    cloud = standing.sandbox.cloud
    due: datetime = (cloud.clock.now() + timedelta(hours=2)).replace(minute=30, second=0, microsecond=0)
    schedules = {"more": {"recurrence": f"{due.minute} {due.hour} * * *", "desiredCapacity": 4}}
    arn = standing.group["AutoScalingGroupARN"]
    standing.change(PLAIN, schedules=json.dumps(schedules))

    (action,) = actions(standing)
    assert (action["StartTime"], action["DesiredCapacity"], action["TimeZone"]) == (due, 4, "UTC")
    assert not {"MinSize", "MaxSize"} & action.keys()
    cloud.clock.advance((due - cloud.clock.now()).total_seconds() - 60)
    assert standing.group["DesiredCapacity"] == 2
    cloud.clock.advance(240)
    assert standing.group["DesiredCapacity"] == 4
    assert [each["LifecycleState"] for each in standing.group["Instances"]] == ["InService"] * 4

    standing.change(PLAIN)
    assert actions(standing) == []
    assert standing.group["AutoScalingGroupARN"] == arn


def silence(stack: Deployed) -> None:
    """Have nobody called each minute: days go by in seconds then."""
    events = stack.client("events")
    for rule in events.list_rules()["Rules"]:
        if "ScheduleExpression" in rule:
            events.disable_rule(Name=rule["Name"])


def test_instances_that_are_old_are_replaced_and_no_longer_once_the_limit_is_gone(standing: Deployed) -> None:
    cloud = standing.sandbox.cloud
    cloud.clock.advance(300)
    first = {each["InstanceId"] for each in standing.group["Instances"]}
    standing.change(PLAIN, maxInstanceLifetimeDays="1")
    assert standing.group["MaxInstanceLifetime"] == DAY.total_seconds()
    silence(standing)

    cloud.clock.advance(DAY.total_seconds() + 3600)
    second = {each["InstanceId"] for each in standing.group["Instances"] if each["LifecycleState"] == "InService"}
    assert len(second) == 2
    assert not first & second

    standing.change(PLAIN)
    silence(standing)
    cloud.clock.advance(1.1 * DAY.total_seconds())
    assert {each["InstanceId"] for each in standing.group["Instances"]} == second


def test_volumes_are_as_configured_on_new_instances_and_back(standing: Deployed) -> None:
    def volumes() -> dict[str, dict[str, Any]]:
        """The volumes of the instances of the newest launch template version, by device."""
        template = standing.client("ec2").describe_launch_template_versions(
            LaunchTemplateId=standing.group["LaunchTemplate"]["LaunchTemplateId"], Versions=["$Latest"]
        )["LaunchTemplateVersions"][0]
        number = str(template["VersionNumber"])
        members = standing.group["Instances"]
        ids = [each["InstanceId"] for each in members if each["LaunchTemplate"]["Version"] == number]
        assert len(ids) == len(members) == 2
        found = standing.client("ec2").describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": ids[:1]}])
        return {each["Attachments"][0]["Device"]: each for each in found["Volumes"]}

    before = volumes()
    standing.change(PLAIN, volumeSize="20", volumeIops="6000", volumeThroughput="500", dataVolumes="/dev/sdf=30")
    standing.roll_out()
    root, data = (volumes()[device] for device in ("/dev/xvda", "/dev/sdf"))
    assert (root["Size"], root["VolumeType"], root["Iops"], root["Throughput"]) == (20, "gp3", 6000, 500)
    assert (data["Size"], data["VolumeType"], data["Encrypted"]) == (30, "gp3", True)

    standing.change(PLAIN, volumeSize="20", volumeIops="3000", volumeThroughput="125")
    standing.roll_out()
    assert volumes().keys() == before.keys()
    (root,) = volumes().values()
    assert (root["Iops"], root["Throughput"]) == (3000, 125)


def test_other_types_and_ones_own_key_come_with_the_grant_and_go_again(standing: Deployed) -> None:
    group = standing.group
    key = standing.client("kms").create_key()["KeyMetadata"]["Arn"]

    def volumes() -> dict[str, dict[str, Any]]:
        """The volumes of one instance, by device."""
        member = standing.group["Instances"][0]["InstanceId"]
        found = standing.client("ec2").describe_volumes(
            Filters=[{"Name": "attachment.instance-id", "Values": [member]}]
        )
        return {each["Attachments"][0]["Device"]: each for each in found["Volumes"]}

    standing.change(PLAIN, volumeType="io2", volumeIops="500", dataVolumes="/dev/sdf=125:st1", volumeKeyArn=key)
    (grant,) = standing.client("kms").list_grants(KeyId=key)["Grants"]
    assert grant["GranteePrincipal"] == standing.group["ServiceLinkedRoleARN"] != group["ServiceLinkedRoleARN"]
    standing.roll_out()
    root, data = (volumes()[device] for device in ("/dev/xvda", "/dev/sdf"))
    assert (root["VolumeType"], root["Iops"], root["KmsKeyId"]) == ("io2", 500, key)
    assert (data["VolumeType"], data["Size"], data["KmsKeyId"]) == ("st1", 125, key)
    assert len(standing.group["Instances"]) == 2

    standing.change(PLAIN, volumeType="gp2")
    assert standing.group["ServiceLinkedRoleARN"] == group["ServiceLinkedRoleARN"]
    assert standing.client("kms").list_grants(KeyId=key)["Grants"] == []
    standing.roll_out()
    root = volumes()["/dev/xvda"]
    assert root["VolumeType"] == "gp2"
    assert root.get("KmsKeyId") != key
    standing.change(PLAIN)


def test_a_key_that_encrypts_nothing_is_refused_before_anything_changes(standing: Deployed) -> None:
    kms = standing.client("kms")
    key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]

    with pytest.raises(ProgramRefused, match="a symmetric key that is enabled; this one is of RSA_2048"):
        standing.change(PLAIN, volumeKeyArn=key)
    with pytest.raises(ProgramRefused, match="a key that exists; this one does not"):
        standing.change(PLAIN, volumeKeyArn=f"{key[:-12]}000000000000")
