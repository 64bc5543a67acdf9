"""`tap local`: the local AWS that runs in the background."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from tap_cli.commands import control, options
from tap_cli.commands.project import ProjectFolder, find_project
from tap_cli.display.notices import letter, notice
from tap_cli.display.printable import printable
from tap_cli.terminal.waits import WAITS

app = typer.Typer(help="The local AWS that runs in the background.", no_args_is_help=True)

MINUTE_A_SECOND = 60.0
"""Cloud seconds for each real one: fast enough for a deployment to take seconds, slow enough to follow."""


class Shell(StrEnum):
    """The shells that `env` can speak to."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


Last = Annotated[int, typer.Option(help="How many of the latest to show; 0 for all that are kept.", min=0)]


@app.command(epilog="Example: [cyan]tap local start --port 4566 --speed 60[/]")
def start(
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 0,
    speed: Annotated[float, typer.Option(help="Cloud seconds for each real second.", min=0, max=600)] = MINUTE_A_SECOND,
    region: Annotated[
        str | None,
        typer.Option(help="Where clients call when they name no region.", show_default="AWS_REGION, or TAP's default"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    account: options.Account = options.AccountName.standard,
) -> None:
    """Start a local AWS that survives this terminal."""
    from embedded_aws.daemon import process  # noqa: PLC0415
    from embedded_aws.kinds import KINDS  # noqa: PLC0415
    from tap_stack.config import InfraConfig  # noqa: PLC0415 - help need not wait for it

    region = InfraConfig.load({"aws:region": region} if region else {}, os.environ).region
    with WAITS.on("starting a local AWS"):
        started = process.start(
            find_project().private, region=region, port=port, speed=speed, seed=seed, account=account.value
        )
    running = started.running
    typer.echo(f"A local AWS is running at {running.endpoint} (process {running.pid}, {running.region}).")
    if account is not options.AccountName.standard:
        typer.echo(KINDS[account.value].told)
        for need in KINDS[account.value].needs:
            typer.echo(f"It wants {need}.")
    for stack in started.forgotten:
        state = f".tap/stacks/{stack}.json.bak"
        typer.echo(f"The stack {stack} was deployed in a local AWS that has ended; its state is now {state}.")
    typer.echo("Next: `tap up`, or `tap local env` for other clients; `tap local stop` ends it.")


@app.command(epilog="Example: [cyan]tap local stop[/]")
def stop() -> None:
    """End the local AWS and everything in it."""
    from embedded_aws.daemon import process  # noqa: PLC0415

    with WAITS.on("ending the local AWS"):
        ended = process.stop(find_project().private)
    typer.echo(f"The local AWS at {ended.endpoint} has ended, and everything in it is gone.")


@app.command(epilog="Example: [cyan]tap local status --json[/]")
def status(*, as_json: options.AsJson = False) -> None:
    """Show whether a local AWS is running, and its state. Exit code 1 if none is running."""
    from embedded_aws.daemon.client import ControlClient  # noqa: PLC0415
    from embedded_aws.daemon.folder import Folder  # noqa: PLC0415

    running = Folder(find_project().private).running()
    if running is None:
        options.print_json({"running": False}) if as_json else typer.echo("No local AWS is running: `tap local start`")
        raise typer.Exit(1)
    answer = ControlClient(running).ask("status")
    where = {"endpoint": running.endpoint, "region": running.region, "pid": running.pid}
    if as_json:
        options.print_json({"running": True, **where, **answer})
    else:
        _print_status(where, answer)


def _print_status(where: dict[str, Any], answer: dict[str, Any]) -> None:
    typer.echo(f"endpoint  {where['endpoint']} ({where['region']}, process {where['pid']})")
    typer.echo(f"time      {answer['time']}, {answer['speed']:g} times as fast as yours")
    typer.echo(f"account   {answer['account']}")
    typer.echo(f"groups    {', '.join(answer['groups']) or 'none'}")
    typer.echo(f"calls     {answer['calls']}, of which {answer['denied']} denied")
    for failure in answer["failures"]:
        typer.echo(f"\na fault in the local AWS itself:\n{failure}")


@app.command(epilog='Example: [cyan]eval "$(tap local env)"[/]; in fish: [cyan]tap local env --shell fish | source[/]')
def env(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    shell: Annotated[Shell, typer.Option(help="The shell whose syntax is printed.")] = Shell.bash,
    region: Annotated[
        str | None, typer.Option(help="Where clients call when they name no region.", show_default="the stack's")
    ] = None,
    pulumi: Annotated[
        bool, typer.Option("--pulumi", help="Also the variables that an installed `pulumi` needs.")
    ] = False,
    unset: Annotated[bool, typer.Option("--unset", help="Take back what was set before; needs no local AWS.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the variables as a JSON object.")] = False,
) -> None:
    """Print the variables that lead every AWS client of a shell to the local AWS, and nowhere else."""
    from tap_cli.commands import shell as shells  # noqa: PLC0415

    variables = shells.taken_back(pulumi=pulumi) if unset else _wanted(stack, region, pulumi=pulumi)
    if as_json:
        options.print_json(variables)
    else:
        typer.echo("\n".join(shells.SYNTAXES[shell.value](variables)))
    if not unset and (too_old := shells.client_that_is_too_old(os.environ)):
        options.warn(too_old)


def _wanted(stack: str, region: str | None, *, pulumi: bool) -> Mapping[str, str | None]:
    from tap_cli.commands import shell as shells  # noqa: PLC0415
    from tap_cli.commands.states import region_of  # noqa: PLC0415
    from tap_stack.config import InfraConfig  # noqa: PLC0415 - help need not wait for it

    running = _running(find_project())
    if region is not None:
        region = InfraConfig.load({"aws:region": region}, {}).region
    variables = shells.variables(running.endpoint, region or region_of(stack) or running.region, os.environ)
    if not pulumi:
        return variables
    from embedded_pulumi.plugin.installation import install, plugin_environment  # noqa: PLC0415

    # Our provider lies where only these variables let an installed Pulumi CLI find it.
    home = find_project().private / "pulumi"
    with WAITS.on("installing the provider"):
        install(home)
    return {**variables, **plugin_environment(running.endpoint, home, os.environ)}


@app.command(epilog="Example: [cyan]tap local calls --denied --role healer[/]")
def calls(
    *,
    denied: Annotated[bool, typer.Option("--denied", help="Only calls that IAM refused.")] = False,
    role: Annotated[str, typer.Option(metavar="TEXT", help="Only calls of roles whose ARN contains this.")] = "",
    last: Last = 50,
    as_json: options.AsJson = False,
) -> None:
    """Show the API calls: who called what, and whether IAM allowed it."""
    found = control.ask("calls", last=last, denied=denied, role=role)["calls"]
    if as_json:
        options.print_json(found)
        return
    rows = []
    for call in found:
        arn = call["caller"] or "nobody"
        role = arn.partition(":role/")[2].rpartition("/")[2]  # the whole ARN is in the JSON document
        rows.append((call["time"], role or arn, f"{call['service']}:{call['action']}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    console = options.console()
    for row, call in zip(rows, found, strict=True):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        ending = f"[yellow]{call['error']}[/]" if call["error"] else "[green]ok[/]"
        if not call["allowed"]:
            ending = f"[red]denied[/] {escape(printable(call['refusal']))}"
        console.print(f"{escape(printable(cells))}  {ending}", soft_wrap=True)
    if not found:
        console.print("No calls.")


@app.command(epilog="Example: [cyan]tap local notifications --last 3[/]")
def notifications(*, last: Last = 20, as_json: options.AsJson = False) -> None:
    """Show the messages published to SNS topics, and their subscribers. Nothing leaves this machine."""
    found = control.ask("notifications", last=last)["notifications"]
    _print_all(found, notice, "No notifications: nothing has been published to a topic so far.", as_json=as_json)


@app.command(epilog="Example: [cyan]tap local inbox[/]")
def inbox(*, last: Last = 20, as_json: options.AsJson = False) -> None:
    """Show the mails that SNS would have sent, with the link that confirms a subscription. Nothing leaves this machine.

    A link is opened in a browser, or with `curl`. Until it is, the address gets no messages, as with AWS.
    """
    found = control.ask("inbox", last=last)["inbox"]
    none = "No mails: nobody is subscribed by e-mail (`tap config set tap:alarmEmail ADDRESS`, and `tap up`)."
    _print_all(found, letter, none, as_json=as_json)


def _print_all(
    found: list[dict[str, Any]],
    rows_of: Callable[[dict[str, Any], int | None], Iterable[str]],
    none: str,
    *,
    as_json: bool,
) -> None:
    """Print what the local AWS has of something: each as rows of the terminal's width, or `none` where it has none."""
    if as_json:
        options.print_json(found)
        return
    width = options.terminal_width()
    for each in found:
        typer.echo("\n".join(rows_of(each, width)))
    if not found:
        typer.echo(none)


@app.command("time", epilog="Example: [cyan]tap local time --advance 300[/]")
def time_(
    *,
    advance: Annotated[float, typer.Option(help="Cloud seconds by which to move the clock forward.", min=0)] = 0.0,
    speed: Annotated[
        float | None, typer.Option(help="Cloud seconds for each real second from now on; 0 stops time.", min=0, max=600)
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the clock of the local AWS, move it, or change its speed."""
    with WAITS.on(f"moving the clock by {advance:g} s" if advance else "asking the local AWS"):
        try:
            answer = control.ask("clock", advance=advance, speed=speed)
        except KeyboardInterrupt:
            typer.echo("the local AWS goes on moving its clock: `tap local time` shows it", err=True)
            raise
    if as_json:
        options.print_json(answer)
    else:
        typer.echo(f"{answer['time']}, {answer['speed']:g} times as fast as yours")


def _running(project: ProjectFolder) -> Any:
    from embedded_aws.daemon.process import find  # noqa: PLC0415

    return find(project.private)
