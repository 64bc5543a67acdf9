"""Property paths such as `tags.Name`, `ingress[0].cidrBlocks` or `tags["a.b"]`, with `*` for every key or index.

Source: pulumi/sdk/go/common/resource/properties_path.go, as of 2026-08-21.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from embedded_pulumi.values import Properties, Secret, Value

Path: TypeAlias = tuple[str | int, ...]

Deeper: TypeAlias = Callable[[Value, Value], bool]
"""Goes on with the rest of a path in an old and in a new value; tells whether every place was found."""

WILDCARD = "*"

_TOKEN = re.compile(
    r"""(?P<dots>\.+)(?!$) | (?P<name>[^.\[]+) | \[(?P<star>\*)\] | \[(?P<index>[+-]?\d+)\]
    | \["(?P<quoted>(?:\\"|\\(?!")|[^"\\])*)"\]""",
    re.VERBOSE,
)
_PLAIN_NAME = re.compile(r"^[^.\[\]\"*]+$")


class PathError(ValueError):
    """The text is not a path."""


def parse(text: str) -> Path:
    """The steps of a path: names and indices.

    Raises:
        PathError: the text is not a path.
    """
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or text[0] == ".":
            raise PathError(f"not a property path: {text!r}")
        if token["index"] is not None:
            steps.append(int(token["index"]))
        elif token["quoted"] is not None:
            steps.append(token["quoted"].replace('\\"', '"'))
        elif token["dots"] is None:
            steps.append(token["name"] or WILDCARD)
        position = token.end()
    return tuple(steps)


def join(path: str, step: str | int) -> str:
    """The text of `path` with one more step."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not _PLAIN_NAME.match(step):
        quoted = step.replace('"', '\\"')
        return f'{path}["{quoted}"]'
    return f"{path}.{step}" if path else step


def contains(pattern: Path, path: Path) -> bool:
    """Whether `pattern` names `path`, or a property that contains it."""
    if len(pattern) > len(path):
        return False
    return all(wanted in (WILDCARD, step) for wanted, step in zip(pattern, path, strict=False))


def reset(path: Path, old: Properties, new: Properties) -> tuple[Properties, bool]:
    """Undo a change, as `ignoreChanges` wants it.

    Returns:
        `new` with the values of `old` in all places of `path` that both have; and whether that was every place. It was
        not if an element of the path was added or removed, because a list never becomes longer or shorter.
    """
    result: Properties = _copied(new)
    return result, bool(path) and _reset(path, old, result, within_secret=False)


def _copied(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, Secret):
        return Secret(_copied(value.value))
    return list(map(_copied, value)) if isinstance(value, list) else value


def _reset(path: Path, old: Value, new: Value, *, within_secret: bool) -> bool:
    """Change `new` itself; tell whether every place was found."""
    if isinstance(new, Secret):
        return _reset(path, old, new.value, within_secret=True)
    if isinstance(old, Secret):
        # An old value stays secret: as a part of a secret, or by itself.
        old = old.value if within_secret else _with_secret_parts(old.value)
        return _reset(path, old, new, within_secret=within_secret)
    step, rest = path[0], path[1:]
    deeper = partial(_reset, rest, within_secret=within_secret) if rest else None
    if step == WILDCARD:
        return _reset_all(deeper, old, new)
    if isinstance(step, int):
        return _reset_element(step, deeper, old, new)
    return _reset_property(step, deeper, old, new)


def _with_secret_parts(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: Secret(item) for key, item in value.items()}
    return list(map(Secret, value)) if isinstance(value, list) else value


def _reset_all(deeper: Deeper | None, old: Value, new: Value) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        if deeper:
            return all(key in new and deeper(item, new[key]) for key, item in old.items())
        new.clear()
        new.update(old)
        return True
    if isinstance(old, list) and isinstance(new, list):
        both = min(len(old), len(new))
        complete = len(old) == len(new)
        if deeper:
            return all(map(deeper, old[:both], new[:both])) and complete
        new[:both] = old[:both]
        return complete
    return deeper is None and isinstance(new, dict | list)


def _reset_element(index: int, deeper: Deeper | None, old: Value, new: Value) -> bool:
    if not isinstance(old, list) or not isinstance(new, list):
        return index >= 0 and not isinstance(old, list) and not isinstance(new, list)
    if not 0 <= index < min(len(old), len(new)):
        return deeper is None and index >= max(len(old), len(new))
    if deeper:
        return deeper(old[index], new[index])
    new[index] = old[index]
    return True


def _reset_property(name: str, deeper: Deeper | None, old: Value, new: Value) -> bool:
    had = isinstance(old, dict) and name in old
    if not isinstance(new, dict):
        return not (isinstance(old, dict) if deeper else had)
    if deeper:
        if not isinstance(old, dict) or name not in new:
            return isinstance(old, dict) and not had
        return deeper(old.get(name), new[name])
    if had:
        new[name] = old[name]
    else:
        new.pop(name, None)
    return True
