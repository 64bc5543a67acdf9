"""Resources and pending operations as the JSON of Pulumi's deployment format, version 3, and back.

Source: pulumi/sdk/go/common/apitype/core.go and pulumi/pkg/resource/stack/deployment.go.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Protocol

from embedded_pulumi.engine.properties import has_unknown
from embedded_pulumi.engine.resource import Operation, PendingOperation, ResourceState
from embedded_pulumi.wire.objects import Object, from_object, to_object
from embedded_pulumi.wire.requests import CustomTimeouts


class TextCrypter(Protocol):
    """Encrypts and decrypts secrets."""

    def encrypt(self, text: str) -> str:
        """The ciphertext of a text."""

    def decrypt(self, ciphertext: str) -> str:
        """The text of a ciphertext."""


_NAMES = {
    "urn": "urn",
    "type": "type",
    "custom": "custom",
    "id": "id",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "external": "external",
    "delete": "delete",
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "custom_timeouts": "customTimeouts",
    "import_id": "importID",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "replacement_trigger": "replacementTrigger",
    "hide_diffs": "hideDiff",
    "hooks": "resourceHooks",
    "created": "created",
    "modified": "modified",
}
"""Field of ResourceState to its key in the file. `entry` is not stored."""

_KEPT_WHEN_EMPTY = {"urn", "type", "custom", "replacementTrigger"}
_PROPERTIES = {"inputs", "outputs"}
_LISTS_BY_KEY = {"property_dependencies", "hooks"}
_LISTS = {
    "dependencies",
    "init_errors",
    "additional_secret_outputs",
    "ignore_changes",
    "replace_on_changes",
    "hide_diffs",
}


class Codec:
    """Writes resources as JSON objects, and reads them; the crypter encrypts and decrypts their secrets."""

    def __init__(self, crypter: Callable[[], TextCrypter]) -> None:
        """Take a function that makes the crypter: to make one is slow, and few stacks have a secret."""
        self._crypter = crypter

    def write(self, state: ResourceState) -> Object:
        """A resource in the file's form; empty fields are left out.

        Raises:
            ValueError: a property is unknown, and the state cannot hold an unknown value.
        """
        if has_unknown(state.inputs) or has_unknown(state.outputs):
            raise ValueError(f"{state.urn} has a property that is unknown, which cannot be recorded")
        found = {_NAMES[item.name]: self._field(state, item.name) for item in fields(state) if item.name in _NAMES}
        return {key: value for key, value in found.items() if value or (key in _KEPT_WHEN_EMPTY and value is not None)}

    def write_pending(self, pending: PendingOperation) -> Object:
        """An operation in the file's form."""
        return {"resource": self.write(pending.resource), "type": pending.operation.value}

    def read(self, data: Object) -> ResourceState:
        """A resource from the file's form; keys that this engine does not know are left out.

        Raises:
            KeyError: a required key is missing.
            MalformedValue: a property is not in the file's form.
        """
        known = {name: data[key] for name, key in _NAMES.items() if key in data and data[key] is not None}
        return ResourceState(**{name: self._parse(name, value) for name, value in known.items()})

    def read_pending(self, data: Object) -> PendingOperation:
        """An operation from the file's form."""
        return PendingOperation(self.read(data["resource"]), Operation(data["type"]))

    def _field(self, state: ResourceState, name: str) -> Any:
        value = getattr(state, name)
        if name in _PROPERTIES:
            return to_object(value, self._encrypt)
        if name == "replacement_trigger":
            return to_object(value, self._encrypt)
        if name in _LISTS_BY_KEY:
            return {key: list(each) for key, each in value.items()}
        if name == "custom_timeouts":
            return {item.name: getattr(value, item.name) for item in fields(value) if getattr(value, item.name)}
        return list(value) if name in _LISTS else value

    def _parse(self, name: str, value: Any) -> Any:
        if name in _PROPERTIES or name == "replacement_trigger":
            return from_object(value, self._decrypt)
        if name in _LISTS_BY_KEY:
            return {key: tuple(each or ()) for key, each in value.items()}
        if name == "custom_timeouts":
            return CustomTimeouts(**{item.name: value.get(item.name) or 0 for item in fields(CustomTimeouts)})
        return tuple(value) if name in _LISTS else value

    def _encrypt(self, data: Any) -> Object:
        return {"ciphertext": self._crypter().encrypt(json.dumps(data))}

    def _decrypt(self, data: Object) -> Any:
        text = data["plaintext"] if "plaintext" in data else self._crypter().decrypt(data["ciphertext"])
        return json.loads(text)
