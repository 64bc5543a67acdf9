"""Pulumi's resource monitor without an engine behind it: records each registration and makes its outputs up.

It is called in the program's own process, from the threads in which the SDK makes its requests.
Source: pulumi/proto/pulumi/resource.proto.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2

from embedded_pulumi import wire
from embedded_pulumi.engine.urn import PROVIDER_PREFIX, STACK_TYPE, new_urn
from embedded_pulumi.wire.callbacks import Callbacks
from embedded_pulumi.wire.features import FEATURES
from embedded_pulumi.wire.requests import Goal, ReadGoal, decode_invoke, decode_read, decode_register
from embedded_pulumi.wire.transforms import Transforms
from pulumi_guardrails.model import Options, Program, Reference, Resource, bound, references_in
from pulumi_guardrails.recording.answers import answer, facts, partition_of
from pulumi_guardrails.recording.outputs import as_declared, outputs_of, result_of
from pulumi_guardrails.recording.placeholders import ACCOUNT, Placeholders

_GET_RESOURCE = "pulumi:pulumi:getResource"


class UnanswerableFunction(Exception):
    """The program asks a function for which there is no answer; the message says how to give one."""


@dataclass
class Guesses:
    """What a program was told that may be otherwise in the cloud.

    Attributes:
        outputs: How many outputs of resources were made up.
        functions: The functions that were answered with what was made up.
    """

    outputs: int = 0
    functions: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether the program was told anything of the kind."""
        return bool(self.outputs or self.functions)


