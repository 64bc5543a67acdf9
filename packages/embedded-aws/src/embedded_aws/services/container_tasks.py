"""The tasks of an ECS service on Fargate: how many there are, who sends them traffic, how new ones replace old ones.

No container runs. A task is there as it is for the rest of AWS: it has a network interface with a private address in
one of the service's subnets, is running after `STARTUP`, and is a target of the service's target groups. One that a
load balancer calls unhealthy is replaced.

Source: ECS Developer Guide, "Amazon ECS services", "Deploy Amazon ECS services by replacing tasks" (the rolling update,
with minimumHealthyPercent and maximumPercent), "Determine Amazon ECS service health using grace period"; the messages
of the events as under "Amazon ECS service event messages".

Assumed: an image can be pulled, and its containers start and stay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.moto_api._internal import mock_random

from embedded_aws.services.ec2.store import backend as ec2
from embedded_aws.services.elbv2.checks import TargetState
from embedded_aws.services.elbv2.targets import Targets

STARTUP = timedelta(seconds=30)
"""From the decision to start a task to its state RUNNING."""

FARGATE = "FARGATE"
_EVENTS = 100  # how many events a service shows
_SERVING = {TargetState.HEALTHY, TargetState.UNUSED}


@dataclass(eq=False)
class Task:
    """A task of a service.

    Attributes:
        arn: The task's.
        definition: The ARN of the revision that it was started from.
        deployment: The id of the deployment that started it.
        interface: Its network interface, as moto has it.
        begun: When it was decided to start it.
        running: Whether it is RUNNING, and no longer PENDING.
    """

    arn: str
    definition: str
    deployment: str
    interface: Any
    begun: datetime
    running: bool = False

    @property
    def address(self) -> str:
        """Its private address."""
        return str(self.interface.private_ip_address)


@dataclass
class TaskDeployment:
    """One version of a service on its way, or arrived."""

    id: str
    definition: str
    created: datetime
    updated: datetime
    network: Mapping[str, Any]
    platform: str | None
    completed: bool = False


@dataclass(eq=False)
class RunningService:
    """A service that stands.

    Attributes:
        settings: What the last calls said, as CreateService takes it.
        deployments: The present one first.
    """

    arn: str
    name: str
    cluster: Any
    region: str
    created: datetime
    settings: dict[str, Any]
    deployments: list[TaskDeployment] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def desired(self) -> int:
        """How many tasks there are to be."""
        return int(self.settings.get("desiredCount") or 0)

    @property
    def on_fargate(self) -> bool:
        """Whether AWS has the machines for its tasks; there is no container instance here."""
        return bool(self.settings.get("launchType") == FARGATE)

    @property
    def running(self) -> int:
        """How many tasks are RUNNING."""
        return sum(each.running for each in self.tasks)

    def tell(self, message: str, now: datetime) -> None:
        """Add an event, unless it is what was said last."""
        text = f"(service {self.name}) {message}"
        if not self.events or self.events[0]["message"] != text:
            self.events.insert(0, {"id": str(mock_random.uuid4()), "createdAt": now, "message": text})
            del self.events[_EVENTS:]

    def deploy(self, now: datetime) -> None:
        """Begin a deployment of what the settings say."""
        number = mock_random.randint(10**18, 10**19 - 1)
        network, platform = self.settings.get("networkConfiguration") or {}, self.settings.get("platformVersion")
        definition = self.settings["taskDefinition"]
        self.deployments.insert(0, TaskDeployment(f"ecs-svc/{number}", definition, now, now, network, platform))


class TaskRunner:
    """Brings the tasks of services to what their settings say.

    Args:
        targets: The target groups' targets.
    """

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def reconcile(self, service: RunningService, now: datetime) -> None:
        """Do what is due now. Hold the cloud's lock."""
        if not service.on_fargate:
            if service.desired:
                service.tell(
                    "was unable to place a task because no container instance met all of its requirements. Reason: No "
                    "Container Instances were found in your cluster.",
                    now,
                )
            return
        self._settle(service, now)
        self._replace_unhealthy(service, now)
        self._scale_in(service, now)
        self._start(service, now)
        self._conclude(service, now)

    def end(self, service: RunningService, now: datetime) -> None:
        """Stop all tasks of a service."""
        for task in list(service.tasks):
            self._stop(service, task, now)

    def _settle(self, service: RunningService, now: datetime) -> None:
        for task in service.tasks:
            if not task.running and now - task.begun >= STARTUP:
                task.running = True
                for each in _balancers(service):
                    arn, port = each["targetGroupArn"], each["containerPort"]
                    self._targets.register(service.region, arn, task.address, now, port=port)

    def _replace_unhealthy(self, service: RunningService, now: datetime) -> None:
        grace = STARTUP + timedelta(seconds=service.settings.get("healthCheckGracePeriodSeconds") or 0)
        for task in [each for each in service.tasks if each.running and now - each.begun >= grace]:
            for each in _balancers(service):
                arn, port = each["targetGroupArn"], each["containerPort"]
                if TargetState.UNHEALTHY in self._targets.states(service.region, arn, task.address):
                    reason = "(reason Health checks failed)"
                    service.tell(f"(port {port}) is unhealthy in (target-group {arn}) due to {reason}", now)
                    self._stop(service, task, now)
                    break

    def _scale_in(self, service: RunningService, now: datetime) -> None:
        """Stop what is too much of the present version, and of the others what the new ones replace."""
        present = self._present(service)
        for task in sorted(present, key=lambda each: each.running)[: max(len(present) - service.desired, 0)]:
            self._stop(service, task, now)
        least = math.ceil(service.desired * _percent(service, "minimumHealthyPercent", 100) / 100)
        others = [each for each in service.tasks if each.deployment != service.deployments[0].id]
        spare = sum(self._serves(service, each) for each in service.tasks) - least
        for task in others:
            serves = self._serves(service, task)
            if not serves or spare > 0:
                self._stop(service, task, now)
                spare -= serves

    def _start(self, service: RunningService, now: datetime) -> None:
        most = service.desired * _percent(service, "maximumPercent", 200) // 100
        missing = min(service.desired - len(self._present(service)), most - len(service.tasks))
        if missing <= 0:
            return
        deployment = service.deployments[0]
        network = deployment.network["awsvpcConfiguration"]
        store = ec2(service.region)
        for _ in range(missing):
            subnet = store.get_subnet(min(network["subnets"], key=lambda each: _tasks_in(service, each)))
            groups = network.get("securityGroups") or [store.get_default_security_group(subnet.vpc_id).id]
            public = network.get("assignPublicIp") == "ENABLED"
            task_id = mock_random.uuid4().hex
            task_arn = f"{service.arn.partition(':service/')[0]}:task/{service.cluster.name}/{task_id}"
            interface = store.create_network_interface(
                subnet, "", group_ids=groups, description=task_arn, public_ip_auto_assign=public
            )
            service.tasks.append(Task(task_arn, deployment.definition, deployment.id, interface, now))
        service.tell(f"has started {missing} tasks.", now)

    def _conclude(self, service: RunningService, now: datetime) -> None:
        first = service.deployments[0]
        serving = sum(self._serves(service, each) for each in service.tasks)
        if len(service.tasks) == serving == service.desired == len(self._present(service)):
            del service.deployments[1:]
            if not first.completed:
                first.completed, first.updated = True, now
                service.tell(f"(deployment {first.id}) deployment completed.", now)
                service.tell("has reached a steady state.", now)

    def _present(self, service: RunningService) -> list[Task]:
        return [each for each in service.tasks if each.deployment == service.deployments[0].id]

    def _serves(self, service: RunningService, task: Task) -> bool:
        """Whether a task runs, and every target group has it as healthy, or does not ask."""
        groups = [each["targetGroupArn"] for each in _balancers(service)]
        return task.running and all(
            self._targets.states(service.region, arn, task.address) & _SERVING for arn in groups
        )

    def _stop(self, service: RunningService, task: Task, now: datetime) -> None:
        service.tasks.remove(task)
        for each in _balancers(service):
            self._targets.deregister(service.region, each["targetGroupArn"], task.address, now)
        store = ec2(service.region)
        if task.interface.id in store.enis:
            store.delete_network_interface(task.interface.id)


def _balancers(service: RunningService) -> list[dict[str, Any]]:
    return list(service.settings.get("loadBalancers") or ())


def _percent(service: RunningService, name: str, default: int) -> int:
    told = (service.settings.get("deploymentConfiguration") or {}).get(name)
    return default if told is None else int(told)


def _tasks_in(service: RunningService, subnet: str) -> int:
    return sum(each.interface.subnet.id == subnet for each in service.tasks)
