"""Resources and pending operations as the JSON of Pulumi's deployment format, version 3, and back.

Source: pulumi/sdk/go/common/apitype/core.go and pulumi/pkg/resource/stack/deployment.go.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Protocol

from embedded_pulumi.engine.passphrase import WrongPassphrase
from embedded_pulumi.engine.properties import has_unknown
from embedded_pulumi.engine.resource import Operation, PendingOperation, ResourceState
from embedded_pulumi.engine.urn import ProviderRef, Urn
from embedded_pulumi.wire.objects import MalformedValue, Object, from_object, to_object
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


_FLAGS = {"custom", "protect", "external", "delete", "pending_replacement", "retain_on_delete"}
_SHOWN = 40
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}


def require(value: Any, kind: type, where: str) -> Any:
    """The value, if it is of the kind (dict, list, str or bool). Raises MalformedValue that names place and value."""
    if not isinstance(value, kind):
        shown = json.dumps(value)
        raise MalformedValue(
            f"{where} is {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'}, expected {_KINDS[kind]}"
        )
    return value


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

    def read(self, data: Any, where: str = "the resource") -> ResourceState:
        """A resource from the file's form; keys that this engine does not know are left out.

        Args:
            data: What stands in the file.
            where: What the message of an error calls it, as long as it has no URN.

        Raises:
            MalformedValue: a required key is missing, or a value is not in the file's form.
        """
        require(data, dict, where)
        where = str(data.get("urn") or where)
        known = {name: data[key] for name, key in _NAMES.items() if key in data and data[key] is not None}
        for name in ("urn", "type"):
            if not known.get(name):
                raise MalformedValue(f"{where} lacks the key {name!r}")
        known.setdefault("custom", False)
        for name, value in known.items():
            self._check(name, value, where)
        try:
            own_type = Urn.parse(known["urn"]).type
            if known.get("provider"):
                ProviderRef.parse(known["provider"])
            state = ResourceState(**{name: self._parse(name, value) for name, value in known.items()})
        except (MalformedValue, WrongPassphrase):
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise MalformedValue(f"{where}: {error}") from error
        if own_type != state.type:
            raise MalformedValue(f"{where} is of the type {own_type!r}, and its 'type' is {state.type!r}")
        return state

    def read_pending(self, data: Any, where: str = "the pending operation") -> PendingOperation:
        """An operation from the file's form. Raises MalformedValue: it is not in that form."""
        require(data, dict, where)
        kinds = [each.value for each in Operation]
        if data.get("type") not in kinds:
            raise MalformedValue(f"{where}: 'type' is {data.get('type')!r}, expected one of {', '.join(kinds)}")
        return PendingOperation(self.read(data.get("resource"), f"the resource of {where}"), Operation(data["type"]))

    def _check(self, name: str, value: Any, where: str) -> None:
        """Raise MalformedValue where a field is of another kind than the format says."""
        place = f"{where}: {_NAMES[name]!r}"
        if name in _LISTS:
            require(value, list, place)
            for item in value:
                require(item, str, f"an item of {place}")
        elif name in _LISTS_BY_KEY:
            require(value, dict, place)
            for key, items in value.items():
                for item in require(items or [], list, f"{place}, key {key!r},"):
                    require(item, str, f"an item of {place}, key {key!r},")
        elif name in _PROPERTIES or name == "custom_timeouts":
            require(value, dict, place)
        elif name != "replacement_trigger":
            require(value, bool if name in _FLAGS else str, place)

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
            return CustomTimeouts(**{item.name: float(value.get(item.name) or 0) for item in fields(CustomTimeouts)})
        return tuple(value) if name in _LISTS else value

    def _encrypt(self, data: Any) -> Object:
        return {"ciphertext": self._crypter().encrypt(json.dumps(data))}

    def _decrypt(self, data: Object) -> Any:
        if "plaintext" not in data and "ciphertext" not in data:
            raise MalformedValue("a secret has neither 'ciphertext' nor 'plaintext'")
        text = data["plaintext"] if "plaintext" in data else self._crypter().decrypt(data["ciphertext"])
        return json.loads(text)
