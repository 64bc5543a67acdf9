"""`tap outputs`, `tap stack export` and `tap stack import`: what is recorded of a stack."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from tap_cli.commands import options
from tap_cli.errors import UsageError

app = typer.Typer(help="The state of a stack.", no_args_is_help=True)


def outputs(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Show secret values in clear.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Print the outputs of a stack."""
    from tap_cli.commands.states import deployed_state  # noqa: PLC0415 - help need not wait for boto3
    from tap_cli.display.screen import Screen  # noqa: PLC0415
    from tap_cli.display.values import document, reveal  # noqa: PLC0415

    shown = deployed_state(stack).load().outputs
    _warn_of_an_end(stack)
    values = {name: (reveal if show_secrets else document)(value) for name, value in shown.items()}
    if as_json:
        options.print_json(values)
    else:
        Screen(options.console()).all_outputs(values)


@app.command(epilog="Example: [cyan]tap stack export --file state.json[/]")
def export(
    stack: options.Stack = options.DEFAULT_STACK,
    file: Annotated[Path | None, typer.Option(help="The file to write; standard output if not given.")] = None,
) -> None:
    """Print the state as `pulumi stack import` reads it; secrets stay encrypted."""
    from tap_cli.commands.states import deployed_state  # noqa: PLC0415

    document = deployed_state(stack).export()
    _warn_of_an_end(stack)
    if file is None:
        options.print_json(document)
    else:
        from embedded_aws.daemon.folder import open_private  # noqa: PLC0415

        with open_private(file) as target:
            json.dump(document, target, indent=2)


def _warn_of_an_end(stack: str) -> None:
    """Warn where the stack's AWS has ended: what is recorded of it exists no more."""
    from embedded_aws.daemon.folder import Folder  # noqa: PLC0415
    from tap_cli.commands.project import find_project  # noqa: PLC0415

    if Folder(find_project().private).running() is None:
        options.warn(f"the local AWS of the stack {stack} has ended, with everything in it: these were its outputs")


@app.command("import", epilog="Example: [cyan]tap stack import --file state.json[/]")
def import_(
    stack: options.Stack = options.DEFAULT_STACK,
    file: Annotated[Path | None, typer.Option(help="The file to read; standard input if not given.")] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Take resources of another stack as well.")] = False,
) -> None:
    """Take a state that `pulumi stack export` or `tap stack export` has printed, in place of the recorded one."""
    from embedded_aws.daemon.process import find  # noqa: PLC0415
    from embedded_pulumi.engine.engine import ORGANIZATION  # noqa: PLC0415
    from embedded_pulumi.errors import StateError  # noqa: PLC0415
    from tap_cli.commands.project import find_project  # noqa: PLC0415
    from tap_cli.commands.states import state_of  # noqa: PLC0415

    project = find_project()
    find(project.private)  # a state is of an AWS that runs
    try:
        text = sys.stdin.read() if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{'standard input' if file is None else file} cannot be read: {error}") from error
    state = state_of(project, stack)
    with state.locked():
        try:
            warnings = state.import_deployment(f"{ORGANIZATION}/{project.name}/{stack}", text, force=force)
        except StateError as error:
            raise UsageError(f"{error}: nothing was touched") from error
    for warning in warnings:
        options.warn(warning)
    typer.echo(
        f"Imported {len(state.load().resources)} resources into the stack {stack}: `tap refresh` looks for them."
    )
