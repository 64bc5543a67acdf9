"""State files that are damaged or of another make, and states that one engine exports and another takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from support.harness import Client, Stack

from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.errors import StateError
from embedded_pulumi.values import Secret

NAME = "organization/shop/dev"
SECRET = "4dabf18193072939515e22adb298388d"
Change: TypeAlias = Callable[[dict[str, Any]], object]


def three(client: Client) -> None:
    for name in "abc":
        client.register(name, {"name": name})


def latest(state: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = state["checkpoint"]["latest"]
    return found


def of_a(**changes: Any) -> Change:
    """Changes the third resource, whose name is a; None takes a key away."""

    def change(state: dict[str, Any]) -> None:
        resource = next(each for each in latest(state)["resources"] if each["urn"].endswith("::a"))
        for key, value in changes.items():
            if value is None:
                del resource[key]
            else:
                resource[key] = value

    return change


def pending(operation: object) -> Change:
    return lambda state: latest(state).update(pending_operations=[operation])


MALFORMED: list[tuple[Change, str]] = [
    (lambda state: state.update(version=5), "version 5 of the format is not supported"),
    (lambda state: state.update(version="3"), "version 3 of the format is not supported"),
    (lambda state: state.update(version=4, features=["taint", "hooks", "views"]), "features .* have: taint, views"),
    (lambda state: state.update(features="hooks"), "'features' is \"hooks\", expected a list"),
    (lambda state: state.pop("checkpoint"), "'checkpoint' is null, expected an object"),
    (lambda state: state["checkpoint"].update(latest=[]), r"'latest' is \[\], expected an object"),
    (lambda state: latest(state).update(manifest="x"), "'manifest' is \"x\", expected an object"),
    (lambda state: latest(state)["manifest"].update(version="w3"), "tampered"),
    (lambda state: latest(state).update(resources={"a": 1}), "'resources' is .*, expected a list"),
    (lambda state: latest(state)["resources"].append(None), "resource 6 is null, expected an object"),
    (lambda state: latest(state)["resources"].append({}), "resource 6 lacks the key 'urn'"),
    (lambda state: latest(state).update(secrets_providers={"type": "service"}), "secrets are kept by 'service'"),
    (lambda state: latest(state).update(secrets_providers={"type": "passphrase"}), "expected an object"),
    (of_a(urn="x"), "not a URN: 'x'"),
    (of_a(type="shop:other"), "is of the type 'toy:index/thing:Thing', and its 'type' is 'shop:other'"),
    (of_a(type=None), "::a lacks the key 'type'"),
    (of_a(custom="yes"), "::a: 'custom' is \"yes\", expected true or false"),
    (of_a(custom=False), "has an id although"),
    (of_a(id=7), "::a: 'id' is 7, expected a text"),
    (of_a(inputs=[]), r"::a: 'inputs' is \[\], expected an object"),
    (of_a(dependencies="abc"), "::a: 'dependencies' is \"abc\", expected a list"),
    (of_a(dependencies=[1]), "an item of .*::a: 'dependencies' is 1, expected a text"),
    (of_a(dependencies=["urn:pulumi:dev::shop::t:t:T::gone"]), "refers to .*gone, which does not come before it"),
    (of_a(propertyDependencies={"size": "abc"}), "key 'size', is \"abc\", expected a list"),
    (of_a(provider="nobody"), "not a provider reference: 'nobody'"),
    (of_a(customTimeouts={"create": "soon"}), "::a: could not convert"),
    (of_a(outputs={"x": {SECRET: "1b47061264138c4ac30d75fd1eb44270"}}), "neither 'ciphertext' nor 'plaintext'"),
    (of_a(outputs={"x": {SECRET: "never heard of"}}), "special value of unknown kind 'never heard of'"),
    (pending("x"), 'pending operation 1 is "x", expected an object'),
    (pending({"type": "thinking"}), "'type' is 'thinking', expected one of creating"),
    (pending({"type": "creating"}), "the resource of pending operation 1 is null"),
]
"""A change of a sound state, and what is said of it."""

NOT_JSON: list[tuple[bytes, str]] = [
    (b"", "is not JSON"),
    (b'{"version": 3', "is not JSON"),
    (b"\xff\xfe", "is not JSON"),
    (b"[1, 2]", r"the state is \[1, 2\], expected an object"),
    (b"null", "the state is null, expected an object"),
    (b"[" * 100_000, "nested too deeply"),
]


def damaged(stack: Stack, change: Change) -> str:
    stack.up(three)
    state = json.loads(stack.file.read_text())
    change(state)
    return json.dumps(state)


@pytest.mark.parametrize(("change", "complaint"), MALFORMED, ids=[complaint for _, complaint in MALFORMED])
def test_a_damaged_state_is_refused_in_one_line_and_stays_as_it_is(
    stack: Stack, change: Change, complaint: str
) -> None:
    text = damaged(stack, change)
    stack.file.write_text(text)

    operations: tuple[Callable[[], object], ...] = (lambda: stack.up(three), stack.destroy)
    for operation in operations:
        with pytest.raises(StateError, match=complaint) as refused:
            operation()
        assert str(refused.value).startswith(f"{stack.file}")
        assert "\n" not in str(refused.value)
    assert stack.file.read_text() == text


@pytest.mark.parametrize(("content", "complaint"), NOT_JSON, ids=[complaint for _, complaint in NOT_JSON])
def test_a_state_that_is_not_even_an_object_is_refused(stack: Stack, content: bytes, complaint: str) -> None:
    stack.file.write_bytes(content)

    with pytest.raises(StateError, match=complaint):
        stack.up(three)


def test_a_folder_in_place_of_the_state_is_refused(stack: Stack) -> None:
    stack.file.mkdir()

    with pytest.raises(StateError, match="Is a directory"):
        stack.up(three)


@pytest.mark.parametrize(("change", "complaint"), MALFORMED, ids=[complaint for _, complaint in MALFORMED])
def test_a_damaged_export_is_not_taken(stack: Stack, change: Change, complaint: str) -> None:
    state = json.loads(damaged(stack, change))
    checkpoint = state.pop("checkpoint", None)
    before = stack.file.read_text()
    export = json.dumps(state if checkpoint is None else state | {"deployment": checkpoint["latest"]})

    with pytest.raises(StateError) as refused:
        StateFile(stack.file).import_deployment(NAME, export)

    assert str(refused.value).startswith("the exported state")
    assert "\n" not in str(refused.value)
    assert stack.file.read_text() == before
    assert not stack.file.with_suffix(".json.bak").exists()
    assert complaint


def test_what_is_exported_is_taken_again_and_nothing_changes(stack: Stack, tmp_path: Path) -> None:
    stack.up(three)
    export = StateFile(stack.file).export()
    other = StateFile(tmp_path / "other.json")

    assert other.import_deployment(NAME, json.dumps(export)) == []

    assert other.export()["deployment"]["resources"] == export["deployment"]["resources"]


def test_the_state_before_is_kept_beside_the_imported_one(stack: Stack) -> None:
    stack.up(three)
    before, export = stack.file.read_text(), StateFile(stack.file).export()
    del export["deployment"]["resources"][1:]

    StateFile(stack.file).import_deployment(NAME, json.dumps(export))

    assert len(StateFile(stack.file).load().resources) == 1
    assert stack.file.with_suffix(".json.bak").read_text() == before


def test_an_empty_deployment_empties_the_stack(stack: Stack) -> None:
    stack.up(three)

    StateFile(stack.file).import_deployment(NAME, '{"version": 3, "deployment": null}')

    assert StateFile(stack.file).load().resources == []


def test_resources_of_another_stack_are_taken_only_by_force(stack: Stack) -> None:
    stack.up(three)
    export, before = json.dumps(StateFile(stack.file).export()), stack.file.read_text()

    with pytest.raises(StateError, match="and 4 more: of another stack than 'prod'; --force"):
        StateFile(stack.file).import_deployment("organization/shop/prod", export)
    assert stack.file.read_text() == before
    warnings = StateFile(stack.file).import_deployment("organization/shop/prod", export, force=True)

    assert len(warnings) == 5
    assert len(StateFile(stack.file).load().resources) == 5


def test_pending_operations_are_left_out_and_told(stack: Stack) -> None:
    stack.up(three)
    export = StateFile(stack.file).export()
    resource = export["deployment"]["resources"][-1]
    export["deployment"]["pending_operations"] = [{"resource": resource, "type": "updating"}]

    warnings = StateFile(stack.file).import_deployment(NAME, json.dumps(export))

    assert warnings == [f"pending operation left out: updating {resource['urn']}"]
    assert StateFile(stack.file).load().pending == []


def test_a_secret_in_clear_is_encrypted_when_it_is_taken(stack: Stack) -> None:
    """`pulumi stack export --show-secrets` prints them so."""
    stack.up(three)
    export = StateFile(stack.file).export()
    marked = {SECRET: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hush"'}
    export["deployment"]["resources"][-1]["outputs"]["key"] = marked

    StateFile(stack.file, "word").import_deployment(NAME, json.dumps(export))

    assert "hush" not in stack.file.read_text()
    assert StateFile(stack.file, "word").load().resources[-1].outputs["key"].value == "hush"
    with pytest.raises(StateError, match="the passphrase is not the one"):
        StateFile(stack.file, "other").load()
    sealed = StateFile(stack.file, "other").load(secrets=False).resources[-1].outputs
    assert (sealed["key"], sealed["name"]) == (Secret(None), "c")
