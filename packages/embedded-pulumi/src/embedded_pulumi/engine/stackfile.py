"""Pulumi.<stack>.yaml: the configuration of one stack.

Only `config` matters here. The CLI encrypts the stack's secrets with a passphrase or a key (`encryptionsalt`,
`secretsprovider`, ...), which this engine does not have. So it refuses a secret in the file, unless the user gives the
value of its key.

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
    """The configuration in the file of a stack.

    Attributes:
        config: Full key to value, as a program gets it.
        secret_keys: The keys whose values are encrypted; they are not in `config`.
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
        given: Full keys whose values the user gives; the file may encrypt these.

    Raises:
        UserError: there is no such file, its format is wrong, or it needs a feature that only the CLI has.
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
    # Configuration holds texts: anything else is written as JSON.
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return StackFile({key: text for key, text in texts.items() if key not in secrets}, secrets)


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
