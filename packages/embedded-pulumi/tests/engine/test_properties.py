"""Property paths, comparison, secrecy by name, and the content of assets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.harness import Stack

from embedded_pulumi.engine.assets import resolve
from embedded_pulumi.engine.properties import compare, has_secret, keep_secret, reveal
from embedded_pulumi.paths import PathError, contains, join, parse, reset
from embedded_pulumi.provider import DiffKind, allowed
from embedded_pulumi.values import UNKNOWN, Archive, Asset, ResourceRef, Secret
from embedded_pulumi.wire.plain import plain

keys = st.text(min_size=1, max_size=4)
trees = st.recursive(
    st.integers(0, 2) | st.booleans() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
    max_leaves=5,
)
objects = st.dictionaries(keys, trees, max_size=3)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('tags["a.b"]', ("tags", "a.b")),
        ('a["say \\"so\\""]', ("a", 'say "so"')),
        ("a[*].b", ("a", "*", "b")),
        ("*", ("*",)),
        ("[0]", (0,)),
    ],
)
def test_a_path_is_taken_apart(text: str, path: tuple[str | int, ...]) -> None:
    assert parse(text) == path


@pytest.mark.parametrize("text", ["a[", "a[x]", "a[0", 'a["b', 'a["b"', ".a", "a."])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(PathError, match="not a property path"):
        parse(text)


@given(st.lists(keys.filter(lambda key: key != "*" and "\\" not in key) | st.integers(0, 9), min_size=1, max_size=4))
def test_a_path_that_was_put_together_comes_apart_again(steps: list[str | int]) -> None:
    text = ""
    for step in steps:
        text = join(text, step)

    assert parse(text) == tuple(steps)


def test_a_pattern_contains_what_lies_within_it() -> None:
    assert contains(parse("a"), parse("a.b[0]"))
    assert contains(parse("a[*].c"), parse("a[3].c.d"))
    assert not contains(parse("a.b"), parse("a"))
    assert not contains(parse("a"), parse("ab"))


@pytest.mark.parametrize(
    ("path", "old", "new", "result"),
    [
        ("a", {"a": 1}, {"a": 2}, {"a": 1}),
        ("a", {}, {"a": 2}, {}),
        ("a", {"a": 1}, {}, {"a": 1}),
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}),
        ("a[1]", {"a": [1, 2]}, {"a": [5, 6]}, {"a": [5, 2]}),
        ("a[*].b", {"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}]}, {"a": [{"b": 1, "c": 3}]}),
        ("a.*", {"a": {"x": 1}}, {"a": {"x": 2, "y": 2}}, {"a": {"x": 1}}),
        ("a.b", {"a": Secret({"b": 1})}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}),
        ("a.b", {"a": Secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": Secret(1)}}),
        ("a[*]", {"a": Secret([1])}, {"a": [2]}, {"a": [Secret(1)]}),
        ("a.b", {}, {}, {}),
        ("a.b", {"a": {}}, {"a": {"b": {"c": 1}}}, {"a": {}}),
        ("a.b.c", {"a": {}}, {"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"d": 2}}}),
        ("a[3]", {"a": [1]}, {"a": [1, 2]}, {"a": [1, 2]}),
        (
            "a[*].b",
            {"a": {"x": {"b": 1}}},
            {"a": {"x": {"b": 2}, "y": {"b": 3}}},
            {"a": {"x": {"b": 1}, "y": {"b": 3}}},
        ),
    ],
)
def test_a_change_is_undone(path: str, old: dict[str, Any], new: dict[str, Any], result: dict[str, Any]) -> None:
    before = repr(new)

    assert reset(parse(path), old, new) == (result, True)
    assert repr(new) == before


@pytest.mark.parametrize(
    ("path", "old", "new", "result"),
    [
        ("a.b", {"a": {"b": 1}}, {}, {}),
        ("a[*].b", {"a": [{"b": 1}]}, {"a": [{"b": 2}, {"b": 3}]}, {"a": [{"b": 1}, {"b": 3}]}),
        ("a[*].b", {"a": [{"b": 1}, {"b": 1}]}, {"a": [{"b": 2}]}, {"a": [{"b": 1}]}),
        ("a[1].b", {"a": [{"b": 1}]}, {"a": [{"b": 2}, {"b": 3}]}, {"a": [{"b": 2}, {"b": 3}]}),
        ("a[1]", {"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ("a[*]", {"a": [1, 2]}, {"a": [3]}, {"a": [1]}),
        ("a[-1]", {"a": [1]}, {"a": [2]}, {"a": [2]}),
        ("a.b", {"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ("a[*].b", {}, {"a": [{"b": 2}]}, {"a": [{"b": 2}]}),
    ],
)
def test_an_element_that_was_added_or_removed_is_left_as_it_is(
    path: str, old: dict[str, Any], new: dict[str, Any], result: dict[str, Any]
) -> None:
    """Pulumi's engine makes no list longer or shorter for `ignoreChanges` (pulumi/pulumi#20227)."""
    assert reset(parse(path), old, new) == (result, False)


