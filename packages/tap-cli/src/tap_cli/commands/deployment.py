"""Carries out the operations on a stack, each in the same way: preview it, show it, ask, do it, say how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass

import typer

from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Event, StepFinished
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import DeploymentError
from tap_cli.commands import options
from tap_cli.commands.target import Target
from tap_cli.display import document
from tap_cli.display.record import DeploymentRecord
from tap_cli.display.running import note
from tap_cli.display.screen import Screen
from tap_cli.errors import FAILURES, USER_ERRORS, UsageError
from tap_cli.terminal.interruption import INTERRUPTION
from tap_cli.terminal.output import going_on
from tap_cli.terminal.waits import WAITS


@dataclass(frozen=True)
class StackOperation:
    """One thing that can be done to a stack.

    Attributes:
        foreseeing: What the heading calls a look at what it would do.
        doing: What the heading calls the thing itself.
        question: What is asked before it.
        nothing: What is said where there is nothing to do.
        before: What is waited for while no step runs.
    """

    name: str
    foreseeing: str
    doing: str
    question: str
    nothing: str
    before: str
    foresee: Callable[[Engine], object]
    act: Callable[[Engine], object]


UP = StackOperation(
    name="up",
    foreseeing="Previewing update",
    doing="Updating",
    question="Do you want to perform this update?",
    nothing="Nothing to change: everything is as the program says.",
    before="the program runs",
    foresee=Engine.preview,
    act=Engine.up,
)
REFRESH = StackOperation(
    name="refresh",
    foreseeing="Previewing refresh",
    doing="Refreshing",
    question="Do you want to record this in the state?",
    nothing="Nothing was changed outside of the stack: everything is as its state says.",
    before="reading the state",
    foresee=lambda engine: engine.refresh(dry_run=True),
    act=Engine.refresh,
)
DESTROY = StackOperation(
    name="destroy",
    foreseeing="Previewing destroy",
    doing="Destroying",
    question="Do you want to destroy all of this?",
    nothing="There is nothing to destroy.",
    before="reading the state",
    foresee=lambda engine: engine.destroy(dry_run=True),
    act=Engine.destroy,
)


_LEFT_PENDING = ": what was running may have been done or not; the next `tap {name}` finds out (docs/recovery.md)"


def foresee(operation: StackOperation, target: Target, *, as_json: bool) -> None:
    """Show what an operation would do. Raises EngineError: it would fail."""
    if as_json:
        _as_json("preview", target, operation, operation.foresee)
    else:
        _look(operation, target, Screen(options.console()))


def carry_out(operation: StackOperation, target: Target, *, yes: bool, as_json: bool) -> None:
    """Do it, after a look and a question unless `yes`.

    Raises:
        UsageError: there is no terminal to ask on.
        EngineError: it failed on the way, or it was interrupted.
    """
    if not yes and (as_json or not options.is_interactive()):
        look = ", `tap preview` shows it" if operation is UP else ""
        raise UsageError(f"there is no terminal to ask on: `tap {operation.name} --yes` does it{look}")
    if as_json:
        _as_json(operation.name, target, operation, operation.act)
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
    _run(target, record, operation.foresee, operation.before)
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
        with WAITS.paused():
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
    with going_on():
        try:
            _run(target, record, operation.act, operation.before, _LEFT_PENDING.format(name=operation.name))
        except DeploymentError:
            if record.has_begun:
                screen.summary(record.changes, foreseen=False, made_up=record.made_up)
                screen.say(
                    f"What exists is recorded in {target.shown_state}; `tap {operation.name}` goes on from there."
                )
            raise
    if record.summary is None:
        return
    if operation is UP:
        screen.new_outputs(record.output_changes)
    if operation is REFRESH:
        screen.tree([*standing, *record.steps])
    screen.summary(record.changes, foreseen=False, seconds=record.summary.seconds, made_up=record.made_up)


def _run(
    target: Target, record: DeploymentRecord, act: Callable[[Engine], object], before: str, last_words: str = ""
) -> None:
    """Have the engine do something: it can be interrupted, and says what it waits for."""
    show, engine = record.show, target.engine(record)

    def listen(event: Event) -> None:
        show(event)
        note(event)

    record.show = listen
    with WAITS.on(before), INTERRUPTION.stopped_by(engine.interrupt, last_words):
        try:
            act(engine)
        finally:
            WAITS.end_steps()


def _as_json(name: str, target: Target, operation: StackOperation, act: Callable[[Engine], object]) -> None:
    """Print one document, whether it succeeds or fails on the way."""
    record = DeploymentRecord()
    changes = act is operation.act
    words = _LEFT_PENDING.format(name=name) if changes else ""
    try:
        with going_on() if changes else nullcontext():
            _run(target, record, act, operation.before, words)
    except USER_ERRORS:
        raise
    except FAILURES as error:
        options.print_json(document.deployment(name, target.stack, record, str(error)))
        raise
    options.print_json(document.deployment(name, target.stack, record))
