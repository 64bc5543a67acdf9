"""A resource type: its properties, and the functions that create, read, update and delete it.

A service module has one `Resource` for each type. The functions take plain properties and call AWS; `lifecycle` does
what is the same for all types: it checks and compares, adds tags, and foresees previews.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from embedded_pulumi.aws.fields import Changes, Text
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, MapOf, diff_fields
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Properties, Value

TAGS = MapOf()
REGION = Text(computed=True, force_new=True)


@dataclass(frozen=True)
class Change:
    """An update.

    Attributes:
        fields: The inputs of the type.
        old: The old state: outputs, and inputs that are no outputs.
        new: The new inputs, and `tagsAll`.
    """

    fields: Fields
    old: Properties
    new: Properties

    def has(self, *names: str) -> bool:
        """Whether one of these properties changes."""
        chosen = {name: self.fields[name] for name in names}
        return bool(diff_fields(chosen, self.old, self.new))

    def get(self, name: str) -> Value:
        """The value after the update: the new input, or the value that AWS filled in before."""
        value = self.new.get(name)
        return self.old.get(name) if value is None and self.fields[name].computed else value


Create: TypeAlias = Callable[[Session, Properties], str]
"""Creates a resource from its inputs and `tagsAll`; returns the id as soon as it exists."""

Locate: TypeAlias = Callable[[Session, Properties], str | None]
"""Finds the resource that a create with these inputs made, by its mark or its name; returns the id. See `marks`."""

Settle: TypeAlias = Callable[[Session, str, Properties], None]
"""Completes a new resource, and waits until it can be used. If this fails, the resource has init errors.

It may be called again after it has failed."""

Read: TypeAlias = Callable[[Session, str, Properties], Properties | None]
"""Reads the properties of a resource, with `tagsAll`; None if it does not exist.

The last argument is its state, empty for an import. A property without a value is None; one that AWS never shows is
left out. `id` is among them only if the id of an import differs from that of the resource."""

Update: TypeAlias = Callable[[Session, str, Change], None]
"""Updates a resource to its new inputs, except for tags."""

Delete: TypeAlias = Callable[[Session, str, Properties], None]
"""Deletes a resource, and waits until it does not exist any more; the last argument is its state."""

Retag: TypeAlias = Callable[[Session, str, Properties, dict[str, str], list[str]], None]
"""Writes some tags, and removes others; the third argument is the state."""

Compare: TypeAlias = Callable[[Properties, Properties], Changes]
"""Compares the state with inputs, for changes that single properties do not show."""

Examine: TypeAlias = Callable[[Properties], list[CheckFailure]]
"""Checks inputs together, each of which is accepted alone."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource type.

    Attributes:
        type_: Its Pulumi type token, such as `aws:ec2/vpc:Vpc`.
        inputs: The properties that a program may set, without `region` and `tags`.
        outputs: The properties that only AWS sets, without `region` and `tagsAll`.
        create: See `Create`, and so on.
        locate: See `Locate`.
        unsupported: Inputs that the real provider has and this one refuses by name.
        name: How to generate a missing name.
        exactly_one: Groups of inputs of which exactly one must be set.
        at_most_one: Groups of inputs of which no two may be set.
        examine: Checks across inputs.
        compare: Comparisons beyond single properties.
        renewed: Output to the inputs whose change gives it a new value.
        regional: Whether it lives in a region (IAM does not).
        retag: Changes its tags; None if it takes none.
    """

    type_: str
    inputs: Fields
    outputs: tuple[str, ...] = ()
    create: Create
    locate: Locate
    read: Read
    delete: Delete
    settle: Settle | None = None
    update: Update | None = None
    retag: Retag | None = None
    unsupported: tuple[str, ...] = ()
    name: AutoName | None = None
    exactly_one: tuple[tuple[str, ...], ...] = ()
    at_most_one: tuple[tuple[str, ...], ...] = ()
    examine: Examine | None = None
    compare: Compare | None = None
    renewed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regional: bool = True

    @cached_property
    def fields(self) -> Fields:
        """All inputs."""
        every = dict(self.inputs)
        if self.regional:
            every["region"] = REGION
        if self.retag:
            every["tags"] = TAGS
        return every

    @cached_property
    def all_outputs(self) -> tuple[str, ...]:
        """All properties that are only known when the resource exists."""
        filled = tuple(name for name, each in self.inputs.items() if each.computed)
        return (*self.outputs, *filled)

    @cached_property
    def stables(self) -> tuple[str, ...]:
        """All properties that no update changes."""
        fixed = tuple(name for name, each in self.fields.items() if each.force_new)
        return (*fixed, *(name for name in self.outputs if name not in self.renewed))
