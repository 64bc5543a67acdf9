"""Values on the wire and in the state file: whatever goes in comes out again."""

from __future__ import annotations

import math
from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from embedded_pulumi import wire
from embedded_pulumi.engine.codec import Codec
from embedded_pulumi.engine.properties import has_secret, has_unknown
from embedded_pulumi.engine.resource import Operation, PendingOperation, ResourceState
from embedded_pulumi.values import UNKNOWN, Archive, Asset, ResourceRef, Secret
from embedded_pulumi.wire import signatures
from embedded_pulumi.wire.objects import MalformedValue
from embedded_pulumi.wire.plain import plain
from embedded_pulumi.wire.requests import CustomTimeouts

texts = st.text(max_size=8)
names = texts.filter(lambda name: name != signatures.KEY)
# Whole numbers beyond 2**53 do not fit a float, which is what the wire has.
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
assets = st.builds(Asset, text=texts) | st.builds(Asset, path=texts.filter(bool), hash=texts)
archives = st.builds(Archive, assets=st.dictionaries(names, assets, max_size=3)) | st.builds(
    Archive,
    path=texts.filter(bool),
)
references = st.builds(ResourceRef, urn=texts, id=texts)
known = st.recursive(
    st.none() | st.booleans() | numbers | texts | assets | archives | references,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3) | st.builds(Secret, inner),
    max_leaves=8,
)
anything = st.recursive(
    known | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3) | st.builds(Secret, inner),
    max_leaves=8,
)


class Mirror:
    """A crypter whose ciphertexts can be told from texts, and taken back."""

    def encrypt(self, text: str) -> str:
        return text[::-1]

    def decrypt(self, text: str) -> str:
        return text[::-1]


def same(one: Any, other: Any) -> bool:
    """Equality that tells True from 1, as the wire does."""
    return bool(one == other) and repr(_sorted(one)) == repr(_sorted(other))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Secret):
        return Secret(_sorted(value.value))
    if isinstance(value, Archive):
        return (value.path, value.hash, _sorted(value.assets))
    return value


@given(st.dictionaries(names, anything, max_size=4))
def test_properties_survive_the_wire(properties: dict[str, Any]) -> None:
    message = struct_pb2.Struct.FromString(wire.encode(properties).SerializeToString())

    assert same(wire.decode(message), properties)


@given(st.dictionaries(names, known, max_size=4))
def test_properties_survive_the_state_file(properties: dict[str, Any]) -> None:
    codec = Codec(Mirror)
    state = ResourceState(
        "urn:pulumi:dev::shop::type::n", "type", custom=True, id="id", inputs=properties, outputs=properties
    )

    read = codec.read(codec.write(state))
    assert same(read.inputs, properties)
    assert read.outputs == read.inputs


@given(st.dictionaries(names, anything, max_size=4))
def test_a_provider_sees_neither_secrets_nor_references(properties: dict[str, Any]) -> None:
    seen = plain(properties)

    assert not has_secret(seen)
    assert "ResourceRef" not in repr(seen)
    assert has_unknown(seen) == has_unknown(properties)


def test_every_field_of_a_resource_survives_the_state_file() -> None:
    state = ResourceState(
        urn="urn:pulumi:dev::shop::t::n",
        type="t",
        custom=True,
        id="id",
        inputs={"a": 1},
        outputs={"b": Secret(2)},
        parent="p",
        protect=True,
        external=True,
        delete=True,
        dependencies=("d",),
        init_errors=("e",),
        provider="urn:pulumi:dev::shop::pulumi:providers:t::x::id",
        property_dependencies={"a": ("d",)},
        pending_replacement=True,
        additional_secret_outputs=("b",),
        custom_timeouts=CustomTimeouts(create=1.5, delete=3),
        import_id="i",
        retain_on_delete=True,
        deleted_with="w",
        ignore_changes=("a",),
        replace_on_changes=("*",),
        replacement_trigger=0,
        hide_diffs=("h",),
        created="2026-01-01T00:00:00Z",
        modified="2026-01-02T00:00:00Z",
    )
    codec = Codec(Mirror)

    assert codec.read(codec.write(state)) == state
    pending = PendingOperation(state, Operation.UPDATING)
    assert codec.read_pending(codec.write_pending(pending)) == pending


def test_an_unknown_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Codec(Mirror).write(ResourceState("u", "t", custom=True, outputs={"a": [Secret(UNKNOWN)]}))


@pytest.mark.parametrize("text", sorted(signatures.UNKNOWNS))
def test_every_kind_of_unknown_is_known(text: str) -> None:
    assert wire.decode(struct_pb2.Struct(fields={"a": struct_pb2.Value(string_value=text)})) == {"a": UNKNOWN}


def marked(mark: str, **fields: Any) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update({"a": {signatures.KEY: mark, **fields}})
    return message


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"value": 1.0, "dependencies": ["urn"]}, 1),
        ({"value": 1.0, "secret": True}, Secret(1)),
        ({}, UNKNOWN),
        ({"secret": True}, Secret(UNKNOWN)),
    ],
)
def test_an_output_value_is_its_value(fields: dict[str, Any], value: Any) -> None:
    assert wire.decode(marked(signatures.OUTPUT, **fields)) == {"a": value}


def test_an_asset_of_an_unknown_or_secret_text_is_so_as_a_whole() -> None:
    secret = {signatures.KEY: signatures.SECRET, "value": "s"}

    assert wire.decode(marked(signatures.ASSET, text=signatures.UNKNOWN)) == {"a": UNKNOWN}
    assert wire.decode(marked(signatures.ASSET, text=secret)) == {"a": Secret(Asset(text="s"))}
    inner = {signatures.KEY: signatures.ASSET, "text": secret}
    assert wire.decode(marked(signatures.ARCHIVE, assets={"f": inner})) == {
        "a": Secret(Archive(assets={"f": Asset(text="s")})),
    }


@pytest.mark.parametrize("mark", [signatures.ASSET, signatures.ARCHIVE, "0" * 32])
def test_a_special_value_that_is_malformed_or_unheard_of_is_refused(mark: str) -> None:
    with pytest.raises(MalformedValue):
        wire.decode(marked(mark, uri="https://example.com"))


def test_a_whole_number_is_an_int_and_any_other_a_float() -> None:
    values = wire.decode(wire.encode({"a": 2.0, "b": 2.5, "c": True, "d": math.inf}))

    assert {key: type(value) for key, value in values.items()} == {"a": int, "b": float, "c": bool, "d": float}
