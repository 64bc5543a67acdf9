"""What a resource, or a function, answers with: read off the classes of the SDK that the program has imported."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import pulumi

from embedded_pulumi.sdk import class_named, is_optional, properties_of
from embedded_pulumi.values import UNKNOWN

Make: TypeAlias = Callable[[str, type], Any]
"""Makes a value up, given the output's name, with its path, and whether it is `str`, `int`, `float` or `bool`."""

_SCALARS = (str, int, float, bool)

_BOOLEANS = {"true": True, "false": False}

_ITEMS = 3
"""How many items a list of texts or numbers in a function's result has. AWS has three zones in most regions, and a
program that takes the second id of such a list finds one."""


def outputs_of(type_: str, inputs: Mapping[str, Any], make: Make) -> dict[str, Any]:
    """All outputs of a resource: its inputs as they are, and what the cloud would add.

    A text, number or boolean is made up. Nobody can say before the deployment how long a list is, or which keys an
    object has: these are unknown, as in a preview. An output that is optional and was not set is left out: what an SDK
    calls optional is not computed.

    Args:
        type_: The type token.
        inputs: The inputs, by camelCase name.
        make: Makes a value.
    """
    resource = _class_of(type_)
    hints = {} if resource is None else properties_of(resource)
    computed = {name: hint for name, hint in hints.items() if name not in inputs and not is_optional(hint)}
    return {**{name: _scalar(name, hint, make) for name, hint in computed.items()}, **inputs}


def _scalar(name: str, hint: Any, make: Make) -> Any:
    if hint in _SCALARS:
        return make(name, hint)
    composite = isinstance(hint, type) or typing.get_origin(hint) in (list, Sequence, dict, Mapping)
    return UNKNOWN if composite else make(name, str)


def result_of(token: str, args: Mapping[str, Any], make: Make) -> dict[str, Any] | None:
    """All of a function's result, made up around its arguments; None if the SDK's class for it cannot be found."""
    result = _result_class(token)
    if result is None:
        return None
    made = {name: _made(name, hint, make) for name, hint in properties_of(result).items() if name not in args}
    return {**made, **args}


def as_declared(token: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """A function's result with the types that the SDK declares, and checks.

    A program may give `"true"` for an argument that is a boolean; the real provider gives it back as a boolean.
    """
    declared = _result_class(token)
    hints = {} if declared is None else properties_of(declared)
    return {name: _converted(value, hints.get(name)) for name, value in result.items()}


def _converted(value: Any, hint: Any) -> Any:
    if is_optional(hint):
        hint = typing.get_args(hint)[0]
    if isinstance(value, str) and hint is bool and value in _BOOLEANS:
        return _BOOLEANS[value]
    if isinstance(value, str) and hint in (int, float) and value.isdigit():
        return int(value)
    if isinstance(value, bool | int | float) and hint is str:
        return str(value).lower()
    return value


@cache
def _result_class(token: str) -> type | None:
    """`GetVpcResult` of `pulumi_aws.ec2.get_vpc`, for `aws:ec2/getVpc:getVpc`."""
    name = token.rpartition(":")[2]
    return class_named(token, f"{name[0].upper()}{name[1:]}Result")


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


def _made(name: str, hint: Any, make: Make, within: tuple[type, ...] = ()) -> Any:
    """A value of a type, with all that it may have; None for an object within an object of its own type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_optional(hint):
        return _made(name, arguments[0], make, within)
    if origin in (list, Sequence):
        count = _ITEMS if arguments[0] in _SCALARS else 1
        items = [_made(f"{name}[{number}]", arguments[0], make, within) for number in range(count)]
        return [item for item in items if item is not None]
    if origin in (dict, Mapping):
        return {}
    if hint in within:
        return None
    if isinstance(hint, type) and hint not in _SCALARS:
        return {key: _made(f"{name}.{key}", inner, make, (*within, hint)) for key, inner in properties_of(hint).items()}
    return make(name, hint if hint in _SCALARS else str)
