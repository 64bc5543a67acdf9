"""What becomes of a resource: same, update, replacement in either order, deletion, and the options that change it."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from google.protobuf import struct_pb2
from support.harness import Act, Client, Registered, Stack
from support.toy import THING, met

from embedded_pulumi.engine import engine
from embedded_pulumi.engine.events import Diagnostic, Severity, StepFinished
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.provider import DiffKind
from embedded_pulumi.values import Archive, Asset, Properties

ENGINE = Path(engine.__file__).parent


def chain(kind: str = "k", **options: bool) -> Act:
    """Three things: `b` and `c` refer to the one before, by a property that takes a replacement."""

    def program(client: Client) -> None:
        a = client.register("a", {"name": "a", "kind": kind, **options})
        b = client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})
        client.register("c", {"name": "c", "refs": [b.id]}, needs={"refs": [b]})

    return program


def test_a_new_resource_is_created_with_its_inputs(stack: Stack) -> None:
    summary = stack.up(lambda client: client.register("a", {"value": 7}))

    assert stack.cloud.called("create") == [("create", stack.resource("a")["inputs"]["name"])]
    assert stack.resource("a")["id"] == "thing-1"
    assert stack.resource("a")["outputs"]["arn"] == "arn:thing-1"
    assert summary.changes == {"create": 2}


def test_an_unchanged_resource_stays_as_it_is(stack: Stack) -> None:
    def program(client: Client) -> None:
        client.register("a", {"value": 7})

    stack.up(program)
    before = stack.file.read_text()

    summary = stack.up(program)

    assert summary.changes == {"same": 2}
    assert stack.cloud.calls == [("create", stack.resource("a")["inputs"]["name"])]
    assert stack.file.read_text() == before


def test_a_changed_property_is_updated_in_place(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"value": 1}))

    stack.up(lambda client: client.register("a", {"value": 2}))

    (update,) = [event for event in stack.events if isinstance(event, StepFinished) and event.op is Op.UPDATE]
    assert update.diff == {"value": DiffKind.UPDATE}
    assert stack.resource("a")["id"] == "thing-1"
    assert stack.resource("a")["outputs"]["value"] == 2


def test_the_answer_to_a_registration_is_the_outputs(stack: Stack) -> None:
    answers: list[Registered] = []

    def program(value: int) -> Act:
        return lambda client: answers.append(client.register("a", {"name": "a", "value": value}))

    for value in (1, 1, 2):
        stack.up(program(value))

    outputs = [(answer.id, answer.outputs["arn"], answer.outputs["value"]) for answer in answers]
    assert outputs == [("thing-1", "arn:thing-1", 1), ("thing-1", "arn:thing-1", 1), ("thing-1", "arn:thing-1", 2)]


def test_a_resource_that_the_program_no_longer_has_is_deleted(stack: Stack) -> None:
    stack.up(lambda client: [client.register("a"), client.register("b")])

    stack.up(lambda client: client.register("b"))

    assert stack.names() == ["b"]
    assert [name for name in stack.cloud.names() if name.startswith("a-")] == []


def test_a_replacement_is_created_before_the_old_one_is_deleted(stack: Stack) -> None:
    stack.up(chain("old"))

    summary = stack.up(chain("new"))

    assert stack.steps() == [
        ("create-replacement", "a"),
        ("create-replacement", "b"),
        ("create-replacement", "c"),
        ("delete-replaced", "c"),
        ("delete-replaced", "b"),
        ("delete-replaced", "a"),
    ]
    assert summary.changes == {"same": 1, "replace": 3}
    assert stack.cloud.names() == ["a", "b", "c"]
    assert stack.names() == ["a", "b", "c"]


def test_an_exclusive_resource_is_deleted_first_with_those_that_fall_with_it(stack: Stack) -> None:
    stack.up(chain("old", exclusive=True))

    stack.up(chain("new", exclusive=True))

    assert stack.steps() == [
        ("delete-replaced", "c"),
        ("delete-replaced", "b"),
        ("delete-replaced", "a"),
        ("create-replacement", "a"),
        ("create-replacement", "b"),
        ("create-replacement", "c"),
    ]
    assert stack.cloud.names() == ["a", "b", "c"]


def test_what_would_only_be_updated_does_not_fall_with_a_deleted_resource(stack: Stack) -> None:
    """`b` depends on `a` by a property that changes in place; toy would refuse to delete `a`, so it is only told."""

    def program(kind: str) -> Act:
        def act(client: Client) -> None:
            a = client.register("a", {"name": "a", "kind": kind, "exclusive": True})
            client.register("b", {"name": "b", "value": a.outputs["arn"]}, needs={"value": [a]})

        return act

    stack.up(program("old"))
    stack.up(program("new"))

    assert stack.steps() == [("delete-replaced", "a"), ("create-replacement", "a"), ("update", "b")]


def test_a_resource_that_fell_and_is_no_longer_wanted_is_forgotten(stack: Stack) -> None:
    stack.up(chain("old", exclusive=True))

    stack.up(lambda client: client.register("a", {"name": "a", "kind": "new", "exclusive": True}))

    assert stack.steps()[-2:] == [("remove-pending-replace", "c"), ("remove-pending-replace", "b")]
    assert stack.cloud.names() == ["a"]
    assert stack.names() == ["a"]


@pytest.mark.parametrize(("option", "provider_says"), [(True, False), (False, True)])
def test_the_programs_delete_before_replace_overrides_the_providers(
    stack: Stack,
    option: bool,  # noqa: FBT001 - the two cases
    provider_says: bool,  # noqa: FBT001
) -> None:
    def program(kind: str) -> Act:
        props = {"kind": kind, "exclusive": provider_says}
        return lambda client: client.register("a", props, deleteBeforeReplace=option)

    stack.up(program("old"))
    stack.up(program("new"))

    first = "delete-replaced" if option else "create-replacement"
    assert stack.steps()[0] == (first, "a")


def test_a_made_up_name_is_kept_by_an_update_and_new_for_a_replacement(stack: Stack) -> None:
    def program(props: Properties) -> Act:
        return lambda client: client.register("a", props)

    names = []
    for props in ({"value": 1}, {"value": 2}, {"value": 2, "kind": "new"}):
        stack.up(program(props))
        names.append(stack.resource("a")["inputs"]["name"])

    assert names[0] == names[1]
    assert names[1] != names[2]


def test_a_protected_resource_is_not_replaced(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"kind": "old"}, protect=True))

    with pytest.raises(ResourceFailed, match=r"replace of .*::a failed: it is protected"):
        stack.up(lambda client: client.register("a", {"kind": "new"}, protect=True))

    assert stack.cloud.called("delete") == []


def test_lifting_the_protection_and_replacing_go_together(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"kind": "old"}, protect=True))

    stack.up(lambda client: client.register("a", {"kind": "new"}, protect=False))

    assert len(stack.cloud.things) == 1
    assert "protect" not in stack.resource("a")


def test_a_protected_resource_is_not_deleted_and_nothing_else_is_either(stack: Stack) -> None:
    stack.up(lambda client: [client.register("a", protect=True), client.register("b")])

    with pytest.raises(ResourceFailed, match=r"delete of .*::a failed: it is protected"):
        stack.up(lambda _: None)
    with pytest.raises(ResourceFailed, match="it is protected"):
        stack.destroy()

    assert stack.names() == ["a", "b"]


def test_a_protected_dependent_keeps_a_resource_from_being_deleted_first(stack: Stack) -> None:
    def program(kind: str) -> Act:
        def act(client: Client) -> None:
            a = client.register("a", {"name": "a", "kind": kind, "exclusive": True})
            client.register("b", {"refs": [a.id]}, needs={"refs": [a]}, protect=True)

        return act

    stack.up(program("old"))

    with pytest.raises(ResourceFailed, match=r"::b failed: it would have to be deleted to replace .*::a"):
        stack.up(program("new"))
    assert stack.cloud.called("delete") == []


def test_children_inherit_protection(stack: Stack) -> None:
    def program(client: Client) -> None:
        box = client.register("box", type_="toy:index:Box", custom=False, protect=True)
        client.register("a", parent=box.urn)
        client.register("b", parent=box.urn, protect=False)

    stack.up(program)

    assert [stack.resource(name).get("protect", False) for name in ("box", "a", "b")] == [True, True, False]


def test_a_retained_resource_leaves_the_state_and_stays_in_the_cloud(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a"}, retainOnDelete=True))

    stack.up(lambda _: None)

    assert stack.names() == []
    assert stack.cloud.names() == ["a"]


def test_a_resource_deleted_with_another_needs_no_deletion_of_its_own(stack: Stack) -> None:
    def program(client: Client) -> None:
        a = client.register("a", {"name": "a"})
        client.register("b", {"name": "b"}, deletedWith=a.urn)

    stack.up(program)
    stack.destroy()

    assert stack.cloud.called("delete") == [("delete", "a")]
    assert stack.resources() == []


def test_a_resource_deleted_with_another_that_stays_is_deleted_itself(stack: Stack) -> None:
    def program(client: Client) -> None:
        a = client.register("a", {"name": "a"})
        client.register("b", {"name": "b"}, deletedWith=a.urn)

    stack.up(program)
    stack.up(lambda client: client.register("a", {"name": "a"}))

    assert stack.cloud.called("delete") == [("delete", "b")]


def test_a_resource_deleted_with_one_that_is_replaced_is_replaced_too(stack: Stack) -> None:
    def program(kind: str) -> Act:
        def act(client: Client) -> None:
            a = client.register("a", {"name": "a", "kind": kind})
            client.register("b", {"name": "b"}, deletedWith=a.urn)

        return act

    stack.up(program("old"))
    stack.up(program("new"))

    assert ("create-replacement", "b") in stack.steps()
    assert stack.cloud.called("delete") == [("delete", "a")]


def test_ignored_changes_are_not_made(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"value": {"x": 1, "y": 1}}))

    stack.up(lambda client: client.register("a", {"value": {"x": 2, "y": 2}}, ignoreChanges=["value.x"]))

    assert stack.resource("a")["inputs"]["value"] == {"x": 1, "y": 2}


def test_an_ignored_property_that_was_not_there_is_left_out(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a"}))

    summary = stack.up(lambda client: client.register("a", {"name": "a", "kind": "k"}, ignoreChanges=["kind"]))

    assert summary.changes == {"same": 2}


def test_an_element_that_comes_new_keeps_its_value_and_the_user_is_told(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": [{"x": 1}]}))

    stack.up(
        lambda client: client.register(
            "a", {"name": "a", "value": [{"x": 2}, {"x": 3}]}, ignoreChanges=["value[*].x", "links.b", "["]
        )
    )

    assert stack.resource("a")["inputs"]["value"] == [{"x": 1}, {"x": 3}]
    (told,) = [event for event in stack.events if isinstance(event, Diagnostic)]
    assert (told.severity, told.urn) == (Severity.INFO, stack.resource("a")["urn"])
    assert told.message == 'cannot ignore changes in added or removed elements of the path: "value[*].x"'


def test_the_provider_is_told_what_to_ignore(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": 1, "links": []}))

    stack.up(lambda client: client.register("a", {"name": "a", "value": 2}, ignoreChanges=["links"]))

    assert stack.cloud.ignored == [("diff", ("links",)), ("update", ("links",))]


def test_what_replace_on_changes_names_falls_before_a_resource_that_is_deleted_first(stack: Stack) -> None:
    """pulumi/pulumi#16696: a change that would only update `b` replaces it, so `b` is deleted before `a`."""

    def program(kind: str) -> Act:
        def act(client: Client) -> None:
            a = client.register("a", {"name": "a", "kind": kind}, deleteBeforeReplace=True)
            client.register("b", {"name": "b", "links": [a.id]}, needs={"links": [a]}, replaceOnChanges=["links"])

        return act

    stack.up(program("old"))
    stack.up(program("new"))

    assert stack.cloud.called("delete") == [("delete", "b"), ("delete", "a")]
    assert stack.steps() == [
        ("delete-replaced", "b"),
        ("delete-replaced", "a"),
        ("create-replacement", "a"),
        ("create-replacement", "b"),
    ]


