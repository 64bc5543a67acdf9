"""Random stacks, changed at random into others: whatever the way between them, it is a good one.

The toy cloud refuses every step that comes too early or too late, so that a deployment succeeds at all already says
that nothing was deleted before what needs it, or made before what it needs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from support.harness import Act, Client, Registered, Stack

from embedded_pulumi.errors import ResourceFailed

NAMES = "abcdef"


@dataclass(frozen=True)
class Wanted:
    """One thing of a stack: which version of it, and to which others it refers, by places in `NAMES` before its own."""

    name: str
    kind: int
    value: int
    exclusive: bool
    refs: tuple[str, ...]


@st.composite
def stacks(draw: st.DrawFn) -> tuple[Wanted, ...]:
    """Some things, each referring to some before it."""
    found: list[Wanted] = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=len(NAMES))):
        refs = draw(st.lists(st.sampled_from([item.name for item in found]), unique=True, max_size=2)) if found else []
        kind, value = draw(st.integers(0, 1)), draw(st.integers(0, 1))
        # Exclusivity belongs to the thing, not to its version: whether `name` may exist twice does not change.
        found.append(Wanted(name, kind, value, name in "ace", tuple(refs)))
    return tuple(found)


def program(wanted: tuple[Wanted, ...]) -> Act:
    """A program that wants these things."""

    def act(client: Client) -> None:
        made: dict[str, Future[Registered]] = {}

        def make(item: Wanted) -> Registered:
            needs = [made[name].result() for name in item.refs]
            props = {"name": item.name, "kind": item.kind, "value": item.value, "exclusive": item.exclusive}
            refs = {"refs": [need.id for need in needs]} if needs else {}
            return client.register(item.name, {**props, **refs}, needs={"refs": needs} if needs else {})

        # As a program does: everything at once, as soon as what it needs is there.
        with ThreadPoolExecutor(len(NAMES)) as pool:
            for item in wanted:
                made[item.name] = pool.submit(make, item)
        for future in made.values():
            future.result()

    return act


def as_wanted(stack: Stack) -> set[Wanted]:
    """What stands in the cloud, in the same terms."""
    names = {id_: thing["name"] for id_, thing in stack.cloud.things.items()}
    return {
        Wanted(
            thing["name"],
            thing["kind"],
            thing["value"],
            thing["exclusive"],
            tuple(names[id_] for id_ in thing.get("refs", ())),
        )
        for thing in stack.cloud.things.values()
    }


@settings(max_examples=25, deadline=None)
@given(stacks(), stacks(), st.integers(0, 2**32))
def test_any_stack_becomes_any_other(old: tuple[Wanted, ...], new: tuple[Wanted, ...], seed: int) -> None:
    # Not one of hypothesis's own, which must not be drawn from on the threads of the engine.
    luck = Random(seed)  # noqa: S311 - which order the calls come in
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        stack.up(program(old))
        assert as_wanted(stack) == set(old)

        stack.cloud.before = lambda *_: time.sleep(luck.random() / 500)  # so that all orders come about
        foreseen = stack.preview(program(new)).changes
        done = stack.up(program(new)).changes

        assert as_wanted(stack) == set(new)
        assert sorted(stack.names()) == sorted(item.name for item in new)
        assert done == foreseen
        stack.up(program(new))
        assert stack.steps() == []
        stack.destroy()
        assert stack.cloud.things == {}


def test_what_falls_for_two_is_gone_before_either(tmp_path: Path) -> None:
    def needed_by_one(kind: int) -> tuple[Wanted, ...]:
        return tuple(Wanted(name, kind, 0, exclusive=True, refs=()) for name in "ac")

    stack = Stack(tmp_path)
    stack.up(program((*needed_by_one(0), Wanted("d", 0, 0, exclusive=False, refs=("a", "c")))))
    stack.cloud.before = lambda operation, name: time.sleep(0.2 if (operation, name) == ("delete", "d") else 0)

    stack.up(program(needed_by_one(1)))  # the cloud would refuse to delete what `d` still needs

    assert as_wanted(stack) == set(needed_by_one(1))


@settings(max_examples=15)
@given(stacks(), stacks(), st.sampled_from(["create", "update", "delete"]), st.sampled_from(NAMES))
def test_a_deployment_that_failed_anywhere_can_be_taken_up_again(
    old: tuple[Wanted, ...],
    new: tuple[Wanted, ...],
    operation: str,
    name: str,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        stack.up(program(old))
        stack.cloud.failures[operation, name] = "not now"
        engine = stack.prepare(program(new))
        failed = _fails(engine.up)

        assert failed == ((operation, name) not in stack.cloud.failures)
        stack.cloud.failures.clear()
        stack.up(program(new))
        assert as_wanted(stack) == set(new)
        assert stack.latest()["pending_operations"] == []


def _fails(deploy: Callable[[], object]) -> bool:
    try:
        deploy()
    except ResourceFailed as error:
        return error.reason == "not now"
    return False
