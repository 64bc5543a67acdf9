"""TAP's components as a Pulumi package, for programs in any of Pulumi's languages.

Pulumi infers the package's schema from the components' annotations (`pulumi.provider.experimental`). It wants them as
types and not as texts, and knows no literals, so they are put that way first.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, ForwardRef, Literal, NotRequired, Required, get_args, get_origin

import pulumi
from pulumi.errors import InputPropertyError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError
from pydantic.alias_generators import to_camel

from tap_stack.components.healer import Healer, HealerArgs
from tap_stack.components.network import Network
from tap_stack.config.args import FleetArgs, NetworkArgs, TapStackArgs
from tap_stack.config.model import knobs
from tap_stack.errors import ConfigError, QuestionRefused
from tap_stack.fleet import Fleet
from tap_stack.stack import TapStack

NAME = "tap"
ARGUMENTS: Mapping[type[pulumi.ComponentResource], Any] = {
    TapStack: TapStackArgs,
    Network: NetworkArgs,
    Fleet: FleetArgs,
    Healer: HealerArgs,
}


def serve() -> None:
    """Serve the components to the engine that has started this process."""
    main(package(), sys.argv[1:])


class Package(ComponentProvider):
    """The package: what a component does not accept is told as an input that is wrong, without a traceback."""

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Make a component. Raises InputPropertyError: it does not accept an argument, or AWS does not answer."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, ConfigError | QuestionRefused):
                raise InputPropertyError(getattr(error.inner, "key", name), str(error.inner)) from error
            raise


def package() -> Package:
    """The package, with the schema that Pulumi infers; descriptions without the indentation of docstrings."""
    made = Package(_components(), NAME, version=version("tap-stack"))
    schema = _flowing(json.loads(made.schema or "{}"))
    # Pulumi's analyzer reads the docstrings of a class itself, and none of the classes that it is made of.
    told = {to_camel(row.field): f"{row.description} Accepted: {row.accepted}." for row in knobs()}
    inputs = [each for component in schema["resources"].values() for each in component["inputProperties"].items()]
    told |= {name: each["description"] for name, each in inputs if "description" in each}
    for name, each in inputs:
        if name in told:
            each.setdefault("description", told[name])
    made.schema = json.dumps(schema)
    return made


def _flowing(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: inspect.cleandoc(each) if key == "description" and isinstance(each, str) else _flowing(each)
            for key, each in schema.items()
        }
    return list(map(_flowing, schema)) if isinstance(schema, list) else schema


def _components() -> list[type[pulumi.ComponentResource]]:
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
