"""How one resource type is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from embedded_pulumi.values import Properties
from support.provider.world import World


class With(NamedTuple):
    """A property's value, and the other properties that must change with it."""

    value: Any
    also: Properties


Wishes = Mapping[str, Any]
"""Property to its new value, to that `With` others, or to a function that makes either out of a `World`."""


@dataclass(frozen=True)
class Case:
    """How one resource type is tried.

    Attributes:
        inputs: A sound set of inputs.
        updates: What is changed in place.
        replaces: What replaces the resource when it is changed.
        dropped: What moto takes and drops when it creates: the provider must say so.
        stuck: Updates that moto takes and drops of a resource that stands.
        created: What moto takes when it creates and cannot change.
        missing: Updates that moto refuses, with the words of its refusal.
        refused: What the real provider has in its schema and accepts no more, each with the value that it refuses.
        import_id: What the real provider takes for an import, made from the inputs, the outputs and the id.
        unreadable: Inputs that AWS never tells, here or in production.
        outlives: Whether deleting it only takes the program's hand off it.
        happens: Whether it is done and over: AWS keeps nothing of it that could be read, found or gone.
        imports: Whether the real provider can import it.
        found_again: Whether what a create made can be found if its answer is lost.
        plain: Whether plain moto has the type; else only the embedded AWS is asked.
        apart: Updates that other inputs need, which a test of their own tries.
        stale: Outputs that an update may change and its preview shows as they were, as the real provider's does.
    """

    inputs: Callable[[World], Properties]
    updates: Wishes = field(default_factory=dict)
    replaces: Wishes = field(default_factory=dict)
    dropped: Wishes = field(default_factory=dict)
    stuck: Wishes = field(default_factory=dict)
    created: Wishes = field(default_factory=dict)
    missing: Wishes = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    import_id: str = "{id}"
    unreadable: tuple[str, ...] = ()
    outlives: bool = False
    happens: bool = False
    imports: bool = True
    found_again: bool = True
    plain: bool = True
    apart: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


class Change(NamedTuple):
    """One property of one type, and what it is to be."""

    type_: str
    name: str
    wish: Any

    def __str__(self) -> str:
        return f"{self.type_.rpartition(':')[2]}.{self.name}"

    def of(self, base: Properties, world: World) -> Properties:
        """Inputs with this property changed, and what must change with it."""
        wish = self.wish(world) if callable(self.wish) else self.wish
        value, also = wish if isinstance(wish, With) else With(wish, {})
        return {**base, self.name: value, **also}


def changes(cases: Mapping[str, Case], kind: str) -> Iterator[Change]:
    """Every change of a kind, such as `updates`, that the cases have."""
    for type_, case in cases.items():
        for name, wish in getattr(case, kind).items():
            yield Change(type_, name, wish)
