"""A group behind a load balancer: its members are registered, checked, drained and replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

Create = Callable[..., str]
NUMBERS = count(1)
INTERVAL, DELAY = 10, 60  # seconds


@dataclass
class Balanced:
    """A target group behind an internal load balancer, both in the VPC of `place`."""

    place: Any
    arn: str
    balancer: str
    security_group: str

    @property
    def elb(self) -> Any:
        return self.place.cloud.client("elbv2")

    @property
    def cloud(self) -> Cloud:
        cloud: Cloud = self.place.cloud
        return cloud

    def health(self, arn: str | None = None) -> dict[str, tuple[str, str]]:
        """Each target's state and reason."""
        told = self.elb.describe_target_health(TargetGroupArn=arn or self.arn)["TargetHealthDescriptions"]
        return {
            each["Target"]["Id"]: (each["TargetHealth"]["State"], each["TargetHealth"].get("Reason", ""))
            for each in told
        }

    def group(self, name: str) -> dict[str, Any]:
        found = self.place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        group: dict[str, Any] = found["AutoScalingGroups"][0]
        return group

    def members(self, name: str) -> list[str]:
        return [each["InstanceId"] for each in self.group(name)["Instances"]]

    def activity(self, name: str, instance_id: str) -> dict[str, Any]:
        """The activity by which an instance is terminated."""
        told = self.place.autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
        words = f"Terminating EC2 instance: {instance_id}"
        activity: dict[str, Any] = next(each for each in told if each["Description"] == words)
        return activity


def target_group(elb: Any, vpc: str) -> str:
    made = elb.create_target_group(
        Name=f"web-{next(NUMBERS)}",
        Protocol="HTTP",
        Port=8080,
        VpcId=vpc,
        HealthCheckPath="/healthz",
        HealthCheckIntervalSeconds=INTERVAL,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )
    arn = str(made["TargetGroups"][0]["TargetGroupArn"])
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(DELAY)}
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    return arn


