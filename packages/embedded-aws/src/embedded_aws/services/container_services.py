"""ECS's services, whose tasks are brought to what is asked for; moto's never have a task.

The services stay moto's for their names and tags. What they are told and how they are is kept here; `container_tasks`
has their tasks. A service on EC2 finds no container instance, and says so as ECS does.

Source: API CreateService, UpdateService, DeleteService, Service, Deployment, Task; ECS Developer Guide, "Service
definition parameters".
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.services.container_checks import ELSEWHERE, backend, check_service, invalid, task_definition
from embedded_aws.services.container_tasks import FARGATE, RunningService, Task, TaskRunner
from embedded_aws.services.elbv2.targets import Targets

PERIOD = timedelta(seconds=10)
"""How often a service's tasks are looked after."""

_KEPT = (
    *("deploymentConfiguration", "desiredCount", "enableECSManagedTags", "enableExecuteCommand"),
    *("healthCheckGracePeriodSeconds", "launchType", "loadBalancers", "networkConfiguration", "placementConstraints"),
    *("placementStrategy", "platformVersion", "propagateTags", "schedulingStrategy", "taskDefinition"),
)
_ANEW = ("loadBalancers", "networkConfiguration", "platformVersion", "taskDefinition")
"""What begins a deployment when it changes."""


