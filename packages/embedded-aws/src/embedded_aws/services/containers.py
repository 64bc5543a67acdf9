"""ECS's clusters and task definitions where moto's differ: what ECS refuses of them, and what it fills in.

moto makes a cluster anew that stands, deletes one that is in use, and takes any size and network of a task for Fargate.

Source: ECS Developer Guide, "Task definition parameters for Fargate" (sizes, network mode) and "Task definition
parameters for Amazon EC2" (hostPort); API CreateCluster and DeleteCluster, "Errors". The guide has no words of ECS's
refusals: they are as people report them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.services.container_services import ContainerServices
from embedded_aws.services.elbv2.targets import Targets

_GIB = 1024  # MiB
_SIZES: Mapping[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
"""CPU units of a task on Fargate to the MiB that go with them."""


def routes(clock: Clock, lock: AbstractContextManager[Any], targets: Targets) -> Routes:
    """The calls that are looked at here, and then left to moto, and those about services; see `ContainerServices`."""
    return ContainerServices(clock, lock, targets).routes() | {
        ("ecs", "CreateCluster"): _create_cluster,
        ("ecs", "DeleteCluster"): _delete_cluster,
        ("ecs", "RegisterTaskDefinition"): _register,
    }


def _create_cluster(call: Call) -> dict[str, Any]:
    """Answer with the cluster that stands, if there is one of this name: the call is idempotent."""
    name = call.params.get("clusterName") or "default"
    there = _backend(call).clusters.get(name)
    if there is None or there.status == "INACTIVE":
        return call.forward()
    tagged = {"tags": there.tags} if there.tags else {}
    told = {"clusterArn": there.arn, "clusterName": there.name, "status": there.status, "settings": there.settings}
    return {"cluster": {**told, **tagged}}


def _delete_cluster(call: Call) -> dict[str, Any]:
    backend, name = _backend(call), call.params["cluster"].rpartition("/")[2]
    active = [
        each
        for key, each in backend.services.items()
        if key.startswith(f"{name}:") and getattr(each, "status", "") != "INACTIVE"
    ]
    if active:
        raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if backend.container_instances.get(name):
        message = "The Cluster cannot be deleted while Container Instances are active or draining."
        raise AwsError("ClusterContainsContainerInstancesException", message)
    return call.forward()


def _register(call: Call) -> dict[str, Any]:
    params = call.params
    if "FARGATE" in params.get("requiresCompatibilities", ()):
        _check_fargate(params)
    names = [each.get("name") for each in params["containerDefinitions"]]
    if len(set(names)) < len(names):
        raise _refused("Container.name should be unique within a task definition.")
    mode = params.get("networkMode")
    mapped = [[_port(port, mode) for port in each.get("portMappings", ())] for each in params["containerDefinitions"]]
    answer = call.forward()
    told = answer["taskDefinition"]
    made = _backend(call).task_definitions[told["family"]][told["revision"]]
    for ports, kept, shown in zip(mapped, made.container_definitions, told["containerDefinitions"], strict=True):
        kept["portMappings"] = shown["portMappings"] = ports
    return answer


def _port(port: Mapping[str, Any], mode: str | None) -> dict[str, Any]:
    """A port mapping with what ECS fills in; a task that has its host's network, or its own, maps no ports."""
    own = mode in ("awsvpc", "host")
    told = {"protocol": "tcp", "hostPort": port.get("containerPort", 0) if own else 0, **port}
    if own and told["hostPort"] != port.get("containerPort", 0):
        raise _refused(f"When networkMode={mode}, the host ports and container ports in port mappings must match.")
    return told


def _check_fargate(params: Mapping[str, Any]) -> None:
    for name in ("cpu", "memory"):
        if not params.get(name):
            raise _refused(f"Fargate requires that '{name}' be defined at the task level.")
    if params.get("networkMode") != "awsvpc":
        raise _refused("Fargate only supports network mode 'awsvpc'.")
    cpu, memory = params["cpu"], params["memory"]
    if not cpu.isdigit() or not memory.isdigit() or int(memory) not in _SIZES.get(int(cpu), ()):
        raise _refused(f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory.")
    drivers = [each.get("logConfiguration", {}).get("logDriver") for each in params["containerDefinitions"]]
    if "awslogs" in drivers and not params.get("executionRoleArn"):
        raise _refused("Fargate requires task definition to have execution role ARN to support log driver awslogs.")


def _refused(message: str) -> AwsError:
    return AwsError("ClientException", message)


def _backend(call: Call) -> Any:
    return get_backend("ecs")[call.caller.account][call.region]
