"""A fleet of several types and of Spot Instances, on a stack that stands: there, rolled out, interrupted, and back."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from support.deployed.stack import Deployed, OneAtATime, Variant

PLAIN = Variant("dev", {"tap:cpuLowThreshold": "0"}, "eu-west-1")


@pytest.fixture
def standing(stacks: OneAtATime) -> Deployed:
    return stacks.deployed_anew(PLAIN)


def machines(stack: Deployed) -> list[dict[str, Any]]:
    ids = [each["InstanceId"] for each in stack.group["Instances"]]
    reservations = stack.client("ec2").describe_instances(InstanceIds=ids)["Reservations"]
    return [each for reservation in reservations for each in reservation["Instances"]]


def markets(stack: Deployed) -> Counter[tuple[str, str]]:
    return Counter((each.get("InstanceLifecycle", "on-demand"), each["InstanceType"]) for each in machines(stack))


def launched_from(stack: Deployed) -> str:
    """The version in the group's mixed instances policy."""
    policy = stack.group["MixedInstancesPolicy"]["LaunchTemplate"]
    return str(policy["LaunchTemplateSpecification"]["Version"])


def test_a_fleet_gets_types_and_spot_instances_rolls_a_version_out_and_loses_them_again(standing: Deployed) -> None:
    cloud, arn = standing.sandbox.cloud, standing.group["AutoScalingGroupARN"]
    asked = {
        "instanceTypes": "t3.small,t3a.micro",
        "onDemandBaseCapacity": "1",
        "onDemandPercentageAboveBaseCapacity": "0",
        "spotAllocationStrategy": "capacity-optimized-prioritized",
    }
    standing.change(PLAIN, **asked, minSize="3", desiredCapacity="3")
    cloud.clock.advance(300)

    group = standing.group
    assert "LaunchTemplate" not in group
    assert group["CapacityRebalance"] is True
    types = [each["InstanceType"] for each in group["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"]]
    assert types == ["t3.micro", "t3.small", "t3a.micro"]
    assert markets(standing) == {("on-demand", "t3.micro"): 2, ("spot", "t3.micro"): 1}

    asked |= {"minSize": "3", "desiredCapacity": "3", "volumeSize": "9"}
    standing.sandbox.engine_for({**PLAIN.config, **{f"tap:{key}": value for key, value in asked.items()}}).up()
    standing.roll_out()
    assert launched_from(standing) == "2"
    assert {each["LaunchTemplate"]["Version"] for each in standing.group["Instances"]} == {"2"}
    assert markets(standing) == {("on-demand", "t3.micro"): 1, ("spot", "t3.micro"): 2}

    # A deployment tells the group the version that it has, and no older one.
    standing.change(PLAIN, **asked, spotMaxPrice="0.5")
    assert launched_from(standing) == "2"
    victim = next(each["InstanceId"] for each in machines(standing) if "InstanceLifecycle" in each)
    cloud.interrupt_spot(victim)
    cloud.clock.advance(300)
    assert victim not in [each["InstanceId"] for each in standing.group["Instances"]]
    assert sum(markets(standing).values()) == 3

    standing.change(PLAIN, volumeSize="9", minSize="3", desiredCapacity="3")
    group = standing.group
    assert "MixedInstancesPolicy" not in group
    assert group["LaunchTemplate"]["Version"] == "2"
    assert group["CapacityRebalance"] is False
    assert group["AutoScalingGroupARN"] == arn


def test_a_fleet_is_of_what_has_the_attributes(standing: Deployed) -> None:
    wanted = {"vcpuCount": {"min": 2, "max": 2}, "memoryMib": {"min": 8192, "max": 8192}, "cpuManufacturers": ["amd"]}
    standing.change(PLAIN, instanceRequirements=json.dumps(wanted), minSize="3", desiredCapacity="3")
    standing.sandbox.cloud.clock.advance(300)

    kinds = Counter(kind for _, kind in markets(standing).elements())
    assert kinds.pop("t3.micro") == 2
    ((kind, count),) = kinds.items()
    assert count == 1
    known = standing.client("ec2").describe_instance_types(InstanceTypes=[kind])["InstanceTypes"][0]
    assert (known["VCpuInfo"]["DefaultVCpus"], known["MemoryInfo"]["SizeInMiB"]) == (2, 8192)
    standing.change(PLAIN)


