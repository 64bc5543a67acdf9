"""Warm pools through the API: filled, drawn from, filled again, and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Place, groups

Create = Callable[..., str]
BOOT = 90  # seconds within which an instance is ready


def put(place: Place, group: str, **asked: Any) -> None:
    place.autoscaling.put_warm_pool(AutoScalingGroupName=group, **asked)


def pool(place: Place, group: str) -> dict[str, str]:
    """The instances of a group's pool, each with its state."""
    found = place.autoscaling.describe_warm_pool(AutoScalingGroupName=group)["Instances"]
    return {each["InstanceId"]: each["LifecycleState"] for each in found}


def described(place: Place, group: str) -> dict[str, Any]:
    return next(each for each in groups(place) if each["AutoScalingGroupName"] == group)


def ec2_states(place: Place, instances: Any) -> set[str]:
    found = place.ec2.describe_instances(InstanceIds=list(instances))["Reservations"]
    return {each["State"]["Name"] for reservation in found for each in reservation["Instances"]}


def activity(place: Place, group: str, words: str) -> dict[str, Any]:
    told = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    found: dict[str, Any] = next(each for each in told if each["Description"].startswith(words))
    return found


@pytest.mark.parametrize(("state", "lifecycle", "machine"), [
    ("Stopped", "Warmed:Stopped", "stopped"),
    ("Running", "Warmed:Running", "running"),
])  # fmt: skip
def test_a_pool_is_filled_up_to_the_groups_maximum(
    place: Place, create: Create, state: str, lifecycle: str, machine: str
) -> None:
    group = create()
    put(place, group, PoolState=state)
    assert set(pool(place, group).values()) == {"Warmed:Pending"}

    place.cloud.clock.advance(BOOT)

    found = pool(place, group)
    assert list(found.values()) == [lifecycle] * 2
    assert ec2_states(place, found) == {machine}
    shape = described(place, group)
    assert (shape["WarmPoolSize"], len(shape["Instances"])) == (2, 2)
    assert shape["WarmPoolConfiguration"] == {
        "MinSize": 0,
        "PoolState": state,
        "InstanceReusePolicy": {"ReuseOnScaleIn": False},
    }
    told = place.autoscaling.describe_auto_scaling_instances(InstanceIds=list(found))["AutoScalingInstances"]
    assert {each["LifecycleState"] for each in told} == {lifecycle}


def test_a_launch_takes_a_warmed_instance_and_the_pool_is_filled_again(place: Place, create: Create) -> None:
    group = create()
    put(place, group, MaxGroupPreparedCapacity=3)
    place.cloud.clock.advance(BOOT)
    (warmed,) = pool(place, group)

    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)
    assert ec2_states(place, [warmed]) == {"pending"}
    place.cloud.clock.advance(25)  # a cold start takes 45 seconds

    member = next(each for each in described(place, group)["Instances"] if each["InstanceId"] == warmed)
    assert member["LifecycleState"] == "InService"
    assert ec2_states(place, [warmed]) == {"running"}
    assert activity(place, group, f"Launching a new EC2 instance from warm pool: {warmed}")
    assert pool(place, group) == {}  # group and pool have three together
    put(place, group, MaxGroupPreparedCapacity=-1)
    place.cloud.clock.advance(BOOT)
    assert list(pool(place, group).values()) == ["Warmed:Stopped"]


def test_a_scale_in_sends_instances_back_where_they_are_reused(place: Place, create: Create) -> None:
    group = create()
    put(place, group, MinSize=1, InstanceReusePolicy={"ReuseOnScaleIn": True}, MaxGroupPreparedCapacity=2)
    place.cloud.clock.advance(BOOT)
    (first,) = pool(place, group)
    members = {each["InstanceId"] for each in described(place, group)["Instances"]}
    place.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=False)
    put(place, group, InstanceReusePolicy={"ReuseOnScaleIn": True})  # one may come back
    place.cloud.clock.advance(BOOT)

    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
    place.cloud.clock.advance(BOOT)
    (returned,) = pool(place, group)
    assert returned in members
    assert ec2_states(place, [returned]) == {"stopped"}


