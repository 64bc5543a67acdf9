"""Which TapStack or Healer of a deployed program a command is about."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import typer

from tap_cli.commands import options
from tap_cli.deployed import HEALER_KEYS, TapStackOutputs, tap_stacks
from tap_cli.errors import UsageError

Of = Annotated[
    str | None,
    typer.Option(
        "--of",
        metavar="NAME",
        help="The TapStack or Healer, by its name in the program; asked for where it has several.",
    ),
]


def chosen(stack: str, name: str | None, having: Collection[str] = HEALER_KEYS) -> TapStackOutputs:
    """The only TapStack or Healer of a deployed program, the one of this name, or the one that the user picks.

    Args:
        stack: The Pulumi stack.
        name: What the user has said, None if nothing.
        having: The outputs that the command needs.

    Raises:
        UsageError: there is none, or none of this name, or there are several and nobody can be asked.
    """
    from tap_cli.commands.states import deployed_state  # noqa: PLC0415 - help need not wait for the engine

    found = tap_stacks(deployed_state(stack).load(secrets=False).resources, having)
    names = [each.name for each in found]
    if not found:
        raise UsageError(f"the stack {stack!r} has no TapStack that is deployed whole: `tap up` goes on")
    if name is None and len(found) > 1:
        name = _asked(stack, names)
    if name is not None and name not in names:
        raise UsageError(f"the stack {stack!r} has no TapStack {name!r}; there are: {', '.join(names)}")
    return found[0] if name is None else found[names.index(name)]


def _asked(stack: str, names: list[str]) -> str:
    listed = ", ".join(names)
    if not options.is_interactive():
        raise UsageError(f"the stack {stack!r} has several TapStacks: say which with --of NAME; there are: {listed}")
    return str(typer.prompt(f"Which TapStack ({listed})", default=names[0]))
