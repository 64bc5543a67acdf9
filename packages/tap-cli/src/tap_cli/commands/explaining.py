"""What `tap check --explain` does: put a role's grants beside their use, and print that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from embedded_pulumi.engine.program import PrestartedLauncher
from pulumi_guardrails.check import explain_role
from pulumi_guardrails.explain import NOT_RECORDED, Explanation, Row
from pulumi_guardrails.usage import BY_AWS, RECORDED
from tap_cli.commands import options
from tap_cli.commands.checking import case_of
from tap_cli.terminal.waits import WAITS

_COLOURS = {RECORDED: "green", BY_AWS: "cyan", NOT_RECORDED: "red"}


def run_explain(
    path: Path, stack: str | None, settings: Iterable[str], role: str, launch: PrestartedLauncher, *, as_json: bool
) -> bool:
    """Explain a role of a program; whether its grants, the recording and the reasons agree.

    Raises:
        EngineError: the input is wrong, or the program failed.
    """
    case = case_of(path, stack, settings)
    with WAITS.on("the program runs"):
        found = explain_role(case, role, launch.call_forked(case.rehearsal(), case.environ))
    if as_json:
        options.print_json(found.to_json())
    else:
        _print(found)
    return not found.disagreements


def _print(found: Explanation) -> None:
    console = options.console()
    console.print(f"[bold]{escape(found.holder.name)}[/], {len(found.rows)} permissions\n", soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("action", no_wrap=True)
    table.add_column("used", no_wrap=True)
    table.add_column("by whom, when, why; on which resource, on which condition", overflow="fold")
    for row in found.rows:
        action = row.grant.action if row.grant.allows else f"deny {row.grant.action}"
        use = f"[{_COLOURS.get(row.use, 'default')}]{row.use or '-'}[/]"
        table.add_row(escape(action), use, escape("\n".join(_story(row))))
    console.print(table)
    if not found.has_recording:
        console.print("\nNothing is recorded of who uses them: docs/permissions.md says how to.")
    for each in found.disagreements:
        console.print(f"[red]not in order:[/] {escape(each)}", soft_wrap=True)


def _story(row: Row) -> Iterator[str]:
    """The lines that stand beside an action."""
    grant = row.grant
    who = f"{row.by}: {'; '.join(row.when)}" if row.when else row.by
    yield from filter(None, (who, row.why))
    target = f"to {grant.principal}" if grant.principal else f"on {grant.resource or 'what it is said of'}"
    yield f"{target}, by {f'{grant.policy}/{grant.statement}'.rstrip('/')}"
    if grant.condition:
        yield f"if {grant.condition}"
