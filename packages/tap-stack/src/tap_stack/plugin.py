"""TAP's components as a Pulumi package, for programs in any of Pulumi's languages.

Pulumi infers the package's schema from the components' annotations (`pulumi.provider.experimental`). It wants them as
types and not as texts, and knows no literals, so they are put that way first.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, ForwardRef, Literal, NotRequired, Required, get_args, get_origin

import pulumi
from pulumi.provider.experimental import component_provider_host

from tap_stack.components.healer import Healer, HealerArgs
from tap_stack.config.args import TapStackArgs
from tap_stack.stack import TapStack

NAME = "tap"
ARGUMENTS: Mapping[type[pulumi.ComponentResource], Any] = {TapStack: TapStackArgs, Healer: HealerArgs}


def serve() -> None:
    """Serve the components to the engine that has started this process."""
    component_provider_host(components=components(), name=NAME, version=version("tap-stack"))


def components() -> list[type[pulumi.ComponentResource]]:
    """The components, as Pulumi's analyzer can read them."""
    for component, args in ARGUMENTS.items():
        vars(component)["__init__"].__annotations__["args"] = args
        for each in (args, *component.__mro__):
            if each.__module__.startswith("tap_stack."):
                _resolve(each)
    return list(ARGUMENTS)


def _resolve(owner: Any) -> None:
    """Put types in the place of annotations that are texts.

    Not by `typing.get_type_hints`: it would also resolve what Pulumi's own types refer to, in our modules.
    """
    known = {**vars(sys.modules[owner.__module__]), "pulumi": pulumi}
    told = vars(owner).get("__annotations__", {})
    owner.__annotations__ = {name: _plain(_evaluated(each, known)) for name, each in told.items()}


def _evaluated(annotation: Any, known: dict[str, Any]) -> Any:
    text = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    return eval(text, known) if isinstance(text, str) else text  # noqa: S307 - an annotation of ours


def _plain(annotation: Any) -> Any:
    """An annotation without literals: Pulumi's schemas have enumerations, which are types of their own."""
    origin = get_origin(annotation)
    if origin in {Required, NotRequired}:
        return origin[_plain(get_args(annotation)[0])]
    return str if origin is Literal else annotation