@pytest.fixture(scope="module")
def balanced(place: Any) -> Balanced:
    ec2, elb = place.ec2, place.cloud.client("elbv2")
    vpc = ec2.describe_subnets(SubnetIds=place.subnets[:1])["Subnets"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="balancer", Description="balancer", VpcId=vpc)["GroupId"]
    let_in(place, group)
    made = elb.create_load_balancer(
        Name="web", Subnets=place.subnets, SecurityGroups=[group], Scheme="internal", Type="application"
    )
    arn, balancer = target_group(elb, vpc), made["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    return Balanced(place, arn, balancer, group)


def let_in(place: Any, peer: str) -> None:
    """Let the instances of `place` be reached from a security group."""
    permission = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": peer}]}
    place.ec2.authorize_security_group_ingress(GroupId=place.security_group, IpPermissions=[permission])


def keep_out(place: Any, peer: str) -> None:
    permission = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": peer}]}
    place.ec2.revoke_security_group_ingress(GroupId=place.security_group, IpPermissions=[permission])


def test_members_in_service_are_registered_and_become_healthy(balanced: Balanced, create: Create) -> None:
    name = create(TargetGroupARNs=[balanced.arn])

    assert balanced.health() == dict.fromkeys(balanced.members(name), ("healthy", ""))
    assert balanced.group(name)["TargetGroupARNs"] == [balanced.arn]
    told = balanced.place.autoscaling.describe_load_balancer_target_groups(AutoScalingGroupName=name)
    assert told["LoadBalancerTargetGroups"] == [{"LoadBalancerTargetGroupARN": balanced.arn, "State": "InService"}]


def test_a_new_target_is_initial_until_its_first_check(balanced: Balanced, create: Create) -> None:
    name = create()
    attach(balanced, name)
    members = balanced.members(name)
    assert balanced.health() == dict.fromkeys(members, ("initial", "Elb.InitialHealthChecking"))

    balanced.cloud.clock.advance(INTERVAL)

    assert balanced.health() == dict.fromkeys(members, ("healthy", ""))


def attach(balanced: Balanced, name: str) -> None:
    balanced.place.autoscaling.attach_load_balancer_target_groups(
        AutoScalingGroupName=name, TargetGroupARNs=[balanced.arn]
    )


def test_an_application_that_answers_badly_is_unhealthy_after_so_many_checks(
    balanced: Balanced, create: Create
) -> None:
    name = create(TargetGroupARNs=[balanced.arn])
    bad, good = balanced.members(name)
    balanced.cloud.targets.answer(bad, 503)
    balanced.cloud.clock.advance(2 * INTERVAL)
    assert balanced.health()[bad] == ("healthy", "")

    balanced.cloud.clock.advance(INTERVAL)
    assert balanced.health() == {bad: ("unhealthy", "Target.ResponseCodeMismatch"), good: ("healthy", "")}
    assert bad in balanced.members(name)  # its health check type is EC2

    balanced.cloud.targets.recover(bad)
    balanced.cloud.clock.advance(2 * INTERVAL)
    assert balanced.health()[bad] == ("healthy", "")


def test_another_path_that_is_broken_does_not_matter(balanced: Balanced, create: Create) -> None:
    bad = balanced.members(create(TargetGroupARNs=[balanced.arn]))[0]
    balanced.cloud.targets.answer(bad, 503, path="/other")
    balanced.cloud.clock.advance(5 * INTERVAL)
    assert balanced.health()[bad] == ("healthy", "")

    balanced.cloud.targets.answer(bad, None, path="/healthz")
    balanced.cloud.clock.advance(5 * INTERVAL)
    assert balanced.health()[bad] == ("unhealthy", "Target.Timeout")


def test_a_group_that_follows_its_load_balancer_replaces_drains_and_says_why(
    balanced: Balanced, create: Create
) -> None:
    name = create(TargetGroupARNs=[balanced.arn], HealthCheckType="ELB")
    bad, _ = balanced.members(name)
    balanced.cloud.targets.answer(bad, 503)
    balanced.cloud.clock.advance(3 * INTERVAL + 1)

    gone = balanced.activity(name, bad)
    assert gone["Cause"].endswith("taken out of service in response to an ELB system health check failure.")
    assert gone["StatusCode"] == "WaitingForELBConnectionDraining"
    assert balanced.health()[bad] == ("draining", "Target.DeregistrationInProgress")
    assert state_of(balanced, bad) == "running"

    balanced.cloud.clock.advance(DELAY)
    assert bad not in balanced.health()
    assert state_of(balanced, bad) == "shutting-down"

    balanced.cloud.clock.advance(180)
    members = balanced.members(name)
    assert bad not in members
    assert balanced.health() == dict.fromkeys(members, ("healthy", ""))


def state_of(balanced: Balanced, instance_id: str) -> str:
    told = balanced.place.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    return str(told["State"]["Name"])


def test_the_grace_period_protects_a_member_that_never_answered(balanced: Balanced, create: Create) -> None:
    keep_out(balanced.place, balanced.security_group)
    name = create(TargetGroupARNs=[balanced.arn], HealthCheckType="ELB", HealthCheckGracePeriod=300)
    members = balanced.members(name)
    assert balanced.health() == dict.fromkeys(members, ("unhealthy", "Target.Timeout"))
    balanced.cloud.clock.advance(200)
    assert balanced.members(name) == members

    balanced.cloud.clock.advance(60)
    states = [each["LifecycleState"] for each in balanced.group(name)["Instances"] if each["InstanceId"] in members]
    assert sorted(states) == ["InService", "Terminating"]

    let_in(balanced.place, balanced.security_group)


def test_a_subnet_whose_acl_lets_no_answers_out_does_not_answer(balanced: Balanced, create: Create) -> None:
    ec2, subnet = balanced.place.ec2, balanced.place.subnets[1]
    name = create(TargetGroupARNs=[balanced.arn])
    far = next(each for each in balanced.members(name) if subnet_of(balanced, each) == subnet)
    old = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"][0]
    acl = ec2.create_network_acl(VpcId=old["VpcId"])["NetworkAcl"]["NetworkAclId"]
    present = next(each for each in old["Associations"] if each["SubnetId"] == subnet)["NetworkAclAssociationId"]
    rule = {"NetworkAclId": acl, "RuleAction": "allow", "Protocol": "6", "CidrBlock": "0.0.0.0/0"}
    ec2.create_network_acl_entry(**rule, RuleNumber=1, Egress=False, PortRange={"From": 0, "To": 65535})
    present = ec2.replace_network_acl_association(AssociationId=present, NetworkAclId=acl)["NewAssociationId"]

    balanced.cloud.clock.advance(4 * INTERVAL)
    assert balanced.health()[far] == ("unhealthy", "Target.Timeout")

    ec2.create_network_acl_entry(**rule, RuleNumber=1, Egress=True, PortRange={"From": 1024, "To": 65535})
    balanced.cloud.clock.advance(4 * INTERVAL)
    assert balanced.health()[far] == ("healthy", "")
    ec2.replace_network_acl_association(AssociationId=present, NetworkAclId=old["NetworkAclId"])


def subnet_of(balanced: Balanced, instance: str) -> str:
    told = balanced.place.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return str(told["SubnetId"])


def test_an_instance_that_fails_ec2s_checks_does_not_answer(balanced: Balanced, create: Create) -> None:
    bad = balanced.members(create(TargetGroupARNs=[balanced.arn]))[0]
    balanced.cloud.break_instance(bad, "instance")

    balanced.cloud.clock.advance(4 * INTERVAL)

    assert balanced.health()[bad] == ("unhealthy", "Target.Timeout")


def test_standby_takes_a_member_out_of_its_target_groups_and_back(balanced: Balanced, create: Create) -> None:
    name = create(TargetGroupARNs=[balanced.arn])
    first = balanced.members(name)[0]
    balanced.place.autoscaling.enter_standby(
        AutoScalingGroupName=name, InstanceIds=[first], ShouldDecrementDesiredCapacity=True
    )
    assert balanced.health()[first] == ("draining", "Target.DeregistrationInProgress")
    balanced.cloud.clock.advance(DELAY)
    assert first not in balanced.health()

    balanced.place.autoscaling.exit_standby(AutoScalingGroupName=name, InstanceIds=[first])
    assert balanced.health()[first] == ("initial", "Elb.InitialHealthChecking")


def test_while_adding_to_load_balancers_is_suspended_nobody_is_added(balanced: Balanced, create: Create) -> None:
    name = create(TargetGroupARNs=[balanced.arn])
    balanced.place.autoscaling.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["AddToLoadBalancer"])
    before = set(balanced.members(name))
    balanced.place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)

    balanced.cloud.clock.advance(120)

    assert set(balanced.health()) == before


