"""Targets that the fleet follows, and its warm pool, on a stack that stands: there, used, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.deployed.stack import Deployed, OneAtATime, Variant

from embedded_pulumi.errors import ProgramRefused

PLAIN = Variant("dev", {"tap:maxSize": "8"}, "eu-west-1")
MINUTE = 60  # seconds


@pytest.fixture
def standing(stacks: OneAtATime) -> Deployed:
    return stacks.deployed_anew(PLAIN)


def policies(stack: Deployed) -> dict[str, bool]:
    """Whether each policy of the group is enabled."""
    name = stack.outputs["auto_scaling_group_name"]
    found = stack.client("autoscaling").describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]
    return {each["PolicyName"]: each["Enabled"] for each in found}


def tracking_alarms(stack: Deployed) -> list[str]:
    found = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix="TargetTracking-")["MetricAlarms"]
    return [each["AlarmName"] for each in found]


def test_the_fleet_follows_its_cpu_target_and_the_steps_stand_by(standing: Deployed) -> None:
    cloud, name, arn = standing.sandbox.cloud, standing.outputs["auto_scaling_group_name"], standing.group
    cloud.set_work(name, 80)
    assert policies(standing) == {"tap-scale-up-dev": True, "tap-scale-down-dev": True}

    done = standing.change(PLAIN, cpuTarget="50")
    assert (done["create"], done["update"]) == (1, 4)  # the target; two steps and what their alarms say
    assert policies(standing) == {
        "tap-scale-up-dev": False,
        "tap-scale-down-dev": False,
        "tap-cpu-target-dev": True,
    }
    cloud.clock.advance(8 * MINUTE)  # until the first instances are warm
    cloud.set_work(name, 190)  # 95 % of two; four are at the target
    cloud.clock.advance(8 * MINUTE)
    assert standing.group["DesiredCapacity"] == 4
    cloud.set_work(name, 40)
    cloud.clock.advance(35 * MINUTE)
    assert standing.group["DesiredCapacity"] == 2

    standing.change(PLAIN)
    assert policies(standing) == {"tap-scale-up-dev": True, "tap-scale-down-dev": True}
    assert tracking_alarms(standing) == []
    assert standing.group["AutoScalingGroupARN"] == arn["AutoScalingGroupARN"]


def test_the_load_is_forecast_beside_the_target_and_no_longer_once_the_key_is_gone(standing: Deployed) -> None:
    standing.change(PLAIN, cpuTarget="50", predictiveScaling="forecast")
    assert "tap-forecast-dev" in policies(standing)
    standing.change(PLAIN, cpuTarget="50")
    assert "tap-forecast-dev" not in policies(standing)


def test_without_scale_in_an_idle_fleet_keeps_what_it_has(standing: Deployed) -> None:
    standing.change(PLAIN, desiredCapacity="2", minSize="1", scaleIn="false")

    standing.sandbox.cloud.clock.advance(40 * MINUTE)
    assert standing.group["DesiredCapacity"] == 2
    assert policies(standing) == {"tap-scale-up-dev": True, "tap-scale-down-dev": False}


def test_requests_are_followed_in_the_target_group_of_somebody_else(standing: Deployed) -> None:
    elb, ec2, cloud = standing.client("elbv2"), standing.client("ec2"), standing.sandbox.cloud
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"] if each["CidrBlock"].startswith("10.0.")]
    vpc = standing.outputs["vpc_id"]
    zones = {each["AvailabilityZone"]: each["SubnetId"] for each in ec2.describe_subnets(SubnetIds=subnets)["Subnets"]}
    group = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name="theirs", Subnets=list(zones.values()), SecurityGroups=[group])
    made = elb.create_target_group(Name="theirs", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    arn, balancer_arn = made["TargetGroupArn"], balancer["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elb.create_listener(LoadBalancerArn=balancer_arn, Protocol="HTTP", Port=80, DefaultActions=forward)

    theirs = {"targetGroupArns": arn, "targetSourceGroups": group, "healthCheckType": "EC2"}
    standing.change(PLAIN, **theirs, requestsPerTarget="1000")
    cloud.clock.advance(8 * MINUTE)
    cloud.set_requests(arn, 4500)
    cloud.clock.advance(8 * MINUTE)
    assert standing.group["DesiredCapacity"] == 5
    standing.change(PLAIN, targetSourceGroups=group)
    assert tracking_alarms(standing) == []


def pool(stack: Deployed) -> dict[str, str]:
    """The instances of the warm pool, each with its state."""
    name = stack.outputs["auto_scaling_group_name"]
    found = stack.client("autoscaling").describe_warm_pool(AutoScalingGroupName=name)["Instances"]
    return {each["InstanceId"]: each["LifecycleState"] for each in found}


def test_a_fleet_gets_a_warm_pool_draws_from_it_and_loses_it(standing: Deployed) -> None:
    cloud, name = standing.sandbox.cloud, standing.outputs["auto_scaling_group_name"]
    done = standing.change(PLAIN, warmPool="stopped", warmPoolPrepared="4")
    assert done["update"] == 1
    cloud.clock.advance(2 * MINUTE)
    warmed = pool(standing)
    assert list(warmed.values()) == ["Warmed:Stopped"] * 2

    standing.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    cloud.clock.advance(MINUTE)
    assert {each["InstanceId"] for each in standing.group["Instances"]} & warmed.keys()
    standing.change(PLAIN, warmPool="stopped", warmPoolMinSize="3", warmPoolReuse="true")
    cloud.clock.advance(3 * MINUTE)
    assert len(pool(standing)) == 5
    cloud.clock.start()  # the provider waits for the instances to go
    standing.change(PLAIN)
    cloud.clock.stop()
    assert "WarmPoolConfiguration" not in standing.group


def test_an_instance_tells_that_it_is_ready_when_it_enters_the_pool_and_when_it_leaves_it(
    stacks: OneAtATime, tmp_path: Path
) -> None:
    file = tmp_path / "own.sh"
    file.write_text("#!/bin/bash\ntrue\n")
    config = {"tap:userDataFile": str(file), "tap:warmPool": "stopped", "tap:maxSize": "3"}
    stack = stacks.deployed_anew(Variant("dev", config, "eu-west-1"))
    cloud, name = stack.sandbox.cloud, stack.outputs["auto_scaling_group_name"]
    cloud.clock.advance(3 * MINUTE)
    (warmed,) = pool(stack)
    assert pool(stack) == {warmed: "Warmed:Stopped"}

    stack.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    cloud.clock.advance(25)
    states = {each["InstanceId"]: each["LifecycleState"] for each in stack.group["Instances"]}
    assert states[warmed] == "Pending:Wait"
    cloud.clock.advance(25)
    states = {each["InstanceId"]: each["LifecycleState"] for each in stack.group["Instances"]}
    assert states[warmed] == "InService"
    assert [each for each in cloud.calls if not each.allowed] == []


def test_a_new_fleet_hibernates_and_one_that_stands_does_not_begin_to(stacks: OneAtATime) -> None:
    config = {"tap:warmPool": "hibernated", "tap:maxSize": "3"}
    stack = stacks.deployed_anew(Variant("dev", config, "eu-west-1"))
    stack.sandbox.cloud.clock.advance(2 * MINUTE)

    assert list(pool(stack).values()) == ["Warmed:Hibernated"]
    assert set(stack.sandbox.engine_for(config).up().changes) == {"same"}
    standing = stacks.deployed_anew(PLAIN)
    with pytest.raises(ProgramRefused, match="stopped or running for a fleet that stands without it"):
        standing.sandbox.engine_for({**PLAIN.config, "tap:warmPool": "hibernated"}).up()
