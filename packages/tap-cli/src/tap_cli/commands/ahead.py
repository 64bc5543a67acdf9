"""Starts the program's process before anything else, because its imports take longest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar

from embedded_pulumi.engine.program import Interpreter, PrestartedLauncher
from embedded_pulumi.services import modules, python_module

MODULES = ("tap_stack.stack", *map(python_module, modules()))
"""What the program of this project imports, once it gets there."""

INTERPRETERS: ContextVar[Callable[[Sequence[str]], Interpreter]] = ContextVar("interpreters", default=Interpreter)
"""What starts such a process. Who runs many commands in one process may have one that imports less often."""


def start() -> PrestartedLauncher:
    """Start the process; what is returned starts programs, the first of them in it."""
    return PrestartedLauncher(MODULES, INTERPRETERS.get())
