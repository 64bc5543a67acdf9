"""What is told of each step: the resource before and after it, for whoever shows what changes."""

from __future__ import annotations

import pytest
from support.harness import Act, Stack

from embedded_pulumi.engine.events import StepFailed, StepFinished, StepStarted
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.provider import DiffKind


def thing(**props: object) -> Act:
    return lambda client: client.register("a", {"name": "a", **props})


def finished(stack: Stack, op: Op) -> StepFinished:
    (event,) = (
        event for event in stack.events if isinstance(event, StepFinished) and event.op is op and "::a" in event.urn
    )
    return event


def test_a_created_resource_was_not_there_before(stack: Stack) -> None:
    stack.up(thing(value=1))

    created = finished(stack, Op.CREATE)
    assert created.old is None
    assert created.new is not None
    assert (created.new.id, created.new.inputs["value"]) == ("thing-1", 1)


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_updated_resource_is_told_as_it_was_and_as_it_is(stack: Stack, dry_run: bool) -> None:  # noqa: FBT001 - a case
    stack.up(thing(value=1))
    _ = stack.preview(thing(value=2)) if dry_run else stack.up(thing(value=2))

    updated = finished(stack, Op.UPDATE)
    assert updated.old is not None
    assert updated.new is not None
    assert (updated.old.inputs["value"], updated.new.inputs["value"]) == (1, 2)


def test_a_deleted_resource_is_told_as_it_was(stack: Stack) -> None:
    stack.up(thing(value=1))
    stack.up(lambda _: None)

    deleted = finished(stack, Op.DELETE)
    assert deleted.old is not None
    assert (deleted.old.id, deleted.new) == ("thing-1", None)


def test_the_beginning_tells_what_is_wished(stack: Stack) -> None:
    stack.up(thing(value=1))
    stack.up(thing(value=2))

    (began,) = (event for event in stack.events if isinstance(event, StepStarted) and event.op is Op.UPDATE)
    assert began.old is not None
    assert began.new is not None
    assert (began.old.inputs["value"], began.new.inputs["value"]) == (1, 2)


def test_a_failure_tells_what_stands_and_what_was_wished(stack: Stack) -> None:
    stack.up(thing(value=1))
    stack.cloud.failures["update", "a"] = "not today"
    with pytest.raises(ResourceFailed):
        stack.up(thing(value=2))

    (failed,) = (event for event in stack.events if isinstance(event, StepFailed))
    assert failed.old is not None
    assert failed.new is not None
    assert (failed.old.inputs["value"], failed.new.inputs["value"], failed.reason) == (1, 2, "not today")


def test_a_refresh_tells_how_it_was_recorded_and_how_it_was_found(stack: Stack) -> None:
    stack.up(thing(value=1))
    stack.cloud.named("a")["value"] = 2
    stack.refresh()

    found = finished(stack, Op.UPDATE)
    assert found.old is not None
    assert found.new is not None
    assert (found.old.outputs["value"], found.new.outputs["value"]) == (1, 2)


def test_a_refresh_can_look_and_leave_the_state_as_it_is(stack: Stack) -> None:
    stack.up(thing(value=1))
    stack.cloud.named("a")["value"] = 2
    before = stack.file.read_text()

    summary = stack.prepare(lambda _: None).refresh(dry_run=True)

    assert summary.changes["update"] == 1
    assert stack.file.read_text() == before


def test_what_a_refresh_does_not_find_is_gone(stack: Stack) -> None:
    stack.up(thing(value=1))
    stack.cloud.things.clear()
    stack.refresh()

    gone = finished(stack, Op.DELETE)
    assert gone.old is not None
    assert gone.new is None


def test_a_destruction_can_be_foreseen(stack: Stack) -> None:
    stack.up(thing(value=1))
    before = stack.file.read_text()

    summary = stack.prepare(lambda _: None).destroy(dry_run=True)

    assert summary.changes == {"delete": 2}
    assert stack.cloud.names() == ["a"]
    assert stack.file.read_text() == before


def test_a_refresh_counts_what_was_wished_and_not_what_nobody_set(stack: Stack) -> None:
    """A route table's routes, a role's policies: other resources make them, so they do not count as drift."""
    stack.up(thing(value=1))
    stack.cloud.named("a")["seen"] = "by others"

    summary = stack.refresh()

    assert summary.changes == {"same": 1}
    assert stack.resource("a")["outputs"]["seen"] == "by others"


def test_what_was_taken_away_behind_the_stacks_back_is_told_as_taken_away(stack: Stack) -> None:
    stack.up(thing(value=1))
    del stack.cloud.named("a")["value"]
    stack.refresh()

    assert finished(stack, Op.UPDATE).diff == {"value": DiffKind.DELETE}


def test_changes_that_the_program_ignores_are_no_drift(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": 1}, ignoreChanges=["value"]))
    stack.cloud.named("a")["value"] = 2

    assert stack.refresh().changes == {"same": 1}
