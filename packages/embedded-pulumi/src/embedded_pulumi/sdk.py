"""What Pulumi's SDK says of a type: its class, and the properties that the class has."""

from __future__ import annotations

import threading
import typing
import warnings
from functools import cache
from importlib import import_module
from typing import Any

_QUIET = threading.Lock()
"""Held while warnings are silent: Python does that for all threads, and two at once undo each other's silence."""


@cache
def properties_of(owner: type) -> dict[str, Any]:
    """The output properties of a class by their camelCase name, and their types."""
    found = {}
    for attribute in dir(owner):
        getter = getattr(getattr(owner, attribute, None), "fget", None)
        name = getattr(getter, "_pulumi_name", None)
        if getter is not None and name is not None:
            found[name] = _unwrapped(typing.get_type_hints(getter).get("return"))
    return found


def _unwrapped(hint: Any) -> Any:
    # By name: whoever only needs to know of this module need not wait for Pulumi.
    wrapper = typing.get_origin(hint)
    is_output = getattr(wrapper, "__name__", "") == "Output" and str(wrapper.__module__).startswith("pulumi.")
    return typing.get_args(hint)[0] if is_output else hint


def is_optional(hint: Any) -> bool:
    """Whether a property of this type may have no value."""
    return type(None) in typing.get_args(hint)


def modules_of(token: str) -> tuple[str, str]:
    """The modules of the SDK that may have what a token names: `pulumi_aws.ec2` and, for a keyword, one with a `_`."""
    package, path, _ = token.replace("-", "_").split(":")
    folder = path.split("/")[0]
    module = f"pulumi_{package}" if folder == "index" else f"pulumi_{package}.{folder.rstrip('_')}"
    return module, f"{module}_"


def class_named(token: str, name: str) -> type | None:
    """The class of this name in the module of a token; None if there is none here."""
    for candidate in modules_of(token):
        try:
            with _QUIET, warnings.catch_warnings():  # a module warns of deprecated classes beside this one
                warnings.simplefilter("ignore", DeprecationWarning)
                found = getattr(import_module(candidate), name, None)
        except ModuleNotFoundError:
            continue
        if isinstance(found, type):
            return found
    return None
