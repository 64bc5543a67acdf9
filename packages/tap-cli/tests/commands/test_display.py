"""How changes are shown: pure functions of what the engine tells."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from embedded_pulumi.engine.events import Diagnostic, Severity, StackOutputs, StepFailed, StepFinished, Summary
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.provider import DiffKind
from embedded_pulumi.values import UNKNOWN, Archive, Asset, Properties, Secret
from tap_cli.display import document
from tap_cli.display.changes import changes, output_changes
from tap_cli.display.record import DeploymentRecord
from tap_cli.display.screen import Screen
from tap_cli.display.tree import grow, lines, short_type
from tap_cli.display.values import change, text

STACK = "urn:pulumi:dev::tap::pulumi:pulumi:Stack::tap-dev"
VPC = "aws:ec2/vpc:Vpc"


def a_state(name: str, inputs: Properties | None = None, *, type_: str = VPC, parent: str = STACK) -> ResourceState:
    urn = f"urn:pulumi:dev::tap::{type_}::{name}"
    return ResourceState(urn, type_, custom=True, id=f"{name}-id", inputs=inputs or {}, parent=parent)


def a_step(
    op: Op, name: str, old: Properties | None = None, new: Properties | None = None, **diff: str
) -> StepFinished:
    """A step of a resource with these inputs before and after it."""
    before = None if old is None else a_state(name, old)
    after = None if new is None else a_state(name, new)
    kinds = {path.replace("__", "."): DiffKind(kind) for path, kind in diff.items()}
    return StepFinished(op, a_state(name).urn, VPC, kinds, 0.5, "", before, after)


def same(state: ResourceState) -> StepFinished:
    return StepFinished(Op.SAME, state.urn, state.type, old=state, new=state)


THE_STACK = same(ResourceState(STACK, "pulumi:pulumi:Stack", custom=False))


def shown(*steps: Any, width: int | None = None) -> str:
    """The tree as it is printed; in a file unless a terminal's width is given."""
    out = io.StringIO()
    terminal: Mapping[str, Any] = {"width": width, "force_terminal": True} if width else {}
    Screen(Console(file=out, highlight=False, **terminal)).tree(steps)
    return re.sub("\x1b\\[[0-9;]*m", "", out.getvalue())


def test_only_what_changes_is_shown_and_what_is_above_it() -> None:
    tree = shown(THE_STACK, same(a_state("calm")), a_step(Op.CREATE, "new", None, {"cidrBlock": "10.0.0.0/16"}))

    assert tree.splitlines() == ["", "    pulumi:pulumi:Stack  tap-dev", " +  └─ aws:ec2:Vpc       new"]


def test_nothing_is_shown_where_nothing_changes() -> None:
    assert shown(THE_STACK, same(a_state("calm"))) == ""


def test_a_property_shows_what_it_was_and_what_it_will_be() -> None:
    step = a_step(
        Op.UPDATE,
        "vpc",
        {"tags": {"Name": "a", "Old": "x"}},
        {"tags": {"Name": "b", "New": UNKNOWN}},
        tags__Name="update",
        tags__Old="delete",
        tags__New="add",
    )

    assert [line.strip() for line in shown(step).splitlines()[2:]] == [
        '~ tags.Name: "a" => "b"',
        '- tags.Old: "x"',
        "+ tags.New: [unknown]",
    ]


def test_what_the_program_says_as_before_is_a_change_of_what_aws_has() -> None:
    """`desiredCapacity: 1 => 1`: AWS has raised it since, and the old outputs tell."""
    said = a_step(Op.UPDATE, "group", {"desired": 1}, {"desired": 1}, desired="update")
    assert said.old is not None
    raised = replace(said, old=replace(said.old, outputs={"desired": 3}))

    assert [line.strip() for line in shown(raised).splitlines()[2:]] == ["~ desired: 3 => 1"]
    assert changes(said) == []


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_row_of_a_tree_is_longer_than_the_terminal_is_wide(width: int) -> None:
    long = "tap-instance-" + "very-" * 20 + "long-us-east-1-dev"
    step = a_step(
        Op.UPDATE,
        long,
        {"x" * 70: "a" * 90, "y": 1},
        {"x" * 70: "a" * 40 + "b" * 90},
        **{"x" * 70: "update-replace", "y": "delete"},
    )
    rows = shown(THE_STACK, step, width=width).splitlines()

    assert max(map(len, rows)) <= width
    assert any(row.endswith("us-east-1-dev") and "…" in row for row in rows)
    assert any(row.endswith("forces replacement") for row in rows)


def test_both_steps_of_a_replacement_are_one_row_whichever_comes_first() -> None:
    create = a_step(Op.CREATE_REPLACEMENT, "vpc", {"cidrBlock": "a"}, {"cidrBlock": "b"}, cidrBlock="update-replace")
    delete = a_step(Op.DELETE_REPLACED, "vpc", {"cidrBlock": "a"})
    expected = ["", " +- aws:ec2:Vpc  vpc", '         ~ cidrBlock: "a" => "b"  forces replacement']

    assert shown(create, delete).splitlines() == expected
    assert shown(delete, create).splitlines() == expected


def test_what_a_replacement_left_is_not_taken_for_the_resource() -> None:
    tree = shown(a_step(Op.SAME, "vpc", {}, {}), a_step(Op.DELETE_REPLACED, "vpc", {}))

    assert tree.splitlines()[-1] == " -  aws:ec2:Vpc  vpc  what an earlier replacement left"


