"""The state and its journal: a step costs one line, and whenever the writing ends, what was said before stands."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.harness import Client, Stack

from embedded_pulumi.engine.changes import Dropped, Put
from embedded_pulumi.engine.events import StepFinished
from embedded_pulumi.engine.integrity import BrokenRule, Integrity, verify
from embedded_pulumi.engine.journal import journal_of, note_folding, read_document
from embedded_pulumi.engine.resource import Operation, PendingOperation, ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.errors import StateError

NAME = "organization/shop/dev"


def things(count: int, value: int = 0) -> Callable[[Client], None]:
    """A program with so many things."""

    def act(client: Client) -> None:
        for number in range(count):
            client.register(f"thing-{number:04}", {"name": f"thing-{number:04}", "value": value})

    return act


def kept(stack: Stack, program: Callable[[Client], None]) -> list[tuple[bytes, bytes]]:
    """State file and journal after each step of a deployment."""
    found = []

    def listen(event: object) -> None:
        if isinstance(event, StepFinished) and journal_of(stack.file).exists():
            found.append((stack.file.read_bytes(), journal_of(stack.file).read_bytes()))

    stack.listener = listen
    stack.up(program)
    return found


def laid(folder: Path, state: bytes, journal: bytes) -> Path:
    """A state file and its journal, as they were."""
    path = folder / "state.json"
    path.write_bytes(state)
    journal_of(path).write_bytes(journal)
    return path


def latest(path: Path) -> dict[str, Any]:
    document = read_document(path)
    assert document is not None
    return {**document["checkpoint"]["latest"], "manifest": None}


# What a step costs


def written_by_steps(folder: Path, count: int) -> list[int]:
    """How many bytes each step of an update of so many things writes."""
    folder.mkdir()
    stack = Stack(folder, parallel=1)
    stack.up(things(count))
    moments = kept(stack, things(count, value=1))
    assert {state for state, _ in moments} == {moments[0][0]}, "the state file was written in between"
    sizes = [len(journal) for _, journal in moments]
    return [after - before for before, after in itertools.pairwise(sizes)]


def test_a_step_writes_as_much_however_large_the_state_is(tmp_path: Path) -> None:
    few, many = (written_by_steps(tmp_path / str(count), count) for count in (8, 160))

    assert min(few) > 0
    assert max(many) <= max(few) * 1.1


def test_a_deployment_that_has_ended_leaves_no_journal(stack: Stack) -> None:
    assert kept(stack, things(3))
    assert not journal_of(stack.file).exists()
    assert len(json.loads(stack.file.read_text())["checkpoint"]["latest"]["resources"]) == 5


# Killed while it writes


def exchanged(client: Client) -> None:
    """What `first` has, in other versions: something is replaced either way, something goes."""
    a = client.register("a", {"name": "a", "kind": "new", "exclusive": True})
    client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})
    client.register("c", {"name": "c-new", "kind": "new"})


def first(client: Client) -> None:
    a = client.register("a", {"name": "a", "kind": "old", "exclusive": True})
    client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})
    client.register("c", {"name": "c-old", "kind": "old"})
    client.register("d", {"name": "d"})


def test_a_line_that_has_not_ended_does_not_count_wherever_it_was_cut(stack: Stack, tmp_path: Path) -> None:
    stack.parallel = 1
    stack.up(first)
    state, journal = kept(stack, exchanged)[-1]
    folder = tmp_path / "cut"
    folder.mkdir()
    said: dict[int, dict[str, Any]] = {}
    ends = [place for place, byte in enumerate(journal) if byte == ord("\n")]
    around = {place + step for place in ends for step in (-1, 0, 1, 2)}  # and, of what lies between, every ninth place
    for cut in sorted({*range(0, len(journal), 9), *around} & {*range(len(journal) + 1)}):
        path = laid(folder, state, journal[:cut])
        now = latest(path)
        ended = journal[:cut].count(b"\n")
        assert said.setdefault(ended, now) == now
    assert len({json.dumps(each, sort_keys=True) for each in said.values()}) == len(said) - 1  # the head says nothing


def test_the_next_deployment_folds_what_one_that_was_killed_has_written(stack: Stack) -> None:
    stack.parallel = 1
    stack.up(first)
    *_, (state, journal) = kept(stack, exchanged)
    laid(stack.folder, state, journal[:-1])

    assert stack.up(exchanged).changes.get("same", 0) > 0
    assert not journal_of(stack.file).exists()
    assert stack.names() == ["a", "b", "c"]


def test_a_journal_that_was_folded_and_not_removed_changes_nothing(stack: Stack, tmp_path: Path) -> None:
    stack.up(first)
    state, journal = kept(stack, exchanged)[-1]
    folded = stack.file.read_text()
    folder = tmp_path / "folded"
    folder.mkdir()
    path = laid(folder, state, journal + b'[{"drop": 1')
    before = latest(path)
    note_folding(path, folded)

    assert latest(path) == before  # killed before the new file took the place of the old one
    path.write_text(folded)
    assert read_document(path) == json.loads(folded)  # killed after that


def test_a_journal_on_another_file_is_not_taken(stack: Stack, tmp_path: Path) -> None:
    stack.up(first)
    state, journal = kept(stack, exchanged)[-1]
    folder = tmp_path / "other"
    folder.mkdir()
    path = laid(folder, state.replace(b'"c-old"', b'"by hand"'), journal)

    with pytest.raises(StateError, match="put the old one back, or remove the journal"):
        StateFile(path).load()
    journal_of(path).unlink()
    assert StateFile(path).load().resources


def test_a_whole_state_ends_a_journal_that_was_left(stack: Stack, tmp_path: Path) -> None:
    stack.up(first)
    state, journal = kept(stack, exchanged)[-1]
    folder = tmp_path / "whole"
    folder.mkdir()
    path = laid(folder, state, journal[:-5])
    file = StateFile(path, passphrase=stack.passphrase)
    file.save(NAME, file.load())

    assert not journal_of(path).exists()
    assert latest(path)["resources"]


def test_a_journal_is_for_its_owner_alone(stack: Stack) -> None:
    modes = set()

    def look(_: object) -> None:
        if (journal := journal_of(stack.file)).exists():
            modes.add(journal.stat().st_mode & 0o777)

    stack.listener = look
    stack.up(things(2))
    assert modes == {0o600}


# At random

THINGS = "toy:index/thing:Thing"


def thing(number: int, value: int = 0) -> ResourceState:
    urn = f"urn:pulumi:dev::shop::{THINGS}::{number}"
    return ResourceState(urn=urn, type=THINGS, custom=True, id=f"id-{number}", inputs={"value": value})


ACTS = st.lists(
    st.tuples(st.sampled_from(("record", "drop", "put", "begin", "end", "amend", "commit")), st.integers(0, 3)),
    max_size=30,
)


@settings(deadline=None, max_examples=100)
@given(acts=ACTS, start=st.integers(0, 4))
def test_file_and_journal_say_what_the_snapshot_has(acts: list[tuple[str, int]], start: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, other = Path(name) / "state.json", Path(name) / "other.json"
        StateFile(path).save(NAME, Snapshot([thing(number) for number in range(start)]))
        file = StateFile(path)
        snapshot = file.load()
        operations: list[PendingOperation] = []
        for step, (act, number) in enumerate(acts):
            standing = {state.urn: state for state in snapshot.resources}
            old = standing.get(thing(number).urn)
            if act == "record":
                snapshot.record(thing(number, value=step % 2), old)
            elif act == "drop" and old is not None:
                snapshot.drop(old)
            elif act == "put" and old is not None:
                snapshot.record_refreshed(old)
            elif act == "amend" and old is not None:
                snapshot.add_init_error(old, "late")
            elif act == "begin":
                operations.append(PendingOperation(thing(number), Operation.CREATING))
                snapshot.begin(operations[-1])
            elif act == "end" and operations:
                snapshot.end(operations.pop(number % len(operations)))
            else:
                file.record(NAME, snapshot)
        file.record(NAME, snapshot)
        by_journal = latest(path)
        StateFile(other).save(NAME, snapshot)
        assert by_journal == latest(other)
        file.fold()
        assert json.loads(path.read_text()) == json.loads(other.read_text())
        assert not journal_of(path).exists()


# The rules


def test_changes_that_would_break_a_rule_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    file, snapshot = StateFile(tmp_path / "state.json"), Snapshot()
    one = snapshot.record(thing(1))
    file.record(NAME, snapshot)
    snapshot.record(ResourceState(urn=f"{one.urn}-child", type=THINGS, custom=True, id="child", parent=one.urn))
    file.record(NAME, snapshot)
    before = journal_of(file.path).read_bytes()

    snapshot.drop(one)
    with pytest.raises(StateError, match="is gone, and another resource refers to it"):
        file.record(NAME, snapshot)
    assert journal_of(file.path).read_bytes() == before
    with pytest.raises(StateError, match="does not come before it"):
        file.fold()
    assert len(latest(file.path)["resources"]) == 2


@st.composite
def states(draw: st.DrawFn) -> ResourceState:
    """A state that refers to some with lower numbers; now and then it breaks a rule by itself."""
    number = draw(st.integers(0, 4))
    needs = draw(st.lists(st.integers(0, number - 1), max_size=2)) if number else []
    return ResourceState(
        urn=f"urn:{number}",
        type=THINGS,
        custom=True,
        id=draw(st.sampled_from(("id", "id", "id", ""))),
        delete=draw(st.booleans()),
        dependencies=tuple(f"urn:{each}" for each in needs),
    )


@settings(deadline=None, max_examples=500)
@given(drawn=st.lists(st.one_of(states(), st.integers(1, 8)), max_size=12))
def test_a_change_is_refused_if_the_whole_would_be(drawn: list[ResourceState | int]) -> None:
    integrity = Integrity([])
    standing: dict[int, ResourceState] = {}
    for entry, each in enumerate(drawn, 1):
        if isinstance(each, int):
            standing.pop(each, None)
        else:
            standing[entry] = replace(each, entry=entry)
        change = Dropped(each) if isinstance(each, int) else Put(standing[entry])
        ordered = sorted(standing.values(), key=lambda state: state.urn)
        if refuses(lambda: verify(ordered)):  # noqa: B023 - it is called at once
            assert refuses(lambda: integrity.check([change]))  # noqa: B023
            return
        integrity.check([change])


def refuses(check: Callable[[], None]) -> bool:
    try:
        check()
    except BrokenRule:
        return True
    return False
