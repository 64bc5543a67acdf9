"""Cases: clusters of containers and what runs in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from support.provider.case import Case, With
from support.provider.world import World

ROLE = "arn:aws:iam::123456789012:role/task"
EC2 = {"requiresCompatibilities": ["EC2"], "networkMode": "bridge", "memory": "512"}
MESH = {"containerName": "web", "properties": {"ProxyEgressPort": "15001"}, "type": "APPMESH"}


def containers(**changed: Any) -> str:
    """The text of one container's definition."""
    web = {
        "name": "web",
        "image": "nginx",
        "essential": True,
        "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
        "portMappings": [{"containerPort": 80}],
    }
    return json.dumps([{**web, **changed}])


def family(world: World, **changed: Any) -> str:
    """The ARN of a new task definition for Fargate."""
    usual = {
        "family": world.next_name(),
        "containerDefinitions": containers(),
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
    }
    made = world.make("aws:ecs/taskDefinition:TaskDefinition", world.next_name(), **{**usual, **changed})
    return str(made["arn"])


def commanded(world: World) -> With:
    """Commands in containers, which need a task definition with a role."""
    role = world.role_for("ecs-tasks")["arn"]
    return With(value=True, also={"taskDefinition": family(world, taskRoleArn=role)})


def served(world: World) -> list[dict[str, Any]]:
    """A target group of addresses behind a load balancer, for a service."""
    name = world.next_name()
    group = world.make(
        "aws:lb/targetGroup:TargetGroup", name, port=80, protocol="HTTP", targetType="ip", vpcId=world.vpc["id"]
    )
    world.make(
        "aws:lb/listener:Listener",
        name,
        loadBalancerArn=world.load_balancer,
        port=world.next_port(),
        protocol="HTTP",
        defaultActions=[{"type": "forward", "targetGroupArn": group["arn"]}],
    )
    return [{"containerName": "web", "containerPort": 80, "targetGroupArn": group["arn"]}]


def on_machines(**more: Any) -> Callable[[World], With]:
    """What a service on EC2 has, in place of one on Fargate; `more` is the value of the input in question."""

    def wish(world: World) -> With:
        definition = family(world, cpu=None, networkMode="bridge", requiresCompatibilities=["EC2"])
        also = {"launchType": "EC2", "networkConfiguration": None, "taskDefinition": definition}
        return With(more["value"], also)

    return wish


CASES: dict[str, Case] = {
    "aws:ecs/service:Service": Case(
        inputs=lambda w: {
            "name": w.next_name(),
            "cluster": w.make("aws:ecs/cluster:Cluster", w.next_name())["arn"],
            "desiredCount": 1,
            "launchType": "FARGATE",
            "networkConfiguration": {"subnets": [w.subnet], "securityGroups": [w.group]},
            "taskDefinition": family(w),
            "tags": {"Name": "service"},
        },
        updates={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "deploymentMaximumPercent": 150,
            "deploymentMinimumHealthyPercent": 50,
            "desiredCount": 2,
            "enableEcsManagedTags": True,
            "enableExecuteCommand": commanded,
            "forceDelete": True,
            "forceNewDeployment": True,
            "healthCheckGracePeriodSeconds": lambda w: With(60, {"loadBalancers": served(w)}),
            "loadBalancers": served,
            "networkConfiguration": lambda w: {"subnets": [w.subnet, w.other_subnet], "assignPublicIp": True},
            "platformVersion": "1.4.0",
            "propagateTags": "SERVICE",
            "taskDefinition": family,
            "triggers": With({"version": "2"}, {"forceNewDeployment": True}),
            "waitForSteadyState": True,
        },
        apart=("deploymentController", "orderedPlacementStrategies", "placementConstraints"),
        replaces={
            "name": "another",
            "cluster": "another",
            "launchType": on_machines(value="EC2"),
            "schedulingStrategy": With("DAEMON", {"desiredCount": None}),
        },
        import_id="{cluster}/{name}",
        plain=False,
    ),
    "aws:ecs/cluster:Cluster": Case(
        inputs=lambda _: {"settings": [{"name": "containerInsights", "value": "enabled"}], "tags": {"Name": "cluster"}},
        updates={"settings": [{"name": "containerInsights", "value": "enhanced"}]},
        created={
            "configuration": {
                "executeCommandConfiguration": {
                    "kmsKeyId": "key",
                    "logConfiguration": {
                        "cloudWatchEncryptionEnabled": True,
                        "cloudWatchLogGroupName": "commands",
                        "s3BucketEncryptionEnabled": True,
                        "s3BucketName": "commands",
                        "s3KeyPrefix": "all",
                    },
                    "logging": "OVERRIDE",
                },
                "managedStorageConfiguration": {"fargateEphemeralStorageKmsKeyId": "key", "kmsKeyId": "key"},
            },
            "serviceConnectDefaults": {"namespace": "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1"},
        },
        replaces={"name": "another"},
        import_id="{name}",
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Case(
        inputs=lambda w: {
            "family": w.next_name(),
            "containerDefinitions": containers(),
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "tags": {"Name": "task"},
        },
        updates={"skipDestroy": True, "trackLatest": True},
        created={
            "ephemeralStorage": {"sizeInGib": 30},
            "executionRoleArn": ROLE,
            "ipcMode": With("task", EC2),
            "pidMode": With("host", EC2),
            "placementConstraints": With([{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}], EC2),
            "proxyConfiguration": MESH,
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "taskRoleArn": ROLE,
            "volumes": With(
                [
                    {"name": "here", "hostPath": "/srv"},
                    {"name": "there", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/a"}},
                    {"name": "docker", "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": True}},
                ],
                EC2,
            ),
        },
        replaces={
            "containerDefinitions": containers(image="httpd"),
            "cpu": "512",
            "ephemeralStorage": {"sizeInGib": 30},
            "executionRoleArn": ROLE,
            "family": "another",
            "ipcMode": "task",
            "memory": "1024",
            "networkMode": With("host", EC2),
            "pidMode": "task",
            "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
            "proxyConfiguration": MESH,
            "requiresCompatibilities": ["EC2"],
            "runtimePlatform": {"cpuArchitecture": "ARM64"},
            "taskRoleArn": ROLE,
            "volumes": [{"name": "here", "hostPath": "/srv"}],
        },
        import_id="{arn}",
    ),
}
