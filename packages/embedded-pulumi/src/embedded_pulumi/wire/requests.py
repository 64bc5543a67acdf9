"""What a program asks of Pulumi's resource monitor, decoded: goal states of resources, reads, and calls of functions.

The engine, the recording of the guardrails and the tests of components all decode a program's requests here.
Source: pulumi/proto/pulumi/resource.proto.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_pulumi import wire
from embedded_pulumi.durations import seconds_of
from embedded_pulumi.values import Properties, Value
from embedded_pulumi.wire.objects import MalformedValue


@dataclass(frozen=True)
class CustomTimeouts:
    """How long an operation may take, in seconds; 0 leaves it to the provider."""

    create: float = 0
    update: float = 0
    delete: float = 0


NO_TIMEOUTS = CustomTimeouts()

HOOKS = {
    "BeforeCreate": "before_create",
    "AfterCreate": "after_create",
    "BeforeUpdate": "before_update",
    "AfterUpdate": "after_update",
    "BeforeDelete": "before_delete",
    "AfterDelete": "after_delete",
    "OnError": "on_error",
}
"""Kind of a hook, as the state names it, to the field of a request that lists such hooks."""


@dataclass(frozen=True)
class Alias:
    """One alias: a whole URN, or those parts of the former URN that differ from the present one."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True)
class Goal:
    """The goal state of a resource that the program registers. None means that an option is not set.

    Attributes:
        provider: A reference, or empty for the default provider of `version`.
        providers: Package to reference: the providers that a component's children inherit.
        hooks: Kind, such as `BeforeCreate`, to the names of the hooks to call.
    """

    type: str
    name: str
    custom: bool
    parent: str = ""
    inputs: Properties = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    import_id: str = ""
    custom_timeouts: CustomTimeouts = NO_TIMEOUTS
    deleted_with: str = ""
    replacement_trigger: Value = None
    hide_diffs: tuple[str, ...] = ()
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadGoal:
    """A resource that the program reads by its id (`.get()`)."""

    type: str
    name: str
    id: str
    parent: str = ""
    inputs: Properties = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    provider: str = ""
    version: str = ""
    additional_secret_outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class InvokeRequest:
    """A call of a data source.

    Attributes:
        depends_on: URNs of the resources that must exist before the call.
    """

    token: str
    args: Properties = field(default_factory=dict)
    provider: str = ""
    version: str = ""
    depends_on: tuple[str, ...] = ()


def decode_register(request: Any) -> Goal:
    """The goal in a RegisterResourceRequest.

    Raises:
        MalformedValue: a property or a timeout is not in the protocol's form.
    """
    needs = request.propertyDependencies
    has_trigger = request.HasField("replacement_trigger")
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        inputs=wire.decode(request.object),
        # The SDK sends sets in no particular order; sorted, an unchanged resource stays unchanged.
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={name: tuple(sorted(needs[name].urns)) for name in sorted(needs)},
        provider=request.provider,
        providers=dict(request.providers),
        version=request.version,
        protect=_optional(request, "protect"),
        retain_on_delete=_optional(request, "retainOnDelete"),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=(*(Alias(urn=urn) for urn in request.aliasURNs), *map(_alias, request.aliases)),
        import_id=request.importId,
        custom_timeouts=_timeouts(request.customTimeouts),
        deleted_with=request.deletedWith,
        replacement_trigger=wire.decode_value(request.replacement_trigger) if has_trigger else None,
        hide_diffs=tuple(request.hideDiffs),
        hooks={kind: tuple(names) for kind, name in HOOKS.items() if (names := getattr(request.hooks, name))},
    )


def decode_read(request: Any) -> ReadGoal:
    """The goal in a ReadResourceRequest; raises as `decode_register`."""
    return ReadGoal(
        type=request.type,
        name=request.name,
        id=request.id,
        parent=request.parent,
        inputs=wire.decode(request.properties),
        dependencies=tuple(sorted(request.dependencies)),
        provider=request.provider,
        version=request.version,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
    )


def decode_invoke(request: Any) -> InvokeRequest:
    """The values of a ResourceInvokeRequest; raises as `decode_register`."""
    return InvokeRequest(
        token=request.tok,
        args=wire.decode(request.args),
        provider=request.provider,
        version=request.version,
        depends_on=tuple(request.dependsOn),
    )


def _optional(request: Any, name: str) -> bool | None:
    return getattr(request, name) if request.HasField(name) else None


def _alias(message: Any) -> Alias:
    if message.WhichOneof("alias") == "urn":
        return Alias(urn=message.urn)
    spec = message.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn if spec.WhichOneof("parent") == "parentUrn" else "",
        no_parent=spec.noParent if spec.WhichOneof("parent") == "noParent" else False,
    )


def _timeouts(message: Any) -> CustomTimeouts:
    said = (message.create, message.update, message.delete)
    try:
        return CustomTimeouts(*(seconds_of(duration) if duration else 0 for duration in said))
    except ValueError as error:
        raise MalformedValue(str(error)) from None
