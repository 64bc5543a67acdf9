"""ECS: services, which keep as many tasks running as they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws.ecs import TAGGING, same_names, tagged
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Changes, Flag, Text, Whole, is_empty
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, KeptBlock, ListOf, MapOf, SetOf, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

_PATIENCE = 1200.0  # seconds
_REPLICA, _DAEMON = "REPLICA", "DAEMON"
_INACTIVE, _DRAINING = "INACTIVE", "DRAINING"
_BREAKER = KeptBlock(
    aws="deploymentCircuitBreaker",
    fields={
        "enable": Flag(required=True, aws="enable"),
        "rollback": Flag(required=True, aws="rollback"),
    },
)
_BALANCER = Block(
    fields={
        "containerName": Text(required=True, aws="containerName"),
        "containerPort": Whole(required=True, at_least=0, at_most=65536, aws="containerPort"),
        "targetGroupArn": ArnText(aws="targetGroupArn"),
    },
    unsupported=("advancedConfiguration", "elbName"),
)


class _Network(Block):
    """The network of a service's tasks; ECS has it in an object of its own, and whether they are public as a word."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        public = {"assignPublicIp": "ENABLED" if value.get("assignPublicIp") else "DISABLED"}
        groups = value.get("securityGroups")
        given = {"subnets": value["subnets"], **({"securityGroups": groups} if groups else {})}
        return {"awsvpcConfiguration": {**given, **public}}

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        told = value["awsvpcConfiguration"]
        return {
            "assignPublicIp": told.get("assignPublicIp") == "ENABLED",
            "securityGroups": told.get("securityGroups", []),
            "subnets": told["subnets"],
        }


@dataclass(frozen=True, kw_only=True)
class _PlacementField(Text):
    """What tasks are placed by; `host` is `instanceId`, and capital letters make no difference."""

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        if not isinstance(old, str) or not isinstance(new, str):
            return super().same(old, new)
        return _place(old).casefold() == _place(new).casefold()

    def foresee(self, value: Value) -> Value:
        """The value as far as it is known; see `Field.foresee`."""
        return value if value is UNKNOWN else _place(value)

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return _place(value)

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it; ECS shows some in capital letters."""
        return value.lower() if value in ("CPU", "MEMORY") else value


def _place(field: str) -> str:
    return "instanceId" if field == "host" else field


_STRATEGY = Block(
    fields={
        "field": _PlacementField(aws="field"),
        "type": Text(required=True, one_of=("random", "spread", "binpack"), aws="type"),
    }
)
_CONSTRAINT = Block(
    fields={
        "expression": Text(aws="expression"),
        "type": Text(required=True, one_of=("distinctInstance", "memberOf"), aws="type"),
    }
)
_PERCENTS = {"deploymentMaximumPercent": "maximumPercent", "deploymentMinimumHealthyPercent": "minimumHealthyPercent"}
"""Inputs to what ECS calls them in a deployment's configuration."""

_NOTHING: dict[str, Any] = {
    "desiredCount": 0,
    "healthCheckGracePeriodSeconds": 0,
    "loadBalancers": [],
    "orderedPlacementStrategies": [],
    "placementConstraints": [],
    "propagateTags": "NONE",
}
"""What takes back an input that is no more."""


@dataclass(frozen=True, kw_only=True)
class _Propagated(Text):
    """Whose tags a service's tasks have; nothing is nobody's."""

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return super().same(old, new) or (old == "NONE" and is_empty(new))


@dataclass(frozen=True, kw_only=True)
class _Triggers(MapOf):
    """Values whose change begins a deployment; see `ContainerService.compare`."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Nothing: whether a change counts depends on another input."""
        return {}


