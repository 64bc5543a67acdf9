"""`examples/web`, deployed: a service whose health path breaks is drained, replaced, and healthy again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.deployed.stack import OneAtATime

from embedded_pulumi.engine.events import Summary
from embedded_pulumi.errors import ProgramRefused
from embedded_pulumi.testing import DeployedStack, SharedAws
from tap_cli import demo

WEB = Path(__file__).parents[2] / "examples" / "web"
REGION = "eu-west-1"
WARM, DRAINED = 360, 90  # seconds: after its start an instance counts; and after it begins to go it is gone


class Web:
    """The example as it stands, and what its load balancer says."""

    def __init__(self, aws: SharedAws) -> None:
        self.aws = aws
        acm = aws.cloud.client("acm")
        self.certificate = acm.request_certificate(DomainName="web.example.com", ValidationMethod="DNS")[
            "CertificateArn"
        ]
        aws.cloud.clock.advance(61)
        self.stack: DeployedStack = aws.deploy(WEB, {"tap:certificateArn": self.certificate, "tap:zones": "3"})
        self.stack.pass_time(seconds=WARM)

    def client(self, service: str) -> Any:
        return self.stack.boto3(service)

    @property
    def target_group(self) -> dict[str, Any]:
        group: dict[str, Any] = self.client("elbv2").describe_target_groups()["TargetGroups"][0]
        return group

    @property
    def health(self) -> dict[str, str]:
        """Each target's state."""
        told = self.client("elbv2").describe_target_health(TargetGroupArn=self.target_group["TargetGroupArn"])
        return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in told["TargetHealthDescriptions"]}

    @property
    def group(self) -> dict[str, Any]:
        names = [self.stack.outputs["auto_scaling_group_name"]]
        found = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
        group: dict[str, Any] = found["AutoScalingGroups"][0]
        return group

    def activities(self) -> list[dict[str, Any]]:
        name = self.stack.outputs["auto_scaling_group_name"]
        found = self.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=name)
        told: list[dict[str, Any]] = found["Activities"]
        return told

    def sweeps(self) -> list[dict[str, Any]]:
        """The lines of the healer's that tell of the group's targets."""
        return sweeps(self.stack)

    def pass_until(self, wanted: Any, seconds: int = 900) -> None:
        """Let time pass until something holds."""
        for _ in range(seconds // 5):
            if wanted():
                return
            self.stack.pass_time(seconds=5)
        pytest.fail("it did not come to that")


def sweeps(stack: DeployedStack) -> list[dict[str, Any]]:
    """The lines of a stack's healer that tell of its group's targets, in order."""
    logs, group = stack.boto3("logs"), stack.outputs["lambda_log_group_name"]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern='"targets"')
    lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    return [line for line in lines if line["targets"]]


@pytest.fixture(scope="module")
def aws(stacks: OneAtATime) -> Iterator[SharedAws]:
    stacks.close()
    with SharedAws(region=REGION) as aws:
        yield aws
        assert aws.cloud.failures == []


@pytest.fixture(scope="module")
def web(aws: SharedAws) -> Iterator[Web]:
    web = Web(aws)
    yield web
    gone: Summary = web.stack.destroy()
    assert gone.changes["delete"] > 0
    assert web.stack.resources == []
    assert web.client("elbv2").describe_load_balancers()["LoadBalancers"] == []


def test_the_demo_has_the_same_service() -> None:
    assert (Path(demo.__file__).parent / "program" / "web" / "web.sh").read_text() == (WEB / "web.sh").read_text()


def test_every_instance_is_a_healthy_target_and_nothing_is_left_to_change(web: Web) -> None:
    assert web.health == {each["InstanceId"]: "healthy" for each in web.group["Instances"]}
    assert web.group["HealthCheckType"] == "ELB"
    assert set(web.stack.preview().changes) == {"same"}


