"""Transforms: functions of a program that change the properties and options of its resources and functions.

First those of the resource itself are called, then those of its parents, and last those of the stack.
Source: RegisterResource and Invoke in pulumi/pkg/resource/deploy/source_eval.go.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2

from embedded_pulumi.wire import signatures
from embedded_pulumi.wire.callbacks import Callbacks

_OPTIONS = {
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "version": "version",
    "provider": "provider",
    "providers": "providers",
    "custom_timeouts": "customTimeouts",
    "plugin_download_url": "pluginDownloadURL",
    "plugin_checksums": "pluginChecksums",
    "deleted_with": "deletedWith",
    "replace_with": "replace_with",
    "replacement_trigger": "replacement_trigger",
    "additional_secret_outputs": "additionalSecretOutputs",
    "hooks": "hooks",
    "hide_diff": "hideDiffs",
    "import": "importId",
    "aliases": "aliases",
    "protect": "protect",
    "retain_on_delete": "retainOnDelete",
    "delete_before_replace": "deleteBeforeReplace",
    "depends_on": "dependencies",
}
"""Field of TransformResourceOptions to that of RegisterResourceRequest."""


class Transforms:
    """The transforms of a program. Safe to call from many threads.

    Args:
        callbacks: Calls them.
    """

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._of_stack: list[Any] = []
        self._of_invokes: list[Any] = []
        self._of_resource: dict[str, list[Any]] = {}
        self._parents: dict[str, str] = {}

    def add_to_stack(self, callback: Any) -> None:
        """Transform every resource from now on."""
        with self._lock:
            self._of_stack.append(callback)

    def add_to_invokes(self, callback: Any) -> None:
        """Transform every call of a function from now on."""
        with self._lock:
            self._of_invokes.append(callback)

    def register(self, request: Any, urn: str) -> Any:
        """The RegisterResourceRequest for a URN as the transforms want it.

        Raises:
            CallbackFailed: a transform failed.
        """
        with self._lock:
            self._of_resource[urn] = list(request.transforms)
            self._parents[urn] = request.parent
            chosen = [*self._of_resource_and_its_parents(urn), *self._of_stack]
        if not chosen:
            return request
        properties, options = _with_dependencies(request), _options_of(request)
        for callback in chosen:
            asked = resource_pb2.TransformRequest(
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                properties=properties,
                options=options,
            )
            answer = self._callbacks.call(callback, asked, resource_pb2.TransformResponse)
            properties = answer.properties if answer.HasField("properties") else properties
            options = answer.options if answer.HasField("options") else options
        return _transformed(request, properties, options)

    def _of_resource_and_its_parents(self, urn: str) -> Iterator[Any]:
        while urn:
            yield from self._of_resource.get(urn, ())
            urn = self._parents.get(urn, "")

    def invoke(self, request: Any) -> Any:
        """The ResourceInvokeRequest as the transforms want it; raises as `register`."""
        with self._lock:
            chosen = list(self._of_invokes)
        if not chosen:
            return request
        changed = resource_pb2.ResourceInvokeRequest()
        changed.CopyFrom(request)
        for callback in chosen:
            options = resource_pb2.TransformInvokeOptions(
                provider=changed.provider,
                plugin_download_url=changed.pluginDownloadURL,
                version=changed.version,
                plugin_checksums=changed.pluginChecksums,
            )
            asked = resource_pb2.TransformInvokeRequest(token=changed.tok, args=changed.args, options=options)
            answer = self._callbacks.call(callback, asked, resource_pb2.TransformInvokeResponse)
            if answer.HasField("args"):
                changed.args.CopyFrom(answer.args)
            if answer.HasField("options"):
                changed.provider = answer.options.provider
                changed.pluginDownloadURL = answer.options.plugin_download_url
                changed.version = answer.options.version
        return changed


def _with_dependencies(request: Any) -> Any:
    """The properties, in which a value that comes from other resources is an output that names them."""
    properties = struct_pb2.Struct()
    properties.CopyFrom(request.object)
    for name, needs in request.propertyDependencies.items():
        value = properties.fields.get(name)
        if value is None or not set(needs.urns) - set(_dependencies(value)):
            continue
        output: dict[str, Any] = {signatures.KEY: signatures.OUTPUT, "dependencies": sorted(needs.urns)}
        marked = struct_pb2.Struct()
        marked.update(output)
        if value.string_value not in signatures.UNKNOWNS:
            secret = value.struct_value.fields.get(signatures.KEY)
            if secret is not None and secret.string_value == signatures.SECRET:
                marked["secret"] = True
                value = value.struct_value.fields["value"]
            marked.fields["value"].CopyFrom(value)
        properties.fields[name].struct_value.CopyFrom(marked)
    return properties


def _dependencies(value: Any) -> Iterator[str]:
    """The URNs that the outputs in a value name."""
    if value.HasField("struct_value"):
        fields = value.struct_value.fields
        if (
            fields.get(signatures.KEY, struct_pb2.Value()).string_value == signatures.OUTPUT
            and "dependencies" in fields
        ):
            yield from (each.string_value for each in fields["dependencies"].list_value.values)
        for each in fields.values():
            yield from _dependencies(each)
    elif value.HasField("list_value"):
        for each in value.list_value.values:
            yield from _dependencies(each)


def _options_of(request: Any) -> Any:
    options = resource_pb2.TransformResourceOptions()
    for name, field in _OPTIONS.items():
        _copy(request, field, options, name)
    if not (request.deleteBeforeReplaceDefined or request.deleteBeforeReplace):
        options.ClearField("delete_before_replace")
    for urn in request.aliasURNs:
        options.aliases.add(urn=urn)
    return options


def _transformed(request: Any, properties: Any, options: Any) -> Any:
    changed: Any = resource_pb2.RegisterResourceRequest()
    changed.CopyFrom(request)
    changed.ClearField("transforms")
    changed.ClearField("aliasURNs")
    changed.object.CopyFrom(properties)
    for name, field in _OPTIONS.items():
        changed.ClearField(field)
        _copy(options, name, changed, field)
    changed.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    before = {name: set(each.urns) for name, each in request.propertyDependencies.items()}
    changed.ClearField("propertyDependencies")
    for name, value in properties.fields.items():
        # Python's SDK sends no outputs back. A property that is new may have its value from any other.
        needs = set(_dependencies(value)) or before.get(name, set().union(*before.values()))
        changed.propertyDependencies[name].urns.extend(sorted(needs))
        changed.dependencies.extend(urn for urn in sorted(needs) if urn not in changed.dependencies)
    return changed


def _copy(source: Any, name: str, target: Any, field: str) -> None:
    """Copy one field between messages, unless it is not set."""
    descriptor = source.DESCRIPTOR.fields_by_name[name]
    value = getattr(source, name)
    if descriptor.is_repeated:
        getattr(target, field).MergeFrom(value)
    elif descriptor.message_type is not None:
        if source.HasField(name):
            getattr(target, field).CopyFrom(value)
    elif not descriptor.has_presence or source.HasField(name):
        setattr(target, field, value)
