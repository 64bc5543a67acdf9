"""`tap completion`: the lines with which a shell completes the command's words."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from tap_cli.terminal import ASKED_BY_A_SHELL


class CompletingShell(StrEnum):
    """The shells that can complete."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion(shell: Annotated[CompletingShell, typer.Argument(help="The shell.")]) -> None:
    """Print what a shell is to evaluate so that it completes commands and options; for fish: `| source`."""
    # Typer keeps it in a private module, and uses it from this one.
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # noqa: PLC0415

    typer.echo(get_completion_script(prog_name="tap", complete_var=ASKED_BY_A_SHELL, shell=shell.value))


def answer_shells() -> None:
    """Have the command answer a shell that asks for completions."""
    if ASKED_BY_A_SHELL in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415

        completion_init()
