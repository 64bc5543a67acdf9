"""ECS's services, through the whole cloud: their tasks come, are replaced, and are targets of load balancers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

WEB = {"name": "web", "image": "nginx", "memory": 128, "portMappings": [{"containerPort": 8080}]}
FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
DELAY = [{"Key": "deregistration_delay.timeout_seconds", "Value": "0"}]


@dataclass
class Containers:
    """A cluster in a network with a load balancer."""

    cloud: Cloud
    subnets: list[str]
    target_group: str

    @property
    def ecs(self) -> Any:
        return self.cloud.client("ecs")

    def family(self, name: str = "web", **changed: Any) -> str:
        wished = {"family": name, "containerDefinitions": [WEB], **FARGATE, **changed}
        made = self.ecs.register_task_definition(**{key: each for key, each in wished.items() if each is not None})
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def create(self, **changed: Any) -> Any:
        usual = {
            "cluster": "c",
            "serviceName": "s",
            "desiredCount": 2,
            "launchType": "FARGATE",
            "taskDefinition": "web",
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": self.subnets}},
        }
        wished = {name: value for name, value in (usual | changed).items() if value is not None}
        return self.ecs.create_service(**wished)["service"]

    def behind(self, **changed: Any) -> dict[str, Any]:
        balanced = {"containerName": "web", "containerPort": 8080, "targetGroupArn": self.target_group}
        return {"loadBalancers": [{**balanced, **changed}]}

    def service(self) -> Any:
        return self.ecs.describe_services(cluster="c", services=["s"])["services"][0]

    def tasks(self) -> list[Any]:
        arns = self.ecs.list_tasks(cluster="c", serviceName="s")["taskArns"]
        return list(self.ecs.describe_tasks(cluster="c", tasks=arns, include=["TAGS"])["tasks"]) if arns else []

    def addresses(self) -> set[str]:
        details = [each["attachments"][0]["details"] for each in self.tasks()]
        return {each["value"] for listed in details for each in listed if each["name"] == "privateIPv4Address"}

    def health(self) -> dict[str, str]:
        described = self.cloud.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in described["TargetHealthDescriptions"]}

    def refused(self, **changed: Any) -> str:
        with pytest.raises(ClientError) as caught:
            self.create(**changed)
        return str(caught.value.response["Error"]["Message"])


@pytest.fixture
def containers() -> Iterator[Containers]:
    with Cloud(seed=3) as cloud:
        ec2, balancing = cloud.client("ec2"), cloud.client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        blocks = {"10.0.0.0/24": "us-east-1a", "10.0.1.0/24": "us-east-1b"}
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for block, zone in blocks.items()
        ]
        group = balancing.create_target_group(
            Name="web", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
        )["TargetGroups"][0]["TargetGroupArn"]
        balancing.modify_target_group_attributes(TargetGroupArn=group, Attributes=DELAY)
        made = balancing.create_load_balancer(Name="web", Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
        forward = [{"Type": "forward", "TargetGroupArn": group}]
        balancing.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward
        )
        cloud.client("ecs").create_cluster(clusterName="c")
        made = Containers(cloud, subnets, group)
        made.family()
        yield made
        assert cloud.failures == []


def test_a_service_starts_its_tasks_in_its_subnets_and_is_steady_then(containers: Containers) -> None:
    made = containers.create()
    containers.cloud.clock.advance(60)

    now = containers.service()
    assert (made["runningCount"], made["pendingCount"], len(made["deployments"])) == (0, 2, 1)
    assert (now["runningCount"], now["pendingCount"]) == (2, 0)
    assert now["deployments"][0]["rolloutState"] == "COMPLETED"
    assert now["events"][0]["message"] == "(service s) has reached a steady state."
    assert {each["availabilityZone"] for each in containers.tasks()} == {"us-east-1a", "us-east-1b"}
    interfaces = containers.cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert containers.addresses() <= {each["PrivateIpAddress"] for each in interfaces}


def test_the_tasks_are_targets_of_the_load_balancer_while_they_run(containers: Containers) -> None:
    containers.create(**containers.behind())
    containers.cloud.clock.advance(300)
    healthy = containers.health()
    containers.ecs.update_service(cluster="c", service="s", desiredCount=0)

    assert len(healthy) == 2
    assert set(healthy.values()) == {"healthy"}
    assert containers.health() == {}
    assert containers.tasks() == []


def test_a_new_version_replaces_the_old_one_and_never_has_fewer_healthy_tasks(containers: Containers) -> None:
    containers.create(**containers.behind())
    containers.cloud.clock.advance(300)
    before = containers.addresses()
    newer = containers.family()
    containers.ecs.update_service(cluster="c", service="s", taskDefinition=newer)

    healthy, versions = [], set()
    for _ in range(60):
        containers.cloud.clock.advance(10)
        healthy.append(sum(state == "healthy" for state in containers.health().values()))
        versions.add(len(containers.service()["deployments"]))

    assert min(healthy) == 2
    assert versions == {1, 2}
    assert {each["taskDefinitionArn"] for each in containers.tasks()} == {newer}
    assert not containers.addresses() & before


def test_a_task_that_the_load_balancer_finds_unhealthy_is_replaced(containers: Containers) -> None:
    containers.create(desiredCount=1, **containers.behind())
    containers.cloud.clock.advance(300)
    (broken,) = containers.addresses()
    containers.cloud.targets.answer(broken, 503)
    containers.cloud.clock.advance(300)

    assert len(containers.addresses()) == 1
    assert broken not in containers.addresses()
    assert any("is unhealthy in (target-group" in each["message"] for each in containers.service()["events"])


def test_a_grace_period_puts_off_the_replacement(containers: Containers) -> None:
    containers.create(desiredCount=1, healthCheckGracePeriodSeconds=3600, **containers.behind())
    containers.cloud.clock.advance(60)
    (broken,) = containers.addresses()
    containers.cloud.targets.answer(broken, 503)
    containers.cloud.clock.advance(1200)

    assert containers.addresses() == {broken}


def test_a_service_that_is_deleted_leaves_no_task_and_no_interface(containers: Containers) -> None:
    containers.create()
    containers.cloud.clock.advance(60)
    addresses = containers.addresses()
    with pytest.raises(ClientError, match="scaled above 0"):
        containers.ecs.delete_service(cluster="c", service="s")
    containers.ecs.delete_service(cluster="c", service="s", force=True)

    interfaces = containers.cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert not addresses & {each["PrivateIpAddress"] for each in interfaces}
    assert containers.service()["status"] == "INACTIVE"
    assert containers.create()["status"] == "ACTIVE"


def test_a_service_on_ec2_finds_no_container_instance_and_says_so(containers: Containers) -> None:
    containers.family("machines", requiresCompatibilities=["EC2"], networkMode="bridge", cpu=None)
    containers.create(launchType="EC2", taskDefinition="machines", networkConfiguration=None)
    containers.cloud.clock.advance(60)

    assert containers.service()["runningCount"] == 0
    assert "No Container Instances were found in your cluster." in containers.service()["events"][0]["message"]


def test_the_tasks_have_the_tags_that_the_service_says(containers: Containers) -> None:
    containers.create(enableECSManagedTags=True, propagateTags="SERVICE", tags=[{"key": "team", "value": "a"}])

    (first, _) = containers.tasks()
    assert {each["key"]: each["value"] for each in first["tags"]} == {
        "aws:ecs:clusterName": "c",
        "aws:ecs:serviceName": "s",
        "team": "a",
    }


def test_what_ecs_could_not_run_is_refused(containers: Containers) -> None:
    containers.family("bridged", requiresCompatibilities=["EC2"], networkMode="bridge", cpu=None)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-00000000"]}}
    nowhere = containers.target_group.replace("/web/", "/none/")

    assert containers.refused(taskDefinition="none") == "TaskDefinition not found."
    assert "does not support launch_type FARGATE" in containers.refused(taskDefinition="bridged")
    assert "must be provided" in containers.refused(networkConfiguration=None)
    assert "is not valid for the given networkMode" in containers.refused(launchType="EC2", taskDefinition="bridged")
    assert "InvalidSubnetID.NotFound" in containers.refused(networkConfiguration=network)
    assert "container port 9" in containers.refused(**containers.behind(containerPort=9))
    assert "does not exist" in containers.refused(**containers.behind(containerName="db"))
    assert "associated load balancer" in containers.refused(**containers.behind(targetGroupArn=nowhere))
    assert "only valid for services configured" in containers.refused(healthCheckGracePeriodSeconds=5)
    assert "Placement strategies" in containers.refused(placementStrategy=[{"type": "random"}])
    assert "taskRoleArn" in containers.refused(enableExecuteCommand=True)
    assert "daemon" in containers.refused(schedulingStrategy="DAEMON", desiredCount=None)
    assert "not part of the embedded AWS" in containers.refused(serviceRegistries=[{"registryArn": "arn:aws:a:b:c:d"}])
    containers.create()
    assert containers.refused() == "Creation of service was not idempotent."
