"""Pulumi.<stack>.yaml: the configuration of one stack.

Only `config` matters here. How the CLI encrypts the stack's secrets (`encryptionsalt`, `secretsprovider`, ...) is
nothing to an engine that cannot ask for the passphrase or the key: a secret in the file is refused, unless the user
gives it anew.

Source: pulumi/sdk/go/common/workspace/project.go (ProjectStack) and pulumi/sdk/go/common/resource/config/value.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from embedded_pulumi.errors import UserError

_SECURE = "secure"


@dataclass(frozen=True)
class StackFile:
    """What the file of a stack says.

    Attributes:
        config: Full key to value, as a program gets it.
        secret_keys: Those whose value is encrypted; they are not in `config`.
    """

    config: dict[str, str]
    secret_keys: tuple[str, ...] = ()


def stack_names(project: Path) -> list[str]:
    """The stacks that have a file in a project's folder."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in project.glob("Pulumi.*.yaml"))


def read_stack_file(project: Path, stack: str, given: Iterable[str] = ()) -> StackFile:
    """Read `Pulumi.<stack>.yaml`.

    Args:
        project: The project's folder.
        stack: The stack's name.
        given: Full keys that are given anew, so that what the file has for them does not matter.

    Raises:
        UserError: there is no such file, it is not in the format, or it relies on what only the CLI can do.
    """
    file = project / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        there = ", ".join(stack_names(project)) or "none"
        raise UserError(f"no stack {stack!r}: {file} does not exist (an empty one will do); there are: {there}")
    data = _mapping(file, _load(file) or {}, "the file")
    if data.get("environment"):
        raise UserError(f"{file}: `environment` (Pulumi ESC) is not supported here: give its values with -c KEY=VALUE")
    values = _mapping(file, data.get("config") or {}, "`config`")
    secrets = tuple(key for key, value in values.items() if _holds_secret(value))
    _check(file, values, set(secrets) - set(given))
    return StackFile({key: _text(value) for key, value in values.items() if key not in secrets}, secrets)


def _load(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{file} is not YAML: {error}") from error


def _mapping(file: Path, value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{file}: {what} must be a mapping, not {value!r}")
    return value


def _check(file: Path, values: dict[str, Any], missing_secrets: set[str]) -> None:
    for key in values:
        if ":" not in key:
            raise UserError(f"{file}: {key!r} is no configuration key; accepted: <namespace>:<name>")
    for key in sorted(missing_secrets):
        raise UserError(
            f"{file}: {key} is a secret, which only the Pulumi CLI can decrypt; "
            f"give it a value for the local AWS with -c {key}=VALUE"
        )


def _holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return _SECURE in value or any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))


def _text(value: Any) -> str:
    """A value as configuration carries it: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
