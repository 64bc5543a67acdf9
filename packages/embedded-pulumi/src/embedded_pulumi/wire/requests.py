"""Goal states: the requests of a program, parsed into values. An option that is not supported is refused by name.

Source: pulumi/proto/pulumi/resource.proto.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_pulumi import wire
from embedded_pulumi.engine import assets
from embedded_pulumi.engine.resource import NO_TIMEOUTS, CustomTimeouts
from embedded_pulumi.values import Properties, Value


class RefusedRequest(ValueError):
    """A request that this engine cannot answer; the message names the option that it does not support."""


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


_UNSUPPORTED: dict[str, str] = {
    "remote": "remote components",
    "transforms": "resource transforms",
    "state_migrations": "state migrations",
    "packageRef": "parameterized packages",
    "replace_with": "the option replace_with",
    "envVarMappings": "the option env_var_mappings",
}
"""Field of a request to the feature that a program uses if the field is set."""

_HOOKS = (
    "before_create",
    "after_create",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
    "on_error",
)


def parse_register(request: Any, root: Path) -> Goal:
    """The goal in a RegisterResourceRequest.

    Args:
        request: The protobuf message.
        root: The program's working directory, the base of relative paths.

    Raises:
        RefusedRequest: it uses a feature that is not supported.
        MalformedValue: a property is not in the protocol's form.
        FileNotFoundError: an asset names a file that does not exist.
    """
    refuse_unsupported(request)
    needs, timeouts = request.propertyDependencies, request.customTimeouts
    has_trigger = request.HasField("replacement_trigger")
    trigger = wire.decode_value(request.replacement_trigger) if has_trigger else None
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        inputs=assets.resolve(wire.decode(request.object), root),
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
        custom_timeouts=CustomTimeouts(*map(_seconds, (timeouts.create, timeouts.update, timeouts.delete))),
        deleted_with=request.deletedWith,
        replacement_trigger=trigger,
        hide_diffs=tuple(request.hideDiffs),
    )


def parse_read(request: Any, root: Path) -> ReadGoal:
    """The goal in a ReadResourceRequest; raises as `parse_register`."""
    refuse_unsupported(request)
    return ReadGoal(
        type=request.type,
        name=request.name,
        id=request.id,
        parent=request.parent,
        inputs=assets.resolve(wire.decode(request.properties), root),
        dependencies=tuple(sorted(request.dependencies)),
        provider=request.provider,
        version=request.version,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
    )


def parse_invoke(request: Any) -> InvokeRequest:
    """The values of a ResourceInvokeRequest; raises as `parse_register`."""
    refuse_unsupported(request)
    return InvokeRequest(
        token=request.tok,
        args=wire.decode(request.args),
        provider=request.provider,
        version=request.version,
        depends_on=tuple(request.dependsOn),
    )


def refuse_unsupported(request: Any) -> None:
    """Raise RefusedRequest if a request uses a feature that this engine does not support."""
    present = {descriptor.name for descriptor, _ in request.ListFields()}
    for name in sorted(present & _UNSUPPORTED.keys()):
        raise RefusedRequest(f"{_UNSUPPORTED[name]} are not supported by the embedded engine (field {name})")
    if "hooks" in present and any(getattr(request.hooks, hook) for hook in _HOOKS):
        raise RefusedRequest("resource hooks are not supported by the embedded engine")


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


_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)")


def _seconds(text: str) -> float:
    """Seconds of a Go duration such as `1h30m`; empty is 0."""
    if text and not _DURATION.fullmatch(text):
        raise RefusedRequest(f"not a duration: {text!r}; accepted: such as 90s, 5m or 1h30m")
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
