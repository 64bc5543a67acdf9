"""What a program registers, as frozen values: resources, and which property of which refers to which.

Ids and ARNs are not known before a resource exists. In their place stands a `Reference`, so that a rule can ask what
a subnet's route table leads to while none of them is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

from embedded_pulumi.engine.urn import STACK_TYPE, is_provider_type
from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.unknowns import note, noted

Plain: TypeAlias = Any
"""None, bool, int, float, str, list or dict of such values, Reference, UNKNOWN, Asset or Archive. Within a longer
string a reference is written `${name.output}`."""


@dataclass(frozen=True)
class Reference:
    """An output of another resource; `output` is empty where only the resource is known."""

    urn: str
    output: str = "id"


@dataclass(frozen=True)
class Options:
    """The resource options that rules look at. None means not set."""

    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    provider: str = ""


@dataclass(frozen=True)
class Resource:
    """One registration.

    Attributes:
        inputs: By Pulumi's camelCase names.
        parent: URN, or empty.
        references: Property to the URNs that its value was made from; also where the value itself no longer shows it.
        outputs: What a component, or the stack, has registered as its outputs; None if it has not.
        remote: Whether it is a component that a provider makes, in a process of its own; its parts are not known.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Plain] = field(default_factory=dict)
    parent: str = ""
    custom: bool = True
    options: Options = field(default_factory=Options)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: Mapping[str, Plain] | None = None
    remote: bool = False

    def value(self, *path: str | int) -> Plain:
        """The input at a path; None if it is not set, or not known."""
        return self.raw(*path) if self.knows(*path) else None

    def raw(self, *path: str | int) -> Plain:
        """The input at a path as it is, a Reference included; None if it is not set.

        What is within something that is not known is not known either.
        """
        return noted(self.urn, path, self.at(*path))

    def at(self, *path: str | int) -> Plain:
        """The same for what is no judgement: that a value is unknown does not keep a rule from judging."""
        found: Plain = self.inputs
        for step in path:
            if found is UNKNOWN or isinstance(found, Reference):
                return found
            if isinstance(step, int):
                found = found[step] if isinstance(found, list) and step < len(found) else None
            else:
                found = found.get(step) if isinstance(found, Mapping) else None
        return found

    def text(self, *path: str | int) -> str | None:
        """The input at a path, if it is a known string."""
        found = self.value(*path)
        return found if isinstance(found, str) else None

    def mapping(self, *path: str | int) -> Mapping[str, Plain]:
        """The input at a path, if it is an object; else an empty one."""
        found = self.value(*path)
        return found if isinstance(found, Mapping) else {}

    def items(self, *path: str | int) -> list[Mapping[str, Plain]]:
        """The objects in the list at a path; one object alone counts as a list of it."""
        found = self.value(*path)
        return [item for item in as_list(found) if isinstance(item, Mapping)]

    def is_true(self, *path: str | int) -> bool:
        """Whether the input is true; some properties of the provider are booleans in strings."""
        return self.value(*path) in (True, "true")

    def knows(self, *path: str | int) -> bool:
        """Whether the input is a value that can be judged: it is not set, or it is set to something known."""
        found = self.at(*path)
        if found is UNKNOWN or (isinstance(found, Reference) and not found.output):
            note(self.urn, path)
        return found is not UNKNOWN and not isinstance(found, Reference)

    @property
    def tags(self) -> Mapping[str, Plain] | None:
        """Its tags by key, however its type writes them; None if they are not known."""
        if not self.knows("tags"):
            return None
        if isinstance(self.value("tags"), list):
            return {str(tag.get("key")): tag.get("value") for tag in self.items("tags")}
        return self.mapping("tags")

    @property
    def is_cloud_resource(self) -> bool:
        """Whether it is something in a cloud, and not a component, the stack or a provider."""
        return self.custom and not is_provider_type(self.type)


@dataclass(frozen=True)
class Program:
    """All that a program registered, in the order of registration.

    Attributes:
        invokes: The functions that it asked, such as `aws:index/getAvailabilityZones:getAvailabilityZones`; None if
            that is not known.
        region: Where it deploys to; empty if that is not known.
        read: Type and name of the resources that it reads and does not manage, which are not judged.
    """

    resources: tuple[Resource, ...]
    invokes: frozenset[str] | None = None
    region: str = ""
    read: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """URN to resource."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _users(self) -> Mapping[str, list[tuple[Resource, str]]]:
        found: dict[str, list[tuple[Resource, str]]] = {}
        for resource in self.resources:
            for name, urns in resource.references.items():
                for urn in urns:
                    found.setdefault(urn, []).append((resource, name))
        return found

    def of(self, *types: str) -> list[Resource]:
        """The resources of some types."""
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def targets(self, resource: Resource, name: str, *types: str) -> list[Resource]:
        """What a property of a resource refers to, of some types; a plain name is looked up among those types."""
        urns = resource.references.get(name, ())
        found = [self.by_urn[urn] for urn in urns if urn in self.by_urn]
        if not found:
            named = [item for item in as_list(resource.at(name)) if isinstance(item, str)]
            found = [other for other in self.of(*types) if other.at("name") in named]
        return [other for other in found if not types or other.type in types]

    def behind(self, resource: Resource, name: str, value: Plain) -> list[Resource]:
        """What one value within a property refers to; where it is not known, all that the property refers to."""
        if isinstance(value, Reference):
            return [self.by_urn[value.urn]] if value.urn in self.by_urn else []
        return self.targets(resource, name) if value is UNKNOWN else []

    def users(self, resource: Resource, *types: str, by: str = "") -> list[Resource]:
        """Who refers to a resource: of some types if any are given, by one property if it is given."""
        found = [
            user
            for user, name in self._users.get(resource.urn, ())
            if (not types or user.type in types) and (not by or name == by)
        ]
        named = self._users_by_name(resource, types, by) if types and by else []
        return list({user.urn: user for user in (*found, *named)}.values())

    def _users_by_name(self, resource: Resource, types: Iterable[str], by: str) -> list[Resource]:
        name = resource.at("name")
        return [user for user in self.of(*types) if isinstance(name, str) and name in as_list(user.at(by))]

    @property
    def stack(self) -> Resource | None:
        """The stack itself, with what it exports as its outputs."""
        return next(iter(self.of(STACK_TYPE)), None)

    def replaced(self, *changed: Resource) -> Program:
        """The same program with some resources changed; one that is new comes last."""
        news = {resource.urn: resource for resource in changed}
        kept = [news.pop(resource.urn, resource) for resource in self.resources]
        return replace(self, resources=(*kept, *news.values()))


def as_list(value: Plain) -> list[Plain]:
    """A list as it is, nothing as an empty one, anything else as a list of it."""
    if value is None or value is UNKNOWN:
        return []
    return value if isinstance(value, list) else [value]


def references_in(value: Plain) -> Iterator[Reference]:
    """Every reference within a value."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from references_in(item)


def bound(value: Plain, urns: Sequence[str]) -> Plain:
    """A value in which what is not known, and can come from one resource alone, refers to that resource."""
    if value is UNKNOWN and len(urns) == 1:
        return Reference(urns[0], "")
    if isinstance(value, list):
        return [bound(item, urns) for item in value]
    if isinstance(value, Mapping):
        return {name: bound(item, urns) for name, item in value.items()}
    return value
