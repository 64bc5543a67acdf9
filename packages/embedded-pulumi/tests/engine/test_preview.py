"""A preview: the same decisions as the deployment's, nothing changed, and unknown what only the cloud can tell."""

from __future__ import annotations

import pytest
from support.harness import Act, Client, Registered, Stack

from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.values import UNKNOWN
from embedded_pulumi.wire.signatures import UNKNOWN as UNKNOWN_TEXT


def pair(kind: str = "k", *, exclusive: bool = False) -> Act:
    def program(client: Client) -> None:
        a = client.register("a", {"name": "a", "kind": kind, "exclusive": exclusive})
        b = client.register("b", {"name": "b", "refs": [a.id or UNKNOWN]}, needs={"refs": [a]})
        client.export({"arn": b.outputs["arn"]})

    return program


def test_a_preview_changes_neither_the_cloud_nor_the_state(stack: Stack) -> None:
    summary = stack.preview(pair())

    assert summary.changes == {"create": 3}
    assert summary.outputs == {"arn": UNKNOWN}
    assert stack.cloud.calls == []
    assert not stack.file.exists()


def test_a_preview_of_an_existing_stack_leaves_its_file_alone(stack: Stack) -> None:
    stack.up(pair())
    before = stack.file.read_text()

    stack.preview(pair("new"))

    assert stack.file.read_text() == before


@pytest.mark.parametrize("exclusive", [False, True])
def test_a_preview_takes_the_very_steps_of_the_deployment(stack: Stack, exclusive: bool) -> None:  # noqa: FBT001 - a case
    stack.up(pair("old", exclusive=exclusive))

    stack.preview(pair("new", exclusive=exclusive))
    foreseen = stack.steps()
    stack.up(pair("new", exclusive=exclusive))

    assert foreseen == stack.steps()
    assert len(foreseen) == 4


def test_an_id_and_outputs_that_are_not_known_yet_are_unknown(stack: Stack) -> None:
    answers: list[Registered] = []
    stack.preview(lambda client: answers.append(client.register("a", {"name": "a"})))

    assert answers[0].id == ""
    assert answers[0].outputs["arn"] is UNKNOWN
    assert answers[0].outputs["name"] == "a"


def test_a_made_up_name_is_the_same_in_the_preview_and_in_the_deployment(stack: Stack) -> None:
    answers: list[Registered] = []
    stack.preview(lambda client: answers.append(client.register("a")))
    stack.up(lambda client: answers.append(client.register("a")))

    assert answers[0].outputs["name"] == answers[1].outputs["name"]


def test_deletions_are_foreseen(stack: Stack) -> None:
    stack.up(pair())

    assert stack.preview(lambda _: None).changes == {"same": 1, "delete": 2}
    assert len(stack.cloud.things) == 2


def test_a_data_source_that_depends_on_what_does_not_exist_yet_is_unknown(stack: Stack) -> None:
    answers = []

    def program(client: Client) -> None:
        a = client.register("a")
        answers.append(client.invoke("toy:index/getRegion:getRegion", dependsOn=[a.urn]))

    stack.preview(program)
    stack.up(program)

    assert [answer.unknown for answer in answers] == [True, False]


def test_a_provider_with_unknown_settings_previews_without_being_configured(stack: Stack) -> None:
    answers = []

    def program(client: Client) -> None:
        a = client.register("a", {"name": "a"})
        arn = a.outputs["arn"]
        mine = client.register("mine", {"region": arn}, type_="pulumi:providers:toy", needs={"region": [a]})
        provider = f"{mine.urn}::{mine.id or UNKNOWN_TEXT}"
        answers.append(client.invoke("toy:index/getRegion:getRegion", provider=provider))
        client.register("b", {"name": "b"}, provider=provider)

    assert stack.preview(program).changes == {"create": 4}
    stack.up(program)

    assert [answer.unknown for answer in answers] == [True, False]
    assert stack.resource("b")["outputs"]["region"] == "arn:thing-1"


def test_reading_by_an_id_that_is_not_known_yet_is_unknown(stack: Stack) -> None:
    answers: list[Registered] = []
    stack.preview(lambda client: answers.append(client.read("a", UNKNOWN_TEXT)))

    assert answers[0].id == ""


def test_what_the_deployment_would_refuse_the_preview_refuses(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match="nothing: no such property"):
        stack.preview(lambda client: client.register("a", {"nothing": 1}))
