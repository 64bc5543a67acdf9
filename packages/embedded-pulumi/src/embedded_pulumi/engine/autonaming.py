"""Autonaming: which name the engine proposes to a provider for a resource whose program gives none.

The stack's configuration says it under `pulumi:autonaming`: a mode or a pattern for all resources, for those of one
provider, and for those of one type.

Source: pulumi/pkg/cmd/pulumi/autonaming and pulumi/pkg/resource/autonaming, as of 2026-08-21.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from embedded_pulumi.engine.urn import Urn, package_of
from embedded_pulumi.errors import UserError
from embedded_pulumi.provider import Autonaming, AutonamingMode

KEY = "pulumi:autonaming"

_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CHARACTERS = {"hex": "0123456789abcdef", "alphanum": _LETTERS + _DIGITS, "string": _LETTERS, "num": _DIGITS}
_RANDOM = re.compile(r"\$\{(?:(hex|alphanum|string|num)\((\d+)\)|uuid)\}")
_FROM_CONFIG = re.compile(r"\$\{config\.([^}]+)\}")


@dataclass(frozen=True)
class Strategy:
    """How names are proposed: by a mode, or by a pattern, in which only `${name}` and random parts are left."""

    mode: str = "default"
    pattern: str = ""
    enforce: bool = False

    def propose(self, name: str, seed: bytes) -> Autonaming | None:
        """The proposal for a resource with this logical name; None leaves it to the provider."""
        if self.pattern:
            mode = AutonamingMode.ENFORCE if self.enforce else AutonamingMode.PROPOSE
            return Autonaming(mode, _filled_in(self.pattern.replace("${name}", name), seed))
        if self.mode == "verbatim":
            return Autonaming(AutonamingMode.ENFORCE, name)
        return Autonaming(AutonamingMode.DISABLE) if self.mode == "disabled" else None

    @property
    def is_repeatable(self) -> bool:
        """Whether a replacement would get the name of the resource that it replaces."""
        return not _RANDOM.search(self.pattern) if self.pattern else self.mode != "default"


@dataclass(frozen=True)
class Autonamer:
    """The strategies: the one for all, those for packages, and those for types."""

    everywhere: Strategy = Strategy()
    packages: Mapping[str, Strategy] = field(default_factory=dict)
    types: Mapping[str, Strategy] = field(default_factory=dict)

    def strategy_for(self, urn: str) -> Strategy:
        """The strategy for a resource; the most specific one counts."""
        type_ = Urn.parse(urn).type
        package = package_of(type_)
        return self.types.get(type_) or self.packages.get(package) or self.everywhere


def read_autonaming(config: Mapping[str, str], *, organization: str, project: str, stack: str) -> Autonamer:
    """The strategies that a stack's configuration asks for.

    Args:
        config: Full keys to values.
        organization: Fills in `${organization}` in patterns, as the next two do for theirs.
        project: The project's name; `${config.key}` is one of its keys.
        stack: The stack's name.

    Raises:
        UserError: the configuration is malformed, or a pattern names a key that is not set.
    """
    if KEY not in config:
        return Autonamer()

    def complete(pattern: str) -> str:
        for name, value in (("organization", organization), ("project", project), ("stack", stack)):
            pattern = pattern.replace(f"${{{name}}}", value)
        return _FROM_CONFIG.sub(lambda found: _config_value(config, f"{project}:{found[1]}"), pattern)

    try:
        section = json.loads(config[KEY])
    except json.JSONDecodeError:
        raise UserError(f"{KEY} must be an object with mode, pattern or providers, not {config[KEY]!r}") from None
    everywhere = _strategy(section, KEY, complete, {"providers"}) or Strategy()
    packages, types = {}, {}
    for package, within in _mapping(section.get("providers"), f"{KEY}.providers").items():
        where = f"{KEY}.providers.{package}"
        packages[package] = _strategy(within, where, complete, {"resources"}) or everywhere
        for type_, settings in _mapping(within.get("resources"), f"{where}.resources").items():
            strategy = _strategy(settings, f"{where}.resources.{type_}", complete, set())
            if strategy is None:
                raise UserError(f"{where}.resources.{type_} must have a mode or a pattern")
            types[type_] = strategy
    return Autonamer(everywhere, packages, types)


def _config_value(config: Mapping[str, str], key: str) -> str:
    if key not in config:
        raise UserError(f"{KEY}: a pattern names the configuration key {key}, which is not set")
    return config[key]


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise UserError(f"{where} must be a mapping, not {value!r}")
    return value or {}


def _strategy(settings: Any, where: str, complete: Callable[[str], str], others: set[str]) -> Strategy | None:
    """The strategy in a section; None if it says nothing."""
    given = {key: value for key, value in _mapping(settings, where).items() if value is not None}
    unknown = sorted(given.keys() - {"mode", "pattern", "enforce"} - others)
    if unknown:
        accepted = ", ".join(["mode", "pattern", "enforce", *sorted(others)])
        raise UserError(f"{where}: unknown key {unknown[0]!r}; accepted: {accepted}")
    mode, pattern, enforce = given.get("mode"), given.get("pattern"), given.get("enforce")
    if mode is not None and (pattern is not None or enforce is not None):
        raise UserError(f"{where} must have either mode or pattern and enforce, not both")
    if enforce is not None and pattern is None:
        raise UserError(f"{where}.enforce needs a pattern")
    if pattern is not None:
        if not isinstance(pattern, str) or not isinstance(enforce, bool | None):
            raise UserError(f"{where}: pattern must be a text, and enforce true or false")
        return Strategy(pattern=complete(pattern), enforce=bool(enforce))
    if mode is None:
        return None
    if mode not in ("default", "verbatim", "disabled"):
        raise UserError(f"{where}.mode {mode!r} is not known; accepted: default, verbatim, disabled")
    return Strategy(mode)


def _filled_in(pattern: str, seed: bytes) -> str:
    """A pattern with its random parts; the same seed gives the same ones."""
    random = Random(hashlib.sha256(seed).digest())  # noqa: S311 - a name, not a secret

    def part(found: re.Match[str]) -> str:
        if found[1] is None:
            return str(uuid.UUID(bytes=random.randbytes(16)))
        return "".join(random.choices(_CHARACTERS[found[1]], k=int(found[2])))

    return _RANDOM.sub(part, pattern)
