"""A recorded program as JSON and back: it is recorded in one process and judged in another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from embedded_pulumi.values import UNKNOWN, Archive, Asset
from pulumi_guardrails.model import Options, Plain, Program, Reference, Resource

_TAG = "$"


def program_to_json(program: Program) -> dict[str, Any]:
    """The program as JSON data."""
    return {
        "resources": [_resource_to_json(resource) for resource in program.resources],
        "invokes": None if program.invokes is None else sorted(program.invokes),
        "region": program.region,
        "read": [list(each) for each in program.read],
    }


def program_from_json(data: Mapping[str, Any]) -> Program:
    """The program in JSON data."""
    invokes = data["invokes"]
    return Program(
        resources=tuple(_resource_from_json(item) for item in data["resources"]),
        invokes=None if invokes is None else frozenset(invokes),
        region=data["region"],
        read=tuple((type_, name) for type_, name in data["read"]),
    )


def _resource_to_json(resource: Resource) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "inputs": _to_json(dict(resource.inputs)),
        "parent": resource.parent,
        "custom": resource.custom,
        "options": asdict(resource.options),
        "references": {name: list(urns) for name, urns in resource.references.items()},
        "outputs": None if resource.outputs is None else _to_json(dict(resource.outputs)),
        "remote": resource.remote,
    }


def _resource_from_json(data: Mapping[str, Any]) -> Resource:
    options: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data["options"].items()
    }
    return Resource(
        urn=data["urn"],
        type=data["type"],
        name=data["name"],
        inputs=_from_json(data["inputs"]),
        parent=data["parent"],
        custom=data["custom"],
        options=Options(**options),
        references={name: tuple(urns) for name, urns in data["references"].items()},
        outputs=None if data["outputs"] is None else _from_json(data["outputs"]),
        remote=data["remote"],
    )


def _to_json(value: Plain) -> Any:
    if isinstance(value, Mapping):
        return {name: _to_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    if isinstance(value, Reference):
        return {_TAG: "reference", "urn": value.urn, "output": value.output}
    if isinstance(value, Asset):
        return {_TAG: "asset", "text": value.text, "path": value.path}
    if isinstance(value, Archive):
        return {_TAG: "archive", "assets": _to_json(value.assets), "path": value.path}
    return {_TAG: "unknown"} if value is UNKNOWN else value


_TAGGED: Mapping[str, Callable[[Mapping[str, Any]], Plain]] = {
    "reference": lambda data: Reference(data["urn"], data["output"]),
    "asset": lambda data: Asset(text=data["text"], path=data["path"]),
    "archive": lambda data: Archive(assets=_from_json(data["assets"]), path=data["path"]),
    "unknown": lambda _: UNKNOWN,
}


def _from_json(data: Any) -> Plain:
    if isinstance(data, list):
        return [_from_json(item) for item in data]
    if not isinstance(data, Mapping):
        return data
    if data.get(_TAG) in _TAGGED:
        return _TAGGED[data[_TAG]](data)
    return {name: _from_json(item) for name, item in data.items()}
