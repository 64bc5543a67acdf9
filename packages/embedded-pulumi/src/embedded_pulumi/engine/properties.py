"""Property values: wraps secrets again, finds unknown values, compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from embedded_pulumi.paths import join
from embedded_pulumi.provider import DiffKind
from embedded_pulumi.values import Properties, Secret, Unknown, Value


def has_secret(value: Value) -> bool:
    """Whether a value is secret or contains a secret."""
    return _any(value, lambda item: isinstance(item, Secret))


def has_unknown(value: Value) -> bool:
    """Whether a value is unknown or contains an unknown value."""
    return _any(value, lambda item: isinstance(item, Unknown))


def _any(value: Value, wanted: Callable[[Value], bool]) -> bool:
    if wanted(value):
        return True
    if isinstance(value, Secret):
        return _any(value.value, wanted)
    if isinstance(value, dict):
        return any(_any(item, wanted) for item in value.values())
    return isinstance(value, list) and any(_any(item, wanted) for item in value)


def reveal(value: Value) -> Value:
    """A value with its secrets unwrapped. Resource references stay references."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    return [reveal(item) for item in value] if isinstance(value, list) else value


def keep_secret(answer: Properties, inputs: Properties, also: Iterable[str] = ()) -> Properties:
    """A provider's answer, in which a property is secret again if the input of its name is.

    Of an object only the secret properties become secret. But if the answer lacks the key of a secret, the whole
    object becomes secret: the secret may be in it under another key.

    Args:
        answer: The checked inputs, or the outputs, that the provider returned.
        inputs: The inputs of the program, with its secrets.
        also: Names of more secret properties (`additionalSecretOutputs`).
    """
    marked = {name: _keep(value, inputs[name]) if name in inputs else value for name, value in answer.items()}
    more = {name: marked[name] for name in also if name in marked and not isinstance(marked[name], Secret)}
    return marked | {name: Secret(value) for name, value in more.items()}


def _keep(answer: Value, given: Value) -> Value:
    if isinstance(answer, Secret) or not has_secret(given):
        return answer
    if not isinstance(answer, dict) or not isinstance(given, dict):
        return Secret(answer)
    if all(key in answer for key, value in given.items() if has_secret(value)):
        return {key: _keep(value, given[key]) if key in given else value for key, value in answer.items()}
    return Secret(answer)


def compare(old: Properties, new: Properties) -> dict[str, DiffKind]:
    """The changes, by path. That a value became secret, or not secret, is no change."""
    found: dict[str, DiffKind] = {}
    _compare("", reveal(old), reveal(new), found)
    return found


def _compare(path: str, old: Value, new: Value, found: dict[str, DiffKind]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(key for key in new if key not in old)):
            _compare_child(join(path, key), key, old, new, found)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            _compare(join(path, index), before, after, found)
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        found[path] = DiffKind.UPDATE


def _compare_child(path: str, key: str, old: Properties, new: Properties, found: dict[str, DiffKind]) -> None:
    if key not in new:
        found[path] = DiffKind.DELETE
    elif key not in old:
        found[path] = DiffKind.ADD
    else:
        _compare(path, old[key], new[key], found)