class ContainerServices:
    """The services of all clusters.

    Args:
        lock: Held while tasks are looked after.
        targets: Where tasks are registered.
    """

    def __init__(self, clock: Clock, lock: AbstractContextManager[Any], targets: Targets) -> None:
        self._clock = clock
        self._lock = lock
        self._runner = TaskRunner(targets)
        self._standing: WeakKeyDictionary[Any, RunningService] = WeakKeyDictionary()

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
            "CreateService": self._create,
            "DeleteService": self._delete,
            "DescribeServices": self._describe,
            "DescribeTasks": self._describe_tasks,
            "ListTasks": self._list_tasks,
            "UpdateService": self._update,
        }
        return {("ecs", action): handler for action, handler in handlers.items()}

    def _create(self, call: Call) -> dict[str, Any]:
        params, known = call.params, backend(call)
        cluster = _cluster(call)
        there = known.services.get(f"{cluster.name}:{params['serviceName']}")
        if there is not None and there.status != "INACTIVE":
            raise invalid("Creation of service was not idempotent.")
        settings = {name: params[name] for name in _KEPT if params.get(name) is not None}
        settings.setdefault("launchType", "EC2")
        settings.setdefault("schedulingStrategy", "REPLICA")
        settings["taskDefinition"] = check_service(call, {**params, **settings}, anew=True)
        made = known.create_service(
            cluster.name,
            params["serviceName"],
            int(settings.get("desiredCount") or 0),
            settings["taskDefinition"],
            scheduling_strategy=settings["schedulingStrategy"],
            tags=params.get("tags"),
            launch_type=settings["launchType"],
        )
        service = RunningService(made.arn, made.name, cluster, call.region, call.time, settings)
        self._standing[made] = service
        service.deploy(call.time)
        self._look_after(made, service)
        return {"service": _described(made, service, tagged=True)}

    def _look_after(self, made: Any, service: RunningService) -> None:
        """Bring the tasks to what is asked for, now and from time to time."""
        self._runner.reconcile(service, self._clock.now())

        def again() -> None:
            with self._lock, self._clock.contained(f"the service {service.name}"):
                if made.status != "INACTIVE":
                    self._look_after(made, service)

        self._clock.at(self._clock.now() + PERIOD, again)

    def _update(self, call: Call) -> dict[str, Any]:
        made, service = self._found(call)
        given = {name: call.params[name] for name in _KEPT if call.params.get(name) is not None}
        if "deploymentConfiguration" in given:
            before = service.settings.get("deploymentConfiguration") or {}
            given["deploymentConfiguration"] = {**before, **given["deploymentConfiguration"]}
        settings = {**service.settings, **given}
        elsewhere = {name: call.params.get(name) for name in ELSEWHERE}
        settings["taskDefinition"] = check_service(call, {**settings, **elsewhere}, anew="taskDefinition" in given)
        anew = call.params.get("forceNewDeployment") or any(
            settings.get(name) != service.settings.get(name) for name in _ANEW
        )
        service.settings = settings
        made.desired_count, made.task_definition = service.desired, settings["taskDefinition"]
        if anew:
            service.deploy(call.time)
        self._runner.reconcile(service, call.time)
        return {"service": _described(made, service, tagged=False)}

    def _delete(self, call: Call) -> dict[str, Any]:
        made, service = self._found(call)
        if service.settings["schedulingStrategy"] == "DAEMON":
            made.desired_count = 0
        call.forward()
        self._runner.end(service, call.time)
        return {"service": _described(made, service, tagged=False)}

    def _found(self, call: Call) -> tuple[Any, RunningService]:
        key = f"{_cluster(call).name}:{call.params['service'].rpartition('/')[2]}"
        made = backend(call).services.get(key)
        if made is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        if made.status == "INACTIVE":
            raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
        return made, self._standing[made]

    def _describe(self, call: Call) -> dict[str, Any]:
        cluster, known = _cluster(call), backend(call)
        tagged = "TAGS" in call.params.get("include", ())
        found, failures = [], []
        for named in call.params["services"]:
            made = known.services.get(f"{cluster.name}:{named.rpartition('/')[2]}")
            if made is None:
                prefix = cluster.arn.partition(":cluster/")[0]
                arn = named if named.startswith("arn:") else f"{prefix}:service/{cluster.name}/{named}"
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(_described(made, self._standing[made], tagged=tagged))
        return {"services": found, "failures": failures}

    def _tasks(self, call: Call) -> list[tuple[Any, RunningService, Task]]:
        cluster = _cluster(call)
        here = [(made, each) for made, each in self._standing.items() if each.cluster is cluster]
        return [(made, each, task) for made, each in here for task in each.tasks]

    def _list_tasks(self, call: Call) -> dict[str, Any]:
        """The tasks that run; those of no service are moto's."""
        params = call.params
        told = [
            task.arn
            for _, service, task in self._tasks(call)
            if params.get("serviceName", service.name).rpartition("/")[2] == service.name
            and params.get("launchType", FARGATE) == FARGATE
            and params.get("desiredStatus", "RUNNING") == "RUNNING"
            and params.get("family", _family(task)) == _family(task)
            and not params.get("containerInstance")
        ]
        others = [] if params.get("serviceName") else call.forward().get("taskArns", [])
        return {"taskArns": [*told, *others]}

    def _describe_tasks(self, call: Call) -> dict[str, Any]:
        own = {each[2].arn.rpartition("/")[2]: each for each in self._tasks(call)}
        named = [each.rpartition("/")[2] for each in call.params["tasks"]]
        told = [_described_task(*own[each][1:], _tags_of(call, *own[each])) for each in named if each in own]
        rest = [each for each in call.params["tasks"] if each.rpartition("/")[2] not in own]
        if not told:
            return call.forward()
        return {"tasks": told, "failures": [{"arn": each, "reason": "MISSING"} for each in rest]}


def _family(task: Task) -> str:
    return task.definition.rpartition("/")[2].partition(":")[0]


def _cluster(call: Call) -> Any:
    found = backend(call).clusters.get(call.params.get("cluster", "default").rpartition("/")[2])
    if found is None or found.status == "INACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return found


