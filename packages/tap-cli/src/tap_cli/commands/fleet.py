"""`tap break`, `repair` and `load`: changes to a fleet that AWS's API has no call for."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tap_cli.commands import control, options, stacks
from tap_cli.commands.local_stack import LocalStack
from tap_cli.errors import UsageError
from tap_cli.terminal.waits import WAITS

if TYPE_CHECKING:  # help need not wait for it
    from tap_cli.commands.members import MemberStatus

LONGEST_BOOT_SECONDS = 60
"""For so long a command waits for instances that boot."""

LOOK_SECONDS = 0.5


class InstanceFault(StrEnum):
    """What can be done to an instance."""

    system = "system"
    instance = "instance"
    ebs = "ebs"
    stopped = "stopped"


class Check(StrEnum):
    """The EC2 status checks."""

    system = "system"
    instance = "instance"
    ebs = "ebs"


Instance = Annotated[str, typer.Argument(help="The id of an instance of a group, such as i-0123456789abcdef0.")]


Broken = Annotated[
    str | None,
    typer.Argument(
        help="The id of an instance of a group, such as i-0123456789abcdef0.",
        show_default="you choose one of the stack's",
    ),
]


def break_(
    instance: Broken = None,
    *,
    any_: Annotated[bool, typer.Option("--any", help="Take the oldest of the stack's that is healthy.")] = False,
    stack: options.Stack = options.DEFAULT_STACK,
    of: stacks.Of = None,
    kind: Annotated[
        InstanceFault, typer.Option(help="The status check that fails; `stopped` stops the machine.")
    ] = InstanceFault.system,
    as_json: options.AsJson = False,
) -> None:
    """Break an instance of a group, and leave the rest to the healer."""
    instance = instance or _member(stack, of, any_=any_)
    answer = control.ask("break", instance=instance, kind=kind.value)
    what = "is stopped" if kind is InstanceFault.stopped else f"fails its {kind.value} status check"
    _tell(answer, f"{answer['time']}: {instance} {what}.", as_json=as_json)


def _member(stack: str, of: str | None, *, any_: bool) -> str:
    """An instance of a stack's group that is healthy: the oldest, or the one that the user picks.

    Raises:
        UsageError: there is none, or nobody can be asked.
    """
    found = _healthy(LocalStack(stack, of))
    if not found:
        raise UsageError("no instance of the fleet is healthy now: `tap fleet` shows them")
    if any_:
        return max(found, key=lambda each: each.age).id
    if not options.is_interactive():
        listed = "\n".join(f"  {each.id}  {each.zone}" for each in found)
        raise UsageError(f"say which instance is to be broken, or --any; those that are healthy:\n{listed}")
    typer.echo("\n".join(f"  {number:>2}  {each.id}  {each.zone}" for number, each in enumerate(found, 1)))
    answer = str(typer.prompt("Which instance (its number or id)", default="1")).strip()
    if not answer.isdecimal():
        return answer
    if not 1 <= int(answer) <= len(found):
        raise UsageError(f"Which instance: {answer!r}; accepted: a number from 1 to {len(found)}, or an id")
    return found[int(answer) - 1].id


def _healthy(stack: LocalStack) -> list[MemberStatus]:
    """The members that are healthy; where none is yet, waits as long as one is on its way, right after `tap up`."""
    from tap_cli.commands.members import look  # noqa: PLC0415 - an instance that was named need not be looked for

    last = time.monotonic() + LONGEST_BOOT_SECONDS
    with WAITS.on("the first instance is booting"):
        while True:
            seen = look(stack)
            found = [each for each in seen.members if each.verdict == "healthy"]
            starting = any(each.verdict.startswith("starting") for each in seen.members)
            coming = starting or len(seen.members) < seen.desired
            if found or not coming or time.monotonic() > last:
                return found
            time.sleep(LOOK_SECONDS)


def repair(
    instance: Instance,
    *,
    kind: Annotated[Check | None, typer.Option(help="The status check that passes again.", show_default="all")] = None,
    as_json: options.AsJson = False,
) -> None:
    """Let an instance pass its status checks again."""
    answer = control.ask("repair", instance=instance, kind=kind.value if kind else None)
    what = f"its {kind.value} status check" if kind else "all its status checks"
    _tell(answer, f"{answer['time']}: {instance} passes {what} again.", as_json=as_json)


def load(
    group: Annotated[str, typer.Argument(help="The name of an Auto Scaling group.")],
    percent: Annotated[float, typer.Argument(help="Average CPU of its instances.", min=0, max=100)],
    *,
    for_: Annotated[
        float | None,
        typer.Option(
            "--for", metavar="TIME", parser=options.seconds, help="How long the load lasts, in cloud time, such as 10m."
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Give the instances of a group a CPU load, which its alarms see."""
    answer = control.ask("load", group=group, percent=percent, seconds=for_)
    how_long = "from now on" if for_ is None else f"for {for_:g} s of the cloud's time"
    _tell(answer, f"{answer['time']}: the instances of {group} report {percent:g} % CPU {how_long}.", as_json=as_json)


def _tell(answer: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        options.print_json(answer)
    else:
        typer.echo(text)
