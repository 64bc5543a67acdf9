"""Checks a program: run it with nothing behind it, judge what it registers, leave out what is excepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedded_pulumi.engine.program import ForkedCall
from embedded_pulumi.engine.project import virtual_environment
from embedded_pulumi.engine.virtualenv import activated
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import GuardrailsSettings, read_settings
from pulumi_guardrails.explain import Explanation, explain, role_named
from pulumi_guardrails.findings import GuardrailsReport, judge
from pulumi_guardrails.house import House
from pulumi_guardrails.model import Program
from pulumi_guardrails.recording.rehearsal import rehearsal, rehearse, settled
from pulumi_guardrails.recording.subject import Subject
from pulumi_guardrails.usage import read_usage


@dataclass(frozen=True)
class Case:
    """A program that is to be judged.

    Attributes:
        path: A folder with Pulumi.yaml or `__main__.py`, or a Python file.
        subject: What it is run as.
        environ: What it finds in its environment, in which its virtual environment is active.
        settings: What the `guardrails.yaml` beside it says.
        house: Whose components it may use.
    """

    path: Path
    subject: Subject
    environ: Mapping[str, str]
    settings: GuardrailsSettings
    house: House

    def rehearsal(self) -> ForkedCall:
        """The rehearsal, for another process to do.

        Raises:
            UserError: there is no program, or its configuration is not in order.
        """
        return rehearsal(self.path, self.subject)

    def program(self, rehearsed: Any) -> Program:
        """What the program registers, out of the outcome of the rehearsal; where that is nothing, it is rehearsed now.

        Raises:
            UserError: there is no program, or its configuration is not in order, or it refuses to go on.
            ProgramFailed: it ended with an exception.
        """
        if not rehearsed:
            return rehearse(self.path, self.subject, self.environ)
        return settled(rehearsed, self.path, self.subject, self.environ)


def open_case(path: Path, subject: Subject, environ: Mapping[str, str], house: House | None = None) -> Case:
    """Read what `guardrails.yaml` says of the program at a path; its answers are added to the subject's.

    Raises:
        UserError: it is not in order.
    """
    settings = _settings(path)
    environ = activated(environ, virtual_environment(path))
    return Case(
        path, replace(subject, answers={**settings.answers, **subject.answers}), environ, settings, house or House()
    )


def check_program(case: Case, today: str, rehearsed: Any) -> GuardrailsReport:
    """Check a program by every rule.

    Args:
        case: The program.
        today: The date, as `2027-06-30`.
        rehearsed: The outcome of the case's rehearsal, or nothing.

    Raises:
        UserError: as `Case.program`.
        ProgramFailed: likewise.
    """
    return judge_program(case, case.program(rehearsed), today)


def judge_program(case: Case, program: Program, today: str) -> GuardrailsReport:
    """Judge what a program registers by every rule for it, but for the case's exceptions and those of the house."""
    house, settings = case.house, case.settings
    report = judge(program, house.rules_for(program, settings), (*settings.exemptions, *house.exemptions), today)
    return house.eased(report, program, settings)


def explain_role(case: Case, role: str, rehearsed: Any) -> Explanation:
    """Explain the permissions of one role of a program; arguments and errors are those of `check_program`.

    Raises:
        UserError: also if there is no such role.
    """
    return explain(role_named(case.program(rehearsed), role), read_usage(_folder(case.path)))


def _settings(path: Path) -> GuardrailsSettings:
    return read_settings(_folder(path), frozenset(rule.id for rule in rules()))


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent
