"""Protobuf messages of the provider's answers, and the values of requests as a provider takes them.

Source: pulumi/proto/pulumi/provider.proto.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from embedded_pulumi import wire
from embedded_pulumi.provider import Autonaming, AutonamingMode, Checked, CheckFailure, Diff, DiffKind
from embedded_pulumi.values import Archive, Asset, Properties, Value
from embedded_pulumi.wire.plain import plain

_KINDS: Mapping[DiffKind, provider_pb2.PropertyDiff.Kind.ValueType] = {
    DiffKind.ADD: provider_pb2.PropertyDiff.ADD,
    DiffKind.ADD_REPLACE: provider_pb2.PropertyDiff.ADD_REPLACE,
    DiffKind.DELETE: provider_pb2.PropertyDiff.DELETE,
    DiffKind.DELETE_REPLACE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    DiffKind.UPDATE: provider_pb2.PropertyDiff.UPDATE,
    DiffKind.UPDATE_REPLACE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

_TOP = re.compile(r"[^.\[]+")
"""The property that a path such as `tags.Name` or `ingress[0].cidrBlocks` begins with."""


def properties(message: struct_pb2.Struct) -> Properties:
    """Values as a provider takes them. Secrets are unwrapped, because engines always send them to `Configure`."""
    return plain(wire.decode(message))


def type_of(request: Any) -> str:
    """The type token of a request's resource; older engines send only its URN."""
    return request.type or str(request.urn).split("::")[2].rpartition("$")[2]


def name_of(request: Any) -> str:
    """The name of a request's resource; it may contain colons."""
    return request.name or str(request.urn).split("::", 3)[3]


def autonaming(request: Any) -> Autonaming | None:
    """The name that an engine proposes in a CheckRequest; None if it proposes none."""
    if not request.HasField("autonaming"):
        return None
    mode = provider_pb2.CheckRequest.AutonamingOptions.Mode.Name(request.autonaming.mode)
    return Autonaming(AutonamingMode[mode], request.autonaming.proposed_name)


def failures(found: Iterable[CheckFailure]) -> list[Any]:
    """The failures of inputs or arguments."""
    return [provider_pb2.CheckFailure(property=each.property, reason=each.reason) for each in found]


def check_response(checked: Checked) -> Any:
    """Checked inputs."""
    return provider_pb2.CheckResponse(inputs=wire.encode(checked.inputs), failures=failures(checked.failures))


def diff_response(diff: Diff) -> Any:
    """A difference, by path and by property."""
    kinds = {path: provider_pb2.PropertyDiff(kind=_KINDS[kind]) for path, kind in diff.detailed.items()}
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if diff.changes else response.DIFF_NONE,
        diffs=_tops(diff.detailed),
        replaces=_tops(diff.replaces),
        detailedDiff=kinds,
        hasDetailedDiff=True,
        deleteBeforeReplace=diff.delete_before_replace,
        stables=diff.stables,
    )


def _tops(paths: Iterable[str]) -> list[str]:
    found = (_TOP.match(path) for path in paths)
    return sorted({match.group() for match in found if match})


def with_content(olds: Properties, news: Properties) -> Properties:
    """Old values, in which an asset with only a hash gets its content back from the new asset with the same hash.

    Otherwise the answer would hold an archive without content, which the SDK of a program cannot read.
    """
    known = {value.hash: value for value in _assets(news) if value.hash and not value.elided}
    return {name: _restored(value, known) for name, value in olds.items()}


def _assets(value: Value) -> Iterator[Asset | Archive]:
    if isinstance(value, (Asset, Archive)):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _assets(item)


def _restored(value: Value, known: Mapping[str, Asset | Archive]) -> Value:
    if isinstance(value, (Asset, Archive)) and value.elided:
        return known.get(value.hash, value)
    if isinstance(value, dict):
        return {key: _restored(item, known) for key, item in value.items()}
    return [_restored(item, known) for item in value] if isinstance(value, list) else value
