"""Cases: clusters of containers and what runs in them."""

from __future__ import annotations

import json
from typing import Any

from support.provider.case import Case, With

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


CASES: dict[str, Case] = {
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