class ContainerService(ResourceType):
    """A service; its ARN is its id. With `waitForSteadyState` it is made when its tasks run.

    Cluster and task definition are told as the program names them: by their ARNs, or by their names. A change of
    `triggers` counts with `forceNewDeployment` alone.

    Source: terraform-provider-aws/internal/service/ecs/service.go (00a919d1548e, 2024), read on 2026-12-01;
    `forceDelete`, which is newer, by its documentation.
    """

    type_ = "aws:ecs/service:Service"
    inputs = {
        "name": Text(force_new=True, aws="serviceName"),
        "cluster": Text(computed=True, force_new=True, aws="cluster"),
        "deploymentCircuitBreaker": _BREAKER,
        "deploymentController": KeptBlock(
            aws="deploymentController",
            fields={"type": Text(default="ECS", force_new=True, one_of=("ECS", "CODE_DEPLOY", "EXTERNAL"), aws="type")},
        ),
        "deploymentMaximumPercent": Whole(default=200),
        "deploymentMinimumHealthyPercent": Whole(default=100),
        "desiredCount": Whole(aws="desiredCount"),
        "enableEcsManagedTags": Flag(default=False, aws="enableECSManagedTags"),
        "enableExecuteCommand": Flag(default=False, aws="enableExecuteCommand"),
        "forceDelete": Flag(),
        "forceNewDeployment": Flag(),
        "healthCheckGracePeriodSeconds": Whole(at_least=0, at_most=2147483647, aws="healthCheckGracePeriodSeconds"),
        "launchType": Text(computed=True, force_new=True, one_of=("EC2", "FARGATE", "EXTERNAL"), aws="launchType"),
        "loadBalancers": SetOf(item=_BALANCER, aws="loadBalancers"),
        "networkConfiguration": _Network(
            aws="networkConfiguration",
            fields=same_names(assignPublicIp=Flag(default=False), securityGroups=SetOf(), subnets=SetOf(required=True)),
        ),
        "orderedPlacementStrategies": ListOf(max_items=5, item=_STRATEGY, aws="placementStrategy"),
        "placementConstraints": SetOf(max_items=10, item=_CONSTRAINT, aws="placementConstraints"),
        "platformVersion": Text(computed=True, aws="platformVersion"),
        "propagateTags": _Propagated(one_of=("SERVICE", "TASK_DEFINITION", "NONE", ""), aws="propagateTags"),
        "schedulingStrategy": Text(
            default=_REPLICA, force_new=True, one_of=(_REPLICA, _DAEMON), aws="schedulingStrategy"
        ),
        "taskDefinition": Text(aws="taskDefinition"),
        "triggers": _Triggers(computed=True),
        "waitForSteadyState": Flag(default=False),
    }
    outputs = ("arn",)
    unsupported = (
        *("alarms", "availabilityZoneRebalancing", "capacityProviderStrategies", "deploymentConfiguration", "iamRole"),
        *("serviceConnectConfiguration", "serviceRegistries", "sigintRollback", "volumeConfiguration"),
        "vpcLatticeConfigurations",
    )
    name = AutoName(unless=())
    tagging = TAGGING
    _TOLD = tuple(each for each, field in inputs.items() if field.aws and each != "deploymentCircuitBreaker")
    _LATER = tuple(each for each, field in inputs.items() if field.aws and not field.force_new)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs["schedulingStrategy"] == _DAEMON and inputs.get("desiredCount") not in (None, UNKNOWN, 0):
            return [CheckFailure("desiredCount", f"is not accepted with the scheduling strategy {_DAEMON}")]
        return []

    def compare(self, state: Properties, news: Properties) -> Changes:
        """A change of the triggers, where it counts."""
        triggers = news.get("triggers")
        if news.get("forceNewDeployment") is not True or is_empty(triggers):
            return {}
        return MapOf().diff("triggers", state.get("triggers"), triggers)

    def create(self, aws: Session, props: Properties) -> str:
        asked = request(self.inputs, props, self._TOLD)
        deployment = self._deployment(props)
        if props["schedulingStrategy"] == _REPLICA:
            asked["desiredCount"] = props.get("desiredCount") or 0
            deployment |= {name: props[each] for each, name in _PERCENTS.items()}
        elif props["deploymentMinimumHealthyPercent"] != self.inputs["deploymentMinimumHealthyPercent"].default:
            deployment["minimumHealthyPercent"] = props["deploymentMinimumHealthyPercent"]
        answer = aws.ecs.create_service(**asked, deploymentConfiguration=deployment, **tagged(props))
        return str(answer["service"]["serviceArn"])

    def _deployment(self, props: Properties) -> dict[str, Any]:
        breaker = props.get("deploymentCircuitBreaker")
        return {"deploymentCircuitBreaker": _BREAKER.to_aws(breaker)} if breaker else {}

    def locate(self, aws: Session, props: Properties) -> str | None:
        cluster = str(props.get("cluster") or "default").rpartition("/")[2]
        return aws.arn("ecs", f"service/{cluster}/{props['name']}")

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        what = "steady" if props["waitForSteadyState"] else "active"
        wait_for(f"the service {id_} to be {what}", lambda: self._ready(aws, id_, props), timeout=_PATIENCE)

    def _ready(self, aws: Session, id_: str, props: Properties) -> Description | None:
        found = self.find(aws, id_, props)
        if found is None or not props["waitForSteadyState"]:
            return found
        steady = len(found["deployments"]) == 1 and found["desiredCount"] == found["runningCount"]
        return found if steady else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = self._any(aws, id_, state)
        return found if found and found["status"] not in (_INACTIVE, _DRAINING) else None

    def _any(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """The service in any state."""
        if not state and not id_.startswith("arn:") and id_.count("/") != 1:
            raise ProviderError(f"{id_!r} is not a service's import id; accepted: <cluster>/<service>")
        cluster, name = _cluster(id_, state), id_.rpartition("/")[2]
        answer = unless_gone(aws.ecs.describe_services, cluster=cluster, services=[name], include=["TAGS"]) or {}
        return next(iter(answer.get("services", ())), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, found, self._TOLD)
        deployment = found["deploymentConfiguration"]
        percents = {each: deployment.get(name) for each, name in _PERCENTS.items()}
        if found["schedulingStrategy"] == _DAEMON:
            # ECS's own numbers for it differ from the defaults here, which count for no change.
            percents = {each: state.get(each) or self.inputs[each].default for each in _PERCENTS}
            told["desiredCount"] = state.get("desiredCount")
        by_arn = not state or str(state.get("cluster")).startswith("arn:")
        definition = str(found.get("taskDefinition", ""))
        breaker = deployment.get("deploymentCircuitBreaker")
        return {
            **told,
            **percents,
            "id": found["serviceArn"],
            "arn": found["serviceArn"],
            "cluster": found["clusterArn"] if by_arn else found["clusterArn"].rpartition("/")[2],
            "deploymentCircuitBreaker": None if breaker is None else _BREAKER.from_aws(breaker),
            "taskDefinition": (
                definition if str(state.get("taskDefinition")).startswith("arn:") else definition.rpartition("/")[2]
            ),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        replica = change.new["schedulingStrategy"] == _REPLICA
        apart = {"deploymentCircuitBreaker", *(() if replica else ("desiredCount",))}
        changed = [name for name in self._LATER if name not in apart and change.has(name)]
        asked: dict[str, Any] = request(self.inputs, change.new, changed)
        asked |= {
            self.inputs[name].aws: nothing
            for name, nothing in _NOTHING.items()
            if name in changed and is_empty(change.new.get(name))
        }
        deployment: dict[str, Any] = {}
        if change.has("deploymentCircuitBreaker"):
            deployment |= self._deployment(change.new)
        if change.has(*_PERCENTS):
            told = _PERCENTS if replica else {"deploymentMinimumHealthyPercent": "minimumHealthyPercent"}
            deployment |= {name: change.new[each] for each, name in told.items()}
        if deployment:
            asked["deploymentConfiguration"] = deployment
        asked["forceNewDeployment"] = bool(change.new.get("forceNewDeployment"))
        aws.ecs.update_service(cluster=_cluster(id_, change.old), service=id_.rpartition("/")[2], **asked)
        self.settle(aws, id_, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        found = self._any(aws, id_, state)
        if found is None or found["status"] == _INACTIVE:
            return
        named = {"cluster": _cluster(id_, state), "service": id_.rpartition("/")[2]}
        if found["status"] != _DRAINING and found["schedulingStrategy"] != _DAEMON:
            aws.ecs.update_service(**named, desiredCount=0)
        aws.ecs.delete_service(**named, force=bool(state.get("forceDelete")))
        wait_for(f"the service {id_} to be gone", lambda: self._gone(aws, id_, state), timeout=_PATIENCE)

    def _gone(self, aws: Session, id_: str, state: Properties) -> bool | None:
        found = self._any(aws, id_, state)
        return True if found is None or found["status"] == _INACTIVE else None


def _cluster(id_: str, state: Properties) -> str:
    """The cluster of a service, from the state or its id."""
    return str(state.get("cluster") or id_.split("/")[-2].rpartition(":")[2])


TYPES = (ContainerService,)
