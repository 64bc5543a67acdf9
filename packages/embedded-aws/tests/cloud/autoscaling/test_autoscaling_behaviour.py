"""What groups do, seen through the API: health, replacement, refresh, policies, zones, events, many callers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.fleet import Event, What

Create = Callable[..., str]
LAUNCH_FIRST = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}


def describe(place: Any, name: str) -> dict[str, Any]:
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    group: dict[str, Any] = found[0]
    return group


def first(place: Any, name: str) -> str:
    return str(describe(place, name)["Instances"][0]["InstanceId"])


def states(place: Any, name: str) -> list[str]:
    return [each["LifecycleState"] for each in describe(place, name)["Instances"]]


def causes(place: Any, name: str) -> list[str]:
    told = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    return [each["Cause"] for each in told]


def refusal(act: Callable[..., Any], **given: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        act(**given)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_broken_instance_is_impaired_for_ec2_and_still_healthy_for_the_group(place: Any, create: Create) -> None:
    name = create()
    instance_id = first(place, name)
    now = place.cloud.clock.now()
    place.cloud.autoscaling.break_instance(instance_id, "system")
    impaired = [{"Name": "system-status.status", "Values": ["impaired"]}]

    found = place.ec2.describe_instance_status(Filters=impaired)["InstanceStatuses"]
    assert [each["InstanceId"] for each in found] == [instance_id]
    assert found[0]["SystemStatus"]["Details"][0]["ImpairedSince"] == now
    assert describe(place, name)["Instances"][0]["HealthStatus"] == "Healthy"

    place.cloud.autoscaling.repair_instance(instance_id)
    assert place.ec2.describe_instance_status(Filters=impaired)["InstanceStatuses"] == []


def test_an_unknown_fault_or_instance_is_an_error_that_names_it(place: Any, create: Create) -> None:
    with pytest.raises(LookupError, match="'network'"):
        place.cloud.autoscaling.break_instance(first(place, create()), "network")
    with pytest.raises(LookupError, match="'i-0'"):
        place.cloud.autoscaling.break_instance("i-0", "system")


def test_a_marked_instance_is_replaced_and_the_history_says_by_whom(place: Any, create: Create) -> None:
    name = create()
    instance_id = first(place, name)
    place.autoscaling.set_instance_health(InstanceId=instance_id, HealthStatus="Unhealthy")
    marked = next(each for each in describe(place, name)["Instances"] if each["InstanceId"] == instance_id)
    assert (marked["HealthStatus"], marked["LifecycleState"]) == ("Unhealthy", "Terminating")
    assert any(cause.endswith("in response to a user health-check.") for cause in causes(place, name))

    place.cloud.clock.advance(120)

    assert states(place, name) == ["InService", "InService"]
    assert any(cause.endswith("an unhealthy instance needing to be replaced.") for cause in causes(place, name))


def test_a_maintenance_policy_launches_the_replacement_first(place: Any, create: Create) -> None:
    name = create(InstanceMaintenancePolicy=LAUNCH_FIRST, DefaultInstanceWarmup=30)
    place.autoscaling.set_instance_health(InstanceId=first(place, name), HealthStatus="Unhealthy")
    assert states(place, name) == ["InService", "InService", "Pending"]

    place.cloud.clock.advance(76)

    assert states(place, name) == ["Terminating", "InService", "InService"]


def test_a_mark_in_the_grace_period_is_a_validation_error(place: Any, create: Create) -> None:
    name = create(HealthCheckGracePeriod=1500)
    code, message = refusal(
        place.autoscaling.set_instance_health, InstanceId=first(place, name), HealthStatus="Unhealthy"
    )

    assert code == "ValidationError"
    assert message == "The age of the instance (75 seconds) is less than the configured grace period of 1500 seconds"
    place.autoscaling.set_instance_health(
        InstanceId=first(place, name), HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )
    assert "Terminating" in states(place, name)


def test_marks_that_aws_would_refuse_are_refused(place: Any, create: Create) -> None:
    mark = place.autoscaling.set_instance_health

    assert refusal(mark, InstanceId="i-0123456789abcdef0", HealthStatus="Unhealthy") == (
        "ValidationError",
        "Instance Id not found - No managed instance found for instance ID: i-0123456789abcdef0",
    )
    assert refusal(mark, InstanceId=first(place, create()), HealthStatus="Poorly")[0] == "ValidationError"


def test_the_group_replaces_an_impaired_member_by_itself_after_some_minutes(place: Any, create: Create) -> None:
    name = create()
    instance_id = first(place, name)
    place.cloud.autoscaling.break_instance(instance_id, "instance")
    place.cloud.clock.advance(400)

    assert instance_id not in {each["InstanceId"] for each in describe(place, name)["Instances"]}
    assert any(cause.endswith("an EC2 instance status checks failure.") for cause in causes(place, name))


def test_standby_protection_and_detachment(place: Any, create: Create) -> None:
    name = create(MaxSize=6)
    one, other = (each["InstanceId"] for each in describe(place, name)["Instances"])
    where = {"AutoScalingGroupName": name}
    entered = place.autoscaling.enter_standby(**where, InstanceIds=[one], ShouldDecrementDesiredCapacity=True)
    assert entered["Activities"][0]["Description"] == f"Moving EC2 instance to Standby: {one}"
    assert (states(place, name), describe(place, name)["DesiredCapacity"]) == (["Standby", "InService"], 1)

    place.autoscaling.exit_standby(**where, InstanceIds=[one])
    assert (states(place, name), describe(place, name)["DesiredCapacity"]) == (["InService", "InService"], 2)

    place.autoscaling.set_instance_protection(**where, InstanceIds=[one], ProtectedFromScaleIn=True)
    assert describe(place, name)["Instances"][0]["ProtectedFromScaleIn"] is True

    place.autoscaling.detach_instances(**where, InstanceIds=[other], ShouldDecrementDesiredCapacity=True)
    assert [each["InstanceId"] for each in describe(place, name)["Instances"]] == [one]
    running = place.ec2.describe_instances(InstanceIds=[other])["Reservations"][0]["Instances"][0]
    assert running["State"]["Name"] == "running"


def test_several_members_are_terminated_in_one_call(place: Any, create: Create) -> None:
    name = create()
    ids = [each["InstanceId"] for each in describe(place, name)["Instances"]]
    told = place.autoscaling.terminate_instance_in_auto_scaling_group(
        AutoScalingGroupName=name, InstanceIds=ids, ShouldDecrementDesiredCapacity=False
    )

    assert [each["Description"] for each in told["Activities"]] == [f"Terminating EC2 instance: {each}" for each in ids]
    assert sorted(states(place, name)) == ["Pending", "Pending", "Terminating", "Terminating"]


def test_members_are_described_by_id(place: Any, create: Create) -> None:
    name = create()
    instance_id = first(place, name)
    found = place.autoscaling.describe_auto_scaling_instances(InstanceIds=[instance_id, "i-0123456789abcdef0"])

    assert [(each["InstanceId"], each["AutoScalingGroupName"]) for each in found["AutoScalingInstances"]] == [
        (instance_id, name)
    ]


def test_activities_come_in_pages_and_from_a_time_on(place: Any, create: Create) -> None:
    name = create(DesiredCapacity=3)
    pages = place.autoscaling.get_paginator("describe_scaling_activities").paginate(
        AutoScalingGroupName=name, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["Activities"]) for page in pages] == [2, 1]

    since = place.cloud.clock.now()
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=4)
    later = place.autoscaling.describe_scaling_activities(
        AutoScalingGroupName=name, Filters=[{"Name": "StartTimeLowerBound", "Values": [since.isoformat()]}]
    )["Activities"]

    assert [each["StatusCode"] for each in later] == ["PreInService"]
    unknown = {"AutoScalingGroupName": name, "NextToken": "nothing"}
    assert refusal(place.autoscaling.describe_scaling_activities, **unknown)[0] == "InvalidNextToken"


def test_a_refresh_rolls_to_the_desired_version_and_the_group_adopts_it(place: Any, create: Create) -> None:
    name = create(InstanceMaintenancePolicy=LAUNCH_FIRST)
    started = place.autoscaling.start_instance_refresh(
        AutoScalingGroupName=name,
        DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": place.template, "Version": "2"}},
        Preferences={"AutoRollback": True},
    )
    assert (
        refusal(place.autoscaling.start_instance_refresh, AutoScalingGroupName=name)[0] == "InstanceRefreshInProgress"
    )
    assert describe(place, name)["LaunchTemplate"]["Version"] == "1"
    place.cloud.clock.advance(300)

    told = place.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"][0]
    assert (told["InstanceRefreshId"], told["Status"]) == (started["InstanceRefreshId"], "Successful")
    assert (told["PercentageComplete"], told["InstancesToUpdate"]) == (100, 0)
    group = describe(place, name)
    assert group["LaunchTemplate"]["Version"] == "2"
    assert {each["LaunchTemplate"]["Version"] for each in group["Instances"]} == {"2"}


def test_a_refresh_is_rolled_back_or_cancelled(place: Any, create: Create) -> None:
    name = create(InstanceMaintenancePolicy=LAUNCH_FIRST)
    where = {"AutoScalingGroupName": name}
    assert refusal(place.autoscaling.cancel_instance_refresh, **where)[0] == "ActiveInstanceRefreshNotFound"
    wished = {"LaunchTemplate": {"LaunchTemplateId": place.template, "Version": "2"}}
    place.autoscaling.start_instance_refresh(**where, DesiredConfiguration=wished)
    place.cloud.clock.advance(60)
    place.autoscaling.rollback_instance_refresh(**where)
    place.cloud.clock.advance(300)
    place.autoscaling.start_instance_refresh(**where, DesiredConfiguration=wished)
    place.autoscaling.cancel_instance_refresh(**where)
    place.cloud.clock.advance(120)

    told = place.autoscaling.describe_instance_refreshes(**where)["InstanceRefreshes"]
    assert [each["Status"] for each in told] == ["Cancelled", "RollbackSuccessful"]
    assert told[1]["RollbackDetails"]["PercentageCompleteOnRollback"] == 50
    assert describe(place, name)["LaunchTemplate"]["Version"] == "1"


def test_a_policy_is_carried_out_by_user_and_alarm_with_cooldown(place: Any, create: Create) -> None:
    name = create(MaxSize=9)
    where = {"AutoScalingGroupName": name, "PolicyName": f"{name}-up"}
    arn = place.autoscaling.put_scaling_policy(
        **where, PolicyType="SimpleScaling", AdjustmentType="ChangeInCapacity", ScalingAdjustment=2, Cooldown=120
    )["PolicyARN"]
    place.autoscaling.execute_policy(**where)
    assert describe(place, name)["DesiredCapacity"] == 4

    assert refusal(place.autoscaling.execute_policy, **where, HonorCooldown=True)[0] == "ScalingActivityInProgress"
    assert place.cloud.autoscaling.alarm(arn, "cpu-high") is False
    place.cloud.clock.advance(120)
    assert place.cloud.autoscaling.alarm(arn, "cpu-high") is True

    assert describe(place, name)["DesiredCapacity"] == 6
    assert f"a monitor alarm cpu-high in state ALARM triggered policy {name}-up" in causes(place, name)[0]
    place.autoscaling.delete_policy(PolicyName=arn)
    assert refusal(place.autoscaling.execute_policy, **where)[0] == "ValidationError"


def test_a_zonal_shift_reaches_the_groups_that_take_part(place: Any, create: Create) -> None:
    taking_part = create(AvailabilityZoneImpairmentPolicy={"ZonalShiftEnabled": True})
    create()
    assert place.cloud.autoscaling.shift_zone("us-east-1a", away=True) == [taking_part]
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=taking_part, DesiredCapacity=4)
    zones = [each["AvailabilityZone"] for each in describe(place, taking_part)["Instances"]]
    assert zones == ["us-east-1a", "us-east-1b", "us-east-1b", "us-east-1b"]

    assert place.cloud.autoscaling.shift_zone("us-east-1a", away=False) == [taking_part]


def test_a_spoilt_template_brings_members_that_fail_their_check(place: Any, create: Create) -> None:
    name = create()
    place.cloud.autoscaling.spoil_template(name, "instance")
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    launched = place.cloud.clock.now()
    place.cloud.clock.advance(130)

    checks = place.cloud.autoscaling.checks(describe(place, name)["Instances"][2]["InstanceId"])
    assert (checks.instance.status, checks.instance.impaired_since) == ("impaired", launched)


def test_listeners_hear_what_happens_in_cloud_time(place: Any, create: Create) -> None:
    heard: list[Event] = []
    place.cloud.autoscaling.listen(heard.append)
    begun = place.cloud.clock.now()
    name = create(DesiredCapacity=1)

    mine = [(event.what, (event.time - begun).total_seconds()) for event in heard if event.group == name]
    assert mine == [(What.CAPACITY, 0), (What.LAUNCHED, 0), (What.IN_SERVICE, 45)]
    assert list(place.cloud.autoscaling.events)[-1] == heard[-1]


def test_an_instance_knows_its_group(place: Any, create: Create) -> None:
    name = create()

    assert place.cloud.autoscaling.group_of("us-east-1", first(place, name)) == name
    assert place.cloud.autoscaling.group_of("eu-west-1", first(place, name)) is None
    assert place.cloud.autoscaling.checks("i-0123456789abcdef0") is None


def test_many_callers_at_once_replace_each_member_once(place: Any, create: Create) -> None:
    name = create(MinSize=0, MaxSize=8, DesiredCapacity=8)
    ids = [each["InstanceId"] for each in describe(place, name)["Instances"]]

    def mark(instance_id: str) -> str:
        try:
            place.autoscaling.set_instance_health(InstanceId=instance_id, HealthStatus="Unhealthy")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "marked"

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(mark, ids * 3))
    place.cloud.clock.advance(120)

    assert sorted(set(answers)) == ["ValidationError", "marked"]
    assert answers.count("marked") == 8
    terminations = [cause for cause in causes(place, name) if "user health-check" in cause]
    assert len(terminations) == 8
    assert states(place, name) == ["InService"] * 8
