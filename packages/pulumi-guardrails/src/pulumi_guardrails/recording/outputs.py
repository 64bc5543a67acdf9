"""What a resource, or a function, answers with: read off the classes of the SDK that the program has imported."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

import pulumi

Make: TypeAlias = Callable[[str, type], Any]
"""Makes a value up, given the output's name, with its path, and whether it is `str`, `int`, `float` or `bool`."""


def outputs_of(type_: str, inputs: Mapping[str, Any], make: Make) -> dict[str, Any]:
    """All outputs of a resource: its inputs as they are, and what the cloud would add made up.

    An output that is optional and was not set is left out: what an SDK calls optional is not computed.

    Args:
        type_: The type token.
        inputs: The inputs, by camelCase name.
        make: Makes a value.
    """
    resource = _class_of(type_)
    computed = {} if resource is None else _properties(resource)
    made = {name: _made(name, hint, make) for name, hint in computed.items() if name not in inputs}
    return {**{name: value for name, value in made.items() if value is not None}, **inputs}


def result_of(token: str, args: Mapping[str, Any], make: Make) -> dict[str, Any] | None:
    """All of a function's result, made up around its arguments; None if the SDK's class for it cannot be found."""
    result = _result_class(token)
    if result is None:
        return None
    made = {name: _made(name, hint, make) for name, hint in _properties(result).items() if name not in args}
    return {**made, **args}


@cache
def _result_class(token: str) -> type | None:
    """`GetVpcResult` of `pulumi_aws.ec2.get_vpc`, for `aws:ec2/getVpc:getVpc`."""
    package, path, name = token.split(":")
    folder = path.split("/")[0]
    module = f"pulumi_{package}" if folder == "index" else f"pulumi_{package}.{folder.rstrip('_')}"
    wanted = f"{name[0].upper()}{name[1:]}Result"
    for candidate in (module, f"{module}_"):
        try:
            found = getattr(import_module(candidate), wanted, None)
        except ModuleNotFoundError:
            continue
        if isinstance(found, type):
            return found
    return None


def _class_of(type_: str) -> type | None:
    """The resource class with a type token, of those that have been defined by now: the program uses it."""
    return next(
        (found for found in _subclasses(pulumi.CustomResource) if found.__dict__.get("pulumi_type") == type_), None
    )


def _subclasses(parent: type) -> Iterator[type]:
    children: list[type] = parent.__subclasses__()
    for child in children:
        yield child
        yield from _subclasses(child)


@cache
def _properties(owner: type) -> dict[str, Any]:
    """The output properties of a class by their camelCase name, and their types."""
    found = {}
    for attribute in dir(owner):
        getter = getattr(getattr(owner, attribute, None), "fget", None)
        name = getattr(getter, "_pulumi_name", None)
        if getter is not None and name is not None:
            found[name] = _unwrapped(typing.get_type_hints(getter).get("return"))
    return found


def _unwrapped(hint: Any) -> Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) is pulumi.Output else hint


def _made(name: str, hint: Any, make: Make) -> Any:
    """A value of a type; None for what may be absent."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if type(None) in arguments:
        return None
    if origin in (list, Sequence):
        return [_made(f"{name}[0]", arguments[0], make)]
    if origin in (dict, Mapping):
        return {}
    if hint in (str, int, float, bool):
        return make(name, hint)
    if isinstance(hint, type):
        nested = {key: _made(f"{name}.{key}", inner, make) for key, inner in _properties(hint).items()}
        return {key: value for key, value in nested.items() if value is not None} or None
    return make(name, str)
