"""Property values as a provider sees them: without secrets and resource references."""

from __future__ import annotations

from embedded_pulumi.values import UNKNOWN, Properties, ResourceRef, Secret, Value
from embedded_pulumi.wire import signatures


def plain(properties: Properties) -> Properties:
    """The properties with secrets unwrapped, and with the id in place of a resource (the URN for a component)."""
    return {name: _plain(value) for name, value in properties.items()}


def _plain(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Secret):
        return _plain(value.value)
    if isinstance(value, ResourceRef):
        return UNKNOWN if value.id in signatures.UNKNOWNS else value.id or value.urn
    return value
