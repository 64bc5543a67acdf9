"""ECS: clusters and task definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import JsonText
from embedded_pulumi.aws.errors import code_of, message_of, unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Verdict, Whole, is_empty
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, MapOf, SetOf, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

TAGGING = Tagging(
    service="ecs",
    target="resourceArn",
    by_arn=True,
    show="list_tags_for_resource",
    tags="tags",
    keys="tagKeys",
    shown="tags",
    pair=("key", "value"),
)
_NAME = r"[0-9A-Za-z_-]+"
_FARGATE = "FARGATE"
_AWSVPC = "awsvpc"
_INACTIVE = "INACTIVE"


def tagged(props: Properties) -> dict[str, Any]:
    """The tags of a new resource; ECS takes no empty list."""
    return {"tags": tags.to_list(props["tagsAll"], "key", "value")} if props["tagsAll"] else {}


def same_names(*names: str, **fields: Any) -> Fields:
    """Fields of texts that ECS calls as Pulumi does, and others."""
    return {**{name: Text(aws=name) for name in names}, **fields}


_LOG = Block(
    aws="logConfiguration",
    fields=same_names(
        *("cloudWatchLogGroupName", "s3BucketName", "s3KeyPrefix"),
        cloudWatchEncryptionEnabled=Flag(aws="cloudWatchEncryptionEnabled"),
        s3BucketEncryptionEnabled=Flag(aws="s3EncryptionEnabled"),
    ),
)
_COMMANDS = Block(
    aws="executeCommandConfiguration",
    fields=same_names(
        "kmsKeyId",
        logConfiguration=_LOG,
        logging=Text(default="DEFAULT", one_of=("NONE", "DEFAULT", "OVERRIDE"), aws="logging"),
    ),
)
_STORAGE = Block(aws="managedStorageConfiguration", fields=same_names("fargateEphemeralStorageKmsKeyId", "kmsKeyId"))
_SETTING = Block(
    fields={
        "name": Text(required=True, one_of=("containerInsights",), aws="name"),
        "value": Text(required=True, aws="value"),
    }
)


class Cluster(ResourceType):
    """A cluster; its ARN is its id. An update cannot take a configuration away, here as in the real provider.

    Source: terraform-provider-aws/internal/service/ecs/cluster.go (00a35305dc1b, 2026), read on 2026-11-30.
    """

    type_ = "aws:ecs/cluster:Cluster"
    inputs = {
        "name": Text(force_new=True, min_length=1, max_length=255, pattern=_NAME, aws="clusterName"),
        "configuration": Block(
            aws="configuration",
            fields={"executeCommandConfiguration": _COMMANDS, "managedStorageConfiguration": _STORAGE},
        ),
        "serviceConnectDefaults": Block(
            aws="serviceConnectDefaults", fields={"namespace": ArnText(required=True, aws="namespace")}
        ),
        "settings": SetOf(computed=True, item=_SETTING, aws="settings"),
    }
    outputs = ("arn",)
    name = AutoName(unless=())
    tagging = TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.ecs.create_cluster(**request(self.inputs, props), **tagged(props))
        return str(answer["cluster"]["clusterArn"])

    def locate(self, aws: Session, props: Properties) -> str:
        return aws.arn("ecs", f"cluster/{props['name']}")

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        wait_for(f"the cluster {id_}", lambda: self._active(aws, id_))

    def _active(self, aws: Session, id_: str) -> Description | None:
        found = self.find(aws, id_, {})
        return found if found and found["status"] == "ACTIVE" else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        parts = ["TAGS", "CONFIGURATIONS", "SETTINGS"]
        answer = unless_gone(aws.ecs.describe_clusters, clusters=[id_], include=parts) or {}
        return next((each for each in answer.get("clusters", ()) if each["status"] != _INACTIVE), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"id": found["clusterArn"], "arn": found["clusterArn"], **response(self.inputs, found)}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        names = ("configuration", "serviceConnectDefaults", "settings")
        if change.has(*names):
            aws.ecs.update_cluster(cluster=id_, **request(self.inputs, change.new, names))
            self.settle(aws, id_, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ecs.delete_cluster(cluster=id_)
        wait_for(f"the cluster {id_} to be gone", lambda: None if self.find(aws, id_, {}) else True)


@dataclass(frozen=True, kw_only=True)
class _Containers(JsonText):
    """Container definitions. What ECS fills in is no change, nor is the order of environment variables.

    Source: terraform-provider-aws/internal/service/ecs/container_definitions_equality.go, by what its tests compare.
    """

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        text, failures = super().parse(path, value)
        if not failures:
            definitions = json.loads(text)
            if not isinstance(definitions, list) or not all(isinstance(each, dict) for each in definitions):
                raise ValueError("is not a list of container definitions; accepted: a JSON text of a list of objects")
            failures = [
                CheckFailure(path, f"the container {index} has no {name}")
                for index, each in enumerate(definitions)
                for name in ("name", "image")
                if not each.get(name)
            ]
        return text, failures

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        if is_empty(old) or is_empty(new):
            return super().same(old, new)
        before, after = json.loads(old), json.loads(new)
        return len(before) == len(after) and all(map(_same_container, before, after))


def _same_container(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    ports = old.get("portMappings") or [], new.get("portMappings") or []
    return _reduced(old) == _reduced(new) and len(ports[0]) == len(ports[1]) and all(map(_same_port, *ports))


def _reduced(container: Mapping[str, Any]) -> dict[str, Any]:
    """A definition without its ports, and without what it would have anyway."""
    said = {name: value for name, value in container.items() if name != "portMappings" and not is_empty(value)}
    said["essential"] = container.get("essential", True)
    for name in ("environment", "secrets"):
        if name in said:
            said[name] = sorted(said[name], key=lambda each: str(each.get("name")))
    return said


def _same_port(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a port is mapped alike. One that ECS tells without a host port is that of a network of its own."""

    def rest(mapping: Mapping[str, Any]) -> dict[str, Any]:
        said = {name: value for name, value in mapping.items() if name != "hostPort" and not is_empty(value)}
        return {"protocol": "tcp", **said}

    here, there = old.get("hostPort"), new.get("hostPort") or 0
    alike = there in (0, new.get("containerPort")) if here is None else there == here
    return alike and rest(old) == rest(new)


