"""`tap logs`: what the deployed functions wrote, read from CloudWatch Logs as any client would."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from tap_stack.commands import options
from tap_stack.commands.project import find_project
from tap_stack.errors import UserError

app = typer.Typer(help="The logs of what is deployed.", no_args_is_help=True)

GROUP_OUTPUT = "lambda_log_group_name"
REGION_OUTPUT = "region"

_LOOK_SECONDS = 0.5


@app.callback()
def logs() -> None:
    """Give the app sub-commands even while there is only one."""


@app.command(epilog="Example: [cyan]tap logs healer --follow[/]")
def healer(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    last: Annotated[int, typer.Option(help="Begin with at most so many lines, the latest; 0 for all.", min=0)] = 20,
    raw: Annotated[
        bool, typer.Option("--raw", help="Lambda's own lines too, and the sweeps as they were written.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as one line of JSON.")] = False,
) -> None:
    """Show what the healer says of its sweeps, in cloud time."""
    show = _as_json if as_json else _raw if raw else _readable
    for event in _events(stack, follow=follow, last=last, only_sweeps=not (raw or as_json)):
        typer.echo(show(event))


def _events(stack: str, *, follow: bool, last: int, only_sweeps: bool) -> Iterator[dict[str, Any]]:
    """The events of the healer's log group, oldest first.

    Raises:
        UserError: the stack has not been deployed, or no local AWS is running.
    """
    client, group = _log_group(stack)
    found = [event for event in _read(client, group, 0) if not only_sweeps or _sweep(event)]
    yield from found[-last:]
    seen = {event["eventId"] for event in found}
    since = max((event["timestamp"] for event in found), default=0)
    while follow:
        time.sleep(_LOOK_SECONDS)
        for event in _read(client, group, since):
            since = max(since, event["timestamp"])
            if event["eventId"] not in seen and (not only_sweeps or _sweep(event)):
                yield event
            seen.add(event["eventId"])


def _log_group(stack: str) -> tuple[Any, str]:
    """A client of CloudWatch Logs, and the name of the healer's log group."""
    from tap_stack.commands.target import deployed_state  # noqa: PLC0415 - help need not wait for boto3
    from tap_stack.local.cloud import access  # noqa: PLC0415
    from tap_stack.local.daemon.process import find  # noqa: PLC0415

    running = find(find_project().root)
    outputs = deployed_state(stack).load().outputs
    if GROUP_OUTPUT not in outputs:
        raise UserError(f"the stack {stack!r} has no output {GROUP_OUTPUT}: is it deployed whole? `tap up` goes on")
    return access.client("logs", str(outputs[REGION_OUTPUT]), running.endpoint), str(outputs[GROUP_OUTPUT])


def _read(client: Any, group: str, since: int) -> list[dict[str, Any]]:
    """Events from a time on (milliseconds), in order of time."""
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
    return sorted((event for page in pages for event in page["events"]), key=lambda event: int(event["timestamp"]))


def _sweep(event: dict[str, Any]) -> dict[str, Any] | None:
    """The sweep that an event tells of, None if it is another line."""
    try:
        line = json.loads(event["message"])
    except ValueError:
        return None
    return line if isinstance(line, dict) and "schema" in line else None


def _as_json(event: dict[str, Any]) -> str:
    return json.dumps({"time": _time(event), "message": event["message"].rstrip("\n")})


def _raw(event: dict[str, Any]) -> str:
    return f"{_time(event)}  {event['message'].rstrip()}"


def _readable(event: dict[str, Any]) -> str:
    """A sweep on one line, and one more for each reason, note and error."""
    sweep = _sweep(event) or {}
    head = (
        f"{_time(event)}  {sweep['mode']:<7}  {sweep['result']:<8}  "
        f"{sweep['in_service']} of {sweep['desired']} in service, {sweep['calls']} calls"
    )
    reasons = [f"{reason}: {', '.join(ids)}" for reason, ids in sweep["reasons"].items()]
    causes = [f"{name}: {sweep[name]}" for name in ("blind", "suspended") if sweep[name]]
    return "\n".join([head, *(f"    {each}" for each in (*causes, *reasons, *sweep["notes"], *sweep["errors"]))])


def _time(event: dict[str, Any]) -> str:
    return datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
