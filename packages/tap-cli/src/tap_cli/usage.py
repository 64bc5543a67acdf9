"""Mistakes on the command line, told in the same form as every other error: `error: ...`, on one line."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from tap_cli.errors import UsageError

_USAGE_ERROR: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "UsageError")
"""What the parser raises: typer has it in a private module of its own, older ones have it in click."""


_INTERRUPTED = 130


class Commands(TyperGroup):
    """All commands. Their mistakes are exceptions of ours, which `cli.main` shows; so is a Ctrl-C."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Parse, and run a command; ends with its exit code.

        Raises:
            UsageError: there is no such command, or its options are not right.
            KeyboardInterrupt: it was interrupted.
        """
        options |= {"standalone_mode": False, "prog_name": "tap"}
        try:
            code = super().main(*args, **options)
        except typer.Abort as abort:
            raise KeyboardInterrupt from abort
        except _USAGE_ERROR as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
                sys.exit(2)
            raise UsageError(_in_one_line(error)) from error
        if code == _INTERRUPTED:  # typer makes an exit code of what `cli.main` wants to hear of
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)


def _in_one_line(error: Any) -> str:
    """The mistake, and the command that shows what would be accepted."""
    message = error.format_message().strip().rstrip(".")
    said = f"{message[:1].lower()}{message[1:]}" if message[1:2].islower() else message
    path = error.ctx.command_path if error.ctx is not None else "tap"
    return f"{said}: `{path} --help` shows what there is"
