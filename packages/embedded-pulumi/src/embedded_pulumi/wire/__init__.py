"""Property values as protobuf Structs: program, engine and provider exchange them in this form."""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2

from embedded_pulumi.values import Properties, Value
from embedded_pulumi.wire.objects import from_object, to_object


def encode(properties: Properties) -> struct_pb2.Struct:
    """A Struct of the properties. Its secrets are marked but not encrypted: send it only to a program or a provider."""
    fields = {name: _message(to_object(value, lambda data: {"value": data})) for name, value in properties.items()}
    return struct_pb2.Struct(fields=fields)


def decode(message: struct_pb2.Struct) -> Properties:
    """The properties in a Struct, sorted by name, because protobuf keeps no order.

    Raises:
        MalformedValue: a marked object lacks a field, or its kind is unknown.
    """
    return {name: decode_value(value) for name, value in sorted(message.fields.items())}


def decode_value(message: struct_pb2.Value) -> Value:
    """One value that is not in a Struct, such as a replacement trigger."""
    return from_object(_object(message), lambda secret: secret.get("value"))


def _message(data: Any) -> struct_pb2.Value:
    if data is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(data, bool):
        return struct_pb2.Value(bool_value=data)
    if isinstance(data, int | float):
        return struct_pb2.Value(number_value=data)
    if isinstance(data, str):
        return struct_pb2.Value(string_value=data)
    if isinstance(data, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_message(item) for item in data]))
    fields = {name: _message(item) for name, item in data.items()}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))


def _object(message: struct_pb2.Value) -> Any:
    kind = message.WhichOneof("kind")
    if kind == "struct_value":
        return {name: _object(item) for name, item in sorted(message.struct_value.fields.items())}
    if kind == "list_value":
        return [_object(item) for item in message.list_value.values]
    if kind is None or kind == "null_value":
        return None
    return getattr(message, kind)