def test_an_instance_that_somebody_terminates_is_replaced_in_the_pool(place: Place, create: Create) -> None:
    group = create(MaxSize=3)
    put(place, group)
    place.cloud.clock.advance(BOOT)
    (lost,) = pool(place, group)

    place.ec2.terminate_instances(InstanceIds=[lost])
    place.cloud.clock.advance(BOOT)
    (found,) = pool(place, group)
    assert found != lost
    place.autoscaling.set_instance_health(InstanceId=found, HealthStatus="Unhealthy")
    place.cloud.clock.advance(BOOT)
    assert found not in pool(place, group)
    assert len(pool(place, group)) == 1


def test_a_pool_with_instances_is_deleted_by_force_alone_and_is_pending_until_they_are_gone(
    place: Place, create: Create
) -> None:
    group = create()
    put(place, group)
    place.cloud.clock.advance(BOOT)
    instances = pool(place, group)
    with pytest.raises(ClientError, match="ResourceInUse"):
        place.autoscaling.delete_warm_pool(AutoScalingGroupName=group)

    place.autoscaling.delete_warm_pool(AutoScalingGroupName=group, ForceDelete=True)
    assert described(place, group)["WarmPoolConfiguration"]["Status"] == "PendingDelete"
    assert set(pool(place, group).values()) == {"Warmed:Terminating"}
    with pytest.raises(ClientError, match="ScalingActivityInProgress"):
        put(place, group)
    place.cloud.clock.advance(BOOT)
    assert "WarmPoolConfiguration" not in described(place, group)
    assert ec2_states(place, instances) == {"terminated"}
    with pytest.raises(ClientError, match="No warm pool found"):
        place.autoscaling.delete_warm_pool(AutoScalingGroupName=group)


def test_a_pool_is_emptied_before_it_is_deleted_without_force(place: Place, create: Create) -> None:
    group = create()
    put(place, group)
    place.cloud.clock.advance(BOOT)
    put(place, group, MaxGroupPreparedCapacity=0, MinSize=0)
    place.cloud.clock.advance(BOOT)

    assert pool(place, group) == {}
    place.autoscaling.delete_warm_pool(AutoScalingGroupName=group)
    assert "WarmPoolConfiguration" not in described(place, group)


def test_a_pool_goes_with_its_group(place: Place, create: Create) -> None:
    group = create()
    put(place, group)
    place.cloud.clock.advance(BOOT)
    instances = pool(place, group)
    place.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group, ForceDelete=True)
    place.cloud.clock.advance(BOOT)

    assert group not in {each["AutoScalingGroupName"] for each in groups(place)}
    assert ec2_states(place, instances) == {"terminated"}


def test_another_pool_takes_its_place_but_for_the_prepared_capacity(place: Place, create: Create) -> None:
    group = create()
    put(place, group, MinSize=1, MaxGroupPreparedCapacity=3)
    put(place, group, PoolState="Running")

    told = place.autoscaling.describe_warm_pool(AutoScalingGroupName=group)["WarmPoolConfiguration"]
    assert (told["MinSize"], told["MaxGroupPreparedCapacity"], told["PoolState"]) == (0, 3, "Running")
    with pytest.raises(ClientError, match="must enable hibernation"):
        put(place, group, PoolState="Hibernated")


def test_hibernating_takes_a_template_that_enables_it(place: Place, create: Create) -> None:
    latest = place.ec2.describe_launch_template_versions(LaunchTemplateId=place.template, Versions=["2"])
    data = latest["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    made = place.ec2.create_launch_template(
        LaunchTemplateName="hibernating", LaunchTemplateData={**data, "HibernationOptions": {"Configured": True}}
    )
    template = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"}
    group = create(LaunchTemplate=template, MaxSize=3)
    put(place, group, PoolState="Hibernated")
    place.cloud.clock.advance(BOOT)

    found = pool(place, group)
    assert list(found.values()) == ["Warmed:Hibernated"]
    assert ec2_states(place, found) == {"stopped"}


def test_a_pool_has_no_share_in_the_groups_metrics(place: Place, create: Create) -> None:
    group = create()
    put(place, group, PoolState="Running")
    place.cloud.clock.advance(180)

    now = place.cloud.clock.now()
    told = place.cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": group}],
        StartTime=now - timedelta(minutes=2),
        EndTime=now,
        Period=60,
        Statistics=["SampleCount"],
    )["Datapoints"]
    assert {each["SampleCount"] for each in told} == {2.0}
