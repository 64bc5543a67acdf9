"""`tap outputs` and `tap stack export`: what is recorded of a stack. The local AWS need not run for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tap_cli.commands import options

app = typer.Typer(help="The state of a stack.", no_args_is_help=True)


def outputs(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Show secret values in clear.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Print the outputs of a stack."""
    from tap_cli.commands.target import deployed_state  # noqa: PLC0415 - help need not wait for boto3
    from tap_cli.display.screen import Screen  # noqa: PLC0415
    from tap_cli.display.values import document, reveal  # noqa: PLC0415

    shown = deployed_state(stack).load().outputs
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
    from tap_cli.commands.target import deployed_state  # noqa: PLC0415

    stored = deployed_state(stack).document() or {}
    document = {"version": stored["version"], "deployment": stored["checkpoint"]["latest"]}
    if file is None:
        options.print_json(document)
    else:
        from embedded_aws.daemon.folder import open_private  # noqa: PLC0415

        with open_private(file) as target:
            json.dump(document, target, indent=2)
