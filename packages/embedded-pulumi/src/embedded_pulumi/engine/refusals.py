"""What a program may ask of Pulumi's own engine and not of this one: each is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METHODS: Mapping[str, str] = {
    "Call": "methods of remote components",
    "ExistsResource": "looking whether a resource exists",
    "RegisterPackage": "parameterized packages",
    "StreamInvoke": "streamed invokes",
}
"""Method of the resource monitor to the feature that a program uses if it calls it."""

_FIELDS: Mapping[str, str] = {
    "state_migrations": "state migrations",
    "packageRef": "parameterized packages",
    "replace_with": "the option replace_with",
    "envVarMappings": "the option env_var_mappings",
}
"""Field of a request to the feature that a program uses if the field is set."""


class RefusedRequest(ValueError):
    """A request that this engine cannot answer; the message names the option that it does not support."""


def refuse_unsupported(request: Any) -> None:
    """Raise RefusedRequest if a request uses a feature that this engine does not support."""
    present = {descriptor.name for descriptor, _ in request.ListFields()}
    for name in sorted(present & _FIELDS.keys()):
        raise RefusedRequest(f"{_FIELDS[name]} are not supported by the embedded engine (field {name})")
