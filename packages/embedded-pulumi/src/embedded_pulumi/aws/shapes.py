"""Properties that hold others: lists, sets, maps, blocks, and a resource's own inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from embedded_pulumi.aws.fields import Changes, Field, Text, Verdict, is_empty, kind_of, nearest, refuse
from embedded_pulumi.provider import NOT_SUPPORTED, CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties, Value

Fields: TypeAlias = Mapping[str, Field]
"""Property name, in Pulumi's spelling, to its field."""

_SIMPLE_KEY = re.compile(r"[A-Za-z_$][\w$]*\Z")


def child(path: str, key: str) -> str:
    """The path of a property inside another, in Pulumi's notation: `tags.Name`, `tags["a.b"]`."""
    if not _SIMPLE_KEY.match(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def pascal(name: str) -> str:
    """A property's name as AWS's API spells it: `vpcId` is `VpcId`."""
    return name[:1].upper() + name[1:]


def check_fields(fields: Fields, values: Properties, *, path: str = "", unsupported: Sequence[str] = ()) -> Verdict:
    """Check the properties of a resource or block: their names, types and defaults, and which are missing.

    One that is not supported may be empty: that is as good as its absence.
    """
    checked: Properties = {}
    said = [name for name, value in values.items() if name not in unsupported or not is_empty(value)]
    failures = [_unknown(name, fields, path, unsupported) for name in said if name not in fields]
    for name, each in fields.items():
        value = values.get(name)
        if value is None:
            value = each.default
        if value is not None:
            checked[name], wrong = each.check(child(path, name), value)
            failures += wrong
        elif each.required:
            failures.append(CheckFailure(child(path, name), "is required"))
    return checked, failures


def _unknown(name: str, fields: Fields, path: str, unsupported: Sequence[str]) -> CheckFailure:
    if name in unsupported:
        return CheckFailure(child(path, name), f"{NOT_SUPPORTED} this provider")
    return CheckFailure(child(path, name), f"is not a property{nearest(name, fields)}")


def known_among(values: Properties, names: Iterable[str]) -> list[str]:
    """Those of these properties that are set, and known: one that is unknown may turn out to be set or not."""
    return [name for name in names if values.get(name) not in (None, UNKNOWN)]


def known_items(values: Value) -> list[tuple[int, Properties]]:
    """The objects in a list that are known, each with its index."""
    listed = [] if values is UNKNOWN else values or []
    return [(index, item) for index, item in enumerate(listed) if item is not UNKNOWN]


def check_exclusive(groups: Iterable[Sequence[str]], values: Properties, path: str = "") -> list[CheckFailure]:
    """Check that no two properties of a group are set."""
    failures = []
    for group in groups:
        first, *others = known_among(values, group) or [""]
        if others:
            failures.append(CheckFailure(child(path, others[0]), f"conflicts with {first}"))
    return failures


def diff_fields(fields: Fields, old: Properties, new: Properties, *, path: str = "", replace: bool = False) -> Changes:
    """The changes of all properties."""
    changes: Changes = {}
    for name, each in fields.items():
        changes |= each.diff(child(path, name), old.get(name), new.get(name), replace=replace)
    return changes


def request(fields: Fields, values: Properties, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Properties as an API call's parameters; absent and empty text ones are left out, but where empty is told."""
    chosen = fields if names is None else {name: fields[name] for name in names}
    told = {
        name: "" if each.tells_empty and values.get(name) is None else values.get(name) for name, each in chosen.items()
    }
    return {
        each.aws or pascal(name): each.to_aws(told[name])
        for name, each in chosen.items()
        if told[name] is not None and (told[name] != "" or each.tells_empty)
    }


def response(fields: Fields, answer: Mapping[str, Any], names: Sequence[str] | None = None) -> Properties:
    """An API answer as properties; those that it lacks are None."""
    chosen = fields if names is None else {name: fields[name] for name in names}
    values = {name: answer.get(each.aws or pascal(name)) for name, each in chosen.items()}
    return {name: None if value is None else chosen[name].from_aws(value) for name, value in values.items()}


@dataclass(frozen=True, kw_only=True)
class ListOf(Field):
    """An ordered list. Any other value is a list with that one element, as for Pulumi's bridge."""

    item: Field = field(default_factory=Text)
    min_items: int = 0
    max_items: int = 0

    @property
    def blank(self) -> Value:
        """See `Field.blank`."""
        return []

    def as_output(self, value: Value) -> Value:
        """The value with all nested properties; see `Field.as_output`."""
        return value and [self.item.as_output(element) for element in value]

    def as_input(self, value: Value) -> Value:
        """An output as a program writes it; see `Field.as_input`."""
        return value and [self.item.as_input(element) for element in value]

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        value = value if isinstance(value, list) else [value]
        checked, failures = [], []
        for index, element in enumerate(value):
            good, wrong = self.item.check(f"{path}[{index}]", element)
            checked.append(good)
            failures += wrong
        if len(checked) < self.min_items:
            failures.append(CheckFailure(path, f"has {len(checked)} elements; at least {self.min_items} are accepted"))
        if self.max_items and len(checked) > self.max_items:
            failures.append(CheckFailure(path, f"has {len(checked)} elements; at most {self.max_items} are accepted"))
        return checked, failures

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        if new is UNKNOWN or is_empty(old) or is_empty(new):
            return super().diff(path, old, new, replace=replace)
        changes: Changes = {}
        for index in range(max(len(old), len(new))):
            pair = (_at(old, index), _at(new, index))
            changes |= self.item.diff(f"{path}[{index}]", *pair, replace=replace or self.force_new)
        return changes

    def foresee(self, value: Value) -> Value:
        """The value as far as it is known; see `Field.foresee`."""
        return value if value is UNKNOWN else [self.item.foresee(element) for element in value]

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return [self.item.to_aws(element) for element in value]

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return [self.item.from_aws(element) for element in value]


def _at(values: Sequence[Value], index: int) -> Value:
    return values[index] if index < len(values) else None


@dataclass(frozen=True, kw_only=True)
class SetOf(ListOf):
    """A list without order. Elements with the same meaning are paired; those without a partner are changes."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        if new is UNKNOWN or is_empty(old) or is_empty(new):
            return Field.diff(self, path, old, new, replace=replace)
        gone, come = self._unpaired(old, new)
        changes: Changes = {}
        for index in sorted(gone.keys() | come.keys()):
            pair = (gone.get(index), come.get(index))
            changes[f"{path}[{index}]"] = kind_of(*pair, replace=replace or self.force_new)
        return changes

    def _unpaired(self, old: Sequence[Value], new: Sequence[Value]) -> tuple[dict[int, Value], dict[int, Value]]:
        gone = dict(enumerate(old))
        come: dict[int, Value] = {}
        for index, desired in enumerate(new):
            partner = next((at for at, had in gone.items() if not self.item.diff("", had, desired)), None)
            if partner is None:
                come[index] = desired
            else:
                del gone[partner]
        return gone, come


@dataclass(frozen=True, kw_only=True)
class MapOf(Field):
    """A map to values of one kind.

    Attributes:
        item: Its values.
        key_pattern: A regular expression that each whole key matches, if not empty.
    """

    item: Field = field(default_factory=Text)
    key_pattern: str = ""

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        if not isinstance(value, dict):
            raise refuse("a map", value)
        checked: Properties = {}
        failures = []
        for key, element in value.items():
            checked[key], wrong = self.item.check(child(path, key), element)
            failures += wrong
            if self.key_pattern and not re.fullmatch(self.key_pattern, key):
                failures.append(CheckFailure(path, f"{key!r} is not accepted as a key; accepted: {self.key_pattern}"))
        return checked, failures

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        if new is UNKNOWN or (new is None and self.computed):
            return super().diff(path, old, new, replace=replace)
        old, new = old or {}, new or {}
        changes: Changes = {}
        for key in sorted(old.keys() | new.keys()):
            if key not in old or key not in new or self.item.diff("", old[key], new[key]):
                # An empty value is a value (a tag may be empty), so only the presence of the key counts.
                changes[child(path, key)] = kind_of(key in old, key in new, replace=replace or self.force_new)
        return changes


@dataclass(frozen=True, kw_only=True)
class TagMap(MapOf):
    """A map that AWS takes as a list of keys and values."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return [{"Key": key, "Value": text} for key, text in value.items()]

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return {tag["Key"]: tag["Value"] for tag in value}


@dataclass(frozen=True, kw_only=True)
class Dimensions(MapOf):
    """A map that CloudWatch takes as a list of names and values."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return [{"Name": key, "Value": text} for key, text in value.items()]

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return {each["Name"]: each["Value"] for each in value}


@dataclass(frozen=True, kw_only=True)
class Block(Field):
    """An object with known properties of its own.

    Attributes:
        fields: Its properties.
        unsupported: Properties that the real provider has and this one refuses by name.
        filled: Whether an output has all of them, the unset ones blank, as in the sets of Terraform's plugin SDK.
        empty_is_none: Whether an object in which nothing is set means the same as its absence.
        at_most_one: Groups of properties of which no two may be set.
    """

    fields: Fields
    unsupported: tuple[str, ...] = ()
    empty_is_none: bool = False
    filled: bool = False
    at_most_one: tuple[tuple[str, ...], ...] = ()

    def as_output(self, value: Value) -> Value:
        """The value with all nested properties; see `Field.as_output`."""
        value = {**value, **{name: self.fields[name].as_output(value[name]) for name in self.fields if name in value}}
        if not self.filled:
            return value
        blank = {name: each.blank for name, each in self.fields.items()}
        return {**blank, **dict.fromkeys(self.unsupported, ""), **value}

    def as_input(self, value: Value) -> Value:
        """An output as a program writes it; see `Field.as_input`. Of a group it has the first, as the bridge's.

        Source: deconflict.go in pulumi-terraform-bridge/pkg/tfbridge (59de6c661df1).
        """
        extra = {name for group in self.at_most_one for name in sorted(known_among(value, group))[1:]}
        required = {name for name, each in self.fields.items() if each.required}
        said = {name: item for name, item in value.items() if name in self.fields and name not in extra}
        if self.filled:
            said = {name: item for name, item in said.items() if name in required or not is_empty(item)}
        return {name: self.fields[name].as_input(item) for name, item in said.items()}

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        if not isinstance(value, dict):
            raise refuse("an object", value)
        checked, failures = check_fields(self.fields, value, path=path, unsupported=self.unsupported)
        return checked, failures + check_exclusive(self.at_most_one, value, path)

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        if self.empty_is_none and self._says_nothing(old) and self._says_nothing(new):
            return {}
        if new is UNKNOWN or old is None or new is None:
            return super().diff(path, old, new, replace=replace)
        return diff_fields(self.fields, old, new, path=path, replace=replace or self.force_new)

    def _says_nothing(self, value: Value) -> bool:
        return value is None or (isinstance(value, dict) and all(map(is_empty, value.values())))

    def foresee(self, value: Value) -> Value:
        """The value as far as it is known; see `Field.foresee`."""
        if value is UNKNOWN:
            return value
        open_ = {name: UNKNOWN for name, each in self.fields.items() if each.computed}
        return open_ | {name: self.fields[name].foresee(item) for name, item in value.items()}

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return request(self.fields, value)

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return {name: item for name, item in response(self.fields, value).items() if item is not None}


@dataclass(frozen=True, kw_only=True)
class KeptBlock(Block):
    """A block that stays as it is when a program says it no more.

    Source: SuppressMissingOptionalConfigurationBlock in terraform-provider-aws/internal/verify/diff.go.
    """

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        return {} if new is None else super().diff(path, old, new, replace=replace)


def walk(fields: Fields, path: str = "") -> Iterator[tuple[str, Field]]:
    """All fields with their paths, those inside of blocks too; `[]` and `{}` stand for any element."""
    for name, each in fields.items():
        yield from _walk_one(each, child(path, name))


def _walk_one(each: Field, path: str) -> Iterator[tuple[str, Field]]:
    yield path, each
    if isinstance(each, Block):
        yield from walk(each.fields, path)
    elif isinstance(each, ListOf) and isinstance(each.item, (Block, ListOf)):
        yield from list(_walk_one(each.item, f"{path}[]"))[1:]


@dataclass(frozen=True, kw_only=True)
class JoinedSet(SetOf):
    """A set that AWS takes as one string with commas."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return ",".join(value)

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return [each for each in value.split(",") if each]


@dataclass(frozen=True, kw_only=True)
class Wrapped(SetOf):
    """A set of texts that AWS takes as a list of objects with one key."""

    key: str

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return [{self.key: element} for element in value]

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return [each[self.key] for each in value]
