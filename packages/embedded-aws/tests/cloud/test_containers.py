"""ECS's clusters and task definitions, through the whole cloud: what ECS refuses, and what it fills in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

WEB = {"name": "web", "image": "nginx", "memory": 128}


@pytest.fixture(scope="module")
def ecs() -> Iterator[Any]:
    with Cloud(seed=3) as cloud:
        yield cloud.client("ecs")
        assert cloud.failures == []


def fargate(ecs: Any, **changed: Any) -> Any:
    usual = {
        "family": "task",
        "containerDefinitions": [WEB],
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
    }
    wished = {name: value for name, value in (usual | changed).items() if value is not None}
    return ecs.register_task_definition(**wished)["taskDefinition"]


def test_a_cluster_that_stands_is_answered_again_and_not_made_anew(ecs: Any) -> None:
    settings = [{"name": "containerInsights", "value": "enabled"}]
    first = ecs.create_cluster(clusterName="c", settings=settings)["cluster"]["clusterArn"]

    assert ecs.create_cluster(clusterName="c")["cluster"]["clusterArn"] == first
    assert ecs.describe_clusters(clusters=["c"], include=["SETTINGS"])["clusters"][0]["settings"] == settings


def test_a_cluster_with_a_service_is_not_deleted(ecs: Any) -> None:
    ecs.create_cluster(clusterName="used")
    ecs.register_task_definition(family="served", containerDefinitions=[WEB])
    ecs.create_service(cluster="used", serviceName="s", taskDefinition="served", desiredCount=0)

    with pytest.raises(ClientError, match="ClusterContainsServicesException"):
        ecs.delete_cluster(cluster="used")

    ecs.delete_service(cluster="used", service="s", force=True)
    assert ecs.delete_cluster(cluster="used")["cluster"]["status"] == "INACTIVE"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cpu": None}, "requires that 'cpu'"),
        ({"networkMode": "bridge"}, "only supports network mode"),
        ({"memory": "4096"}, "No Fargate configuration exists for given values: 256 CPU, 4096 memory"),
        ({"containerDefinitions": [{**WEB, "logConfiguration": {"logDriver": "awslogs"}}]}, "execution role ARN"),
        ({"containerDefinitions": [WEB, WEB]}, "should be unique"),
        (
            {"containerDefinitions": [{**WEB, "portMappings": [{"containerPort": 80, "hostPort": 8080}]}]},
            "must match",
        ),
    ],
)
def test_a_task_that_cannot_run_on_fargate_is_refused(ecs: Any, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        fargate(ecs, **changed)


@pytest.mark.parametrize(("mode", "port"), [("awsvpc", 80), ("bridge", 0)])
def test_the_port_of_the_host_follows_from_the_network(ecs: Any, mode: str, port: int) -> None:
    mapped = [{**WEB, "portMappings": [{"containerPort": 80}]}]

    made = fargate(ecs, networkMode=mode, requiresCompatibilities=["EC2"], containerDefinitions=mapped)

    assert made["containerDefinitions"][0]["portMappings"] == [
        {"containerPort": 80, "hostPort": port, "protocol": "tcp"}
    ]
