"""Groups that are more than a launch template and some members: mixed instances, warm pools, versions that move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from embedded_aws.fleet import Check, Override, PoolState, WarmPool
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import GROUP_NAME, World

MakeWorld = Callable[..., World]
MakeSession = Callable[..., ClientSession]
FIRST = "i-00000000000000001"


def group(session: ClientSession) -> dict[str, Any]:
    found: dict[str, Any] = session.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    return found


def descriptions(session: ClientSession) -> list[str]:
    reply = session.autoscaling.describe_scaling_activities(AutoScalingGroupName=GROUP_NAME)
    return [entry["Description"] for entry in reply["Activities"]]


def impaired(session: ClientSession, check: str) -> list[dict[str, Any]]:
    wanted = [{"Name": f"{check}.status", "Values": ["impaired"]}]
    found: list[dict[str, Any]] = session.ec2.describe_instance_status(Filters=wanted)["InstanceStatuses"]
    return found


def test_a_mixed_group_names_its_overrides_and_each_member_its_own_template(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    mixed = (Override("m7i.large"), Override("m7g.large", "lt-arm:4"))
    session = a_session(a_world(desired=12, template_version="lt-x86:$Latest", overrides=mixed))
    shown = group(session)
    policy = shown["MixedInstancesPolicy"]["LaunchTemplate"]

    assert "LaunchTemplate" not in shown
    assert policy["LaunchTemplateSpecification"]["Version"] == "$Latest"
    assert [each["InstanceType"] for each in policy["Overrides"]] == ["m7i.large", "m7g.large"]
    assert policy["Overrides"][1]["LaunchTemplateSpecification"]["LaunchTemplateId"] == "lt-arm"
    assert {
        (entry["InstanceType"], entry["LaunchTemplate"]["LaunchTemplateId"], entry["LaunchTemplate"]["Version"])
        for entry in shown["Instances"]
    } == {("m7i.large", "lt-x86", "1"), ("m7g.large", "lt-arm", "4")}


@pytest.mark.parametrize("version", ["$Latest", "$Default"])
def test_a_group_shows_the_version_as_it_was_named_and_a_member_as_it_was_resolved(
    a_world: MakeWorld, a_session: MakeSession, version: str
) -> None:
    world = a_world(desired=1, template_version=version)
    session = a_session(world)
    world.fleet.publish_template("2", world.now, default=True)
    world.fleet.set_desired_capacity(2, world.now)
    shown = group(session)

    assert shown["LaunchTemplate"]["Version"] == version
    assert [entry["LaunchTemplate"]["Version"] for entry in shown["Instances"]] == ["1", "2"]


def test_a_warm_pool_is_named_and_its_instances_are_not_the_groups(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world(desired=2, warm_pool=WarmPool(min_size=2, max_prepared=0, state=PoolState.RUNNING))
    session = a_session(world)
    shown = group(session)

    assert shown["WarmPoolConfiguration"]["PoolState"] == "Running"
    assert (shown["WarmPoolSize"], len(shown["Instances"])) == (2, 2)
    assert len(session.ec2.describe_instance_status()["InstanceStatuses"]) == 4
    world.pool_listed = True
    assert [entry["LifecycleState"] for entry in group(session)["Instances"]] == ["InService"] * 2 + [
        "Warmed:Running"
    ] * 2


def test_an_instance_that_comes_from_the_pool_is_told_so(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world(desired=2, warm_pool=WarmPool(min_size=1, max_prepared=0))
    (warmed,) = [member.id for member in world.fleet.pool]
    world.fleet.set_desired_capacity(3, world.now)

    assert f"Launching a new EC2 instance from warm pool: {warmed}" in descriptions(a_session(world))


def test_an_impaired_application_is_found_by_its_own_filter_alone(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    session = a_session(world)
    world.fleet.fail_application(FIRST, world.now)

    (found,) = impaired(session, "application-status")
    assert found["ApplicationStatus"] == {"Status": "impaired", "ImpairedSince": world.now}
    assert impaired(session, "system-status") == []
    world.fleet.suppress_application(FIRST, world.now, timedelta(minutes=10))
    assert impaired(session, "application-status") == []


def test_an_instance_of_the_pool_may_be_impaired_too(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world(desired=2, warm_pool=WarmPool(min_size=1, max_prepared=0, state=PoolState.RUNNING))
    (warmed,) = [member.id for member in world.fleet.pool]
    world.fleet.break_instance(warmed, Check.SYSTEM, world.now)

    assert [entry["InstanceId"] for entry in impaired(a_session(world), "system-status")] == [warmed]
