"""The `tap` command: parse, call, print. The only place that knows exit codes.

0    it worked
1    something failed on the way; the message says what stands and how to go on
2    the input was wrong; nothing was touched
130  interrupted with Ctrl-C
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from tap_stack.errors import ConfigError, Interrupted, TapError, UserError

PROJECT = "tap"

app = typer.Typer(
    help="A fleet on AWS that heals itself: try it on an AWS inside this process.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # a failure of ours is one message; a bug is Python's own traceback
    context_settings={"help_option_names": ["-h", "--help"]},
)


class FaultKind(StrEnum):
    """The EC2 status checks that can be made to fail."""

    system = "system"
    instance = "instance"
    ebs = "ebs"


@app.callback()
def tap() -> None:
    """Give the app sub-commands even while there is only one."""


@app.command(epilog="Example: [cyan]tap demo --region eu-west-1 --zones 3 --fault instance[/]")
def demo(
    *,
    region: Annotated[str | None, typer.Option(help="AWS region of the stack.", show_default="as configured")] = None,
    zones: Annotated[int, typer.Option(help="Availability zones to spread over.", min=1, max=6)] = 2,
    fault: Annotated[FaultKind, typer.Option(help="Status check that fails.")] = FaultKind.system,
    speed: Annotated[float, typer.Option(help="Cloud seconds for each real second.", min=1, max=600)] = 180,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    config: Annotated[
        list[str] | None, typer.Option("--config", "-c", metavar="KEY=VALUE", help="Configuration, as pulumi takes it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the story.")] = False,
) -> None:
    """Deploy the stack, break an instance, and watch the healer get it replaced."""
    # Imported here: a wrong option or --help should not wait a second for boto3, moto and gRPC.
    from tap_stack.demo.run import run_demo  # noqa: PLC0415
    from tap_stack.demo.screen import Silence, Terminal  # noqa: PLC0415

    screen = Silence() if as_json else Terminal(Console(highlight=False))
    chosen = {**_settings(config or []), "tap:zones": str(zones)} | ({"aws:region": region} if region else {})
    report = run_demo(Path.cwd(), chosen, fault=fault.value, speed=speed, seed=seed, screen=screen)
    if as_json:
        _print_json(report.to_json())
    raise typer.Exit(0 if report.healed else 1)


def _settings(options: list[str]) -> dict[str, str]:
    """`KEY=VALUE` options by full key; a key without a namespace is one of the project's, as for `pulumi config`."""
    settings = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise ConfigError("--config", option, "KEY=VALUE, such as tap:natStrategy=single")
        settings[key if ":" in key else f"{PROJECT}:{key}"] = value
    return settings


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2))


def main() -> None:
    """Run the command line and turn what escapes from it into a message and an exit code."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except UserError as error:
        errors.print(f"[red]error:[/] {escape(str(error))}")
        sys.exit(2)
    except Interrupted as error:
        errors.print(escape(str(error)))
        sys.exit(130)
    except TapError as error:
        errors.print(f"[red]error:[/] {escape(str(error))}")
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("interrupted")
        sys.exit(130)


if __name__ == "__main__":
    main()
