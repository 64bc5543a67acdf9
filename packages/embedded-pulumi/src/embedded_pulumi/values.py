"""Pulumi's property values as Python values.

A property is None, bool, float, str, list, dict, or one of the special values below. Numbers are floats on the wire
and stay floats here, except that integral ones become int. The wire form is in `wire`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""None, bool, int, float, str, list or dict of values, Unknown, Secret, Asset, Archive or ResourceRef."""

Properties: TypeAlias = dict[str, Value]


class Unknown(Enum):
    """In a preview, the value of an output that is only known when the resource exists."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True)
class Secret:
    """A value that is encrypted in the state, and never shown."""

    value: Value


@dataclass(frozen=True)
class Asset:
    """One file: its text, or its path. At most one of the two is set.

    `hash` is the SHA-256 of the content, in hex, so that a changed file is a different value even under the same path.
    The engine fills it in before a provider sees the asset. An old asset may have only its hash.
    """

    text: str | None = None
    path: str | None = None
    hash: str = ""

    @property
    def elided(self) -> bool:
        """Whether it has only its hash."""
        return self.text is None and self.path is None


@dataclass(frozen=True)
class Archive:
    """Files by name, or the path of a folder or zip. At most one of the two is set; `hash` is as in an Asset."""

    assets: dict[str, Asset | Archive] | None = None
    path: str | None = None
    hash: str = ""

    @property
    def elided(self) -> bool:
        """Whether it has only its hash."""
        return self.assets is None and self.path is None


@dataclass(frozen=True)
class ResourceRef:
    """A resource passed as a value."""

    urn: str
    id: str = ""
