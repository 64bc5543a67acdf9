"""The changes of a step, property by property: a pure function of the engine's event.

It looks into archives, and into documents that are written as a string (a policy, a configuration file), so that a
change shows where it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.engine.events import StepFailed, StepFinished, StepStarted
from embedded_pulumi.engine.properties import compare
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import STACK_TYPE
from embedded_pulumi.paths import PathError, parse
from embedded_pulumi.provider import DiffKind
from embedded_pulumi.values import Archive, Properties, Secret, Value
from tap_cli.display.values import ABSENT

Told = StepStarted | StepFinished | StepFailed


@dataclass(frozen=True)
class PropertyChange:
    """One property that changes.

    Attributes:
        path: Such as `tags.Name`; within a document, the path in it comes after a `»`.
        old: What it was; `ABSENT` if it was not there.
        new: What it will be; `ABSENT` if it will not be there.
        replaces: It cannot be changed in place.
    """

    path: str
    kind: DiffKind
    old: Value
    new: Value
    replaces: bool

    @property
    def sign(self) -> str:
        """`+`, `-` or `~`."""
        return {"add": "+", "delete": "-", "update": "~"}[self.kind.value.removesuffix("-replace")]


def changes(step: Told) -> list[PropertyChange]:
    """The properties that a step changes, in the provider's order; none for what is created or deleted whole."""
    if step.old is None or step.new is None:
        return []
    return [found for path, kind in step.diff.items() for found in _change(path, kind, step.old, step.new)]


def output_changes(old: Properties, new: Properties) -> list[PropertyChange]:
    """The outputs of a stack that change."""
    found = []
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name, ABSENT), new.get(name, ABSENT)
        if before != after:
            kind = DiffKind.ADD if before is ABSENT else DiffKind.DELETE if after is ABSENT else DiffKind.UPDATE
            found.append(PropertyChange(name, kind, before, after, replaces=False))
    return found


def _change(path: str, kind: DiffKind, old: ResourceState, new: ResourceState) -> Iterator[PropertyChange]:
    before, after = _find(path, old), _find(path, new)
    if before == after and before is not ABSENT:
        # The program says what it said: it is AWS that has something else, which the old outputs tell.
        found = _at(path, old.outputs)
        if found is ABSENT or found == after:
            return
        before = found
    replaces = kind.replaces
    olds, news = _document(before), _document(after)
    inner = {} if olds is None or news is None else compare(olds, news)
    if olds is None or news is None or not inner:  # no documents, or the same ones
        yield PropertyChange(path, kind, before, after, replaces)
        return
    for where, inner_kind in inner.items():
        yield PropertyChange(f"{path} » {where}", inner_kind, _at(where, olds), _at(where, news), replaces)


def _find(path: str, state: ResourceState) -> Value:
    """What a resource has at a path: among its inputs, else among its outputs, where defaults are."""
    found = _at(path, state.inputs)
    return _at(path, state.outputs) if found is ABSENT else found


def _at(path: str, properties: Properties) -> Value:
    try:
        steps = parse(path)
    except PathError:
        return properties.get(path, ABSENT)
    value: Value = properties
    secret = False
    for step in steps:
        if isinstance(value, Secret):
            value, secret = value.value, True
        if isinstance(value, dict):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return ABSENT
    return Secret(value) if secret and value is not ABSENT else value


def _document(value: Value) -> Properties | None:
    """A value that can be compared part by part; None if it cannot."""
    if isinstance(value, Archive) and value.assets is not None:
        return {name: f"sha256:{each.hash[:7]}" for name, each in value.assets.items()}
    if not isinstance(value, str) or not value.startswith("{"):
        return None
    try:
        parsed: Any = json.loads(value)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def stack_outputs_before(steps: Iterable[Told]) -> Properties:
    """The stack's outputs before a deployment, as its own step has them."""
    return next((step.old.outputs for step in steps if step.type == STACK_TYPE and step.old), {})
