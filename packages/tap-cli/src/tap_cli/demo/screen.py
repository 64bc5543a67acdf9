"""What a person sees of a demo: one readable account on the terminal, plain text where there is no terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tap_cli.demo.report import BrokenInstance, DemoReport, Member, Sweep, TargetChange
from tap_cli.display import verdicts
from tap_cli.display.printable import printable
from tap_cli.display.tree import short_type
from tap_cli.terminal.waits import cut_middle

_BEFORE_TYPE = len("  + 12.34 s  ")
_BEFORE_INSTANCE = " " * len("  +00:00  healer  ")


class DemoScreen:
    """Tells the story on a console; on a quiet one, as `--json` wants it, nothing is printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._broken_at: datetime | None = None

    def opening(self, region: str, speed: float | None) -> None:
        """Say what is about to happen, and that no account is touched."""
        self._heading(1, "Deploy")
        self._say(f"The Pulumi program is deployed into an AWS inside this process, in {region}.")
        pace = f"runs {speed:g} times as fast as yours" if speed else "skips the waiting"
        self._say(f"No account and no network is touched. Its clock {pace}.\n", "dim")

    def resource(self, operation: str, type_: str, name: str, seconds: float) -> None:
        """One line for each resource, as `pulumi up` prints them."""
        sign = {"create": "[green]+[/]"}.get(operation, " ")
        kind = f"{short_type(type_).removeprefix('aws:'):<33}"
        name = cut_middle(name, self._room(_BEFORE_TYPE + len(kind) + 1))
        self._console.print(f"  {sign} [dim]{seconds:5.2f} s[/]  {kind} {escape(name)}", soft_wrap=True)

    def deployed(self, outputs: Mapping[str, Any], resources: int, seconds: float) -> None:
        """The outputs, all thirty of them."""
        self._say(f"\n{resources} resources in {seconds:.1f} s. Outputs:\n", "bold")
        for key, value in outputs.items():
            # Long ARNs run on into the next line of the terminal, so that they can be copied whole.
            line = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            self._console.print(f"  [cyan]{key:<26}[/] {escape(line)}", soft_wrap=True)

    def fleet(self, members: Iterable[Member]) -> None:
        """The members by zone."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
        for title in ("zone", "instance", "state", "health"):
            table.add_column(title, no_wrap=True)
        for member in sorted(members, key=lambda each: (each.zone, each.id)):
            style = "green" if member.is_whole else "red" if member.health != "Healthy" else "yellow"
            table.add_row(member.zone, member.id, f"[{style}]{member.state}[/]", f"[{style}]{member.health}[/]")
        self._console.print()
        self._console.print(table)

    def broken(self, fault: BrokenInstance, what: str) -> None:
        """What was broken, and what to watch for."""
        self._broken_at = fault.at
        self._heading(2, "Break")
        self._say(what)
        self._heading(3, "Heal")
        self._say("Times are cloud time since the fault.\n", "dim")

    def happened(self, at: datetime, what: str) -> None:
        """One line for each change that Auto Scaling makes to the group."""
        self._console.print(f"  {self._since(at)}  [blue]group[/]   {escape(printable(what))}")

    def target(self, change: TargetChange) -> None:
        """One line for each change of what the load balancer says of an instance."""
        if self._broken_at is None:
            return
        head = f"  {self._since(change.at)}  [cyan]target[/]  "
        style = {"healthy": "green", "unhealthy": "red"}.get(change.state, "yellow")
        who = printable(change.instance_id)
        why = f"({printable(change.why)})" if change.state == "unhealthy" else ""
        why = cut_middle(why, self._room(len(_BEFORE_INSTANCE) + len(f"{change.state} {who} ")))
        self._console.print(f"{head}[{style}]{change.state}[/] {escape(f'{who} {why}'.rstrip())}", soft_wrap=True)

    def sweep(self, sweep: Sweep) -> None:
        """One line for each sweep, and one for each impaired instance in it."""
        if self._broken_at is None:
            return
        head = f"  {self._since(sweep.at)}  [magenta]healer[/]  "
        if sweep.error:
            self._console.print(f"{head}[red]failed: {escape(printable(sweep.error))}[/]")
            return
        found = f"{len(sweep.reasons)} impaired" if sweep.reasons else "nothing to do"
        self._console.print(f"{head}{found} [dim]({sweep.aws_calls} AWS calls)[/]")
        for instance, reason in sweep.reasons.items():
            style = "bold green" if reason == "marked" else "yellow"
            before = f"{_BEFORE_INSTANCE}{printable(instance)} "
            said = printable(f"{verdicts.of_reason(reason)} ({reason})")
            if (room := self._room(len(before))) is not None and len(said) > room:
                said = cut_middle(printable(verdicts.of_reason(reason)), room)
            self._console.print(f"{escape(before)}[{style}]{escape(said)}[/]", soft_wrap=True)

    def closing(self, report: DemoReport) -> None:
        """How it ended, what it took, and what to try next."""
        self._heading(4, "The end")
        if report.replaced and report.healed:
            cloud = timedelta(seconds=round(report.replaced.cloud_seconds))
            healthy = ", and every target is healthy" if report.targets else ""
            drained = ", which was drained" if report.targets else ""
            self._say(f"The group is whole again{healthy}.", "green")
            self._say(f"{report.replaced.new} took the place of {report.replaced.old}{drained}.")
            self._say(f"{cloud} of cloud time from the fault; {report.seconds.total:.1f} s of yours for everything.")
        else:
            self._say("The group did not become whole again in time.", "bold red")
        self._say("\nTry next:", "bold")
        for command, meaning in next_steps(by_make="MAKELEVEL" in os.environ):
            self._console.print(f"  [cyan]{command:<44}[/] {meaning}")

    def _room(self, taken: int) -> int | None:
        """The columns that are left in a row; None where it is read by a program and may be as long as it likes."""
        return max(1, self._console.width - taken) if self._console.is_terminal else None

    def _heading(self, number: int, title: str) -> None:
        self._console.print(f"\n[bold]{number}. {title}[/]")

    def _say(self, text: str, style: str | None = None) -> None:
        self._console.print(escape(text), style=style)

    def _since(self, at: datetime) -> str:
        seconds = round((at - (self._broken_at or at)).total_seconds())
        return f"+{seconds // 60:02d}:{seconds % 60:02d}"


def next_steps(*, by_make: bool) -> list[tuple[str, str]]:
    """Commands to try next and what they show; `by_make`: the demo was started by make, in the repository."""
    again = 'make demo ARGS="{}"' if by_make else "tap demo {}"
    return [
        (again.format("--zones 3 --fault instance"), "a check that must fail for 5 min"),
        (again.format("--region eu-west-1 --json"), "the same as one document"),
        *([("less docs/healer.md", "the promises, each with its test")] if by_make else []),
        ("pulumi up", "into your own account: README"),
    ]
