"""The `tap` command: puts the commands together and runs them. The only place that knows exit codes.

0    it worked
1    something failed on the way; the message says what stands and how to go on
2    nothing was touched: the input was wrong, or you said no
128  and the number of the signal: interrupted; 130 for Ctrl-C, 143 for SIGTERM, 129 where the terminal went away
141  nobody reads the output any more, as with `| head`; a deployment is finished all the same
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from embedded_aws.daemon.errors import NotRunning
from embedded_pulumi.errors import Interrupted, PolicyViolated, Protected, UnsupportedTypes
from embedded_pulumi.provider import NOT_SUPPORTED
from tap_cli.commands import check, completion, config, demo, deploy, fleet, local, logs, members, new, rollout, stack
from tap_cli.commands.simulate import simulate
from tap_cli.errors import FAILURES, USER_ERRORS
from tap_cli.terminal import output
from tap_cli.terminal.interruption import INTERRUPTION
from tap_cli.terminal.output import OutputLost
from tap_cli.usage import Commands

app = typer.Typer(
    cls=Commands,
    help="A fleet on AWS that heals itself: try it on an AWS of your own, on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # a failure of ours is one message; a bug is Python's own traceback
    context_settings={"help_option_names": ["-h", "--help"]},
)

ALL_AT_ONCE, DAILY, FLEET = "The whole story", "A stack in the local AWS", "What happens to its fleet"

_COMMANDS = (
    (ALL_AT_ONCE, "demo", demo.demo, "tap demo --region eu-west-1 --zones 3 --fault instance"),
    (ALL_AT_ONCE, "new", new.new, "tap new shop --template web"),
    (ALL_AT_ONCE, "check", check.check, "tap check --stack prod"),
    (ALL_AT_ONCE, "simulate", simulate, "tap simulate one-instance --compare"),
    (DAILY, "preview", deploy.preview, "tap preview -c zones=3"),
    (DAILY, "up", deploy.up, "tap up --yes"),
    (DAILY, "refresh", deploy.refresh, "tap refresh"),
    (DAILY, "destroy", deploy.destroy, "tap destroy --stack dev"),
    (DAILY, "outputs", stack.outputs, "tap outputs --json"),
    (DAILY, "completion", completion.completion, 'eval "$(tap completion bash)"'),
    (FLEET, "fleet", members.fleet, "tap fleet --watch"),
    (FLEET, "break", fleet.break_, "tap break i-0123456789abcdef0 --kind ebs"),
    (FLEET, "repair", fleet.repair, "tap repair i-0123456789abcdef0"),
    (FLEET, "load", fleet.load, "tap load tap-fleet-dev 90 --for 10m"),
)
"""Panel of the help, name, what runs, and an example."""

_GARBAGE = 100_000
"""Objects after which garbage is looked for: a command imports much and lives for seconds, and Python's own 700 would
take a tenth of them."""

ADVICE = {
    NotRunning: ": start one with `tap local start`",
    PolicyViolated: "; `tap check` explains",
    UnsupportedTypes: "; docs/types.md lists those that are, `--unmodelled=note` makes up the others' outputs",
    Protected: ". What a TapStack has made is protected by `tap:protect`: set that to false, and `tap up`",
}
"""What follows the message of an error: the command that helps."""

WHERE_TYPES_ARE = "; docs/types.md lists what is"
"""What follows a refusal of something that Amazon's AWS has."""

_GROUPS = (
    (DAILY, "config", config.app),
    (DAILY, "local", local.app),
    (DAILY, "stack", stack.app),
    (FLEET, "logs", logs.app),
    (FLEET, "rollout", rollout.app),
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        typer.echo(f"tap {metadata.version('tap-cli')}")
        raise typer.Exit


@app.callback()
def _all(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Hold the options of `tap` itself."""


for panel, name, command, example in _COMMANDS:
    app.command(name, epilog=f"Example: [cyan]{example}[/]", rich_help_panel=panel)(command)
for panel, name, group in _GROUPS:
    app.add_typer(group, name=name, rich_help_panel=panel)


def main(run: Callable[[], object] = app) -> None:
    """Run the command line and turn what escapes from it into a message and an exit code."""
    gc.set_threshold(_GARBAGE)
    completion.answer_shells()
    errors = Console(stderr=True, highlight=False, emoji=False)
    errors.soft_wrap = not errors.is_terminal  # on a terminal words are not cut; in a file a message is one line
    code = _run(run, errors)
    # What went wrong counts more than that nobody could read of it.
    sys.exit(code or output.exit_code())


def _run(run: Callable[[], object], errors: Console) -> int:
    """Run the command line, and print what went wrong; the exit code."""
    code = 0
    try:
        run()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 0
    except USER_ERRORS as error:
        _tell(_advised(error), errors)
        code = 2
    except Interrupted as error:
        errors.print(escape(str(error)))
        code = INTERRUPTION.exit_code
    except FAILURES as error:
        _tell(_advised(error), errors)
        code = 1
    except OSError as error:
        if error.filename is None:
            raise
        _tell(f"{error.filename}: {error.strerror}", errors)
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTION.exit_code  # it has been told
    except OutputLost:
        code = output.exit_code()
    return code


def _advised(error: Exception) -> str:
    """The message of an error, and what helps."""
    where = WHERE_TYPES_ARE if NOT_SUPPORTED in str(error) else ""
    return f"{error}{next((text for kind, text in ADVICE.items() if isinstance(error, kind)), where)}"


def _tell(message: str, errors: Console) -> None:
    errors.print(f"[red]error:[/] {escape(message)}")