def test_a_fleet_with_weights_has_its_capacity_in_units_and_is_healed(standing: Deployed) -> None:
    cloud = standing.sandbox.cloud

    def units() -> list[str]:
        members = standing.group["Instances"]
        return [each["WeightedCapacity"] for each in members if each["LifecycleState"] == "InService"]

    wanted = {"instanceTypes": "t3.small", "instanceWeights": "t3.micro=4,t3.small=8", "maxSize": "16"}
    standing.change(PLAIN, **wanted, minSize="8", desiredCapacity="8")
    cloud.clock.advance(300)
    assert units() == ["4", "4"]  # those that stood, each of which is four units now

    (victim, *_) = (each["InstanceId"] for each in standing.group["Instances"])
    cloud.break_instance(victim, "system")
    cloud.clock.advance(900)
    assert victim not in [each["InstanceId"] for each in standing.group["Instances"]]
    assert units() == ["4", "4"]

    policies = standing.client("autoscaling").describe_policies(
        AutoScalingGroupName=standing.group["AutoScalingGroupName"]
    )
    assert {each["ScalingAdjustment"] for each in policies["ScalingPolicies"]} == {8, -8}
    standing.change(PLAIN, maxSize="16", minSize="2", desiredCapacity="8")
    cloud.clock.advance(600)
    assert len(standing.group["Instances"]) == 8  # instances are counted again


def test_instances_are_in_a_placement_group_on_hardware_of_their_own_and_no_longer(standing: Deployed) -> None:
    ec2 = standing.client("ec2")
    ec2.create_placement_group(GroupName="apart", Strategy="spread")

    def places() -> set[tuple[str, str]]:
        return {(each["Placement"].get("GroupName", ""), each["Placement"]["Tenancy"]) for each in machines(standing)}

    standing.change(PLAIN, placementGroup="apart", tenancy="dedicated")
    standing.roll_out()
    assert places() == {("apart", "dedicated")}

    standing.change(PLAIN)
    standing.roll_out()
    assert places() == {("", "default")}
    ec2.delete_placement_group(GroupName="apart")


def test_a_placement_group_of_the_stacks_own_goes_after_its_last_instance(standing: Deployed) -> None:
    ec2 = standing.client("ec2")

    def groups() -> dict[str, str]:
        found = ec2.describe_placement_groups()["PlacementGroups"]
        return {each["GroupName"]: each["Strategy"] for each in found}

    def places() -> set[str]:
        return {each["Placement"].get("GroupName", "") for each in machines(standing)}

    standing.change(PLAIN, placementStrategy="spread")
    standing.roll_out()
    assert places() == {"tap-spread-dev"}

    standing.change(PLAIN, placementStrategy="partition")
    assert groups() == {"tap-spread-dev": "spread", "tap-partition-dev": "partition"}  # the first is in use
    standing.roll_out()
    assert places() == {"tap-partition-dev"}

    standing.change(PLAIN)
    standing.roll_out()
    assert groups() == {"tap-partition-dev": "partition"}
    assert places() == {""}
    standing.change(PLAIN)
    assert groups() == {}


def test_a_price_that_is_taken_back_is_gone(standing: Deployed) -> None:
    """AWS keeps what an update does not mention; the AWS provider sends an empty price."""
    spot = {"instanceTypes": "t3.small", "onDemandPercentageAboveBaseCapacity": "50"}
    standing.change(PLAIN, **spot, spotMaxPrice="0.5")
    assert standing.group["MixedInstancesPolicy"]["InstancesDistribution"]["SpotMaxPrice"] == "0.5"

    standing.change(PLAIN, **spot)

    assert not standing.group["MixedInstancesPolicy"]["InstancesDistribution"].get("SpotMaxPrice")