@given(objects, objects)
def test_undoing_every_change_gives_the_old_properties_back(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert reset(parse("*"), old, new) == (old, True)


def test_an_archive_does_not_change_with_the_spelling_of_a_name(tmp_path: Path) -> None:
    def hash_of(name: str) -> str:
        archive: Archive = resolve({"a": Archive(assets={name: Asset(text="x")})}, tmp_path)["a"]
        return archive.hash

    assert hash_of("pkg") == hash_of("pkg/") == hash_of("./pkg") != hash_of("other")


@given(objects)
def test_nothing_differs_from_itself(properties: dict[str, Any]) -> None:
    assert compare(properties, properties) == {}


@given(objects, objects)
def test_two_properties_differ_exactly_if_they_are_not_equal(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert (compare(old, new) == {}) == (repr(_ordered(old)) == repr(_ordered(new)))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def test_a_comparison_names_paths_and_kinds() -> None:
    old = {"a": 1, "b": {"x.y": 1}, "c": [1, 2], "d": [1]}
    new = {"b": {"x.y": 2}, "c": [1, 3], "d": [1, 2], "e": 1}

    assert compare(old, new) == {
        "a": DiffKind.DELETE,
        'b["x.y"]': DiffKind.UPDATE,
        "c[1]": DiffKind.UPDATE,
        "d": DiffKind.UPDATE,
        "e": DiffKind.ADD,
    }


def test_secrecy_alone_is_no_difference() -> None:
    assert compare({"a": Secret([1])}, {"a": [Secret(1)]}) == {}


@given(objects, objects)
def test_a_secret_given_is_never_in_the_clear_in_the_answer(given_: dict[str, Any], answer: dict[str, Any]) -> None:
    hidden = {key: Secret(value) for key, value in given_.items()}

    marked = keep_secret(answer, hidden)
    assert reveal(marked) == answer
    assert all(isinstance(marked[key], Secret) for key in hidden if key in marked)


def test_an_answer_that_lacks_the_secrets_key_is_secret_as_a_whole() -> None:
    assert keep_secret({"a": {"renamed": "s"}}, {"a": {"password": Secret("s")}}) == {"a": Secret({"renamed": "s"})}
    assert keep_secret({"a": ["s"]}, {"a": [Secret("s")]}) == {"a": Secret(["s"])}
    assert has_secret({"a": [{"b": Secret(1)}]})


def test_a_provider_sees_a_resource_as_its_id_or_its_urn() -> None:
    references = {
        "a": ResourceRef("urn", "id"),
        "b": ResourceRef("urn"),
        "c": ResourceRef("urn", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
    }

    assert plain(references) == {"a": "id", "b": "urn", "c": UNKNOWN}


def test_a_changed_file_under_the_same_path_is_a_changed_asset(tmp_path: Path) -> None:
    def asset() -> Any:
        return resolve({"a": Secret([Asset(path="f.txt")])}, tmp_path)["a"].value[0]

    (tmp_path / "f.txt").write_text("one")
    one = asset()
    (tmp_path / "f.txt").write_text("two")

    assert one.path == asset().path == str(tmp_path / "f.txt")
    assert one != asset()


def test_an_archive_changes_with_any_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    members: dict[str, Asset | Archive] = {"x.py": Asset(text="x"), "folder": Archive(path="folder")}

    def hash_() -> str:
        found: str = resolve({"a": Archive(assets=members)}, tmp_path)["a"].hash
        return found

    before = hash_()
    (tmp_path / "folder" / "new.txt").write_text("1")
    between = hash_()
    (tmp_path / "folder" / "new.txt").rename(tmp_path / "folder" / "other.txt")

    assert len({before, between, hash_()}) == 3


def test_an_asset_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.txt"):
        resolve({"a": Asset(path="nowhere.txt")}, tmp_path)


def test_custom_timeouts_reach_the_provider(stack: Stack) -> None:
    seen: list[tuple[str, float]] = []
    stack.cloud.before = lambda operation, _: seen.append((operation, allowed()))
    timeouts: dict[str, Any] = {"customTimeouts": {"create": "1m30s", "update": "2m", "delete": "1h"}}

    stack.up(lambda client: client.register("a", {"name": "a", "value": 1}, **timeouts))
    stack.up(lambda client: client.register("a", {"name": "a", "value": 2}, **timeouts))
    stack.up(lambda client: client.register("b", {"name": "b"}))

    assert [each for each in seen if each[0] not in {"check", "diff"}] == [
        ("create", 90),
        ("update", 120),
        ("create", 0),
        ("delete", 3600),
    ]
