"""The nursery of the tests: their programs are forked from one process, which imports what ours need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from embedded_pulumi.engine.events import ProgramOutput
from embedded_pulumi.engine.nursery import Nursery
from embedded_pulumi.engine.program import ChildProcess, Interpreter
from tap_cli.commands.ahead import MODULES


@cache
def nursery() -> Nursery:
    """The one of this process."""
    return Nursery(MODULES)


def launch(environ: Mapping[str, str], on_output: Callable[[ProgramOutput], None]) -> ChildProcess:
    """Start a program: what an engine takes as its `launch`."""
    return nursery()(environ, on_output)


def forked(_: Sequence[str] = ()) -> Interpreter:
    """An interpreter with everything imported: what tap's commands take as their `INTERPRETERS`."""
    return nursery().interpreter()