def _described(made: Any, service: RunningService, *, tagged: bool) -> dict[str, Any]:
    """A Service in boto3's shape."""
    settings = service.settings
    deployment = {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 200,
        "minimumHealthyPercent": 0 if settings["schedulingStrategy"] == "DAEMON" else 100,
        **{name: value for name, value in (settings.get("deploymentConfiguration") or {}).items() if value is not None},
    }
    told: dict[str, Any] = {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster.arn,
        "createdAt": service.created,
        "deploymentConfiguration": deployment,
        "deploymentController": {"type": "ECS"},
        "deployments": [_deployment(service, number) for number in range(len(service.deployments))],
        "desiredCount": service.desired,
        "enableECSManagedTags": bool(settings.get("enableECSManagedTags")),
        "enableExecuteCommand": bool(settings.get("enableExecuteCommand")),
        "events": list(service.events),
        "launchType": settings["launchType"],
        "loadBalancers": settings.get("loadBalancers", []),
        "pendingCount": len(service.tasks) - service.running,
        "placementConstraints": settings.get("placementConstraints", []),
        "placementStrategy": settings.get("placementStrategy", []),
        "propagateTags": settings.get("propagateTags", "NONE"),
        "runningCount": service.running,
        "schedulingStrategy": settings["schedulingStrategy"],
        "serviceRegistries": [],
        "status": made.status,
        "taskDefinition": settings["taskDefinition"],
    }
    for name in ("healthCheckGracePeriodSeconds", "networkConfiguration"):
        if settings.get(name) is not None:
            told[name] = settings[name]
    if service.on_fargate:
        told |= {"platformFamily": "Linux", "platformVersion": settings.get("platformVersion", "LATEST")}
    return {**told, **({"tags": made.tags} if tagged and made.tags else {})}


def _deployment(service: RunningService, number: int) -> dict[str, Any]:
    each = service.deployments[number]
    own = [task for task in service.tasks if task.deployment == each.id]
    running = sum(task.running for task in own)
    state = "COMPLETED" if each.completed else "IN_PROGRESS"
    told = {
        "id": each.id,
        "status": "ACTIVE" if number else "PRIMARY",
        "taskDefinition": each.definition,
        "desiredCount": 0 if number else service.desired,
        "pendingCount": len(own) - running,
        "runningCount": running,
        "failedTasks": 0,
        "createdAt": each.created,
        "updatedAt": each.updated,
        "launchType": service.settings["launchType"],
        "rolloutState": state,
        "rolloutStateReason": f"ECS deployment {each.id} {'completed' if each.completed else 'in progress'}.",
    }
    return {**told, **({"networkConfiguration": each.network} if each.network else {})}


def _tags_of(call: Call, made: Any, service: RunningService, task: Task) -> list[dict[str, str]]:
    """The tags of a task: ECS's own, and those of its service or its task definition, as the service says."""
    settings = service.settings
    own = {"aws:ecs:clusterName": service.cluster.name, "aws:ecs:serviceName": service.name}
    tags = [{"key": key, "value": value} for key, value in own.items()] if settings.get("enableECSManagedTags") else []
    if settings.get("propagateTags") == "SERVICE":
        tags += made.tags
    elif settings.get("propagateTags") == "TASK_DEFINITION":
        tags += task_definition(call, task.definition).tags
    return tags if "TAGS" in call.params.get("include", ()) else []


def _described_task(service: RunningService, task: Task, tags: list[dict[str, str]]) -> dict[str, Any]:
    details = {
        "subnetId": task.interface.subnet.id,
        "networkInterfaceId": task.interface.id,
        "macAddress": task.interface.mac_address,
        "privateIPv4Address": task.address,
    }
    state = "RUNNING" if task.running else "PENDING"
    attachment = {
        "id": task.arn.rpartition("/")[2],
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }
    return {
        "taskArn": task.arn,
        "clusterArn": service.cluster.arn,
        "taskDefinitionArn": task.definition,
        "group": f"service:{service.name}",
        "startedBy": task.deployment,
        "launchType": FARGATE,
        "lastStatus": state,
        "desiredStatus": "RUNNING",
        "createdAt": task.begun,
        "availabilityZone": task.interface.subnet.availability_zone,
        "attachments": [attachment],
        **({"tags": tags} if tags else {}),
    }