class RecordingMonitor:
    """Answers the program's requests.

    Args:
        project: The project's name.
        stack: The stack's name.
        region: Where the program deploys to, unless a provider of its own says otherwise.
        answers: Function token to answer, for those whose answer matters; over the ones that are made up.
        make_up: Whether texts, numbers and booleans that the cloud would add are made up; else they are unknown too.

    Attributes:
        guesses: What was made up.
    """

    def __init__(
        self, project: str, stack: str, region: str, answers: Mapping[str, Mapping[str, Any]], *, make_up: bool
    ) -> None:
        self._project = project
        self._stack = stack
        self._region = region
        self._answers = answers
        self._make_up = make_up
        self.guesses = Guesses()
        self._placeholders = Placeholders(partition_of(region), region)
        self._lock = threading.Lock()
        self._resources: dict[str, Resource] = {}
        self._duplicates: list[Resource] = []
        self._states: dict[str, dict[str, Any]] = {}
        self._invokes: set[str] = set()
        self._read: list[tuple[str, str]] = []
        self._transforms = Transforms(Callbacks())

    def program(self) -> Program:
        """Everything so far."""
        found = (*self._resources.values(), *self._duplicates)
        regions = [
            self._region_of(f"{resource.urn}::") for resource in found if resource.type == f"{PROVIDER_PREFIX}aws"
        ]
        return Program(found, frozenset(self._invokes), regions[0] if regions else self._region, tuple(self._read))

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Record a resource. What is left out of the answer is unknown to the program, as in a preview."""
        urn = new_urn(self._stack, self._project, request.parent, request.type, request.name)
        goal = decode_register(self._transforms.register(request, urn))
        if goal.type == STACK_TYPE or not goal.custom:
            self._keep(replace(self._written(urn, replace(goal, inputs={})), remote=request.remote))
            return resource_pb2.RegisterResourceResponse(urn=urn)
        with self._lock:
            state = self._made_up(urn, goal)
        self._keep(self._written(urn, goal))
        self._states[urn] = state
        return resource_pb2.RegisterResourceResponse(urn=urn, id=state["id"], object=wire.encode(state))

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """A resource that another program manages, or another stack: its id is given. It is not judged."""
        goal = decode_read(request)
        urn = new_urn(self._stack, self._project, goal.parent, goal.type, goal.name)
        with self._lock:
            state = self._made_up(urn, goal) | {"id": goal.id}
            self._read.append((goal.type, goal.name))
        self._states[urn] = state
        return resource_pb2.ReadResourceResponse(urn=urn, id=goal.id, properties=wire.encode(state))

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """What a component, or the stack, says of itself."""
        outputs = self._placeholders.resolve(wire.decode(request.outputs))
        self._resources[request.urn] = replace(self._resources[request.urn], outputs=outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Answer a function.

        Raises:
            UnanswerableFunction: nothing is known of it.
        """
        asked = decode_invoke(self._transforms.invoke(request))
        if asked.token == _GET_RESOURCE:
            state = self._states[str(asked.args["urn"])]
            result = {"urn": asked.args["urn"], "id": state["id"], "state": state}
        else:
            self._invokes.add(asked.token)
            if not self._make_up and any(self._is_planned(urn) for urn in asked.depends_on):
                return resource_pb2.ResourceInvokeResponse(unknown=True)
            result = self._answer(asked.token, asked.args, self._region_of(asked.provider))
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.encode(result)})

    def Call(self, _: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """A method of a component in another process: its result is unknown."""
        return provider_pb2.CallResponse()

    def RegisterPackage(self, request: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """A package with parameters: its resources are recorded like any others."""
        return resource_pb2.RegisterPackageResponse(ref=request.name)

    def RegisterStackTransform(self, callback: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Transform every resource from now on."""
        self._transforms.add_to_stack(callback)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, callback: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Transform every call of a function from now on."""
        self._transforms.add_to_invokes(callback)
        return empty_pb2.Empty()

    def RegisterResourceHook(self, _: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Hooks are not called, because nothing is created."""
        return empty_pb2.Empty()

    RegisterErrorHook = RegisterResourceHook

    def GetDeploymentInfo(self, _: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """What the SDK may use."""
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def SignalAndWaitForShutdown(self, _: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Nothing is to be waited for."""
        return empty_pb2.Empty()

    def _keep(self, resource: Resource) -> None:
        if resource.urn in self._resources:
            self._duplicates.append(resource)
        self._resources.setdefault(resource.urn, resource)

    def _is_planned(self, urn: str) -> bool:
        """Whether it is a resource of this program, which does not exist yet."""
        return urn in self._resources and self._resources[urn].custom

    def _written(self, urn: str, goal: Goal) -> Resource:
        told = {name: set(urns) for name, urns in goal.property_dependencies.items()}
        resolved = {
            name: bound(self._placeholders.resolve(value), sorted(told.get(name, ())))
            for name, value in goal.inputs.items()
        }
        seen = {name: {reference.urn for reference in references_in(value)} for name, value in resolved.items()}
        names = sorted({*told, *seen})
        references = {name: tuple(sorted(told.get(name, set()) | seen.get(name, set()))) for name in names}
        return Resource(
            urn=urn,
            type=goal.type,
            name=goal.name,
            inputs=resolved,
            parent=goal.parent,
            custom=goal.custom,
            options=_options(goal),
            references={name: urns for name, urns in references.items() if urns},
        )

    def _made_up(self, urn: str, goal: Goal | ReadGoal) -> dict[str, Any]:
        """The outputs of a resource, `id` among them, which is empty where it is unknown."""
        if not self._make_up:
            return {"id": "", **goal.inputs}
        self.guesses.outputs += 1

        def make(output: str, kind: type) -> Any:
            if output in _KNOWN:
                return {"region": self._region, "ownerId": ACCOUNT}[output]
            reference = Reference(urn, output)
            if kind in (int, float):
                return self._placeholders.number(reference, goal.name)
            return False if kind is bool else self._placeholders.text(reference, goal.type, goal.name)

        return {"id": make("id", str), **outputs_of(goal.type, goal.inputs, make)}

    def _answer(self, token: str, args: Mapping[str, Any], region: str) -> dict[str, Any]:
        if token in self._answers:
            return {**args, **self._answers[token]}
        self.guesses.functions.add(token)
        found = answer(token, args, region)
        if found is None:
            found = result_of(token, args, lambda name, kind: _constant(name, kind, region))
            found = None if found is None else {**found, **facts(token, args, region)}
        if found is None:
            raise UnanswerableFunction(
                f"the program asks {token}, for which there is no answer without a cloud: "
                "put one under `answers` in guardrails.yaml"
            )
        return as_declared(token, found)

    def _region_of(self, provider: str) -> str:
        """The region of a provider, given its reference `<urn>::<id>`."""
        found = self._resources.get(provider.rpartition("::")[0])
        region = None if found is None else found.value("region")
        return region if isinstance(region, str) else self._region


_KNOWN = frozenset({"region", "ownerId"})


def _constant(name: str, kind: type, region: str) -> Any:
    """A part of an answer that was not there before the program, and so refers to nothing of it."""
    if kind in (int, float):
        return 1
    if kind is bool:
        return False
    if name.lower().endswith("arn"):
        return f"arn:{partition_of(region)}:service:{region}:{ACCOUNT}:existing"
    return f"existing-{name}"


def _options(goal: Goal) -> Options:
    return Options(
        protect=goal.protect,
        retain_on_delete=goal.retain_on_delete,
        delete_before_replace=goal.delete_before_replace,
        ignore_changes=goal.ignore_changes,
        depends_on=goal.dependencies,
        provider=goal.provider or next(iter(goal.providers.values()), ""),
    )
