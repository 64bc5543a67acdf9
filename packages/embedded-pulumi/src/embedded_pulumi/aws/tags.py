"""Tags: the resource's own, the provider's defaults, and both together as AWS has them (`tagsAll`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Tags: TypeAlias = dict[str, str]

_RESERVED = "aws:"  # tags that AWS itself puts on; nobody else may


@dataclass(frozen=True)
class Ignored:
    """The provider's `ignoreTags`: tags that others set, which it neither reads nor takes away.

    Source: IgnoreConfig in terraform-provider-aws/internal/tags/key_value_tags.go.
    """

    keys: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def __contains__(self, key: str) -> bool:
        return key in self.keys or key.startswith(self.prefixes)

    def without(self, tags: Mapping[str, str]) -> Tags:
        """The tags that are not ignored."""
        return {key: value for key, value in tags.items() if key not in self}


NONE_IGNORED = Ignored()


def merged(defaults: Mapping[str, str], own: Mapping[str, str] | None) -> Tags:
    """All tags of a resource; its own override the provider's defaults."""
    return {**defaults, **(own or {})}


def own_of(all_tags: Mapping[str, str], defaults: Mapping[str, str], desired: Mapping[str, str] | None) -> Tags:
    """The resource's own tags in the cloud: all but default tags that its inputs do not name."""
    desired = desired or {}
    return {key: value for key, value in all_tags.items() if key in desired or defaults.get(key) != value}


def from_list(tags: Iterable[Mapping[str, Any]] | None, key: str = "Key", value: str = "Value") -> Tags:
    """AWS's list of tags as a map, without those that AWS sets."""
    return {each[key]: each.get(value, "") for each in tags or () if not each[key].startswith(_RESERVED)}


def from_map(tags: Mapping[str, str] | None) -> Tags:
    """AWS's map of tags, without those that AWS sets."""
    return {key: value for key, value in (tags or {}).items() if not key.startswith(_RESERVED)}


def to_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """A map as AWS's list of keys and values."""
    return [{key: name, value: text} for name, text in tags.items()]


def specification(resource_type: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """EC2's `TagSpecifications` for a new resource; empty without tags, because EC2 refuses an empty list inside."""
    return [{"ResourceType": resource_type, "Tags": to_list(tags)}] if tags else []
