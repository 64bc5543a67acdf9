"""The guardrails as an analyzer of the embedded engine: a program that breaks a mandatory rule is not begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded_pulumi.engine.analyzer import AnalyzedProgram
from embedded_pulumi.engine.events import Diagnostic, Severity
from embedded_pulumi.engine.program import ForkedCall
from embedded_pulumi.errors import PolicyViolated
from pulumi_guardrails.check import Case, judge_program, open_case
from pulumi_guardrails.findings import Finding
from pulumi_guardrails.house import House
from pulumi_guardrails.recording.subject import Subject
from pulumi_guardrails.rule import MANDATORY


class Guardrails:
    """Judges a program by every rule, with the exceptions that are beside it.

    Args:
        today: The date, as `2027-06-30`.
        house: Whose components the program may use.
        exceptions_shown_by: The command that shows the exceptions in force; empty if there is none.
    """

    def __init__(self, today: str, house: House | None = None, exceptions_shown_by: str = "") -> None:
        self._today = today
        self._shown_by = exceptions_shown_by
        self._house = house

    def forked_call(self, program: AnalyzedProgram) -> ForkedCall:
        """The program, run with nothing behind it.

        Raises:
            UserError: there is no program, or its configuration or `guardrails.yaml` is not in order.
        """
        return self._case(program).rehearsal()

    def analyze(self, program: AnalyzedProgram, answer: Any, tell: Callable[[Diagnostic], None]) -> None:
        """Tell every finding, and how many exceptions are in force.

        Raises:
            UserError: a mandatory rule is broken, or the program cannot be judged, or no provider has a type of it.
            ProgramFailed: it ended with an exception.
        """
        case = self._case(program)
        registered = case.program(answer)
        made = ((each.type, each.name) for each in registered.resources if each.custom or each.remote)
        program.check_types((*made, *registered.read))
        report = judge_program(case, registered, self._today)
        if report.in_force:
            tell(Diagnostic(Severity.INFO, f"{report.in_force}{self._shown_by and f': {self._shown_by}'}"))
        for finding in report.findings:
            tell(_diagnostic(finding))
        if report.mandatory:
            raise PolicyViolated(sorted({finding.rule for finding in report.mandatory}))

    def _case(self, program: AnalyzedProgram) -> Case:
        subject = Subject(program.project, program.stack, program.config)
        return open_case(program.program, subject, program.environ, self._house)


def _diagnostic(finding: Finding) -> Diagnostic:
    severity = Severity.ERROR if finding.severity is MANDATORY else Severity.WARNING
    return Diagnostic(severity, f"{finding.rule}: {finding.message}", finding.urn)
