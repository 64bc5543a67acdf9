"""What a resource type is: its properties, and how it is created, found, described, updated and deleted.

A service module has a class for each type. Its methods take plain properties and call AWS; `lifecycle` does what is
the same for all types: it checks and compares, reads back, writes tags, and foresees previews.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

from embedded_pulumi.aws.fields import Changes, Text
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, MapOf, diff_fields
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import CheckFailure, CheckRequest
from embedded_pulumi.values import Properties, Value

TAGS = MapOf()
REGION = Text(computed=True, force_new=True)

Description: TypeAlias = dict[str, Any]
"""A resource as AWS describes it, in AWS's names."""


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


class ResourceType:
    """One resource type. `state` is what is known of a resource, empty for an import.

    The docstring of a type says what is peculiar to it, and where that was read in the real provider.

    Attributes:
        type_: Its Pulumi type token, such as `aws:ec2/vpc:Vpc`.
        inputs: The properties that a program may set, without `region` and `tags`.
        outputs: The properties that only AWS sets, without `region` and `tagsAll`.
        unsupported: Inputs that the real provider has and this one refuses by name.
        name: How to generate a missing name.
        exactly_one: Groups of inputs of which exactly one must be set.
        at_most_one: Groups of inputs of which no two may be set; a name and its prefix need not be told.
        required_with: Input to the inputs that must be set with it, to whatever value.
        renewed: Output to the inputs whose change gives it a new value; no inputs are all of them. See `renews`.
        delete_first: Whether a replacement deletes the old resource first, even if the program gives no name.
        regional: Whether it lives in a region (IAM does not).
        tagging: How its tags are shown and changed; None if it takes none.
    """

    type_: ClassVar[str]
    inputs: ClassVar[Fields]
    outputs: ClassVar[tuple[str, ...]] = ()
    unsupported: ClassVar[tuple[str, ...]] = ()
    name: ClassVar[AutoName | None] = None
    exactly_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    at_most_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    required_with: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    renewed: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    delete_first: ClassVar[bool] = False
    regional: ClassVar[bool] = True
    tagging: ClassVar[Tagging | None] = None

    def fill(self, request: CheckRequest, given: Properties) -> Properties:
        """The given inputs with generated names. Raises NoName: none could be generated."""
        return self.name.fill(request, given) if self.name else given

    def create(self, aws: Session, props: Properties) -> str:
        """Create a resource from its inputs and `tagsAll`; returns the id as soon as it exists.

        An output that AWS tells only now is set in `props`.
        """
        raise NotImplementedError

    def locate(self, aws: Session, props: Properties) -> str | None:
        """The id of the resource that a create with these inputs made, by its name or its mark; see `marks`."""
        return given_or_unique(props)

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        """Complete a new resource, and wait until it can be used. If this fails, the resource has init errors.

        It may be called again after it has failed.
        """

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """The resource as AWS describes it, or None if it does not exist."""
        raise NotImplementedError

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        """The properties of what `find` has found, without `tagsAll` if there is a `tagging`.

        A property without a value is None; one that AWS never shows is left out. `id` is among them only if the id of
        an import differs from that of the resource.
        """
        raise NotImplementedError

    def stored(self, props: Properties) -> Properties:
        """The inputs as AWS is to show them, where it stores something under another property than the program's."""
        return props

    def update(self, aws: Session, id_: str, change: Change) -> None:
        """Update a resource to its new inputs, except for tags."""

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Delete a resource, and wait until it does not exist any more."""
        raise NotImplementedError

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """Check inputs together, each of which is accepted alone."""
        return []

    def compare(self, state: Properties, news: Properties) -> Changes:
        """Compare the state with inputs, for changes that single properties do not show."""
        return {}

    def renews(self, change: Change, changed: Collection[str]) -> Collection[str]:
        """The outputs to which an update gives new values, as far as the real provider foresees them.

        Args:
            change: The update.
            changed: The inputs that change, with `tags` or without.
        """
        inputs = set(self.inputs).intersection(changed)
        return [name for name, causes in self.renewed.items() if inputs.intersection(causes or inputs)]

    @cached_property
    def fields(self) -> Fields:
        """All inputs."""
        every = dict(self.inputs)
        if self.regional:
            every["region"] = REGION
        if self.tagging:
            every["tags"] = TAGS
        return every

    @cached_property
    def exclusive(self) -> tuple[tuple[str, ...], ...]:
        """All groups of inputs of which no two may be set."""
        return ((self.name.property, *self.name.unless), *self.at_most_one) if self.name else self.at_most_one

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
