"""`tap fleet`: the members of a stack's group, what AWS says of each, and what the healer makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

import typer

from tap_cli.commands import control, options, stacks
from tap_cli.commands.local_stack import LocalStack
from tap_cli.display import verdicts
from tap_cli.display.sweeps import reasons_of, sweep_of
from tap_cli.terminal.waits import WAITS

LOOK_SECONDS = 1.0
CHECKS = {"system": "SystemStatus", "instance": "InstanceStatus", "ebs": "AttachedEbsStatus"}
HOUR, DAY = 3600, 86_400
COLUMNS: Mapping[str, str] = {
    "instance": "id",
    "zone": "zone",
    "state": "state",
    "verdict": "verdict",
    "checks": "checks",
    "health": "health",
    "age": "age",
    "version": "version",
}
"""Headings of a table to fields, those first that a narrow terminal keeps."""
KEPT = ("instance", "verdict")


@dataclass(frozen=True)
class MemberStatus:
    """One member of a group at one moment.

    Attributes:
        state: Its lifecycle state, as Auto Scaling calls it.
        health: Auto Scaling's own opinion, `Healthy` or `Unhealthy`.
        checks: Each status check that does not pass: `system impaired`, `instance initializing`.
        age: Cloud seconds since its launch.
        version: Of its launch template.
        verdict: What all this comes to, in words.
    """

    id: str
    zone: str
    state: str
    health: str
    checks: tuple[str, ...]
    age: int
    version: str
    verdict: str


@dataclass(frozen=True)
class FleetStatus:
    """A group at one moment.

    Attributes:
        time: Cloud time.
        desired, in_service: Numbers of instances, or units where these have weights.
        mode: What the healer's last sweep says of itself: live, observe or off; "" before the first.
    """

    time: str
    group: str
    desired: int
    in_service: int
    mode: str
    members: tuple[MemberStatus, ...]


def fleet(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    of: stacks.Of = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show each change until Ctrl-C.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Show the instances of the fleet: where they are, how they are, and what the healer makes of it."""
    found = LocalStack(stack, of)
    for status in _changes(found) if watch else [look(found)]:
        if as_json:
            options.print_json(asdict(status))
        else:
            typer.echo("\n".join(_rows(status, options.terminal_width())) + ("\n" if watch else ""))


