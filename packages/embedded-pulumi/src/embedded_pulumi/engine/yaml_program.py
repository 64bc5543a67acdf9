"""A program in Pulumi's YAML: registers what Pulumi.yaml declares, in the process and with the SDK of a Python program.

It reads resources with their options, variables, configuration, outputs, and `${…}` in any text. There is no schema, so
a type is completed by the rule of Pulumi's providers alone: `shop:Store` is `shop:index:Store`, and `aws:ec2:Vpc` is
`aws:ec2/vpc:Vpc`. What it does not know, such as `fn::invoke`, is refused by name.

Source: pulumi-yaml/pkg/pulumiyaml/{run,packages}.go and ast/{interpolation,expr}.go, as of 2026-08-03.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pulumi

from embedded_pulumi.engine import yaml_file
from embedded_pulumi.engine.component_packages import packages_of
from embedded_pulumi.engine.project import read_project_file

_MARK = re.compile(r"\$\$|\$\{([^}]*)\}|\$\{")
_PATH = re.compile(r"([^.\[\]\"]+)((?:\.[^.\[\]\"]+|\[\d+\]|\[\"[^\"]*\"\])*)")
_STEP = re.compile(r"\.([^.\[\]\"]+)|\[(\d+)\]|\[\"([^\"]*)\"\]")
_PROVIDER = "pulumi:providers:"
_RESOURCE_KEYS = ("type", "name", "properties", "options")
_OPTIONS = {
    "additionalSecretOutputs": "additional_secret_outputs",
    "deleteBeforeReplace": "delete_before_replace",
    "dependsOn": "depends_on",
    "ignoreChanges": "ignore_changes",
    "parent": "parent",
    "protect": "protect",
    "provider": "provider",
    "replaceOnChanges": "replace_on_changes",
    "retainOnDelete": "retain_on_delete",
    "version": "version",
}
"""Options of a resource, as the SDK calls them."""

_Step = str | int


def run(file: Path) -> None:
    """Register a program's resources and outputs.

    Args:
        file: Its Pulumi.yaml.

    Raises:
        RunError: The program says what cannot be.
    """
    program = _YamlProgram(file)
    for name in program.resources:
        program.named(name)
    for name, value in program.outputs.items():
        pulumi.export(name, program.evaluated(value))


class _YamlProgram:
    """What a Pulumi.yaml declares; each name gets its value when it is first asked for."""

    def __init__(self, file: Path) -> None:
        document: dict[str, Any] = yaml_file.load(file)
        for key in ("configuration", "components"):
            if key in document:
                _refuse(key, "is not supported", ("config", "resources", "variables", "outputs"))
        self.resources: dict[str, Any] = document.get("resources") or {}
        self.outputs: dict[str, Any] = document.get("outputs") or {}
        self._variables: dict[str, Any] = document.get("variables") or {}
        self._declared = read_project_file(file.parent).keys
        self._packages = {package for package, _ in packages_of(file, document)}  # what is theirs is a component
        self._values: dict[str, Any] = {"pulumi": _of_the_stack(file)}
        self._begun: list[str] = []
        self._asked = _asked_of(document)

    def named(self, name: str) -> Any:
        """The value of a variable or a configuration key, or a resource."""
        if name not in self._values:
            if name in self._begun:
                raise pulumi.RunError(f"{' -> '.join([*self._begun, name])}: each needs the next")
            self._begun.append(name)
            self._values[name] = self._first_value(name)
            self._begun.pop()
        return self._values[name]

    def _first_value(self, name: str) -> Any:
        if name in self.resources:
            return self._resource(name, self.resources[name])
        if name in self._variables:
            return self.evaluated(self._variables[name])
        full = name if ":" in name else f"{pulumi.get_project()}:{name}"
        found = pulumi.Config(full.partition(":")[0]).get(full.partition(":")[2])
        if full not in self._declared and found is None:
            names = (*self.resources, *self._variables, *(each.rpartition(":")[2] for each in self._declared))
            _refuse(f"${{{name}}}", "is not declared", names)
        declared = self._declared.get(full)
        value = _typed(found, declared.type if declared else "", declared.default if declared else None)
        return pulumi.Output.secret(value) if pulumi.runtime.is_config_secret(full) else value

    def _resource(self, name: str, said: Mapping[str, Any]) -> pulumi.Resource:
        for key in said:
            if key not in _RESOURCE_KEYS:
                _refuse(f"resources.{name}.{key}", "is not supported", _RESOURCE_KEYS)
        type_ = said.get("type")
        if not isinstance(type_, str):
            raise pulumi.RunError(f"resources.{name} has no type")
        given = self.evaluated(said.get("properties") or {})
        if not isinstance(given, dict):
            raise pulumi.RunError(f"resources.{name}.properties must be a mapping")
        options = self._options(name, said.get("options") or {})
        called = said.get("name") or name
        if type_.startswith(_PROVIDER):
            return pulumi.ProviderResource(type_.removeprefix(_PROVIDER), called, given, options)
        properties = dict.fromkeys(self._asked.get(name, ())) | given  # a property gets an output if it has a key
        if type_.partition(":")[0] in self._packages:
            return pulumi.ComponentResource(_token(name, type_), called, properties, options, remote=True)
        return pulumi.CustomResource(_token(name, type_), called, properties, options)

    def _options(self, name: str, said: Mapping[str, Any]) -> pulumi.ResourceOptions:
        found = {}
        for key, value in said.items():
            if key not in _OPTIONS:
                _refuse(f"resources.{name}.options.{key}", "is not supported", _OPTIONS)
            found[_OPTIONS[key]] = self.evaluated(value)
        return pulumi.ResourceOptions(**found)

    def evaluated(self, value: Any) -> Any:
        """A value of the program, with what its expressions stand for."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.evaluated(each) for each in value]
        if not isinstance(value, dict):
            return value
        function = next((key for key in value if isinstance(key, str) and key.startswith("fn::")), None)
        if function is None:
            return {key: self.evaluated(each) for key, each in value.items()}
        if function not in FUNCTIONS or len(value) != 1:
            _refuse(function, "is not supported", FUNCTIONS)
        return pulumi.Output.from_input(self.evaluated(value[function])).apply(FUNCTIONS[function])

    def _text(self, text: str) -> Any:
        """A text: what its only expression stands for, or the texts of all within it."""
        parts, end = [], 0
        for mark in _MARK.finditer(text):
            if mark[0] == "${":
                raise pulumi.RunError(f"{text!r}: there is no }} after ${{")
            literal = "$" if mark[0] == "$$" else ""
            parts += [text[end : mark.start()] + literal, *([] if literal else [self._expression(mark[1])])]
            end = mark.end()
        parts = [each for each in [*parts, text[end:]] if each != ""]
        if len(parts) == 1:
            return parts[0]
        if any(isinstance(each, pulumi.Output) for each in parts):
            return pulumi.Output.all(*parts).apply(lambda values: "".join(map(_as_text, values)))
        return "".join(map(_as_text, parts))

    def _expression(self, expression: str) -> Any:
        root, steps = _path(expression)
        value = self.named(root)
        if isinstance(value, pulumi.Resource) and steps:
            value = getattr(value, str(steps[0])) if steps[0] in ("id", "urn") else vars(value)[str(steps[0])]
            steps = steps[1:]
        for step in steps:
            value = _within(value, step, expression)
        return value