def test_a_group_that_is_detached_has_its_members_drain(balanced: Balanced, create: Create) -> None:
    name = create(TargetGroupARNs=[balanced.arn])
    balanced.place.autoscaling.detach_load_balancer_target_groups(
        AutoScalingGroupName=name, TargetGroupARNs=[balanced.arn]
    )

    assert {state for state, _ in balanced.health().values()} == {"draining"}
    told = balanced.place.autoscaling.describe_load_balancer_target_groups(AutoScalingGroupName=name)
    assert [each["State"] for each in told["LoadBalancerTargetGroups"]] == ["Removing"]

    balanced.cloud.clock.advance(DELAY)
    assert balanced.health() == {}


def test_a_target_group_without_a_load_balancer_is_not_in_use_and_does_not_drain(
    balanced: Balanced, create: Create
) -> None:
    vpc = balanced.elb.describe_load_balancers(LoadBalancerArns=[balanced.balancer])["LoadBalancers"][0]["VpcId"]
    idle = target_group(balanced.elb, vpc)
    name = create(TargetGroupARNs=[idle], HealthCheckType="ELB")
    members = balanced.members(name)
    balanced.cloud.clock.advance(600)
    assert balanced.health(idle) == dict.fromkeys(members, ("unused", "Target.NotInUse"))
    assert balanced.members(name) == members

    balanced.place.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=members[0], ShouldDecrementDesiredCapacity=True
    )
    assert set(balanced.health(idle)) == {members[1]}


def test_a_target_group_that_is_not_there_is_refused_in_awss_words(balanced: Balanced, create: Create) -> None:
    with pytest.raises(ClientError, match="Provided Target Groups may not be valid"):
        create(TargetGroupARNs=[f"{balanced.arn}0"])


def test_a_group_follows_the_requests_that_reach_each_of_its_targets(balanced: Balanced, create: Create) -> None:
    name = create(TargetGroupARNs=[balanced.arn], MaxSize=8)
    label = f"{balanced.balancer.split('loadbalancer/')[1]}/{balanced.arn.split(':')[5]}"
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    balanced.place.autoscaling.put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        EstimatedInstanceWarmup=60,
        TargetTrackingConfiguration={"PredefinedMetricSpecification": metric, "TargetValue": 1000},
    )
    balanced.cloud.set_requests(balanced.arn, 1900)
    balanced.cloud.clock.advance(360)
    assert balanced.group(name)["DesiredCapacity"] == 2

    balanced.cloud.set_requests(balanced.arn, 4500)
    balanced.cloud.clock.advance(360)
    assert balanced.group(name)["DesiredCapacity"] == 5

    balanced.cloud.set_requests(balanced.arn, 0)  # then there is no metric, and nobody knows
    balanced.cloud.clock.advance(2400)
    assert balanced.group(name)["DesiredCapacity"] == 5
    balanced.cloud.set_requests(balanced.arn, 1000)
    balanced.cloud.clock.advance(1200)
    assert balanced.group(name)["DesiredCapacity"] == 1
