"""Pulumi.yaml: where the program is, and the configuration that the project declares.

Source: pulumi/sdk/go/common/workspace/project.go and pulumi/pkg/workspace/config.go, as of 2026-08-21.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_pulumi.engine import yaml_file
from embedded_pulumi.errors import UserError

FILE = "Pulumi.yaml"

_TYPES = ("string", "integer", "boolean", "array", "object")
_DECLARATION = ("type", "items", "description", "default", "value", "secret")


@dataclass(frozen=True)
class DeclaredKey:
    """A configuration key that a project declares.

    Attributes:
        type: `string`, `integer`, `boolean`, `array` or `object`; empty if any value will do.
        items: For an array, the declaration of its items.
        default: The value where the stack has none; None if the stack must have one.
        secret: Whether the stack must keep it encrypted.
    """

    type: str = ""
    items: Mapping[str, Any] | None = None
    default: Any = None
    secret: bool = False

    @property
    def type_in_words(self) -> str:
        """The type, such as `integer` or `array<string>`."""
        return _type_in_words(self.type, self.items)

    def takes(self, value: Any) -> bool:
        """Whether a value is of the type."""
        return not self.type or _fits(self.type, self.items, value)

    def check(self, key: str, text: str) -> None:
        """Look at the value of a key, as a program gets it. Raises UserError: it is not of the type."""
        if not self.takes(_content(text, self.type)):
            raise UserError(f"{key} must be of type '{self.type_in_words}', as {FILE} declares it")


@dataclass(frozen=True)
class Project:
    """A project: its program, and the configuration that it declares.

    Attributes:
        root: The folder of Pulumi.yaml, or the folder of the program if there is no Pulumi.yaml.
        program: A Python file, a folder with a `__main__.py`, or the Pulumi.yaml of a program in YAML.
        keys: Full configuration key to its declaration.
    """

    root: Path
    program: Path
    keys: Mapping[str, DeclaredKey] = field(default_factory=dict)

    @property
    def working_directory(self) -> Path:
        """Where the program runs: its own folder."""
        return self.program if self.program.is_dir() else self.program.parent

    def complete(self, config: Mapping[str, str], stack: str) -> dict[str, str]:
        """The configuration of a stack; a key that is not set has its declared default.

        Raises:
            UserError: a required key is missing, or a value is not of the declared type.
        """
        missing = [key for key, declared in self.keys.items() if key not in config and declared.default is None]
        if missing:
            raise UserError(
                f"{', '.join(sorted(missing))} must be set in the stack {stack!r}: {FILE} declares it without a default"
            )
        for key, declared in self.keys.items():
            if key in config:
                declared.check(key, config[key])
        defaults = {key: yaml_file.text_of(each.default) for key, each in self.keys.items() if each.default is not None}
        return {**defaults, **config}


def _content(text: str, type_: str) -> Any:
    """A configuration value as its type is judged: objects and arrays are JSON."""
    if type_ not in ("array", "object"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


@dataclass(frozen=True)
class ProjectFile:
    """What Pulumi.yaml says.

    Attributes:
        path: The file.
        name: The project's name.
        main: The program's folder or file, from the folder of the file.
        stack_folder: Where the stacks' files are, from the folder of the file.
        virtualenv: The virtual environment of the program, from the folder of the file; empty if it has none.
        in_yaml: Whether the file itself is the program.
        keys: Full configuration key to its declaration.
    """

    path: Path
    name: str
    main: str
    stack_folder: str
    virtualenv: str
    in_yaml: bool
    keys: Mapping[str, DeclaredKey]


def read_project_file(folder: Path) -> ProjectFile:
    """Read the Pulumi.yaml in a folder.

    Raises:
        UserError: it cannot be read, or says what the CLI would refuse; or it is for another runtime.
    """
    path = folder / FILE
    data = yaml_file.load(path) or {}
    if not isinstance(data, dict):
        raise UserError(f"{path} must be a mapping, not {data!r}")
    name, config = data.get("name"), data.get("config") or {}
    if not isinstance(name, str) or not name:
        raise UserError(f"{path} does not say the project's name")
    runtime = data.get("runtime", "python")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language not in ("python", "yaml"):
        raise UserError(f"{path}: runtime {language!r} is not supported; accepted: python, yaml")
    stack_folder = data.get("stackConfigDir") or ""
    if isinstance(config, str):  # what `stackConfigDir` was called before
        if stack_folder:
            raise UserError(f"{path}: `config` and `stackConfigDir` both name a folder; accepted: stackConfigDir")
        stack_folder, config = config, {}
    if not isinstance(config, dict):
        raise UserError(f"{path}: `config` must be a mapping, not {config!r}")
    keys = {full_key(key, name, path): _declared(path, name, key, value) for key, value in config.items()}
    options = (runtime.get("options") if isinstance(runtime, dict) else None) or {}
    virtualenv = options.get("virtualenv") or "" if isinstance(options, dict) else ""
    main, in_yaml = str(data.get("main") or "."), language == "yaml"
    return ProjectFile(path, name, main, str(stack_folder), str(virtualenv), in_yaml, keys)


def full_key(key: str, project: str, path: Path) -> str:
    """A configuration key with its namespace; without one it is the project's own.

    Raises:
        UserError: it is no key.
    """
    namespace, separator, name = key.partition(":")
    if not separator:
        return f"{project}:{key}"
    name = name.removeprefix("config:")  # an old form
    if ":" in name or not name:
        raise UserError(f"{path}: {key!r} is no configuration key; accepted: <namespace>:<name>")
    return f"{namespace}:{name}"


def _declared(path: Path, project: str, key: str, given: Any) -> DeclaredKey:
    own = ":" not in key or key.startswith(f"{project}:")
    if not isinstance(given, dict):
        given = {"default" if own else "value": given} if given is not None else {}
    unknown = sorted(given.keys() - set(_DECLARATION))
    if unknown:
        raise UserError(f"{path}: {key}: unknown attribute {unknown[0]!r}; accepted: {', '.join(_DECLARATION)}")
    type_, items, default, value = (given.get(name) for name in ("type", "items", "default", "value"))
    if default is not None and value is not None:
        raise UserError(f"{path}: {key} cannot have both a default and a value")
    if not own:
        _check_foreign(path, key, given)
    if type_ is not None and type_ not in _TYPES:
        raise UserError(f"{path}: {key}: type {type_!r} is not known; accepted: {', '.join(_TYPES)}")
    if type_ == "array" and not isinstance(items, dict):
        raise UserError(f"{path}: {key} is an array, and must say the type of its items: items: {{type: string}}")
    declared = DeclaredKey(type_ or "", items, value if default is None else default, bool(given.get("secret")))
    if default is not None and not declared.takes(default):
        raise UserError(f"{path}: the default of {key} is not of type '{declared.type_in_words}'")
    return declared


def _check_foreign(path: Path, key: str, given: Mapping[str, Any]) -> None:
    """A key of another namespace, such as `aws:region`, may have a value and nothing else."""
    for name in ("type", "default"):
        if given.get(name) is not None:
            raise UserError(f"{path}: {key} is not the project's own key, and cannot have a {name}; accepted: value")
    if given.get("value") is None:
        raise UserError(f"{path}: {key} is not the project's own key, and must have a value")


def _type_in_words(type_: str, items: Mapping[str, Any] | None) -> str:
    return f"array<{_type_in_words(str(items.get('type')), items.get('items'))}>" if items else type_


def _fits(type_: str, items: Mapping[str, Any] | None, value: Any) -> bool:
    """Whether a value is of a type. Source: ValidateConfigValue in project.go."""
    match type_:
        case "string":
            return isinstance(value, str)
        case "integer":
            if isinstance(value, str):
                return re.fullmatch(r"[+-]?\d+", value) is not None
            return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
        case _:
            within = items or {}
            return isinstance(value, list) and all(
                _fits(str(within.get("type")), within.get("items"), item) for item in value
            )


def open_project(path: Path, name: str) -> Project:
    """The project at a path.

    Args:
        path: A folder, with or without Pulumi.yaml, or a Python file.
        name: The project's name, the namespace of keys that Pulumi.yaml declares without one.

    Raises:
        UserError: there is no program, or Pulumi.yaml is not in order.
    """
    path = path.resolve()
    if path.is_file():
        return Project(path.parent, path)
    if not (path / FILE).is_file():
        return Project(path, _existing(path))
    file = read_project_file(path)
    keys = {key.replace(f"{file.name}:", f"{name}:", 1): each for key, each in file.keys.items()}
    return Project(root=path, program=path / FILE if file.in_yaml else _existing(path / file.main), keys=keys)


def _existing(program: Path) -> Path:
    program = program.resolve()
    entry = program / "__main__.py" if program.is_dir() else program
    if not entry.is_file():
        raise UserError(f"there is no Pulumi program: {entry} does not exist")
    return program


def virtual_environment(path: Path) -> Path | None:
    """The virtual environment that the Pulumi.yaml of the project at a path names; None if it names none.

    Raises:
        UserError: Pulumi.yaml is not in order.
    """
    if not (path / FILE).is_file():
        return None
    named = read_project_file(path).virtualenv
    return (path / named).resolve() if named else None
