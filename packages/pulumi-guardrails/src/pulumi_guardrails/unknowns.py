"""Notes which unknown values a rule reads while it judges: it cannot say then whether they are right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from embedded_pulumi.values import UNKNOWN

Path: TypeAlias = tuple[str | int, ...]
Notes: TypeAlias = dict[str, dict[str, None]]
"""URN of a resource to the paths of its inputs, such as `ingress[0].cidrBlocks`, in the order of reading."""

_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def noting() -> Iterator[Notes]:
    """Within, unknown values that are read are noted."""
    notes: Notes = {}
    before = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(before)


def note(urn: str, path: Path) -> None:
    """Note that an unknown input is read."""
    notes = _notes.get()
    if notes is not None:
        notes.setdefault(urn, {})[_in_words(path)] = None


def noted(urn: str, path: Path, value: Any) -> Any:
    """An input that a rule reads; what is unknown in it is noted when it is read in its turn."""
    if _notes.get() is None:
        return value
    if value is UNKNOWN:
        note(urn, path)
    if isinstance(value, Mapping):
        return _NotedMapping(urn, path, value)
    if isinstance(value, list):
        return [noted(urn, (*path, position), item) for position, item in enumerate(value)]
    return value


class _NotedMapping(dict[str, Any]):
    """An object within an input."""

    def __init__(self, urn: str, path: Path, value: Mapping[str, Any]) -> None:
        super().__init__(value)
        self._urn, self._path = urn, path

    def __getitem__(self, name: str) -> Any:
        return noted(self._urn, (*self._path, name), super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        return noted(self._urn, (*self._path, name), super().get(name, default))


def _in_words(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
