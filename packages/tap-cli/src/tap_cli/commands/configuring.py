"""What `tap config` does: reads and changes what a stack's file keeps, and refuses what `tap preview` would refuse."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from embedded_pulumi.engine import stack_config, yaml_file
from embedded_pulumi.engine.passphrase import SECURE, Crypter
from embedded_pulumi.engine.project import FILE, full_key, read_project_file
from embedded_pulumi.engine.stackfile import PASSPHRASE, StackSettings, stack_settings
from embedded_pulumi.paths import Path as KeyPath
from tap_cli.commands import settings
from tap_cli.commands.project import ProjectFolder, checked_name, find_project
from tap_cli.display.printable import printable
from tap_cli.errors import UsageError
from tap_stack.config import InfraConfig
from tap_stack.config.model import knobs
from tap_stack.config.sources import UNSET, variable
from tap_stack.errors import ConfigError

HIDDEN = "[secret]"
"""What stands for a secret that is not shown, as in the Pulumi CLI."""

_SPEAKS_OF_A_SECRET = re.compile(r"passwd|pass|pwd|secret|token", re.IGNORECASE)
_SHORTEST_SECRET = 8


def opened(stack: str) -> Kept:
    """What the file of a stack keeps. Raises UserError: there is no such stack, or its file cannot be read."""
    project = find_project()
    return Kept(project, stack, stack_settings(project.root, checked_name(stack)))


class Kept:
    """The configuration in a stack's file, and changes of it.

    Attributes:
        done: What was changed, in words.
    """

    def __init__(self, project: ProjectFolder, stack: str, file: StackSettings) -> None:
        self._project, self._stack = project, stack
        self._before = self._file = file
        self._crypter: Crypter | None = None
        self._changed: dict[str, str | None] = {}
        """Full key to the text that a program gets now, None for one that was taken out."""
        self.done: list[str] = []

    def set(self, key: str, text: str, *, is_path: bool, secret: bool, plaintext: bool, type_: str) -> None:
        """Give a key, or a path below it, another value; `save` writes it.

        Raises:
            UserError: the key is no key, or its value is not one of its type.
            ConfigError: nobody reads such a key.
            UsageError: the value should be encrypted.
        """
        full, path = self._key(key, is_path=is_path)
        settings.check_namespace(full, text, self._project.name, self._project.root)
        if not secret:
            self._refuse_open_secret(full, text, plaintext=plaintext)
        value: Any = text
        if secret:
            value = {SECURE: self._opened().encrypt(text)}
        elif type_:
            value = stack_config.typed(key, text, type_)
        elif path:
            value = stack_config.coerced(text)
        old = self._file.config.get(full)
        new = stack_config.with_value(self._file.config, full, path, value)
        self._note(full, new)
        shown = "a secret" if secret else printable(text)
        lost = path and old is not None and not isinstance(old, dict | list)
        before = f", in place of {settings.short(full, self._project.name)} = {old}" if lost else ""
        self.done.append(f"{self._file.path.name}: {settings.short(key, self._project.name)} = {shown}{before}")

    def remove(self, key: str, *, is_path: bool) -> None:
        """Take a key, or what is at a path below it, out; `save` writes it. Raises UsageError: it is not there."""
        full, path = self._key(key, is_path=is_path)
        try:
            new = stack_config.without(self._file.config, full, path)
        except KeyError:
            raise UsageError(self._not_set(key, full)) from None
        self._note(full, new)
        self.done.append(f"{self._file.path.name}: {settings.short(key, self._project.name)} is not set any more")

    def save(self) -> list[str]:
        """Write the changes; what is wrong in the file as before, in words.

        Raises:
            ConfigError: TAP would refuse what was changed.
            UserError: it is not of the type that Pulumi.yaml declares, or the file cannot be written.
        """
        declared = read_project_file(self._project.root).keys
        for key, text in self._changed.items():
            if text is not None and key in declared:
                declared[key].check(key, text)
        asked = [key for key, text in self._changed.items() if text is not None]
        before = {(error.key, error.value, error.alone) for error in self._refusals(self._before, {}, [])}
        after = self._refusals(self._file, self._changed, asked)
        for error in after:
            if error.key in self._changed or (error.key, error.value, error.alone) not in before:
                raise settings.advised(error, self._project.name, self._stack)
        self._file.save()
        return [f"as before, {error}" for error in after]

    def _refusals(self, file: StackSettings, changed: dict[str, str | None], asked: list[str]) -> list[ConfigError]:
        texts = {**file.texts(None), **{key: text for key, text in changed.items() if text is not None}}
        known = {row.key for row in knobs()}
        config = {key: text for key, text in texts.items() if key in known or key in changed}
        return InfraConfig.refusals(config, os.environ, asked)

    def _note(self, key: str, config: dict[str, Any]) -> None:
        self._file = self._file.with_config(config, self._crypter)
        value = config.get(key)
        needs = stack_config.holds_secret(value)
        text = yaml_file.text_of(stack_config.revealed(value, self._opened().decrypt) if needs else value)
        self._changed[key] = text if key in config else None

    def _opened(self) -> Crypter:
        if self._crypter is None:
            self._crypter = self._file.crypter(os.environ.get(PASSPHRASE))
        return self._crypter

    def _key(self, key: str, *, is_path: bool) -> tuple[str, KeyPath]:
        if not is_path:
            return full_key(key, self._project.name, self._file.path), ()
        top = re.split(r"[.\[]", key, maxsplit=1)[0]
        rest = key[len(top) :]
        return stack_config.path_of(f"{full_key(top, self._project.name, self._file.path)}{rest}")

    def _refuse_open_secret(self, key: str, text: str, *, plaintext: bool) -> None:
        own = read_project_file(self._project.root).keys.get(key)
        if own is not None and own.secret:
            raise UsageError(f"{key} must be encrypted, as {FILE} declares it: give it with --secret")
        name = key.partition(":")[2]
        if _SPEAKS_OF_A_SECRET.search(name) and len(text) >= _SHORTEST_SECRET and not plaintext:
            raise UsageError(f"{key} looks like a secret: give it with --secret, or with --plaintext if it is none")

    def value(self, key: str, *, is_path: bool) -> dict[str, Any]:
        """The value of a key as the Pulumi CLI prints it in JSON. Raises UsageError: it is not set."""
        full, path = self._key(key, is_path=is_path)
        everything = {**self._defaults(), **self._file.config}
        try:
            found = stack_config.value_at(everything, full, path)
        except KeyError:
            raise UsageError(self._not_set(key, full)) from None
        return self._in_json(found, show_secrets=True)

    def document(self, *, show_secrets: bool) -> dict[str, Any]:
        """All that is set, by full key, as the Pulumi CLI prints it in JSON."""
        everything = {**self._defaults(), **self._file.config}
        return {key: self._in_json(everything[key], show_secrets=show_secrets) for key in sorted(everything)}

    def _in_json(self, value: Any, *, show_secrets: bool) -> dict[str, Any]:
        secret = stack_config.holds_secret(value)
        if secret and not show_secrets:
            return {"secret": True}
        clear = stack_config.revealed(value, self._opened().decrypt) if secret else value
        objects = {"objectValue": clear} if isinstance(clear, dict | list) else {}
        return {"value": yaml_file.text_of(clear), **objects, "secret": secret}

    def rows(self, *, show_secrets: bool) -> Iterator[str]:
        """A table of all that is set: keys, values, and where each comes from."""
        found = [(key, value, self._file.path.name) for key, value in self._file.config.items()]
        found += [(key, value, FILE) for key, value in self._defaults().items() if key not in self._file.config]
        keys = {key for key, _, _ in found}
        found += [
            (row.key, os.environ[row.env], variable(row.env))
            for row in knobs()
            if row.env in os.environ and row.key not in keys
        ]
        cells = [("KEY", "VALUE", "FROM")]
        for key, value, where in sorted(found, key=lambda each: each[0]):
            text = self._in_json(value, show_secrets=show_secrets).get("value", HIDDEN)
            cells.append((settings.short(key, self._project.name), printable(text), where))
        widths = [max(len(row[column]) for row in cells) for column in range(2)]
        for key, text, where in cells:
            yield f"{key.ljust(widths[0])}  {text.ljust(widths[1])}  {where}"

    def _defaults(self) -> dict[str, Any]:
        """What Pulumi.yaml gives keys that a stack does not set."""
        declared = read_project_file(self._project.root).keys
        return {key: each.default for key, each in declared.items() if each.default not in (None, UNSET)}

    def _not_set(self, shown: str, key: str) -> str:
        name = self._file.path.name
        row = next((row for row in knobs() if row.key == key), None)
        if row is not None and os.environ.get(row.env):
            return f"{shown} is not set in {name}; {variable(row.env)} is {os.environ[row.env]!r}"
        if row is not None:
            return f"{shown} is not set in {name}; its default is {yaml_file.text_of(_plain(row.default))!r}"
        there = ", ".join(settings.short(each, self._project.name) for each in self._file.config) or "nothing"
        return f"{shown} is not set in {name}; set there: {there}"


def _plain(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default