def test_it_serves_https_alone_and_sends_http_there(web: Web) -> None:
    elb = web.client("elbv2")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]
    told = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    listeners = {each["Port"]: each for each in told}

    assert (balancer["Scheme"], balancer["DNSName"]) == ("internet-facing", web.stack.outputs["load_balancer_dns_name"])
    assert listeners[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert listeners[443]["Certificates"] == [{"CertificateArn": web.certificate}]
    assert [each["Type"] for each in listeners[80]["DefaultActions"]] == ["redirect"]
    assert set(listeners) == {80, 443}


def test_the_instances_let_in_the_load_balancer_and_nobody_else(web: Web) -> None:
    balancer = web.client("elbv2").describe_load_balancers()["LoadBalancers"][0]
    group = {"Name": "group-id", "Values": [web.stack.outputs["ec2_security_group_id"]]}
    rules = web.client("ec2").describe_security_group_rules(Filters=[group])["SecurityGroupRules"]
    inside = [each for each in rules if not each["IsEgress"]]

    assert [(each["FromPort"], each["ToPort"]) for each in inside] == [(8080, 8080)]
    assert [each["ReferencedGroupInfo"]["GroupId"] for each in inside] == balancer["SecurityGroups"]


def test_access_logs_go_to_a_bucket_that_nobody_may_open(web: Web) -> None:
    elb, s3 = web.client("elbv2"), web.client("s3")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    told = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
    attributes = {each["Key"]: each["Value"] for each in told}
    bucket = attributes["access_logs.s3.bucket"]

    assert attributes["access_logs.s3.enabled"] == "true"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["Expiration"] == {"Days": 90}


def test_an_instance_whose_health_path_breaks_is_replaced_and_drained_and_the_fleet_is_healthy_again(web: Web) -> None:
    bad = min(web.health)
    web.aws.cloud.targets.answer(bad, 503, path="/healthz")
    web.pass_until(lambda: web.health[bad] == "unhealthy")
    # The healer tells it, does not count it as healthy, and leaves it to the group.
    web.pass_until(lambda: web.sweeps()[-1]["targets"]["unhealthy"] == 1, seconds=65)
    assert web.sweeps()[-1]["targets"] == {
        "groups": 1,
        "looked_at": 1,
        "states": {"healthy": 1, "unhealthy": 1},
        "unhealthy": 1,
        "members": [
            {
                "id": bad,
                "state": "unhealthy",
                "reason": "Target.ResponseCodeMismatch",
                "target_group": web.target_group["TargetGroupName"],
            }
        ],
        "missing": "",
    }
    # The new instance is there, and counts, before the old one goes: that is the group's maintenance policy.
    web.pass_until(lambda: web.health[bad] == "draining")
    gone = next(each for each in web.activities() if each["Description"] == f"Terminating EC2 instance: {bad}")
    assert gone["Cause"].endswith("in response to an ELB system health check failure.")
    assert gone["StatusCode"] == "WaitingForELBConnectionDraining"
    assert list(web.health.values()).count("healthy") == 2

    web.stack.pass_time(seconds=DRAINED)

    assert bad not in web.health
    assert bad not in [each["InstanceId"] for each in web.group["Instances"]]
    assert set(web.health.values()) == {"healthy"}
    assert [line["reasons"] for line in web.sweeps() if line["reasons"]] == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"tap:certificateArn": ""}, "HTTPS alone"),
        ({"tap:certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a"}, "in us-east-1"),
        ({"tap:healthPath": "healthz"}, "a path from / on"),
        ({"tap:healthCodes": "500"}, "HTTP codes from 200 to 499"),
        ({"tap:slowStart": "10"}, "0, or 30 to 900 seconds"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_changes(web: Web, config: dict[str, str], said: str) -> None:
    with pytest.raises(ProgramRefused, match=said):
        web.stack.preview(config)


def test_a_fleet_joins_a_target_group_that_somebody_else_owns(aws: SharedAws) -> None:
    stack = aws.deploy(WEB, {"tap:environmentSuffix": "joins"}, stack="joins")
    elb, ec2, vpc = stack.boto3("elbv2"), stack.boto3("ec2"), stack.outputs["vpc_id"]
    theirs = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"]
    asked = {"Name": "theirs", "Protocol": "HTTP", "Port": 8080, "VpcId": vpc}
    targets = elb.create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"]
    subnets = stack.outputs["private_subnet_ids"]
    made = elb.create_load_balancer(Name="theirs", Subnets=subnets, SecurityGroups=[theirs], Scheme="internal")
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": targets}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)

    def health() -> list[str]:
        told = elb.describe_target_health(TargetGroupArn=targets)["TargetHealthDescriptions"]
        return [each["TargetHealth"]["State"] for each in told]

    # The cloud's time goes on while a deployment runs, on a slow machine for long: nobody is to be replaced meanwhile.
    joined = {"tap:targetGroupArns": targets, "tap:targetPort": "8080", "tap:healthCheckGracePeriod": "3600"}
    stack.up(joined)
    stack.pass_time(minutes=3)
    assert "unhealthy" in health()
    assert sweeps(stack)[-1]["targets"]["unhealthy"] > 0
    assert "healthy" not in health()  # nobody lets that load balancer in

    stack.up({"tap:targetSourceGroups": theirs})
    stack.pass_time(minutes=3)
    assert health() == ["healthy", "healthy"]
    assert set(stack.preview().changes) == {"same"}

    stack.up({"tap:targetGroupArns": "", "tap:targetSourceGroups": ""})
    stack.pass_time(minutes=6)
    assert health() == []

    # Whoever attaches it by hand has no permission for the healer: its line says so, and it goes on.
    attached = {"AutoScalingGroupName": stack.outputs["auto_scaling_group_name"], "TargetGroupARNs": [targets]}
    stack.boto3("autoscaling").attach_load_balancer_target_groups(**attached)
    stack.pass_time(minutes=2)
    assert "DescribeTargetHealth failed: AccessDenied" in sweeps(stack)[-1]["targets"]["missing"]
    assert sweeps(stack)[-1]["errors"] == []
    stack.boto3("autoscaling").detach_load_balancer_target_groups(**attached)

    elb.delete_load_balancer(LoadBalancerArn=balancer)
    ec2.delete_security_group(GroupId=theirs)
    stack.destroy()
    assert stack.resources == []
