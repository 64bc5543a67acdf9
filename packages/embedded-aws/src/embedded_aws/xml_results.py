"""Results in the two XML protocols, `ec2` and `query`, written by functions that each shape has made once.

moto's serializers ask, for each value, what kind it is, where it is and what it is called, and make a tree that is then
written. A group of ten thousand is a hundred thousand values. Here botocore's model is asked once for each shape. What
is written is the same to the byte; the tests compare the two for values of every shape that the services have.

Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html and aws-ec2-query-protocol.html, "XML shape
serialization".
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from moto.core.model import OperationModel, Shape
from moto.core.serialize import EC2Serializer, QuerySerializer, TimestampSerializer

Write: TypeAlias = Callable[[Any, list[str]], None]
"""Appends what there is of a value to the parts of a text."""

Text: TypeAlias = Callable[[Any], str]

TIMES = {"ec2": EC2Serializer.DEFAULT_TIMESTAMP_FORMAT, "query": QuerySerializer.DEFAULT_TIMESTAMP_FORMAT}
"""Protocol to its format of a time where the model names none."""

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def write(protocol: str, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of an answer.

    Args:
        protocol: One of `TIMES`.
        operation: Which operation it answers.
        result: In boto3's shapes.
        request_id: Of this request.
    """
    parts: list[str] = []
    _members_of(operation, protocol)(result, parts)
    inner, name, request = "".join(parts), f"{operation.name}Response", escape(request_id)
    namespace = operation.metadata.get("xmlNamespace")
    begin = f"<{name} xmlns={quoteattr(namespace)}>" if namespace else f"<{name}>"
    if protocol == "ec2":
        return f"{DECLARATION}{begin}{inner}<requestId>{request}</requestId></{name}>".encode()
    shape = operation.output_shape
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{shape.name}Result")
        inner = f"<{wrapper}>{inner}</{wrapper}>" if inner else f"<{wrapper}/>"
    metadata = f"<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata>"
    return f"{begin}{inner}{metadata}</{name}>".encode()


@cache
def _members_of(operation: OperationModel, protocol: str) -> Write:
    """Writes what a result holds; one for each operation, which botocore's models have one object for."""
    shape = operation.output_shape
    return _nothing if shape is None else _content(shape, protocol)


def _nothing(value: Any, parts: list[str]) -> None:
    pass


def _content(shape: Any, protocol: str) -> Write:
    """Writes what is between the tags of a value with parts."""
    return {"structure": _structure, "list": _list, "map": _map}[shape.type_name](shape, protocol)


def _structure(shape: Any, protocol: str) -> Write:
    members: list[tuple[str, Write]] = []

    def write(value: Any, parts: list[str]) -> None:
        if not members:  # not before there is a value: a shape may have members of its own kind
            members.extend((key, _member(key, each, protocol)) for key, each in shape.members.items())
        for key, write_member in members:
            if (member := value.get(key)) is not None:
                write_member(member, parts)

    return write


def _member(key: str, shape: Any, protocol: str) -> Write:
    """Writes a member of a structure with its tags; a flattened list or map has tags for each item alone."""
    name = shape.serialization.get("name", key)
    if shape.type_name == "list" and shape.is_flattened:
        item = _element(shape.member.serialization.get("name", name), shape.member, protocol, empty=False)
        return _each(item)
    if shape.type_name == "map" and shape.is_flattened:
        return _entries(name, shape, protocol)
    return _element(name, shape, protocol)


def _element(name: str, shape: Any, protocol: str, *, empty: bool = True) -> Write:
    """Writes a value with its tags.

    Args:
        name: Of the tags.
        shape: The value's.
        protocol: One of `TIMES`.
        empty: Whether a structure of which nothing is there has its tag all the same.
    """
    begin, end, alone = f"<{name}>", f"</{name}>", f"<{name}/>"
    if shape.type_name not in {"structure", "list", "map"}:
        text_of = _text(shape, protocol)

        def write_text(value: Any, parts: list[str]) -> None:
            text = text_of(value)
            parts.append(f"{begin}{text}{end}" if text else alone)

        return write_text
    content, drop = _content(shape, protocol), shape.type_name == "structure" and not empty

    def write(value: Any, parts: list[str]) -> None:
        begun = len(parts)
        parts.append(begin)
        content(value, parts)
        if len(parts) > begun + 1:
            parts.append(end)
        elif drop:
            parts.pop()
        else:
            parts[begun] = alone

    return write


def _list(shape: Any, protocol: str) -> Write:
    return _each(_element(shape.member.serialization.get("name", "member"), shape.member, protocol, empty=False))


def _each(write_item: Write) -> Write:
    def write(value: Any, parts: list[str]) -> None:
        for item in value:
            write_item(item, parts)

    return write


def _map(shape: Any, protocol: str) -> Write:
    return _entries("entry", shape, protocol)


def _entries(name: str, shape: Any, protocol: str) -> Write:
    """Writes each pair of a map; one without a value is left out."""
    write_key, write_value = (
        _element(each.serialization.get("name", word), each, protocol)
        for each, word in ((shape.key, "key"), (shape.value, "value"))
    )

    def write(value: Any, parts: list[str]) -> None:
        for key, item in value.items():
            if item is not None:
                parts.append(f"<{name}>")
                write_key(key, parts)
                write_value(item, parts)
                parts.append(f"</{name}>")

    return write


def _text(shape: Shape, protocol: str) -> Text:
    """What a value without parts is as text."""
    if shape.type_name == "timestamp":
        times = TimestampSerializer(TIMES[protocol])

        def time(value: Any) -> str:
            written: dict[str, Any] = {}
            times.serialize(written, value, shape, "time")
            return str(written["time"])

        return time
    return TEXTS.get(shape.type_name, _words)


def _words(value: Any) -> str:
    return escape(str(value))


def _whether(value: Any) -> str:
    return "true" if str(value).lower() == "true" else "false"


def _bytes(value: Any) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


TEXTS: dict[str, Text] = {
    "string": _words,
    "boolean": _whether,
    "blob": _bytes,
    "integer": lambda value: str(int(value)),
    "long": lambda value: str(int(value)),
    "float": lambda value: str(float(value)),
    "double": lambda value: str(float(value)),
}
