"""What a resource type is: its properties, and how it is created, read, updated and deleted.

A service module holds one `Resource` for each type it knows. The functions get plain properties and talk to AWS;
everything that is the same for all types (checking, comparing, tags, previews) is done around them by `lifecycle`.
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
    """An update to be made.

    Attributes:
        fields: What the properties may be.
        old: The state as it stands: outputs, and inputs that are no outputs.
        new: The wished inputs, and `tagsAll`.
    """

    fields: Fields
    old: Properties
    new: Properties

    def has(self, *names: str) -> bool:
        """Whether one of these properties changes."""
        chosen = {name: self.fields[name] for name in names}
        return bool(diff_fields(chosen, self.old, self.new))

    def get(self, name: str) -> Value:
        """The value after the update: the wished one, or what AWS filled in before."""
        value = self.new.get(name)
        return self.old.get(name) if value is None and self.fields[name].computed else value


Create: TypeAlias = Callable[[Session, Properties], str]
"""Make it from its inputs and `tagsAll`; returns the id as soon as it exists."""

Locate: TypeAlias = Callable[[Session, Properties], str | None]
"""The id that something has if a create with these inputs made it, found by its mark or by its name; see `marks`."""

Settle: TypeAlias = Callable[[Session, str, Properties], None]
"""Bring a new resource to what its inputs say and wait until it can be used; failing leaves it incomplete, not lost.

It may be called again on what it left halfway."""

Read: TypeAlias = Callable[[Session, str, Properties], Properties | None]
"""Its properties as they are, `tagsAll` among them; None if it is gone.

The last argument is what is known of it (empty for an import). A property that AWS has no value for is None; one that
AWS does not tell at all is left out. `id` is in it only where an import's id is not the resource's."""

Update: TypeAlias = Callable[[Session, str, Change], None]
"""Bring an existing resource to its new inputs, tags excepted."""

Delete: TypeAlias = Callable[[Session, str, Properties], None]
"""Delete it and wait until it is gone; the last argument is its state."""

Retag: TypeAlias = Callable[[Session, str, Properties, dict[str, str], list[str]], None]
"""Write some tags and remove others; the third argument is the state."""

Compare: TypeAlias = Callable[[Properties, Properties], Changes]
"""Changes between state and wished inputs that no property shows by itself."""

Examine: TypeAlias = Callable[[Properties], list[CheckFailure]]
"""What is wrong with inputs that are right one by one."""


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
        name: How a missing name is made up.
        exactly_one: Groups of inputs of which exactly one must be set.
        at_most_one: Groups of inputs of which no two may be set.
        examine: Checks across inputs.
        compare: Comparisons beyond single properties.
        renewed: Outputs that get new values in an update, and the inputs whose change does it.
        regional: Whether it lives in a region (IAM does not).
        retag: How its tags are changed; None if it takes none.
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
        """All properties that are known only once it exists."""
        filled = tuple(name for name, each in self.inputs.items() if each.computed)
        return (*self.outputs, *filled)

    @cached_property
    def stables(self) -> tuple[str, ...]:
        """All properties that no update in place changes."""
        fixed = tuple(name for name, each in self.fields.items() if each.force_new)
        return (*fixed, *(name for name in self.outputs if name not in self.renewed))