def _asked_of(value: Any) -> dict[str, set[str]]:
    """The properties that expressions anywhere in a program ask of each name."""
    found: dict[str, set[str]] = {}
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            left += each.values()
        elif isinstance(each, list):
            left += each
        elif isinstance(each, str):
            for expression in (mark[1] for mark in _MARK.finditer(each) if mark[1]):
                root, steps = _path(expression)
                found.setdefault(root, set()).update(str(step) for step in steps[:1] if step not in ("id", "urn"))
    return found


def _path(expression: str) -> tuple[str, list[_Step]]:
    """The name that an expression begins with, and the steps from there."""
    found = _PATH.fullmatch(expression.strip())
    if found is None:
        accepted = 'a name, and behind it .property, [0] or ["key"]'
        raise pulumi.RunError(f"${{{expression}}} is not accepted; accepted: {accepted}")
    return found[1], [int(step[2]) if step[2] else step[1] or step[3] for step in _STEP.finditer(found[2])]


def _within(value: Any, step: _Step, expression: str) -> Any:
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: _within(known, step, expression))
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        raise pulumi.RunError(f"${{{expression}}}: there is no {step!r}") from None


def _as_text(value: Any) -> str:
    """A value within a text, as Pulumi's YAML writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() else str(value)
    raise pulumi.RunError(f"{value!r} cannot be a part of a text; accepted: texts, numbers and truths")


def _typed(found: str | None, type_: str, default: Any) -> Any:
    """A configuration value of a type; without one, that of its default."""
    if found is None:
        return default
    if type_ == "string" or (not type_ and not isinstance(default, bool | int | float | list | dict)):
        return found
    return json.loads(found)


def _token(name: str, type_: str) -> str:
    """A resource's type in full."""
    parts = type_.split(":")
    match parts:
        case [package, kind]:
            return f"{package}:index:{kind}"
        case [package, module, kind] if module == "index" or "/" in module:
            return f"{package}:{module}:{kind}"
        case [package, module, kind]:
            return f"{package}:{module}/{kind[:1].lower()}{kind[1:]}:{kind}"
    raise pulumi.RunError(f"resources.{name}: type {type_!r} is not accepted; accepted: package:module:Name")


def _of_the_stack(file: Path) -> dict[str, str]:
    """What `${pulumi.…}` stands for."""
    return {
        "cwd": str(file.parent),
        "organization": pulumi.get_organization(),
        "project": pulumi.get_project(),
        "stack": pulumi.get_stack(),
    }


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "fn::join": lambda given: str(given[0]).join(map(_as_text, given[1])),
    "fn::secret": pulumi.Output.secret,
    "fn::select": lambda given: given[1][int(given[0])],
    "fn::split": lambda given: given[1].split(given[0]),
    "fn::toJSON": lambda given: json.dumps(given, separators=(",", ":")),
}
"""The functions that are supported, each with what its argument becomes."""


def _refuse(what: str, why: str, accepted: Collection[str]) -> NoReturn:
    raise pulumi.RunError(f"{what} {why}; accepted: {', '.join(accepted)}")
