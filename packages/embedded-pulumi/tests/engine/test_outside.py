"""Resources that the stack did not make: read by their id, imported, asked for as data; and refreshed."""

from __future__ import annotations

import pytest
from support.harness import Client, Registered, Stack

from embedded_pulumi.engine.events import StepFinished
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import ProgramFailed, ResourceFailed
from embedded_pulumi.provider import DiffKind


@pytest.fixture
def stack(stack: Stack) -> Stack:
    """A stack in whose cloud somebody else has made `thing-0`."""
    stack.cloud.things["thing-0"] = {"name": "theirs", "value": 1}
    return stack


def test_a_resource_is_read_by_its_id_and_never_deleted(stack: Stack) -> None:
    found: list[Registered] = []
    stack.up(lambda client: found.append(client.read("a", "thing-0")))
    stack.up(lambda _: None)

    assert ("discard", "a") in stack.steps()
    assert (found[0].id, found[0].outputs["name"]) == ("thing-0", "theirs")
    assert stack.cloud.names() == ["theirs"]
    assert stack.cloud.called("delete") == []
    assert stack.names() == []


def test_reading_what_does_not_exist_fails(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match=r"read of .*::a failed: there is no toy.* with the id 'thing-9'"):
        stack.up(lambda client: client.read("a", "thing-9"))


def test_a_resource_that_is_only_read_from_now_on_is_given_up(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a"}))

    stack.up(lambda client: client.read("a", "thing-1"))
    stack.destroy()

    assert stack.cloud.names() == ["a", "theirs"]


def test_reading_another_in_place_of_an_own_resource_deletes_the_own_one(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a"}))

    stack.up(lambda client: client.read("a", "thing-0"))

    assert stack.steps() == [("read-replacement", "a"), ("delete-replaced", "a")]
    assert stack.cloud.names() == ["theirs"]


def test_a_resource_that_was_only_read_is_created_when_the_program_wants_its_own(stack: Stack) -> None:
    stack.up(lambda client: client.read("a", "thing-0"))

    stack.up(lambda client: client.register("a", {"name": "mine"}))

    assert stack.steps() == [("create-replacement", "a"), ("discard-replaced", "a")]
    assert stack.cloud.called("delete") == []
    assert stack.cloud.names() == ["mine", "theirs"]
    assert stack.resource("a")["id"] == "thing-1"
    assert "external" not in stack.resource("a")


def test_an_imported_resource_belongs_to_the_stack_from_then_on(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "theirs", "value": 1}, importId="thing-0"))

    assert stack.steps() == [("create", "shop-dev"), ("create", "default"), ("import", "a")]
    assert stack.cloud.called("create", "update") == []
    assert stack.resource("a")["importID"] == "thing-0"
    stack.destroy()
    assert stack.cloud.things == {}


def test_an_import_is_followed_by_the_update_that_the_program_calls_for(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "theirs", "value": 2}, importId="thing-0"))

    assert stack.steps()[-2:] == [("import", "a"), ("update", "a")]
    assert stack.cloud.named("theirs")["value"] == 2


def test_an_import_that_would_have_to_be_replaced_is_refused(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match="an imported resource cannot be replaced: remove `import_`"):
        stack.up(lambda client: client.register("a", {"name": "other"}, importId="thing-0"))

    assert stack.cloud.names() == ["theirs"]


def test_an_import_is_done_once(stack: Stack) -> None:
    def program(client: Client) -> None:
        client.register("a", {"name": "theirs", "value": 1}, importId="thing-0")

    stack.up(program)

    assert stack.up(program).changes == {"same": 2}


def test_an_import_in_place_of_an_own_resource_deletes_the_own_one(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "theirs", "value": 1}))

    stack.up(lambda client: client.register("a", {"name": "theirs", "value": 1}, importId="thing-0"))

    assert stack.steps() == [("import-replacement", "a"), ("delete-replaced", "a")]
    assert list(stack.cloud.things) == ["thing-0"]


def test_importing_what_does_not_exist_fails(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match=r"import of .*::a failed: there is no toy.* with the id 'thing-9'"):
        stack.up(lambda client: client.register("a", importId="thing-9"))


def test_a_data_source_is_asked_of_the_provider(stack: Stack) -> None:
    answers = []
    stack.up(lambda client: answers.append(client.invoke("toy:index/getRegion:getRegion", {"x": 1})))

    assert dict(getattr(answers[0], "return").fields.items())["region"].string_value == "here"


def test_a_data_source_may_find_fault_with_its_arguments(stack: Stack) -> None:
    answers = []
    stack.up(lambda client: answers.append(client.invoke("toy:index/none:none")))

    assert [(item.property, item.reason) for item in answers[0].failures] == [
        ("name", "there is no function toy:index/none:none"),
    ]


def test_a_broken_data_source_fails_the_program_and_not_the_engine(stack: Stack) -> None:
    with pytest.raises(ProgramFailed, match="the data source is broken"):
        stack.up(lambda client: client.invoke("toy:index/broken:broken"))


def test_a_resource_can_be_looked_up_by_its_urn(stack: Stack) -> None:
    answers = []

    def program(client: Client) -> None:
        a = client.register("a", {"name": "a"})
        answers.append(client.invoke("pulumi:pulumi:getResource", {"urn": a.urn}))

    stack.up(program)

    found = getattr(answers[0], "return").fields
    assert (found["id"].string_value, found["state"].struct_value.fields["name"].string_value) == ("thing-1", "a")


def test_a_refresh_records_how_things_really_are(stack: Stack) -> None:
    def program(client: Client) -> None:
        client.register("a", {"name": "a", "value": 1})
        client.register("b", {"name": "b"})

    stack.up(program)
    stack.cloud.named("a")["value"] = 5

    summary = stack.refresh()

    (update,) = [event for event in stack.events if isinstance(event, StepFinished) and event.op is Op.UPDATE]
    assert update.diff == {"value": DiffKind.UPDATE}
    assert summary.changes == {"update": 1, "same": 1}
    assert stack.resource("a")["outputs"]["value"] == 5
    stack.up(program)
    assert stack.cloud.named("a")["value"] == 1


def test_a_refresh_forgets_what_is_gone_and_every_mention_of_it(stack: Stack) -> None:
    def program(client: Client) -> None:
        a = client.register("a", {"name": "a"})
        b = client.register("b", {"name": "b", "value": a.outputs["arn"]}, needs={"value": [a]}, deletedWith=a.urn)
        client.register("c", {"name": "c"}, parent=a.urn, dependencies=[b.urn])

    stack.up(program)
    del stack.cloud.things["thing-1"]

    assert stack.refresh().changes == {"delete": 1, "same": 2}

    assert stack.names() == ["b", "c"]
    stack.up(program)
    assert stack.cloud.names() == ["a", "b", "c", "theirs"]


def test_a_refresh_that_cannot_read_fails_and_loses_nothing(stack: Stack) -> None:
    stack.up(lambda client: client.register("a"))
    stack.cloud.failures["read", "thing-1"] = "the cloud is out"

    with pytest.raises(ResourceFailed, match=r"refresh of .*::a failed: the cloud is out"):
        stack.refresh()

    assert stack.names() == ["a"]