def look(stack: LocalStack) -> FleetStatus:
    """The group now. Raises CommandError: AWS refuses, or has ended."""
    groups = stack.ask("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=[stack.group])
    (group,) = groups["AutoScalingGroups"]
    now = control.ask("clock")["time"]
    sweep = _last_sweep(stack)
    opinions = Opinions(reasons_of(sweep), _unhealthy_targets(stack, group.get("TargetGroupARNs", [])))
    members = tuple(_members(stack, group["Instances"], opinions, datetime.fromisoformat(now)))
    return FleetStatus(
        time=now,
        group=stack.group,
        desired=group["DesiredCapacity"],
        in_service=sum(_units(each) for each in group["Instances"] if each["LifecycleState"] == "InService"),
        mode=str(sweep.get("mode", "")),
        members=members,
    )


def _units(member: Mapping[str, Any]) -> int:
    """How much of the desired capacity a member is: one, or its weight."""
    return int(member.get("WeightedCapacity", 1))


def _last_sweep(stack: LocalStack) -> dict[str, Any]:
    """The last line of the healer's log; empty where there is none yet."""
    return sweep_of(stack.last_message(str(stack.outputs["lambda_log_group_name"]), "reasons")) or {}


@dataclass(frozen=True)
class Opinions:
    """What others than EC2 and Auto Scaling make of members.

    Attributes:
        reasons: The healer's reasons in its last sweep, each with the ids that have it.
        targets: The load balancers' reason code of each member that one of them calls unhealthy.
    """

    reasons: Mapping[str, Sequence[str]]
    targets: Mapping[str, str]

    def reason(self, instance: str) -> str | None:
        """The healer's reason for a member; None if it has none."""
        return next((reason for reason, named in self.reasons.items() if instance in named), None)


def _unhealthy_targets(stack: LocalStack, arns: Sequence[str]) -> dict[str, str]:
    """The targets of these target groups that a load balancer calls unhealthy, each with its reason code."""
    found: dict[str, str] = {}
    for arn in arns:
        told = stack.ask("elbv2", "describe_target_health", TargetGroupArn=arn)["TargetHealthDescriptions"]
        for each in told:
            if each["TargetHealth"]["State"].startswith("unhealthy"):
                found.setdefault(each["Target"]["Id"], each["TargetHealth"].get("Reason", ""))
    return found


def _members(
    stack: LocalStack, entries: Sequence[Mapping[str, Any]], opinions: Opinions, now: datetime
) -> Iterator[MemberStatus]:
    if not entries:
        return
    ids = [each["InstanceId"] for each in entries]
    statuses = stack.ask("ec2", "describe_instance_status", InstanceIds=ids, IncludeAllInstances=True)
    checks = {each["InstanceId"]: _failing(each) for each in statuses["InstanceStatuses"]}
    reservations = stack.ask("ec2", "describe_instances", InstanceIds=ids)["Reservations"]
    launched = {each["InstanceId"]: each["LaunchTime"] for some in reservations for each in some["Instances"]}
    for entry in sorted(entries, key=lambda each: (each["AvailabilityZone"], launched[each["InstanceId"]])):
        instance, state = entry["InstanceId"], entry["LifecycleState"]
        failing = checks.get(instance, ())
        yield MemberStatus(
            id=instance,
            zone=entry["AvailabilityZone"],
            state=state,
            health=entry["HealthStatus"].capitalize(),
            checks=failing,
            age=int((now - launched[instance]).total_seconds()),
            version=str(entry.get("LaunchTemplate", {}).get("Version", "-")),
            verdict=_verdict(
                state, entry["HealthStatus"], failing, opinions.reason(instance), opinions.targets.get(instance)
            ),
        )


def _failing(status: Mapping[str, Any]) -> tuple[str, ...]:
    """The checks that do not pass; of a machine that does not run nothing is known."""
    found = {check: status.get(key, {}).get("Status", "") for check, key in CHECKS.items()}
    return tuple(f"{check} {word}" for check, word in found.items() if word in {"impaired", "initializing"})


def _verdict(state: str, health: str, failing: Sequence[str], reason: str | None, target: str | None = None) -> str:
    """What it all comes to; `target` is the reason code of a load balancer that calls it unhealthy."""
    if (said := verdicts.of_state(state)) != "":
        return said
    if health.lower() == "unhealthy":
        return verdicts.of_reason("already_marked")
    if any(each.endswith("impaired") for each in failing):
        return verdicts.of_reason(reason) if reason else "impaired: no sweep has seen it yet"
    if target is not None:
        return verdicts.of_target(target)
    return "starting: its checks are not done" if failing else "healthy"


def _changes(stack: LocalStack) -> Iterator[FleetStatus]:
    """The group now, and each time that it is another one but for its age."""
    last = None
    while True:
        found = look(stack)
        seen = [(each.id, each.state, each.checks, each.verdict) for each in found.members]
        if seen != last:
            yield found
        last = seen
        with WAITS.paused():  # nobody waits: whatever comes is news
            time.sleep(LOOK_SECONDS)


def _rows(status: FleetStatus, width: int | None) -> list[str]:
    """A heading and a table. A narrow terminal has fewer columns, and the end of a verdict cut off; nothing wraps."""
    healer = f"; the healer is {status.mode}" if status.mode else ""
    head = f"{status.group}: {status.in_service} of {status.desired} in service{healer}"
    cells = [{name: _cell(getattr(each, field)) for name, field in COLUMNS.items()} for each in status.members]
    for cell, member in zip(cells, status.members, strict=True):
        cell["age"] = _age(member.age)
        cell["checks"] = cell["checks"] or "ok"
    widths = {name: max([len(name), *(len(cell[name]) for cell in cells)]) for name in COLUMNS}
    shown = list(COLUMNS)
    while width is not None and sum(widths[name] + 2 for name in shown) - 2 > width and len(shown) > len(KEPT):
        shown.remove([name for name in shown if name not in KEPT][-1])
    order = [name for name in shown if name != "verdict"] + ["verdict"]
    table = [{name: name for name in COLUMNS}, *cells]
    rows = ["  ".join(cell[name].ljust(widths[name]) for name in order).rstrip() for cell in table]
    return [_cut(row, width) for row in [head, *rows]]


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _cut(row: str, width: int | None) -> str:
    return row if width is None or len(row) <= width else f"{row[: width - 1]}…"


def _age(seconds: int) -> str:
    if seconds < HOUR:
        return f"{seconds // 60} min"
    return f"{seconds // HOUR} h {seconds % HOUR // 60} min" if seconds < DAY else f"{seconds // DAY} d"
