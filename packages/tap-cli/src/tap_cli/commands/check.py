"""`tap check`: judge a program by every rule, or explain what a role of it may do, without a cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tap_cli.commands import ahead, options

Path_ = Annotated[Path, typer.Argument(metavar="[PATH]", help="A project's folder, or a Python file.", exists=True)]
Stack = Annotated[
    str | None,
    typer.Option("--stack", "-s", metavar="NAME", help="Take the configuration of Pulumi.NAME.yaml."),
]
Explain = Annotated[
    str | None,
    typer.Option(metavar="ROLE", help="Show what a role may do, and who uses it, when and why; checks nothing."),
]
Exceptions = Annotated[bool, typer.Option("--exceptions", help="Also print every exception in force, and its reason.")]
AsSarif = Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0, for code hosts and editors.")]


def check(
    path: Path_ = Path(),
    stack: Stack = None,
    config: options.Config = None,
    *,
    explain: Explain = None,
    exceptions: Exceptions = False,
    as_json: options.AsJson = False,
    as_sarif: AsSarif = False,
) -> None:
    """Find what is wrong with a Pulumi program for AWS before anything is created; no cloud is needed."""
    if as_sarif and (as_json or explain is not None):
        raise typer.BadParameter(f"{'--json' if as_json else '--explain'} and --sarif exclude each other")
    with ahead.start() as launch:
        # Imported here, as in the others: --help should not wait for what the command itself needs.
        from tap_cli.commands import checking  # noqa: PLC0415
        from tap_cli.commands.explaining import run_explain  # noqa: PLC0415

        if explain is not None:
            good = run_explain(path, stack, config or [], explain, launch, as_json=as_json)
        else:
            text = checking.with_exceptions if exceptions else checking.as_text
            form = checking.as_json if as_json else checking.as_sarif if as_sarif else text
            good = checking.run_check(path, stack, config or [], form, launch)
    if not good:
        raise typer.Exit(1)
