"""Property values as JSON-shaped objects, the form of Pulumi's wire and of its state file; and back.

The two forms differ only in secrets: the wire holds their value, and the state file their ciphertext. So the caller
passes a function that writes or reads a secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeAlias

from embedded_pulumi.values import UNKNOWN, Archive, Asset, ResourceRef, Secret, Unknown, Value
from embedded_pulumi.wire import signatures

Object: TypeAlias = dict[str, Any]

WriteSecret: TypeAlias = Callable[[Object | Any], Object]
"""Takes the object form of a secret's value; returns the fields beside the mark."""

ReadSecret: TypeAlias = Callable[[Object], Any]
"""Takes the marked object of a secret; returns the object form of its value."""


_HASH_OF_NOTHING = hashlib.sha256(b"").hexdigest()
"""The hash of an empty text, which the CLI leaves out (pulumi/sdk/go/common/resource/asset)."""


class MalformedValue(ValueError):
    """A marked object lacks a field, or its kind is not supported."""


def to_object(value: Value, write_secret: WriteSecret) -> Any:
    """The object form of a value.

    Raises:
        TypeError: the value is no property value.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [to_object(item, write_secret) for item in value]
    if isinstance(value, dict):
        return {key: to_object(item, write_secret) for key, item in value.items()}
    if isinstance(value, Secret):
        return _marked(signatures.SECRET, write_secret(to_object(value.value, write_secret)))
    write = _WRITERS.get(type(value))
    if write is None:
        message = f"{type(value).__name__} is not a property value"
        raise TypeError(message)
    return write(value)


def from_object(data: Any, read_secret: ReadSecret) -> Value:
    """The value of an object form; integral numbers become int.

    Raises:
        MalformedValue: a marked object lacks a field, or its kind is unknown.
    """
    if isinstance(data, str):
        return UNKNOWN if data in signatures.UNKNOWNS else data
    if isinstance(data, float):
        return int(data) if data.is_integer() else data
    if isinstance(data, list):
        return [from_object(item, read_secret) for item in data]
    if isinstance(data, dict):
        return _from_dict(data, read_secret)
    return data


def _from_dict(data: Object, read_secret: ReadSecret) -> Value:
    mark = data.get(signatures.KEY)
    if mark is None:
        return {key: from_object(item, read_secret) for key, item in data.items()}
    if mark == signatures.SECRET:
        return Secret(from_object(read_secret(data), read_secret))
    read = _READERS.get(mark)
    if read is None:
        raise MalformedValue(f"a special value of unknown kind {mark!r}")
    return read(data, read_secret)


def _marked(mark: str, fields: Object) -> Object:
    return {signatures.KEY: mark, **fields}


def _present(**fields: Any) -> Object:
    return {name: field for name, field in fields.items() if field not in (None, "")}


def _write_asset(asset: Asset) -> Object:
    # An empty text must not be left out, unlike an empty path or hash.
    text = {} if asset.text is None else {"text": asset.text}
    return _marked(signatures.ASSET, _present(hash=asset.hash, path=asset.path) | text)


def _write_archive(archive: Archive) -> Object:
    fields = _present(hash=archive.hash, path=archive.path)
    if archive.assets is not None:
        fields["assets"] = {name: _WRITERS[type(member)](member) for name, member in archive.assets.items()}
    return _marked(signatures.ARCHIVE, fields)


def _write_resource(reference: ResourceRef) -> Object:
    return _marked(signatures.RESOURCE, {"urn": reference.urn, **_present(id=reference.id)})


_WRITERS: dict[type, Callable[[Any], Any]] = {
    Unknown: lambda _: signatures.UNKNOWN,
    Asset: _write_asset,
    Archive: _write_archive,
    ResourceRef: _write_resource,
}


def _read_asset(data: Object, read_secret: ReadSecret) -> Value:
    text, path, hash_ = data.get("text"), data.get("path"), data.get("hash") or ""
    if text is None and not path:
        _refuse_remote(data, "asset")
        return Asset(text="" if hash_ == _HASH_OF_NOTHING else None, hash=hash_)
    read = {name: from_object(field, read_secret) for name, field in (("text", text), ("path", path or None))}
    return _lift(read, lambda known: Asset(**known, hash=hash_))


def _read_archive(data: Object, read_secret: ReadSecret) -> Value:
    assets, path, hash_ = data.get("assets"), data.get("path"), data.get("hash") or ""
    if assets is None:
        if not path:
            _refuse_remote(data, "archive")
        return Archive(path=path or None, hash=hash_)
    members = {name: from_object(member, read_secret) for name, member in assets.items()}
    return _lift(members, lambda known: Archive(assets=known, hash=hash_))


def _refuse_remote(data: Object, what: str) -> None:
    """Refuse an asset without content and hash. The CLI's engine sends only the hash of an asset that has not changed.

    Source: `ElideAssetContents` in pulumi/pkg/resource/plugin/rpc.go.

    Raises:
        MalformedValue: its content is at a URI, or missing.
    """
    if "uri" in data or not data.get("hash"):
        raise MalformedValue(f"an {what} without content (remote ones are not supported): {sorted(data)}")


def _lift(fields: Object, build: Callable[[Object], Value]) -> Value:
    """Build a value from fields. If one of them is unknown or secret, the whole value is."""
    if any(isinstance(field, Unknown) for field in fields.values()):
        return UNKNOWN
    if any(isinstance(field, Secret) for field in fields.values()):
        bare = {name: field.value if isinstance(field, Secret) else field for name, field in fields.items()}
        return Secret(_lift(bare, build))
    return build(fields)


def _read_resource(data: Object, _: ReadSecret) -> ResourceRef:
    if "urn" not in data:
        raise MalformedValue("a reference to a resource lacks its URN")
    return ResourceRef(urn=data["urn"], id=data.get("id") or "")


def _read_output(data: Object, read_secret: ReadSecret) -> Value:
    """An output value. Without `value` it is unknown. The request lists its dependencies apart."""
    value = from_object(data["value"], read_secret) if "value" in data else UNKNOWN
    return Secret(value) if data.get("secret") else value


_READERS: dict[str, Callable[[Object, ReadSecret], Value]] = {
    signatures.ASSET: _read_asset,
    signatures.ARCHIVE: _read_archive,
    signatures.RESOURCE: _read_resource,
    signatures.OUTPUT: _read_output,
}
