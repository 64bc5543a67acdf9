"""Pulumi's property values as Python values.

A property is None, bool, float, str, list, dict, or one of the special values below. Numbers are floats on the wire
and stay floats here, except that integral ones become int. The wire form is in `local.wire`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""None, bool, int, float, str, list or dict of values, Unknown, Secret, Asset, Archive or ResourceRef."""

Properties: TypeAlias = dict[str, Value]


class Unknown(Enum):
    """The value of an output that is not known until the resource exists (preview)."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True)
class Secret:
    """A value that must never be shown in clear, neither in state nor in output."""

    value: Value


@dataclass(frozen=True)
class Asset:
    """One file: its text, or the path to it. At most one of the two is set.

    `hash` (SHA-256, hex) is that of the content, so that a changed file under the same path is a different value; the
    engine fills it in before a provider sees the asset. An old value may come with nothing but its hash.
    """

    text: str | None = None
    path: str | None = None
    hash: str = ""

    @property
    def elided(self) -> bool:
        """Whether the content was left out."""
        return self.text is None and self.path is None


@dataclass(frozen=True)
class Archive:
    """A set of files by name, or the path of a folder or zip. At most one of the two is set; `hash` as for an asset."""

    assets: dict[str, Asset | Archive] | None = None
    path: str | None = None
    hash: str = ""

    @property
    def elided(self) -> bool:
        """Whether the content was left out."""
        return self.assets is None and self.path is None


@dataclass(frozen=True)
class ResourceRef:
    """A resource passed as a value."""

    urn: str
    id: str = ""
