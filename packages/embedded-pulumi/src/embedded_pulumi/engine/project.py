"""Pulumi.yaml: where the program is, and the configuration that the project declares.

Source: pulumi/sdk/go/common/workspace/project.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from embedded_pulumi.errors import UserError


@dataclass(frozen=True)
class Project:
    """A project: its program, and the configuration that it declares.

    Attributes:
        root: The folder of Pulumi.yaml, or the folder of the program if there is no Pulumi.yaml.
        program: A Python file, or a folder with a `__main__.py`.
        defaults: Full configuration key to its declared value.
        required: Full keys that are declared without a value.
    """

    root: Path
    program: Path
    defaults: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def working_directory(self) -> Path:
        """Where the program runs: its own folder."""
        return self.program if self.program.is_dir() else self.program.parent

    def complete(self, config: Mapping[str, str]) -> dict[str, str]:
        """The configuration; a key that is not set has its declared default.

        Raises:
            UserError: a required key is missing.
        """
        for key in self.required:
            if key not in config:
                raise UserError(f"{key} is not set, and Pulumi.yaml declares it without a default")
        return {**self.defaults, **config}


def open_project(path: Path, name: str) -> Project:
    """The project at a path.

    Args:
        path: A folder, with or without Pulumi.yaml, or a Python file.
        name: The project's name, the namespace of keys that Pulumi.yaml declares without one.

    Raises:
        UserError: there is no program, or Pulumi.yaml is not for Python.
    """
    path = path.resolve()
    if path.is_file():
        return Project(path.parent, path)
    file = path / "Pulumi.yaml"
    if not file.is_file():
        return Project(path, _existing(path))
    data = yaml.safe_load(file.read_text()) or {}
    runtime = data.get("runtime", "python")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise UserError(f"{file}: runtime {language!r} is not supported; accepted: python")
    declared = {
        key if ":" in key else f"{name}:{key}": _declared(value) for key, value in (data.get("config") or {}).items()
    }
    return Project(
        root=path,
        program=_existing(path / data.get("main", ".")),
        defaults={key: value for key, value in declared.items() if value is not None},
        required=tuple(key for key, value in declared.items() if value is None),
    )


def _existing(program: Path) -> Path:
    program = program.resolve()
    entry = program / "__main__.py" if program.is_dir() else program
    if not entry.is_file():
        raise UserError(f"there is no Pulumi program: {entry} does not exist")
    return program


def _declared(value: Any) -> str | None:
    """A declared value as a string, as configuration holds it; None if the key is declared without a value."""
    if isinstance(value, dict):
        value = value.get("value", value.get("default"))
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
