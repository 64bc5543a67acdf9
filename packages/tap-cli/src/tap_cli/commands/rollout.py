"""`tap rollout`: what is rolled out to the fleet, and what an operator may do about it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from tap_cli.commands import options, stacks
from tap_cli.commands.local_stack import LocalStack
from tap_cli.deployed import HEALER_KEYS
from tap_cli.errors import CommandError
from tap_cli.terminal.waits import WAITS

app = typer.Typer(help="The rollout of a new launch template version to the fleet.", no_args_is_help=True)

LOOK_SECONDS = 1.0
RUNNING = frozenset({"Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"})


@dataclass(frozen=True)
class RolloutStatus:
    """A rollout at one moment, as AWS tells it.

    Attributes:
        result: What the rollout's function would say of it now; "" where it says nothing yet.
        why: In words.
        versions: How many members there are of each version.
        refresh: The last instance refresh; None where there has been none.
    """

    group: str
    wanted: str
    current: str
    result: str
    why: str
    versions: dict[str, int]
    refresh: dict[str, Any] | None

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself."""
        running = self.refresh is not None and self.refresh["status"] in RUNNING
        return not running and (self.wanted == self.current or self.result in {"failed", "refused", "off"})


@app.command(epilog="Example: [cyan]tap rollout status --json[/]")
def status(
    stack: options.Stack = options.DEFAULT_STACK, *, of: stacks.Of = None, as_json: options.AsJson = False
) -> None:
    """Show which launch template version is wanted, which the group has, and how far the rollout is."""
    _show(_Deployed(stack, of).status(), as_json=as_json)


@app.command(epilog="Example: [cyan]tap rollout watch[/]")
def watch(
    stack: options.Stack = options.DEFAULT_STACK, *, of: stacks.Of = None, as_json: options.AsJson = False
) -> None:
    """Show each change of the rollout until it is over. Exit code 1 says that the wanted version is not the group's."""
    last = None
    for found in _changes(_Deployed(stack, of)):
        _show(found, as_json=as_json)
        last = found
    if last is not None and last.wanted != last.current:
        raise CommandError(f"{last.wanted} was not rolled out: {last.why or last.result}")


@app.command(epilog="Example: [cyan]tap rollout cancel[/]")
def cancel(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    of: stacks.Of = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave those that are replaced already as they are, on the new version.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Stop the rollout that runs, and bring back the version that the group has. It is not tried again by itself."""
    deployed = _Deployed(stack, of)
    call = "cancel_instance_refresh" if keep else "rollback_instance_refresh"
    answer = deployed.ask("autoscaling", call, AutoScalingGroupName=deployed.group)
    what = "stops, and leaves what is replaced" if keep else "rolls back"
    _tell({"refresh": answer["InstanceRefreshId"], "kept": keep}, f"The rollout {what}.", as_json=as_json)


@app.command(epilog="Example: [cyan]tap rollout retry[/]")
def retry(
    stack: options.Stack = options.DEFAULT_STACK, *, of: stacks.Of = None, as_json: options.AsJson = False
) -> None:
    """Have the wanted version tried again, although it has failed."""
    deployed = _Deployed(stack, of)
    line = deployed.run(retry=deployed.wanted())
    text = f"{line['wanted']}: {line['result']}{': ' if line['why'] else ''}{line['why']}"
    _tell(line, text, as_json=as_json)


class _Deployed(LocalStack):
    """A deployed stack as its rollout sees it; made, asked and refused as any `LocalStack`."""

    needed = (*HEALER_KEYS, "rollout_function_name")

    def wanted(self) -> str:
        """The version that the stack wants."""
        return str(self._configuration()["Environment"]["Variables"]["WANTED_TEMPLATE"])

    def _configuration(self) -> dict[str, Any]:
        return self.ask("lambda", "get_function_configuration", FunctionName=self.outputs["rollout_function_name"])

    def run(self, **event: str) -> dict[str, Any]:
        """Run the rollout's function now; the line that it logs."""
        answer = self.ask(
            "lambda", "invoke", FunctionName=self.outputs["rollout_function_name"], Payload=json.dumps(event).encode()
        )
        line: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise CommandError(f"the rollout's function failed: {line.get('errorMessage', line)}")
        return line

    def status(self) -> RolloutStatus:
        """The rollout now."""
        names = [self.group]
        group = self.ask("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=names)
        entry = group["AutoScalingGroups"][0]
        found = self.ask("autoscaling", "describe_instance_refreshes", AutoScalingGroupName=self.group, MaxRecords=1)
        versions: dict[str, int] = {}
        for member in entry["Instances"]:
            version = _named(member.get("LaunchTemplate"))
            versions[version] = versions.get(version, 0) + 1
        line = self._last_line()
        return RolloutStatus(
            group=self.group,
            wanted=self.wanted(),
            current=_named(entry.get("LaunchTemplate")),
            result=line.get("result", ""),
            why=line.get("why", ""),
            versions=dict(sorted(versions.items())),
            refresh=next(map(_refresh, found["InstanceRefreshes"]), None),
        )

    def _last_line(self) -> dict[str, Any]:
        """The last line of the function's log; empty where there is none yet, or it is of another wish."""
        group = self._configuration()["LoggingConfig"]["LogGroup"]
        line: dict[str, Any] = json.loads(self.last_message(group, "wanted") or "{}")
        return line if line.get("wanted") == self.wanted() else {}


def _named(template: dict[str, str] | None) -> str:
    return f"{template['LaunchTemplateId']}:{template.get('Version', '$Default')}" if template else "none"


def _refresh(entry: dict[str, Any]) -> dict[str, Any]:
    ended, target = entry.get("EndTime"), entry.get("DesiredConfiguration", {}).get("LaunchTemplate")
    return {
        "id": entry["InstanceRefreshId"],
        "status": entry["Status"],
        "to": _named(target),
        "percent": entry.get("PercentageComplete", 0),
        "remaining": entry.get("InstancesToUpdate", 0),
        "reason": entry.get("StatusReason", ""),
        "began": entry["StartTime"].isoformat(),
        "ended": ended.isoformat() if ended else None,
    }


def _changes(deployed: _Deployed) -> Iterator[RolloutStatus]:
    """The status now and each other one that follows, until the rollout is over."""
    last = None
    while True:
        found = deployed.status()
        if found != last:
            yield found
        if found.over:
            return
        last = found
        with WAITS.on(f"the rollout of {found.wanted}"):
            time.sleep(LOOK_SECONDS)


def _show(found: RolloutStatus, *, as_json: bool) -> None:
    members = ", ".join(f"{number} of {version}" for version, number in found.versions.items()) or "none"
    rows = [f"wanted   {found.wanted}", f"group's  {found.current}", f"members  {members}"]
    if found.refresh is not None:
        one = found.refresh
        why = f": {one['reason']}" if one["reason"] else ""
        rows.append(f"refresh  to {one['to']}: {one['status']}, {one['percent']} % replaced{why}")
    if found.result:
        rows.append(f"rollout  {found.result}{f': {found.why}' if found.why else ''}")
    _tell(asdict(found), "\n".join(rows) + "\n", as_json=as_json)


def _tell(answer: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        options.print_json(answer)
    else:
        typer.echo(text)
