"""`tap logs`: what the deployed functions wrote, read from CloudWatch Logs as any client would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

import typer
from rich.text import Text

from embedded_pulumi.durations import seconds_of
from tap_cli.commands import control, options, stacks
from tap_cli.commands.project import find_project
from tap_cli.display.printable import printable, wrapped
from tap_cli.display.sweeps import is_lambdas_own, rows, style
from tap_cli.errors import CommandError
from tap_cli.terminal.waits import WAITS
from tap_stack.errors import ConfigError

app = typer.Typer(help="The logs of what is deployed.", no_args_is_help=True)

GROUP_OUTPUT = "lambda_log_group_name"
REGION_OUTPUT = "region"

_LOOK_SECONDS = 0.5

_FUTURE_MILLISECONDS = 2 * 3600 * 1000
"""How far ahead of its time an event may be stamped (CloudWatch Logs API Reference, PutLogEvents): so far back must be
looked for those that come after such a one."""

Event: TypeAlias = dict[str, Any]
"""An event as FilterLogEvents gives it."""


@app.callback()
def logs() -> None:
    """Give the app sub-commands even while there is only one."""


@app.command(epilog="Example: [cyan]tap logs healer --follow[/]")
def healer(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    of: stacks.Of = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show new lines until Ctrl-C.")] = False,
    last: Annotated[int, typer.Option(help="How many of the latest lines to begin with; 0 for all.", min=0)] = 20,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only what was written since then: 10m of cloud time, or 2026-12-01T08:00Z."),
    ] = None,
    grep: Annotated[str, typer.Option(metavar="TEXT", help="Only what has this text, in any case.")] = "",
    raw: Annotated[
        bool, typer.Option("--raw", help="Also Lambda's own lines, and each line as it was written.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as one line of JSON.")] = False,
) -> None:
    """Show the healer's log: its sweeps and everything else that it wrote, in cloud time."""
    show = _as_json if as_json else _raw if raw else _readable
    console = options.console()

    def is_wanted(event: Event) -> bool:
        message = _message(event)
        return (raw or as_json or not is_lambdas_own(message)) and grep.lower() in message.lower()

    begin = 0 if since is None else _moment(since)
    with WAITS.paused() if follow else nullcontext():
        for event in _events(stack, of, is_wanted, begin=begin, follow=follow, last=last):
            colour = style(_message(event)) if show is _readable else ""
            console.print(Text(show(event), colour), soft_wrap=True)


def _moment(text: str) -> int:
    """A time, or how long ago it was by the cloud's clock, as milliseconds.

    Raises:
        ConfigError: it is neither.
    """
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    with suppress(ValueError):
        now = datetime.fromisoformat(control.ask("clock")["time"])
        return int((now.timestamp() - seconds_of(text)) * 1000)
    raise ConfigError("--since", text, "a duration, such as 90s, 10m or 1h30m, or a time, such as 2026-12-01T08:00Z")


def _events(
    stack: str, of: str | None, is_wanted: Callable[[Event], bool], *, begin: int, follow: bool, last: int
) -> Iterator[Event]:
    """The events of the healer's log group that are wanted, oldest first.

    Raises:
        UsageError: the stack has not been deployed, or no local AWS is running.
        CommandError: the local AWS has ended, or has no such log group.
    """
    client, group = _log_group(stack, of)
    found = list(filter(is_wanted, _read(client, group, max(0, begin))))
    yield from found[-last:]
    seen = {event.get("eventId") for event in found}
    latest = max(map(_milliseconds, found), default=0)
    while follow:
        time.sleep(_LOOK_SECONDS)
        for event in _read(client, group, max(0, latest - _FUTURE_MILLISECONDS)):
            latest = max(latest, _milliseconds(event))
            if event.get("eventId") not in seen and is_wanted(event) and _milliseconds(event) >= begin:
                yield event
            seen.add(event.get("eventId"))


def _log_group(stack: str, of: str | None) -> tuple[Any, str]:
    """A client of CloudWatch Logs, and the name of the healer's log group."""
    from botocore.config import Config  # noqa: PLC0415 - help need not wait for boto3

    from embedded_aws import access  # noqa: PLC0415
    from embedded_aws.daemon.process import find  # noqa: PLC0415

    running = find(find_project().private)
    outputs = stacks.chosen(stack, of).outputs
    once = Config(retries={"total_max_attempts": 1})  # a local AWS that is gone does not come back
    client = access.client("logs", str(outputs[REGION_OUTPUT]), running.endpoint, config=once)
    return client, str(outputs[GROUP_OUTPUT])


def _read(client: Any, group: str, since: int) -> list[Event]:
    """Events from a time on (milliseconds), in order of time.

    Raises:
        CommandError: there is no answer, or not this one.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help need not wait for boto3

    try:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
        return sorted((event for page in pages for event in page.get("events", [])), key=_milliseconds)
    except ClientError as error:
        raise CommandError(f"the log group {group} cannot be read: {printable(str(error))}") from error
    except BotoCoreError as error:
        raise CommandError(f"the local AWS does not answer (any more): {error}") from error


def _message(event: Event) -> str:
    return str(event.get("message", ""))


def _milliseconds(event: Event) -> int:
    return int(event.get("timestamp", 0))


def _as_json(event: Event) -> str:
    return json.dumps({"time": _time(event), "message": _message(event).rstrip("\n")})


def _raw(event: Event) -> str:
    """An event as it was written; rows after the first are indented, so that none looks like another event."""
    first, *more = _message(event).rstrip().replace("\t", "  ").splitlines() or [""]
    return "\n".join([f"{_time(event)}  {printable(first)}", *(f"    {printable(each)}" for each in more)])


def _readable(event: Event) -> str:
    """An event as rows, wrapped to the terminal; all but the first are indented."""
    width = options.terminal_width()
    first, *more = rows(_message(event))
    head = wrapped(first, width, first=f"{_time(event)}  ")
    return "\n".join([head, *(wrapped(each, width, first="    ", indent="      ") for each in more)])


def _time(event: Event) -> str:
    """The event's time as RFC 3339; its milliseconds where they are no time."""
    milliseconds = _milliseconds(event)
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms"
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
