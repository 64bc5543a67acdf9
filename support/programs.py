"""Programs as they are recorded, and what is needed to change one thing of a recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from pulumi_guardrails.model import Program, Reference, Resource, references_in
from pulumi_guardrails.recording.run import record
from pulumi_guardrails.recording.subject import Subject

TODAY = "2026-11-23"

Change = Callable[[Program], Program]
Place = tuple[Resource, tuple[Any, ...]]


def recorded(program: Callable[[], object], subject: Subject) -> Program:
    """What a program registers. In a thread of its own: Pulumi notes the whole call stack with each resource, and that
    of a test is deep.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(record, program, subject).result()


def one(program: Program, type_: str, name: str = "") -> Resource:
    """The only resource of a type, or the one of that name: `private-a` is `tap-private-a-dev`."""
    found = [each for each in program.of(type_) if not name or each.name in (name, f"tap-{name}-dev")]
    assert len(found) == 1, [each.name for each in program.of(type_)]
    return found[0]


def put(type_: str, name: str, *path: Any) -> Change:
    """Set an input to the last of `path`, at the rest of it."""
    *steps, value = path

    def change(program: Program) -> Program:
        resource = one(program, type_, name)
        made = value(program) if callable(value) else value
        return program.replaced(with_input(resource, steps, made))

    return change


def cut(type_: str, name: str, property_: str) -> Change:
    """Leave an input out."""

    def change(program: Program) -> Program:
        resource = one(program, type_, name)
        inputs = {key: value for key, value in resource.inputs.items() if key != property_}
        references = {key: urns for key, urns in resource.references.items() if key != property_}
        return program.replaced(replace(resource, inputs=inputs, references=references))

    return change


def drop(type_: str, name: str = "") -> Change:
    """Leave a resource out, and every reference to it."""

    def change(program: Program) -> Program:
        gone = one(program, type_, name).urn
        return replace(program, resources=tuple(each for each in program.resources if each.urn != gone))

    return change


def add(type_: str, name: str, /, **inputs: Any) -> Change:
    """Register one more resource; an input may be a function that is given the program."""

    def change(program: Program) -> Program:
        urn = f"urn:pulumi:check::tap::{type_}::{name}"
        resource = Resource(urn, type_, name)
        for key, value in inputs.items():
            resource = with_input(resource, [key], value(program) if callable(value) else value)
        return replace(program, resources=(*program.resources, resource))

    return change


def edit(type_: str, name: str, statement: str, property_: str = "policy", /, **fields: Any) -> Change:
    """Change fields of the statement with that Sid; a field that is None is left out, as is the statement if `drop`."""

    def change(program: Program) -> Program:
        resource = one(program, type_, name)
        document = json.loads(resource.inputs[property_])
        statements = {each["Sid"]: each for each in document["Statement"]}
        statements[statement] = {
            key: value for key, value in {**statements.get(statement, {}), **fields}.items() if value is not None
        }
        if fields.get("drop"):
            del statements[statement]
        text = json.dumps({**document, "Statement": list(statements.values())})
        return program.replaced(replace(resource, inputs={**resource.inputs, property_: text}))

    return change


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(program: Program) -> Program:
        for each in changes:
            program = each(program)
        return program

    return change


def ref(type_: str, name: str = "", output: str = "id") -> Callable[[Program], Reference]:
    """An output of a resource of the program."""
    return lambda program: Reference(one(program, type_, name).urn, output)


def refs(*references: Callable[[Program], Reference]) -> Callable[[Program], list[Reference]]:
    """A list of outputs."""
    return lambda program: [each(program) for each in references]


def outputs_without(*names: str) -> Change:
    """Export fewer outputs."""

    def change(program: Program) -> Program:
        stack = program.stack
        assert stack is not None
        assert stack.outputs is not None
        kept = {name: value for name, value in stack.outputs.items() if name not in names}
        return program.replaced(replace(stack, outputs=kept))

    return change


def output(name: str, value: Any) -> Change:
    """Export one more output."""

    def change(program: Program) -> Program:
        stack = program.stack
        assert stack is not None
        return program.replaced(replace(stack, outputs={**(stack.outputs or {}), name: value}))

    return change


def with_input(resource: Resource, path: list[Any], value: Any) -> Resource:
    """A resource with one input changed, and its references with it."""
    top = path[0]
    before = resource.inputs.get(top)
    after = _set(before, path[1:], value)
    seen = {each.urn for each in references_in(before)}
    hidden = set(resource.references.get(top, ())) - seen if len(path) > 1 else set()
    urns = tuple(sorted({each.urn for each in references_in(after)} | hidden))
    return replace(resource, inputs={**resource.inputs, top: after}, references={**resource.references, top: urns})


def _set(value: Any, path: list[Any], new: Any) -> Any:
    if not path:
        return new
    if isinstance(path[0], int):
        return [_set(item, path[1:], new) if number == path[0] else item for number, item in enumerate(value)]
    return {**(value or {}), path[0]: _set((value or {}).get(path[0]), path[1:], new)}


def places(program: Program) -> list[Place]:
    """Every input of every resource, and everything within one."""
    return [(resource, path) for resource in program.resources for path in _paths(resource.inputs)]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from _paths(item, (*path, key))
