"""Carries out the operations on a stack, each in the same way: preview it, show it, ask, do it, say how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import typer

from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import StepFinished
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import DeploymentError
from tap_cli.commands import options
from tap_cli.commands.target import Target
from tap_cli.display import document
from tap_cli.display.record import DeploymentRecord
from tap_cli.display.screen import Screen
from tap_cli.errors import FAILURES, USER_ERRORS, UsageError


@dataclass(frozen=True)
class StackOperation:
    """One thing that can be done to a stack.

    Attributes:
        foreseeing: What the heading calls a look at what it would do.
        doing: What the heading calls the thing itself.
        question: What is asked before it.
        nothing: What is said where there is nothing to do.
    """

    name: str
    foreseeing: str
    doing: str
    question: str
    nothing: str
    foresee: Callable[[Engine], object]
    act: Callable[[Engine], object]


UP = StackOperation(
    name="up",
    foreseeing="Previewing update",
    doing="Updating",
    question="Do you want to perform this update?",
    nothing="Nothing to change: everything is as the program says.",
    foresee=Engine.preview,
    act=Engine.up,
)
REFRESH = StackOperation(
    name="refresh",
    foreseeing="Previewing refresh",
    doing="Refreshing",
    question="Do you want to record this in the state?",
    nothing="Nothing was changed behind the stack's back: everything is as its state says.",
    foresee=lambda engine: engine.refresh(dry_run=True),
    act=Engine.refresh,
)
DESTROY = StackOperation(
    name="destroy",
    foreseeing="Previewing destroy",
    doing="Destroying",
    question="Do you want to destroy all of this?",
    nothing="There is nothing to destroy.",
    foresee=lambda engine: engine.destroy(dry_run=True),
    act=Engine.destroy,
)


def foresee(operation: StackOperation, target: Target, *, as_json: bool) -> None:
    """Show what an operation would do. Raises EngineError: it would fail."""
    if as_json:
        _as_json("preview", target, operation.foresee)
    else:
        _look(operation, target, Screen(options.console()))


def carry_out(operation: StackOperation, target: Target, *, yes: bool, as_json: bool) -> None:
    """Do it, after a look and a question unless `yes`.

    Raises:
        UsageError: there is nobody to ask.
        EngineError: it failed on the way, or it was interrupted.
    """
    if not yes and (as_json or not options.is_interactive()):
        raise UsageError(f"there is nobody to ask: `tap {operation.name} --yes` does it, `tap preview` shows it")
    if as_json:
        _as_json(operation.name, target, operation.act)
        return
    screen = Screen(options.console())
    if not yes:
        if not _look(operation, target, screen):
            return
        _ask(operation.question, screen)
    _act(operation, target, screen)


def _look(operation: StackOperation, target: Target, screen: Screen) -> bool:
    """Show what would be done; whether that is anything."""
    screen.heading(operation.foreseeing, target.stack)
    record = DeploymentRecord(screen.messages)
    operation.foresee(target.engine(record))
    screen.tree([*_standing(target), *record.steps])
    screen.outputs(record.output_changes)
    screen.summary(record.changes, foreseen=True, made_up=record.made_up)
    needed = record.touches_resources or bool(record.output_changes)
    if not needed:
        screen.say(operation.nothing)
    return needed


def _standing(target: Target) -> Iterable[StepFinished]:
    """What the state has, as steps that change nothing: a refresh tells nothing of the parents of what it reads."""
    for state in target.resources():
        yield StepFinished(Op.SAME, state.urn, state.type, old=state, new=state)


def _ask(question: str, screen: Screen) -> None:
    """Go on only if the answer is yes.

    Raises:
        UsageError: it is no.
        KeyboardInterrupt: it is Ctrl-C.
    """
    screen.say()
    try:
        agreed = typer.confirm(question)
    except typer.Abort as abort:
        raise KeyboardInterrupt from abort
    if not agreed:
        raise UsageError("declined: nothing was touched")
    screen.say()


def _act(operation: StackOperation, target: Target, screen: Screen) -> None:
    screen.heading(operation.doing, target.stack)
    # A refresh does nothing that could be watched: what it finds is shown as a tree.
    record = DeploymentRecord(screen.messages if operation is REFRESH else screen.progress)
    standing = list(_standing(target)) if operation is REFRESH else []
    try:
        operation.act(target.engine(record))
    except DeploymentError:
        screen.summary(record.changes, foreseen=False, made_up=record.made_up)
        screen.say(f"What stands is recorded in {target.shown_state}; `tap {operation.name}` goes on from there.")
        raise
    if record.summary is None:
        return
    if operation is UP:
        screen.all_outputs(record.summary.outputs)
    if operation is REFRESH:
        screen.tree([*standing, *record.steps])
    screen.summary(record.changes, foreseen=False, seconds=record.summary.seconds, made_up=record.made_up)


def _as_json(name: str, target: Target, act: Callable[[Engine], object]) -> None:
    """Print one document, whether it succeeds or fails on the way."""
    record = DeploymentRecord()
    try:
        act(target.engine(record))
    except USER_ERRORS:
        raise
    except FAILURES as error:
        options.print_json(document.deployment(name, target.stack, record, str(error)))
        raise
    options.print_json(document.deployment(name, target.stack, record))
