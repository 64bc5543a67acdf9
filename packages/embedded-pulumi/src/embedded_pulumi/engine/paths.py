"""Property paths such as `tags.Name`, `ingress[0].cidrBlocks` or `tags["a.b"]`, with `*` for every key or index.

Source: pulumi/sdk/go/common/resource/property_path.go.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

from embedded_pulumi.values import Properties, Secret, Value

Path: TypeAlias = tuple[str | int, ...]

WILDCARD = "*"

_TOKEN = re.compile(
    r"""\.?(?: (?P<name>[^.\[\]"]+) | \[(?P<index>\d+)\] | \[(?P<star>\*)\] | \[(?P<quoted>"(?:[^"\\]|\\.)*")\] )""",
    re.VERBOSE,
)
_PLAIN_NAME = re.compile(r"^[^.\[\]\"*]+$")

_MISSING: Any = object()


class PathError(ValueError):
    """The text is not a path, or the properties have no such place."""


def parse(text: str) -> Path:
    """The steps of a path: names and indices.

    Raises:
        PathError: the text is not a path.
    """
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise PathError(f"not a property path: {text!r}")
        steps.append(_step(token))
        position = token.end()
    return tuple(steps)


def _step(token: re.Match[str]) -> str | int:
    if token["index"] is not None:
        return int(token["index"])
    if token["quoted"] is not None:
        return str(json.loads(token["quoted"]))
    return token["name"] or WILDCARD


def join(path: str, step: str | int) -> str:
    """The text of `path` with one more step."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not _PLAIN_NAME.match(step):
        return f"{path}[{json.dumps(step)}]"
    return f"{path}.{step}" if path else step


def contains(pattern: Path, path: Path) -> bool:
    """Whether `pattern` names `path`, or a property that contains it."""
    if len(pattern) > len(path):
        return False
    return all(wanted in (WILDCARD, step) for wanted, step in zip(pattern, path, strict=False))


def reset(path: str, old: Properties, new: Properties) -> Properties:
    """`new` with the value that `old` has at `path`; so `ignoreChanges` undoes a change.

    Raises:
        PathError: `new` has no such place for the old value.
    """
    result: Properties = _reset(parse(path), old, new, path)
    return result


def _reset(path: Path, old: Value, new: Value, text: str) -> Value:
    if isinstance(new, Secret):
        return Secret(_reset(path, old, new.value, text))
    if not path:
        return old
    old = old.value if isinstance(old, Secret) else old
    if path[0] == WILDCARD:
        return _reset_every(path[1:], old, new, text)
    return _reset_one(path[0], path[1:], old, new, text)


def _reset_every(rest: Path, old: Value, new: Value, text: str) -> Value:
    for step in sorted({*_steps(old), *_steps(new)}, key=str):
        new = _reset_one(step, rest, old, new, text)
    return new


def _reset_one(step: str | int, rest: Path, old: Value, new: Value, text: str) -> Value:
    old_child, new_child = _get(old, step), _get(new, step)
    if old_child is _MISSING and new_child is _MISSING:
        return new
    if rest and new_child is _MISSING:
        raise PathError(f"cannot ignore changes to {text!r}: an element of the path is missing")
    if rest:
        return _put(new, step, _reset(rest, old_child, new_child, text), text)
    # The whole old value is put back, secret or not; without an old value, the new one is removed.
    return _put(new, step, old_child, text)


def _steps(container: Value) -> list[str | int]:
    if isinstance(container, dict):
        return list(container)
    return list(range(len(container))) if isinstance(container, list) else []


def _get(container: Value, step: str | int) -> Any:
    if isinstance(container, dict) and isinstance(step, str):
        return container.get(step, _MISSING)
    if isinstance(container, list) and isinstance(step, int) and step < len(container):
        return container[step]
    return _MISSING


def _put(container: Value, step: str | int, value: Any, text: str) -> Value:
    if isinstance(container, dict) and isinstance(step, str):
        kept = {key: item for key, item in container.items() if key != step}
        return kept if value is _MISSING else kept | {step: value}
    if isinstance(container, list) and isinstance(step, int):
        return [*container[:step], *([] if value is _MISSING else [value]), *container[step + 1 :]]
    raise PathError(f"cannot ignore changes to {text!r}: there is no place for {step!r}")
