"""The values under `config` in a stack's file, changed as `pulumi config set` and `rm` change them.

Values are what the file holds: texts, and lists and mappings of texts, numbers, truths and None. A secret is
`{"secure": ciphertext}`.

Source: pulumi/sdk/go/common/resource/config/map.go and object.go, as of 3.274.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from embedded_pulumi import paths
from embedded_pulumi.engine import yaml_file
from embedded_pulumi.engine.passphrase import SECURE
from embedded_pulumi.errors import UserError

TYPES: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "int": int,
    "float": float,
    "bool": lambda text: {"true": True, "false": False}[text],
}
"""What `--type` may name, and what makes such a value of a text."""

_LARGEST = 2**64


def kept(value: Any) -> Any:
    """A value at the top, as the file keeps it: what is no list, mapping or secret is a text."""
    return value if isinstance(value, dict | list) else yaml_file.text_of(value)


def is_secret(value: Any) -> bool:
    """Whether a value is a secret."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get(SECURE), str)


def holds_secret(value: Any) -> bool:
    """Whether a value is a secret, or has one in it."""
    if isinstance(value, dict):
        return is_secret(value) or any(map(holds_secret, value.values()))
    return isinstance(value, list) and any(map(holds_secret, value))


def revealed(value: Any, decrypt: Callable[[str], str]) -> Any:
    """A value with the texts of its secrets in their places.

    Args:
        value: It.
        decrypt: Makes the text of a ciphertext.
    """
    if isinstance(value, dict):
        return decrypt(value[SECURE]) if is_secret(value) else {k: revealed(each, decrypt) for k, each in value.items()}
    return [revealed(each, decrypt) for each in value] if isinstance(value, list) else value


def path_of(key: str) -> tuple[str, paths.Path]:
    """A full key with a path behind it, such as `tap:tags.Owner`, as the key and the path below it.

    Raises:
        UserError: it is no path.
    """
    namespace, _, rest = key.partition(":")
    try:
        steps = paths.parse(rest)
    except paths.PathError as error:
        raise UserError(f"{key!r} is no path of a configuration key: {error}") from error
    if not steps or not isinstance(steps[0], str) or paths.WILDCARD in steps:
        raise UserError(f'{key!r} is no path of a configuration key; accepted: KEY.name, KEY[0] or KEY["a name"]')
    return f"{namespace}:{steps[0]}", steps[1:]


def typed(key: str, text: str, type_: str) -> Any:
    """A value of a type of `TYPES`. Raises UserError: the text is none of that type."""
    try:
        return TYPES[type_](text)
    except (KeyError, ValueError):
        raise UserError(f"{key} = {text!r} is not accepted; accepted: a value of type {type_}") from None


def coerced(text: str) -> Any:
    """A text within a list or a mapping: truths and whole numbers are such, all else is a text."""
    if text in ("true", "false"):
        return text == "true"
    whole = re.fullmatch(r"[+-]?[0-9]+", text) and not (len(text) > 1 and text[0] == "0")
    return int(text) if whole and -_LARGEST // 2 <= int(text) < _LARGEST else text


def value_at(config: Mapping[str, Any], key: str, path: paths.Path) -> Any:
    """The value at a path below a key. Raises KeyError: there is none."""
    value = config[key]
    for step in path:
        if not _has(value, step):
            raise KeyError(key)
        value = value[step]
    return value


def _has(there: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(there, list) and 0 <= step < len(there)
    return isinstance(there, dict) and not is_secret(there) and step in there


def with_value(config: Mapping[str, Any], key: str, path: paths.Path, value: Any) -> dict[str, Any]:
    """The values with another one at a path below a key.

    Raises:
        UserError: there is something else on the path, or the list has no such place.
    """
    if not path:
        return {**config, key: value}
    there = config.get(key)
    is_collection = isinstance(there, dict | list) and not is_secret(there)
    return {**config, key: _placed(there if is_collection else None, key, path, value)}


def _placed(there: Any, shown: str, path: paths.Path, value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if there is None:
        there = [None] * step if isinstance(step, int) else {}
    deeper = paths.join(shown, step)
    if isinstance(there, list) and isinstance(step, int):
        if not 0 <= step <= len(there):
            raise UserError(f"{deeper}: the list has {len(there)} items; accepted: an index from 0 to {len(there)}")
        item = _placed(there[step] if step < len(there) else None, deeper, rest, value)
        return [*there[:step], item, *there[step + 1 :]]
    if isinstance(there, dict) and isinstance(step, str) and not is_secret(there):
        if not there and not rest and step == SECURE and isinstance(value, str):
            raise UserError(f"{deeper}: a mapping with the only key {SECURE!r} would be taken for a secret")
        return {**there, step: _placed(there.get(step), deeper, rest, value)}
    kind = "a map" if isinstance(there, dict) else "a list" if isinstance(there, list) else "a single value"
    kind = "a secret" if is_secret(there) else kind
    raise UserError(f"{shown} is {kind}, which has no {step!r}")


def without(config: Mapping[str, Any], key: str, path: paths.Path) -> dict[str, Any]:
    """The values without the one at a path below a key.

    Raises:
        KeyError: there is none.
        UserError: what is left would be taken for a secret.
    """
    value_at(config, key, path)
    if not path:
        return {each: value for each, value in config.items() if each != key}
    return {**config, key: _removed(config[key], key, path)}


def _removed(there: Any, shown: str, path: paths.Path) -> Any:
    step: Any = path[0]
    rest = path[1:]
    if rest:
        inner = _removed(there[step], paths.join(shown, step), rest)
        if isinstance(there, list):
            return [*there[:step], inner, *there[step + 1 :]]
        return {**there, step: inner}
    if isinstance(there, list):
        return [item for number, item in enumerate(there) if number != step]
    left = {key: value for key, value in there.items() if key != step}
    if is_secret(left):
        raise UserError(f"{shown}: a mapping with the only key {SECURE!r} would be taken for a secret")
    return left
