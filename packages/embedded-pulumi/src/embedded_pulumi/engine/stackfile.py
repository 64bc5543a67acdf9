"""Pulumi.<stack>.yaml: the configuration of one stack.

Only `config` matters here. The CLI encrypts the stack's secrets with a passphrase or a key (`encryptionsalt`,
`secretsprovider`, ...), which this engine does not have. So it refuses a secret in the file, unless the user gives the
value of its key.

Source: pulumi/sdk/go/common/workspace/loaders.go (LoadProjectStack) and pulumi/sdk/go/common/resource/config, as of
2026-08-21.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_pulumi.engine import yaml_file
from embedded_pulumi.engine.project import FILE, full_key, read_project_file
from embedded_pulumi.errors import UserError

_SECURE = "secure"


@dataclass(frozen=True)
class StackFile:
    """The configuration in the file of a stack.

    Attributes:
        config: Full key to value, as a program gets it.
        secret_keys: The keys whose values are secret; those that are encrypted are not in `config`.
        warnings: What the user should know of the file.
    """

    config: dict[str, str]
    secret_keys: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def stack_names(folder: Path) -> list[str]:
    """The stacks that have a file in a folder."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))


def read_stack_file(project: Path, stack: str, given: Iterable[str] = ()) -> StackFile:
    """Read `Pulumi.<stack>.yaml`.

    Args:
        project: The project's folder.
        stack: The stack's name.
        given: Full keys whose values the user gives; the file may encrypt these.

    Raises:
        UserError: there is no such file, its format is wrong, or it needs a feature that only the CLI has.
    """
    own = read_project_file(project) if (project / FILE).is_file() else None
    folder = project / own.stack_folder if own else project
    path = folder / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        there = ", ".join(stack_names(folder)) or "none"
        raise UserError(f"no stack {stack!r}: {path} does not exist (an empty one will do); there are: {there}")
    data = _mapping(path, yaml_file.load(path) or {}, "the file")
    if data.get("environment"):
        raise UserError(f"{path}: `environment` (Pulumi ESC) is not supported here: give its values with -c KEY=VALUE")
    name = own.name if own else project.resolve().name
    config = _mapping(path, data.get("config") or {}, "`config`")
    values = {full_key(key, name, path): value for key, value in config.items()}
    encrypted = {key for key, value in values.items() if _holds_secret(value)}
    for key in sorted(encrypted - set(given)):
        raise UserError(
            f"{path}: {key} is a secret, which only the Pulumi CLI can decrypt; "
            f"give it a value for the local AWS with -c {key}=VALUE"
        )
    declared = {key for key, each in own.keys.items() if each.secret} if own else set()
    for key in sorted((declared & values.keys()) - encrypted):
        raise UserError(f"{path}: {key} must be encrypted: {FILE} declares it secret")
    empty = sorted(key for key, value in values.items() if value is None)
    warnings = (f"{path.name}: no value for {', '.join(empty)}, which is taken for an empty text",) if empty else ()
    texts = {key: yaml_file.text_of(value) for key, value in values.items() if key not in encrypted}
    return StackFile(texts, tuple(sorted(encrypted | declared.intersection(given))), warnings)


def _mapping(path: Path, value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{path}: {what} must be a mapping, not {value!r}")
    return value


def _holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        ciphertext = value.get(_SECURE) if len(value) == 1 else None
        return isinstance(ciphertext, str) or any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))
