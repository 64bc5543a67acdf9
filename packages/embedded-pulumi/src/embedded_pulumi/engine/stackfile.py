"""Pulumi.<stack>.yaml: the configuration of one stack.

Secrets that are encrypted by a passphrase (`encryptionsalt`) are read and written with it. Those of another provider
(`secretsprovider`: a key in a cloud, or Pulumi's service) are refused, unless the user gives the value of the key.

Source: pulumi/sdk/go/common/workspace/loaders.go (LoadProjectStack), project.go (ProjectStack.Save) and
pulumi/sdk/go/common/resource/config, as of 2026-08-21.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedded_pulumi.engine import stack_config, yaml_document, yaml_file
from embedded_pulumi.engine.passphrase import Crypter, WrongPassphrase
from embedded_pulumi.engine.project import FILE, full_key, read_project_file
from embedded_pulumi.errors import UserError

PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 - the name of the variable
"""The environment variable that protects secrets in stack files and in states, as for the Pulumi CLI."""

_SALT, _PROVIDER = "encryptionsalt", "secretsprovider"
_BY_PASSPHRASE = "passphrase"  # noqa: S105 - the name of the provider


@dataclass(frozen=True)
class StackFile:
    """The configuration in the file of a stack.

    Attributes:
        config: Full key to value, as a program gets it.
        secret_keys: The keys whose values are secret; those that cannot be decrypted are not in `config`.
        warnings: What the user should know of the file.
    """

    config: dict[str, str]
    secret_keys: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackSettings:
    """What the file of a stack holds, to be read and to be changed.

    Attributes:
        path: The file.
        project: The project's name.
        config: Full key to value, as in `stack_config`.
        salt: What belongs to the passphrase of its secrets; empty if it has none.
        provider: Who else encrypts its secrets; empty if nobody does.
        empty: The keys that have no value.
    """

    path: Path
    project: str
    config: Mapping[str, Any]
    salt: str
    provider: str
    empty: tuple[str, ...] = ()

    @property
    def secret_keys(self) -> frozenset[str]:
        """The keys whose values are encrypted, or parts of them."""
        return frozenset(key for key, value in self.config.items() if stack_config.holds_secret(value))

    def crypter(self, passphrase: str | None) -> Crypter:
        """What encrypts and decrypts its secrets; where it has no salt, one with a new salt.

        Raises:
            UserError: the passphrase is not given or not the right one, or none is needed.
        """
        if self.provider not in ("", _BY_PASSPHRASE):
            raise UserError(f"{self.path}: only the Pulumi CLI can use the {_PROVIDER} {self.provider!r}")
        if not self.salt and self.secret_keys:
            raise UserError(f"{self.path}: only the Pulumi CLI can decrypt its secrets, which have no {_SALT}")
        if passphrase is None:
            raise UserError(f"{self.path}: its secrets need a passphrase: set {PASSPHRASE}")
        try:
            return Crypter.open(passphrase, self.salt) if self.salt else Crypter.create(passphrase)
        except WrongPassphrase as error:
            raise UserError(f"{self.path}: {PASSPHRASE} does not open its {_SALT}: {error}") from error

    def texts(self, crypter: Crypter | None) -> dict[str, str]:
        """Full key to value, as a program gets it; without secrets where there is no crypter.

        Raises:
            UserError: a secret was encrypted by another key.
        """
        hidden = self.secret_keys if crypter is None else frozenset()
        try:
            return {
                key: yaml_file.text_of(stack_config.revealed(value, crypter.decrypt) if crypter else value)
                for key, value in self.config.items()
                if key not in hidden
            }
        except WrongPassphrase as error:
            raise UserError(f"{self.path}: a secret cannot be decrypted: {error}") from error

    def with_config(self, config: Mapping[str, Any], crypter: Crypter | None = None) -> StackSettings:
        """The same with other values, of which some were encrypted by a crypter."""
        return replace(self, config=config, salt=crypter.state if crypter else self.salt)

    def save(self) -> None:
        """Write the file, as the Pulumi CLI lays it out. It is whole at any time.

        Raises:
            UserError: it has something of YAML that would be lost.
        """
        text = self.path.read_text(encoding="utf-8-sig")
        try:
            document = yaml_document.parse(text)
        except yaml_document.CannotEdit as error:
            raise UserError(f"{self.path} cannot be changed by a command: {error}") from error
        data = dict(yaml_file.load(self.path) or {})
        if self.salt:
            data[_SALT] = self.salt
            document.root = yaml_document.edited(document.root, data)
        data.pop("config", None)
        if self.config:
            data["config"] = self.config
        document.root = yaml_document.edited(document.root, data)
        _replace(self.path.resolve(), yaml_document.written(document))


def _replace(path: Path, text: str) -> None:
    """Write a file beside another, and put it in its place."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as new:
        new.write(text)
    Path(new.name).chmod(path.stat().st_mode & 0o777)
    os.replace(new.name, path)  # noqa: PTH105


def stack_names(folder: Path) -> list[str]:
    """The stacks that have a file in a folder."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))


def stack_settings(project: Path, stack: str) -> StackSettings:
    """What `Pulumi.<stack>.yaml` holds.

    Args:
        project: The project's folder.
        stack: The stack's name.

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
    kept = {key: stack_config.kept(value) for key, value in values.items()}
    empty = tuple(sorted(key for key, value in values.items() if value is None))
    return StackSettings(path, name, kept, str(data.get(_SALT) or ""), str(data.get(_PROVIDER) or ""), empty)


def read_stack_file(project: Path, stack: str, given: Iterable[str] = (), passphrase: str | None = None) -> StackFile:
    """Read `Pulumi.<stack>.yaml`.

    Args:
        project: The project's folder.
        stack: The stack's name.
        given: Full keys whose values the user gives; the file may encrypt these, with whatever.
        passphrase: That of its secrets.

    Raises:
        UserError: as `stack_settings`; or there is a secret that cannot be decrypted, or a value that must be one.
    """
    file = stack_settings(project, stack)
    own = read_project_file(project) if (project / FILE).is_file() else None
    encrypted = file.secret_keys
    needed = sorted(encrypted - set(given))
    crypter = None
    if needed:
        try:
            crypter = file.crypter(passphrase)
        except UserError as error:
            key = needed[0]
            raise UserError(
                f"{key} is a secret. {error}; or give it a value for the local AWS with -c {key}=VALUE"
            ) from error
    declared = {key for key, each in own.keys.items() if each.secret} if own else set()
    for key in sorted((declared & file.config.keys()) - encrypted):
        raise UserError(f"{file.path}: {key} must be encrypted: {FILE} declares it secret")
    empty = ", ".join(file.empty)
    warnings = (f"{file.path.name}: no value for {empty}, which is taken for an empty text",) if empty else ()
    read = file.with_config({key: value for key, value in file.config.items() if key not in encrypted or key in needed})
    return StackFile(read.texts(crypter), tuple(sorted(encrypted | declared.intersection(given))), warnings)


def _mapping(path: Path, value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{path}: {what} must be a mapping, not {value!r}")
    return value
