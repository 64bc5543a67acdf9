"""What `tap check` does: check, and print the report in one of its forms."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.markup import escape

from embedded_pulumi.engine.program import PrestartedLauncher
from embedded_pulumi.engine.stackfile import PASSPHRASE, StackFile, read_stack_file, stack_settings
from embedded_pulumi.engine.urn import Urn
from pulumi_guardrails.check import Case, check_program, open_case
from pulumi_guardrails.findings import Finding, GuardrailsReport
from pulumi_guardrails.recording.rehearsal import project_name
from pulumi_guardrails.recording.subject import DEFAULT_REGION, Subject
from pulumi_guardrails.rule import MANDATORY, Rule
from pulumi_guardrails.sarif import sarif
from tap_cli.commands import options, settings
from tap_cli.commands.house import SHOW_EXCEPTIONS, tap_house
from tap_cli.terminal.waits import WAITS

Form: TypeAlias = Callable[[GuardrailsReport, Path], None]
"""Prints a report of the program at a path."""


def run_check(path: Path, stack: str | None, options_: Iterable[str], form: Form, launch: PrestartedLauncher) -> bool:
    """Check a program and print the report; whether nothing mandatory was found.

    Raises:
        EngineError: the input is wrong, or the program failed.
    """
    today = datetime.now(UTC).date().isoformat()
    case = case_of(path, stack, options_)
    with WAITS.on("the program runs"):
        report = check_program(case, today, launch.call_forked(case.rehearsal(), case.environ))
    form(report, path)
    return not report.mandatory


def case_of(path: Path, stack: str | None, options_: Iterable[str]) -> Case:
    """The program at a path, as the command line would have it run.

    Raises:
        UserError: there is no such stack, or a setting is no setting, or `guardrails.yaml` is not in order.
    """
    project = project_name(path)
    kept = stack_settings(path, stack).config if stack else {}
    given = settings.given(options_, project, path, kept)
    file = read_stack_file(path, stack, given, os.environ.get(PASSPHRASE)) if stack else StackFile({})
    for warning in [*file.warnings, *settings.read_by_nobody(kept, project, path)]:
        options.warn(warning)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return open_case(
        path, Subject(project, stack or "check", {**file.config, **given}, region), os.environ, tap_house()
    )


def as_json(report: GuardrailsReport, _: Path) -> None:
    """Print the report as one JSON document."""
    options.print_json(report.to_json())


def as_sarif(report: GuardrailsReport, path: Path) -> None:
    """Print the report as SARIF."""
    program = path / "__main__.py" if path.is_dir() else path
    options.print_json(sarif(report, program.as_posix()))


def as_text(report: GuardrailsReport, _: Path) -> None:
    """Print the report for people; of the exceptions, how many are in force."""
    _print_report(report, with_exceptions=False)


def with_exceptions(report: GuardrailsReport, _: Path) -> None:
    """Print the report for people, with every exception in force."""
    _print_report(report, with_exceptions=True)


def _print_report(report: GuardrailsReport, *, with_exceptions: bool) -> None:
    console = options.console()
    rules = {rule.id: rule for rule in report.rules}
    for finding in report.findings:
        _print_finding(console, finding, rules[finding.rule])
    if with_exceptions:
        for exempt in report.exceptions:
            if exempt.findings:
                console.print(f"[dim]{escape(exempt.in_words())}[/]", soft_wrap=True)
    elif report.in_force:
        console.print(f"[dim]{report.in_force}: {SHOW_EXCEPTIONS}[/]", soft_wrap=True)
    mandatory = len(report.mandatory)
    advisory = len(report.findings) - mandatory
    colour = "red" if mandatory else "green"
    console.print(
        f"[bold {colour}]{mandatory} mandatory[/] and {advisory} advisory findings: "
        f"{report.resources} resources by {len(report.rules)} rules"
    )
    if report.eased:
        console.print(
            f"{report.eased} of them in resources of your own would stop a deployment "
            "if guardrails.yaml said `own: mandatory`"
        )


def _print_finding(console: Console, finding: Finding, rule: Rule) -> None:
    colour = "red" if finding.severity is MANDATORY else "yellow"
    place = Urn.parse(finding.urn) if finding.urn else None
    subject = f"{place.name} ({place.type})" if place else "the stack"
    if finding.unknown:  # why and how to mend are for what is wrong
        subject = f"{subject}: {finding.message}"
    console.print(f"[{colour}]{finding.severity.value}[/] [bold]{finding.rule}[/] {escape(subject)}", soft_wrap=True)
    if finding.unknown:
        return
    for line in (finding.message, f"why: {rule.why}", f"mend: {rule.mend}", f"from: {', '.join(rule.controls)}"):
        console.print(f"  {escape(line)}", soft_wrap=True)