def test_what_is_deleted_with_a_resource_falls_with_it(stack: Stack) -> None:
    def program(kind: str) -> Act:
        def act(client: Client) -> None:
            a = client.register("a", {"name": "a", "kind": kind}, deleteBeforeReplace=True)
            client.register("b", {"name": "b"}, deletedWith=a.urn)

        return act

    stack.up(program("old"))
    stack.up(program("new"))

    assert stack.steps() == [
        ("delete-replaced", "b"),
        ("delete-replaced", "a"),
        ("create-replacement", "a"),
        ("create-replacement", "b"),
    ]


def test_a_path_of_replace_on_changes_that_is_none_is_refused(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"value": 1}))

    with pytest.raises(ResourceFailed, match=r"replaceOnChanges: not a property path: '\['"):
        stack.up(lambda client: client.register("a", {"value": 2}, replaceOnChanges=["["]))


def test_a_preview_warns_of_an_import_that_must_replace(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "kind": "old"}))

    def imported(client: Client) -> None:
        client.register("a", {"name": "a", "kind": "new"}, importId="thing-1")

    stack.preview(imported)
    (told,) = [event for event in stack.events if isinstance(event, Diagnostic)]
    assert told.severity is Severity.WARNING
    assert told.message == ("an imported resource cannot be replaced: remove `import_` from the program; changed: kind")
    with pytest.raises(ResourceFailed, match="an imported resource cannot be replaced"):
        stack.up(imported)


