"""Values and differences on the wire, as the CLI's engine writes and reads them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from embedded_pulumi.plugin.messages import diff_response, name_of, properties, type_of, with_content
from embedded_pulumi.provider import Diff, DiffKind
from embedded_pulumi.values import UNKNOWN, Archive, Asset
from embedded_pulumi.wire.signatures import ARCHIVE, ASSET, KEY, RESOURCE, SECRET, UNKNOWNS

URN = "urn:pulumi:dev::shop::tap:index:Stack$tap:index:Network$aws:ec2/vpc:Vpc::a::b"


def told(value: Any) -> Any:
    """What a provider makes of one value on the wire."""
    message = struct_pb2.Struct()
    message.update({"a": value})
    return properties(message)["a"]


def test_secrets_and_references_are_taken_off() -> None:
    assert told({KEY: SECRET, "value": {"b": [1, "c"]}}) == {"b": [1, "c"]}
    assert told({KEY: RESOURCE, "urn": URN, "id": "vpc-1"}) == "vpc-1"


@pytest.mark.parametrize("sentinel", sorted(UNKNOWNS))
def test_every_kind_of_unknown_is_unknown(sentinel: str) -> None:
    assert told([sentinel]) == [UNKNOWN]


def test_an_asset_may_be_told_by_its_hash_alone() -> None:
    asset, archive = told({KEY: ASSET, "hash": "h"}), told({KEY: ARCHIVE, "hash": "h"})

    assert (asset, archive) == (Asset(hash="h"), Archive(hash="h"))
    assert (asset.elided, archive.elided) == (True, True)


def test_an_empty_text_is_known_by_its_hash() -> None:
    """The CLI's engine leaves an empty text out, as if there were none."""
    hash_ = hashlib.sha256(b"").hexdigest()

    assert told({KEY: ARCHIVE, "assets": {"e.py": {KEY: ASSET, "hash": hash_}}}) == Archive(
        assets={"e.py": Asset(text="", hash=hash_)}
    )


def test_old_values_get_their_content_back_from_new_ones_with_the_same_hash() -> None:
    whole = Archive(assets={"f": Asset(text="x", hash="1")}, hash="2")
    olds = {"a": Archive(hash="2"), "b": [{"c": Asset(hash="1")}, Asset(hash="9")], "d": 1}

    assert with_content(olds, {"new": [whole, Asset(text="x", hash="1")]}) == {
        "a": whole,
        "b": [{"c": Asset(text="x", hash="1")}, Asset(hash="9")],
        "d": 1,
    }


def test_type_and_name_are_in_the_urn_where_an_older_engine_says_no_more() -> None:
    older, newer = provider_pb2.CheckRequest(urn=URN), provider_pb2.CheckRequest(urn=URN, type="t", name="n")

    assert (type_of(older), name_of(older)) == ("aws:ec2/vpc:Vpc", "a::b")
    assert (type_of(newer), name_of(newer)) == ("t", "n")


def test_a_difference_is_told_by_path_and_by_property() -> None:
    detailed = {
        "tags.Name": DiffKind.ADD,
        'tags["a.b"]': DiffKind.DELETE,
        "ingress[0].cidrBlocks": DiffKind.UPDATE_REPLACE,
    }
    answer = diff_response(Diff(detailed, delete_before_replace=True, stables=("arn",)))

    assert answer.changes == answer.DIFF_SOME
    assert list(answer.diffs) == ["ingress", "tags"]
    assert list(answer.replaces) == ["ingress"]
    assert list(answer.stables) == ["arn"]
    assert answer.deleteBeforeReplace
    assert {path: answer.detailedDiff[path].kind for path in detailed} == {
        "tags.Name": provider_pb2.PropertyDiff.ADD,
        'tags["a.b"]': provider_pb2.PropertyDiff.DELETE,
        "ingress[0].cidrBlocks": provider_pb2.PropertyDiff.UPDATE_REPLACE,
    }


def test_no_difference_is_told_as_none_and_not_as_unknown() -> None:
    """Unknown, the engine would compare the inputs itself."""
    answer = diff_response(Diff())

    assert (answer.changes, answer.hasDetailedDiff) == (answer.DIFF_NONE, True)