_EFS = Block(
    aws="efsVolumeConfiguration",
    fields=same_names(
        fileSystemId=Text(required=True, aws="fileSystemId"),
        authorizationConfig=Block(
            aws="authorizationConfig",
            fields=same_names("accessPointId", iam=Text(one_of=("ENABLED", "DISABLED"), aws="iam")),
        ),
        rootDirectory=Text(default="/", aws="rootDirectory"),
        transitEncryption=Text(one_of=("ENABLED", "DISABLED"), aws="transitEncryption"),
        transitEncryptionPort=Whole(at_least=1, at_most=65535, aws="transitEncryptionPort"),
    ),
)
_DOCKER = Block(
    aws="dockerVolumeConfiguration",
    fields=same_names(
        "driver",
        autoprovision=Flag(aws="autoprovision"),
        driverOpts=MapOf(aws="driverOpts"),
        labels=MapOf(aws="labels"),
        scope=Text(computed=True, one_of=("task", "shared"), aws="scope"),
    ),
)


class _Volume(Block):
    """A volume; the path on its host is in an object of its own for ECS."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        asked = super().to_aws({name: item for name, item in value.items() if name != "hostPath"})
        return {**asked, "host": {"sourcePath": value["hostPath"]}} if value.get("hostPath") else asked

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        path = (value.get("host") or {}).get("sourcePath")
        return {**super().from_aws(value), **({"hostPath": path} if path else {})}


_VOLUME = _Volume(
    fields={
        "name": Text(required=True, aws="name"),
        "dockerVolumeConfiguration": _DOCKER,
        "efsVolumeConfiguration": _EFS,
        "hostPath": Text(aws="hostPath"),
    },
    unsupported=("configureAtLaunch", "fsxWindowsFileServerVolumeConfiguration", "s3filesVolumeConfiguration"),
)
_CONSTRAINT = Block(
    fields={
        "expression": Text(aws="expression"),
        "type": Text(required=True, one_of=("memberOf",), aws="type"),
    }
)


class _Pairs(MapOf):
    """A map that ECS takes as a list of names and values."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return [{"name": name, "value": text} for name, text in value.items()]

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return {each["name"]: each["value"] for each in value}


_PLATFORM = Block(
    force_new=True,
    aws="runtimePlatform",
    fields={
        "cpuArchitecture": Text(one_of=("X86_64", "ARM64"), aws="cpuArchitecture"),
        "operatingSystemFamily": Text(
            one_of=(
                *("LINUX", "WINDOWS_SERVER_2004_CORE", "WINDOWS_SERVER_2016_FULL", "WINDOWS_SERVER_2019_CORE"),
                *("WINDOWS_SERVER_2019_FULL", "WINDOWS_SERVER_2022_CORE", "WINDOWS_SERVER_2022_FULL"),
                *("WINDOWS_SERVER_2025_CORE", "WINDOWS_SERVER_2025_FULL", "WINDOWS_SERVER_20H2_CORE"),
            ),
            aws="operatingSystemFamily",
        ),
    },
)
_PROXY = Block(
    force_new=True,
    aws="proxyConfiguration",
    fields={
        "containerName": Text(required=True, aws="containerName"),
        "properties": _Pairs(aws="properties"),
        "type": Text(default="APPMESH", one_of=("APPMESH",), aws="type"),
    },
)


