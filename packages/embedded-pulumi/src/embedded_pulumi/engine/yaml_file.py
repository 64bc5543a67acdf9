"""YAML as the Pulumi CLI reads it, and values as its configuration spells them.

The CLI's library (gopkg.in/yaml.v3) follows YAML 1.2 for plain scalars: `yes`, `on` and `12:30` are texts, `1e3` is a
number. PyYAML follows YAML 1.1, and takes the last of two values for a key.
"""

from __future__ import annotations

import copy
import json
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from embedded_pulumi.errors import UserError

_TEXT = "tag:yaml.org,2002:str"
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = {"", "~", "null", "Null", "NULL"}
_FLOATS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
_INTEGER = re.compile(
    r"([+-]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9]\d*))"
)
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")
_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt]|\s+)(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d{1,9})?\s*(Z|[+-]\d{2}:\d{2})?)?"
)
_LARGEST_PLAIN = 1e21
"""From here on, Go's JSON writes a number with an exponent."""


def load(path: Path) -> Any:
    """The values in a file; a time is its text, as Go prints it, and the keys of mappings are texts.

    Raises:
        UserError: the file cannot be read, is not YAML, or has a key twice.
    """
    try:
        return copy.deepcopy(_values(path.read_text(encoding="utf-8-sig")))
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error


@lru_cache(maxsize=16)
def _values(text: str) -> Any:
    """The values in a text. A deployment reads the project's file several times, and a long one takes a while."""
    return yaml.load(text, _Loader)  # noqa: S506 - it derives from SafeLoader


def text_of(value: Any) -> str:
    """A value as configuration holds it: texts as they are, anything else as JSON in Go's form.

    Source: MarshalString in pulumi/sdk/go/common/resource/config/object.go.
    """
    if value is None or isinstance(value, str):
        return value or ""
    text = json.dumps(_as_go_writes(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text if isinstance(value, int | float) else re.sub("[<>&]", lambda each: f"\\u{ord(each[0]):04x}", text)


def _as_go_writes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_go_writes(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_as_go_writes, value))
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_PLAIN
    return int(value) if whole else value


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """SafeLoader with the plain scalars of YAML 1.2, and without keys that stand twice."""

    yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("^<<$"))]}  # noqa: RUF012 - PyYAML's way

    def compose_scalar_node(self, anchor: Any) -> Any:
        """Compose a scalar; with the explicit tag `!!str` it counts as quoted."""
        explicit = self.peek_event().tag == _TEXT
        node = super().compose_scalar_node(anchor)
        node.style = "'" if explicit else node.style
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        """A mapping; a key that stands twice is an error."""
        lines: dict[Any, int] = {}
        for key, _ in node.value:
            if key.tag == _TEXT:
                if key.value in lines:
                    problem = f'mapping key "{key.value}" already defined at line {lines[key.value]}'
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                lines[key.value] = key.start_mark.line + 1
        found = super().construct_mapping(node, deep=deep)
        return {key if isinstance(key, str) else text_of(key): value for key, value in found.items()}


def _scalar(_: yaml.SafeLoader, node: Any) -> Any:
    return node.value if node.style else _resolved(node.value)


_Loader.add_constructor(_TEXT, _scalar)


def is_text(plain: str) -> bool:
    """Whether a plain scalar stands for a text."""
    return isinstance(_resolved(plain), str) and not _TIME.fullmatch(plain)


def _resolved(text: str) -> Any:
    """The value of a plain scalar. Source: resolve in gopkg.in/yaml.v3/resolve.go."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text.lower() in _FLOATS:
        return _FLOATS[text.lower()]
    if time := _TIME.fullmatch(text):
        return _time(time) or text
    digits = text.replace("_", "")
    if whole := _INTEGER.fullmatch(digits):
        base = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}[str(whole.lastgroup)]
        number = int(whole[1] + whole[str(whole.lastgroup)], base)
        return number if -(2**63) <= number < 2**64 else float(number)
    return float(digits) if text[0] in "+-.0123456789" and _FLOAT.fullmatch(digits) else text


def _time(found: re.Match[str]) -> str | None:
    """A time as Go's `String` prints it; None if there is no such time."""
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = found[8] or "Z"
    offset = timedelta() if zone == "Z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
    offset = -offset if zone[0] == "-" else offset
    try:
        time = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        return None
    fraction = (found[7] or "").rstrip("0").rstrip(".")
    name = "UTC" if time.tzinfo == UTC else f"{time:%z}"
    return f"{time:%Y-%m-%d %H:%M:%S}{fraction} {time:%z} {name}"
