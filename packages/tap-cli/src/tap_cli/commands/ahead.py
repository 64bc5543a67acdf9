"""Starts the program's process before anything else, because its imports take longest."""

from __future__ import annotations

from embedded_pulumi.engine.program import PrestartedLauncher
from embedded_pulumi.services import modules, python_module

MODULES = ("tap_stack.stack", *map(python_module, modules()))
"""What the program of this project imports, once it gets there."""


def start() -> PrestartedLauncher:
    """Start the process; what is returned starts programs, the first of them in it."""
    return PrestartedLauncher(MODULES)
