"""The XML of an answer, from the tree that moto's serializers make of it.

moto leaves this to xmltodict, which looks at each character of each name again and sends each element through a SAX
handler: two thirds of the time that a group of 10,000 takes to be told. The names here are those of AWS's own models.

Source: https://github.com/getmoto/moto/blob/5.2.5/moto/core/serialize.py (`BaseXMLSerializer`) and xmltodict 1.0's
`unparse`; read 2026-11-30.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

TEXT = "#text"
ATTRIBUTE = "@"


def write(tree: Mapping[str, Any]) -> str:
    """A tree as XML.

    Args:
        tree: Names to what the elements of that name hold: a text, a mapping of names, nothing, or a list of these for
            several elements. A name that begins with `@` is an attribute, and `#text` the text beside elements.
    """
    parts: list[str] = []
    _put(parts, tree)
    return "".join(parts)


def _put(parts: list[str], tree: Mapping[str, Any]) -> None:
    for name, value in tree.items():
        if name[0] == ATTRIBUTE or name == TEXT:
            continue
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, dict):
                held = {key[1:]: _text(attribute) for key, attribute in each.items() if key[0] == ATTRIBUTE}
                attributes = "".join(f" {key}={quoteattr(text)}" for key, text in held.items())
                parts.append(f"<{name}{attributes}>{escape(_text(each.get(TEXT)))}")
                _put(parts, each)
                parts.append(f"</{name}>")
            else:
                parts.append(f"<{name}>{escape(each if isinstance(each, str) else _text(each))}</{name}>")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@cache
def with_markup(serializer: Any) -> Any:
    """A serializer of moto's that writes its tree in this way, where it writes XML of the form protocols."""

    class Written(serializer):  # type: ignore[misc]
        def _serialize_body(self, body: Mapping[str, Any]) -> str:
            return write(body)

    return Written