def _fixed(name: str, **more: Any) -> Text:
    return Text(force_new=True, aws=name, **more)


class TaskDefinition(ResourceType):
    """A revision of a task definition; its family is its id. Every change is a new revision, beside tags.

    Source: terraform-provider-aws/internal/service/ecs/task_definition.go (04fc21d56d73, 2023), read on 2026-11-30;
    `trackLatest`, which is newer, by its documentation: the latest revision is read, whichever it is.
    """

    type_ = "aws:ecs/taskDefinition:TaskDefinition"
    inputs = {
        "containerDefinitions": _Containers(required=True, force_new=True),
        "cpu": _fixed("cpu"),
        "ephemeralStorage": Block(
            force_new=True,
            aws="ephemeralStorage",
            fields={"sizeInGib": Whole(required=True, at_least=21, at_most=200, aws="sizeInGiB")},
        ),
        "executionRoleArn": ArnText(force_new=True, aws="executionRoleArn"),
        "family": _fixed("family", required=True, min_length=1, max_length=255, pattern=_NAME),
        "ipcMode": _fixed("ipcMode", one_of=("host", "task", "none")),
        "memory": _fixed("memory"),
        "networkMode": _fixed("networkMode", computed=True, one_of=("bridge", "host", _AWSVPC, "none")),
        "pidMode": _fixed("pidMode", one_of=("host", "task")),
        "placementConstraints": SetOf(force_new=True, max_items=10, item=_CONSTRAINT, aws="placementConstraints"),
        "proxyConfiguration": _PROXY,
        "requiresCompatibilities": SetOf(
            force_new=True, item=Text(one_of=("EC2", _FARGATE, "EXTERNAL")), aws="requiresCompatibilities"
        ),
        "runtimePlatform": _PLATFORM,
        "skipDestroy": Flag(default=False),
        "taskRoleArn": ArnText(force_new=True, aws="taskRoleArn"),
        "trackLatest": Flag(default=False),
        "volumes": SetOf(force_new=True, item=_VOLUME, aws="volumes"),
    }
    outputs = ("arn", "arnWithoutRevision", "revision")
    unsupported = ("enableFaultInjection",)
    tagging = TAGGING
    _TOLD = tuple(set(inputs) - {"containerDefinitions", "skipDestroy", "trackLatest"})

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """What ECS would refuse of a task for Fargate. Source: ECS Developer Guide, task definitions for Fargate."""
        needs = inputs.get("requiresCompatibilities")
        if needs in (None, UNKNOWN) or _FARGATE not in needs:
            return []
        missing = [name for name in ("cpu", "memory") if is_empty(inputs.get(name))]
        failures = [CheckFailure(name, f"is required with {_FARGATE}") for name in missing]
        if inputs.get("networkMode") not in (_AWSVPC, UNKNOWN):
            failures.append(CheckFailure("networkMode", f"must be {_AWSVPC} with {_FARGATE}"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        asked = request(self.inputs, props, self._TOLD)
        containers = json.loads(props["containerDefinitions"])
        answer = aws.ecs.register_task_definition(**asked, containerDefinitions=containers, **tagged(props))
        props["arn"] = answer["taskDefinition"]["taskDefinitionArn"]
        return str(props["family"])

    def locate(self, aws: Session, props: Properties) -> str:
        return str(props["family"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        if not state and not id_.startswith("arn:"):
            raise ProviderError(f"{id_!r} is not a task definition's import id; accepted: the ARN of a revision")
        wanted = id_ if state.get("trackLatest") else state.get("arn") or id_
        try:
            found = aws.ecs.describe_task_definition(taskDefinition=wanted, include=["TAGS"])["taskDefinition"]
        except ClientError as error:
            if code_of(error) == "ClientException" and "Unable to describe task definition" in message_of(error):
                return None
            raise
        return None if found["status"] == _INACTIVE else dict(found)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        arn = found["taskDefinitionArn"]
        containers = found["containerDefinitions"]
        if found.get("networkMode") == _AWSVPC:
            containers = [{**each, "portMappings": _without_host_ports(each)} for each in containers]
        return {
            "id": found["family"],
            "arn": arn,
            "arnWithoutRevision": arn.rpartition(":")[0],
            "containerDefinitions": json.dumps(containers),
            "revision": found["revision"],
            **response(self.inputs, found, self._TOLD),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        """Only the provider's own switches change in place."""

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if not state.get("skipDestroy"):
            aws.ecs.deregister_task_definition(taskDefinition=state["arn"])


def _without_host_ports(container: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ports of a container with a network of its own, where the host's are the same."""
    ports = container.get("portMappings") or []
    return [{name: value for name, value in each.items() if name != "hostPort"} for each in ports]


TYPES = (Cluster, TaskDefinition)
