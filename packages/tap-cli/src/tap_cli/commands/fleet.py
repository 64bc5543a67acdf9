"""`tap break`, `repair` and `load`: changes to a fleet that AWS's API has no call for."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from tap_cli.commands import options
from tap_cli.commands.project import find_project


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


def break_(
    instance: Instance,
    *,
    kind: Annotated[
        InstanceFault, typer.Option(help="The status check that fails; `stopped` stops the machine.")
    ] = InstanceFault.system,
    as_json: options.AsJson = False,
) -> None:
    """Break an instance of a group, and leave the rest to the healer."""
    answer = _ask("break", instance=instance, kind=kind.value)
    what = "is stopped" if kind is InstanceFault.stopped else f"fails its {kind.value} status check from now on"
    _tell(answer, f"{answer['time']}: {instance} {what}.", as_json=as_json)


def repair(
    instance: Instance,
    *,
    kind: Annotated[Check | None, typer.Option(help="The status check that passes again.", show_default="all")] = None,
    as_json: options.AsJson = False,
) -> None:
    """Let an instance pass its status checks again."""
    answer = _ask("repair", instance=instance, kind=kind.value if kind else None)
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
    answer = _ask("load", group=group, percent=percent, seconds=for_)
    how_long = "from now on" if for_ is None else f"for {for_:g} s of the cloud's time"
    _tell(answer, f"{answer['time']}: the instances of {group} report {percent:g} % CPU {how_long}.", as_json=as_json)


def _ask(operation: str, **arguments: Any) -> dict[str, Any]:
    from embedded_aws.daemon.client import ControlClient  # noqa: PLC0415 - help need not wait for it
    from embedded_aws.daemon.process import find  # noqa: PLC0415

    return ControlClient(find(find_project().private)).ask(operation, **arguments)


def _tell(answer: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        options.print_json(answer)
    else:
        typer.echo(text)