SECRET_STEPS = [
    a_step(Op.UPDATE, "vpc", {"key": Secret("hush")}, {"key": Secret("quiet")}, key="update"),
    a_step(Op.UPDATE, "vpc", {"key": Secret({"in": "hush"})}, {"key": Secret({"in": "quiet"})}, key__in="update"),
    a_step(Op.UPDATE, "vpc", {"key": "hush"}, {"key": Secret("quiet")}, key="update"),
    a_step(Op.UPDATE, "vpc", {"key": ["a", Secret("hush")]}, {"key": ["b", Secret("quiet")]}, key="update"),
]


@pytest.mark.parametrize("step", SECRET_STEPS)
def test_a_secret_is_never_shown(step: StepFinished) -> None:
    account = DeploymentRecord()
    account(step)
    account(StackOutputs({"key": Secret("quiet")}))
    told = json.dumps(document.deployment("up", "dev", account))

    assert "[secret]" in shown(step)
    assert "quiet" not in shown(step)
    assert "[secret]" in told
    assert "quiet" not in told


def test_a_document_shows_where_in_it_the_change_is() -> None:
    old, new = ({"Statement": [{"Effect": "Allow", "Action": action}]} for action in ("a:B", "a:C"))
    (found,) = changes(
        a_step(Op.UPDATE, "vpc", {"policy": json.dumps(old)}, {"policy": json.dumps(new, indent=1)}, policy="update")
    )

    assert (found.path, found.old, found.new) == ("policy » Statement[0].Action", "a:B", "a:C")


def test_an_archive_shows_which_of_its_files_changed() -> None:
    def archive(text: str) -> Archive:
        return Archive(assets={"index.py": Asset(text=text, hash=text * 8), "same.py": Asset(text="", hash="0" * 8)})

    (found,) = changes(a_step(Op.UPDATE, "vpc", {"code": archive("a")}, {"code": archive("b")}, code="update"))

    assert (found.path, found.old, found.new) == ('code » ["index.py"]', "sha256:aaaaaaa", "sha256:bbbbbbb")


@given(st.text(max_size=200), st.text(max_size=200))
def test_two_values_that_differ_look_different_however_long_they_are(old: str, new: str) -> None:
    before, after = change(old, new)

    assert (before == after) == (old == new)
    assert max(len(before), len(after)) <= 62


@pytest.mark.parametrize(
    "value", [None, True, 3, "a", ["a", UNKNOWN], {"k": Secret(1)}, Asset(text="x", hash="abcdef012")]
)
def test_any_value_is_one_line(value: Any) -> None:
    assert "\n" not in text(value)


def test_outputs_that_come_go_and_change_are_told() -> None:
    found = output_changes({"gone": 1, "kept": 2, "changed": 3}, {"kept": 2, "changed": 4, "come": UNKNOWN})

    assert [(each.sign, each.path) for each in found] == [("~", "changed"), ("+", "come"), ("-", "gone")]


def test_names_are_in_a_column_where_there_is_room() -> None:
    steps = [THE_STACK, a_step(Op.CREATE, "a-name-of-some-length", None, {})]

    assert shown(*steps, width=80).splitlines()[-1] == " +  └─ aws:ec2:Vpc       a-name-of-some-length"
    assert shown(*steps, width=41).splitlines()[-1] == " +  └─ aws:ec2:Vpc  a-name-of-some-length"
    assert shown(*steps, width=40).splitlines()[-1] == " +  └─ aws:ec2:Vpc  a-name-of…ome-length"


def test_the_tree_has_a_line_for_each_row() -> None:
    steps = [THE_STACK, *(a_step(Op.CREATE, name, None, {}) for name in "abc")]

    assert [line.branch for line in lines(grow(steps))] == ["", "├─ ", "├─ ", "└─ "]


@pytest.mark.parametrize(
    ("token", "shown_as"),
    [
        (VPC, "aws:ec2:Vpc"),
        ("pulumi:pulumi:Stack", "pulumi:pulumi:Stack"),
        ("tap:index:TapStack", "tap:index:TapStack"),
    ],
)
def test_a_type_is_shown_without_the_file_in_its_module(token: str, shown_as: str) -> None:
    assert short_type(token) == shown_as


def test_an_account_counts_and_keeps_what_was_told() -> None:
    account = DeploymentRecord()
    account(THE_STACK)
    account(a_step(Op.CREATE, "new", None, {}))
    account(StepFailed(Op.UPDATE, a_state("bad").urn, VPC, {}, 0.1, "refused", a_state("bad"), a_state("bad")))
    account(Diagnostic(Severity.DEBUG, "whispered"))
    account(Diagnostic(Severity.WARNING, "said"))
    told = document.deployment("up", "dev", account, "update of bad failed: refused")

    assert told["changes"] == {"same": 1, "create": 1}
    assert [each["name"] for each in told["steps"]] == ["new"]
    assert [(each["name"], each["reason"]) for each in told["failed"]] == [("bad", "refused")]
    assert [each["text"] for each in told["messages"]] == ["said"]
    assert (told["result"], told["seconds"]) == ("failed", None)


def test_a_summary_reads_like_pulumis() -> None:
    out = io.StringIO()
    Screen(Console(file=out, highlight=False)).summary({"same": 64, "update": 1, "create": 3}, foreseen=True)

    assert out.getvalue() == "\nResources: + 3 to create, ~ 1 to update, 64 unchanged\n"


def test_steps_that_were_not_asked_for_are_no_news() -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, highlight=False))
    screen.progress(THE_STACK)
    screen.progress(Summary({}, {}, (), 0.0))
    screen.progress(a_step(Op.CREATE, "new", None, {}))

    assert out.getvalue().split() == ["+", "0.50", "s", "aws:ec2:Vpc", "new"]
