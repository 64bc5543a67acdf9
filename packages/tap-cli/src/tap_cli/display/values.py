"""Property values as a person may see them: on one line, with secrets hidden and the unknown named as such."""

from __future__ import annotations

import json
from typing import Any

from embedded_pulumi.values import Archive, Asset, ResourceRef, Secret, Unknown, Value

SECRET = "[secret]"  # noqa: S105 - what is shown instead of one
UNKNOWN = "[unknown]"
ABSENT: Any = object()
"""In place of a value: there is none."""

WIDTH = 60
"""Characters of one value; what is longer is cut, since the state has it whole."""

_HASH = 7
_AROUND = 12


def text(value: Value, *, width: int = WIDTH) -> str:
    """A value on one line, cut to `width` characters."""
    whole = whole_text(value)
    return whole if len(whole) <= width else f"{whole[: width - 1]}…"


def change(old: Value, new: Value, *, width: int = WIDTH) -> tuple[str, str]:
    """Two values on one line each; of long ones, the part in which they differ."""
    before, after = whole_text(old), whole_text(new)
    if max(len(before), len(after)) <= width:
        return before, after
    same = next((index for index, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    begin = max(0, same - _AROUND) if same > width - _AROUND else 0
    return _window(before, begin, width), _window(after, begin, width)


def _window(whole: str, begin: int, width: int) -> str:
    head = "…" if begin else ""
    tail = "…" if len(whole) > begin + width else ""
    return f"{head}{whole[begin : begin + width]}{tail}"


def whole_text(value: Value) -> str:
    """A value on one line, however long: JSON, but for what JSON has no word for."""
    if isinstance(value, list):
        return f"[{', '.join(map(whole_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {whole_text(item)}' for key, item in value.items())}}}"
    return json.dumps(value, ensure_ascii=False) if _is_json(value) else str(document(value))


def document(value: Value) -> Any:
    """A value as JSON can carry it, with secrets hidden."""
    if isinstance(value, dict):
        return {key: document(item) for key, item in value.items()}
    if isinstance(value, list):
        return [document(item) for item in value]
    if _is_json(value):
        return value
    return _special(value)


def _is_json(value: Value) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def _special(value: Value) -> str:
    if isinstance(value, Secret):
        return SECRET
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Asset | Archive):
        return f"{type(value).__name__.lower()}({value.path or value.hash[:_HASH]})"
    if isinstance(value, ResourceRef):
        return value.id or value.urn
    raise TypeError(f"not a property value: {value!r}")


def reveal(value: Value) -> Any:
    """A value as JSON can carry it, with its secrets in clear: only for somebody who asked for them."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    return [reveal(item) for item in value] if isinstance(value, list) else document(value)
