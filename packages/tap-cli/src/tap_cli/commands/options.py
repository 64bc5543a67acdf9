"""Options that several commands have, and what is made of them."""

from __future__ import annotations

import json
import shutil
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from embedded_pulumi.durations import seconds_of
from tap_stack.errors import ConfigError

DEFAULT_STACK = "dev"

Stack = Annotated[str, typer.Option("--stack", "-s", metavar="NAME", help="The stack; its file is Pulumi.NAME.yaml.")]


class AccountName(StrEnum):
    """The kinds of account that a local AWS can be."""

    standard = "standard"
    new = "new"
    organisation = "organisation"
    locked = "locked"


Account = Annotated[AccountName, typer.Option(help="What kind of account it is (docs/accounts.md).")]
Config = Annotated[
    list[str] | None,
    typer.Option("--config", "-c", metavar="KEY=VALUE", help="Configuration for this run alone. May be repeated."),
]


class Unmodelled(StrEnum):
    """What becomes of a resource whose type the local AWS does not have."""

    refuse = "refuse"
    note = "note"


Unmodelled_ = Annotated[
    Unmodelled,
    typer.Option(
        "--unmodelled",
        help="What becomes of types that are not modelled (docs/types.md): refused, or noted with made-up outputs.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def seconds(text: str) -> float:
    """A duration such as `90s`, `10m` or `1h30m` in seconds. Raises ConfigError: it is none."""
    try:
        return seconds_of(text)
    except ValueError:
        raise ConfigError("--for", text, "a duration, such as 90s, 10m or 1h30m") from None


def print_json(document: Any) -> None:
    """Print a JSON document."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def warn(text: str) -> None:
    """Tell the user something beside the output of a command."""
    Console(stderr=True, highlight=False, emoji=False).print(f"[yellow]warning:[/] {escape(text)}", soft_wrap=True)


def note(text: str) -> None:
    """Tell the user something that is in order, beside the output of a command."""
    Console(stderr=True, highlight=False, emoji=False).print(f"[cyan]note:[/] {escape(text)}", soft_wrap=True)


def console(*, quiet: bool = False) -> Console:
    """Where text goes; it has colour on a terminal, unless NO_COLOR is set. A quiet one prints nothing."""
    return Console(highlight=False, emoji=False, quiet=quiet)


def terminal_width() -> int | None:
    """Columns of the terminal that text goes to; None where it goes to a file or a pipe, which has no end of a row."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def is_interactive() -> bool:
    """Whether there is somebody who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