def test_a_change_that_the_program_says_takes_a_replacement_takes_one(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"value": {"x": 1}}))

    stack.up(lambda client: client.register("a", {"value": {"x": 2}}, replaceOnChanges=["value"]))

    (replacement,) = [
        event for event in stack.events if isinstance(event, StepFinished) and event.op is Op.CREATE_REPLACEMENT
    ]
    assert replacement.diff == {"value": DiffKind.UPDATE_REPLACE}


def test_another_value_of_the_replacement_trigger_takes_a_replacement(stack: Stack) -> None:
    def program(trigger: str) -> Act:
        value = struct_pb2.Value(string_value=trigger)
        return lambda client: client.register("a", replacement_trigger=value)

    stack.up(program("one"))
    assert stack.up(program("one")).changes == {"same": 2}
    stack.up(program("two"))

    assert stack.steps() == [("create-replacement", "a"), ("delete-replaced", "a")]


def test_timeouts_are_recorded_in_seconds(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", customTimeouts={"create": "1h30m", "delete": "90s"}))

    assert stack.resource("a")["customTimeouts"] == {"create": 5400.0, "delete": 90.0}


def test_a_component_is_of_the_state_alone(stack: Stack) -> None:
    def program(size: int) -> Act:
        def act(client: Client) -> None:
            box = client.register("box", {"size": size}, type_="toy:index:Box", custom=False)
            client.export({"width": size}, box.urn)

        return act

    stack.up(program(1))
    stack.up(program(2))

    assert stack.steps() == [("update", "box")]
    assert stack.resource("box")["outputs"] == {"width": 2}
    assert stack.cloud.calls == []


def test_a_component_that_becomes_a_custom_resource_is_replaced(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", type_=THING, custom=False))

    stack.up(lambda client: client.register("a"))

    assert stack.steps() == [("create", "default"), ("create-replacement", "a"), ("delete-replaced", "a")]
    assert stack.resource("a")["id"] == "thing-1"


def test_everything_is_destroyed_in_reverse_order(stack: Stack) -> None:
    stack.up(chain())

    summary = stack.destroy()

    assert stack.cloud.called("delete") == [("delete", "c"), ("delete", "b"), ("delete", "a")]
    assert {name for _, name in stack.steps()[-2:]} == {"shop-dev", "default"}
    assert summary.changes == {"delete": 4}
    assert stack.resources() == []


def test_independent_deletions_run_side_by_side(stack: Stack) -> None:
    def program(client: Client) -> None:
        root = client.register("root")
        for index in range(6):
            client.register(f"leaf{index}", {"links": [root.id]}, needs={"links": [root]})

    stack.up(program)
    stack.cloud.before = met(6, lambda operation, name: operation == "delete" and name.startswith("leaf"))
    stack.destroy()

    assert {name[:5] for _, name in stack.cloud.called("delete")[:6]} == {f"leaf{index}" for index in range(6)}
    assert stack.cloud.calls[-1][1].startswith("root")


def test_a_component_with_an_archive_changes_with_the_content_of_a_file(stack: Stack) -> None:
    def program(client: Client) -> None:
        code = Archive(assets={"index.py": Asset(path="code.py"), "note": Asset(text="-")})
        client.register("box", {"code": code}, type_="toy:index:Box", custom=False)

    (stack.folder / "code.py").write_text("one")
    stack.up(program)
    assert stack.up(program).changes == {"same": 2}
    (stack.folder / "code.py").write_text("two")

    stack.up(program)

    assert stack.steps() == [("update", "box")]


def test_few_frames_lie_between_a_request_and_the_providers_call(stack: Stack) -> None:
    """With two of the aws provider's and one of the resource type's, boto3 is called ten frames below the request."""
    frames: list[str] = []

    def look(_: str, __: str) -> None:
        stacked = traceback.extract_stack()
        frames.extend(frame.name for frame in stacked if ENGINE in Path(frame.filename).parents)

    stack.cloud.before = look
    stack.up(lambda client: client.register("a", {"name": "a"}))

    assert frames == ["handle", "register", "register", "_execute", "execute", "_create", "create"]
