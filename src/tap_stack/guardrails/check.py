"""Checks a program: run it with nothing behind it, judge what it registers, leave out what is excepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tap_stack.guardrails.catalogue import rules
from tap_stack.guardrails.exceptions import Settings, read_settings
from tap_stack.guardrails.explain import Explanation, explain, role_named
from tap_stack.guardrails.findings import Report, judge
from tap_stack.guardrails.model import Program
from tap_stack.guardrails.recording.rehearsal import rehearsal, rehearse, understood
from tap_stack.guardrails.recording.subject import Subject
from tap_stack.guardrails.usage import read_usage
from tap_stack.local.engine.program import Aside


def check_program(
    path: Path, subject: Subject, environ: Mapping[str, str], today: str, rehearsed: Any = None
) -> Report:
    """Check the program at a path.

    Args:
        path: A folder with Pulumi.yaml or `__main__.py`, or a Python file.
        subject: What it is run as.
        environ: What it finds in its environment.
        today: The date, as `2027-06-30`.
        rehearsed: What came of `rehearsal_for_check`; where that is nothing, the program is rehearsed now.

    Raises:
        UserError: there is no program, or its configuration or `guardrails.yaml` is not in order.
        ProgramFailed: the program ended with an exception.
    """
    settings = _settings(path)
    program = _registered(path, _answered(subject, settings), environ, rehearsed)
    return judge(program, rules(), settings.exemptions, today)


def rehearsal_for_check(path: Path, subject: Subject) -> Aside:
    """The rehearsal that `check_program` needs, for another process to do; arguments are those of `check_program`.

    Raises:
        UserError: there is no program, or its configuration or `guardrails.yaml` is not in order.
    """
    return rehearsal(path, _answered(subject, _settings(path)))


def explain_role(
    path: Path, subject: Subject, environ: Mapping[str, str], role: str, rehearsed: Any = None
) -> Explanation:
    """Explain the permissions of one role of the program at a path; arguments and errors are those of `check_program`.

    Raises:
        UserError: also if there is no such role.
    """
    program = _registered(path, _answered(subject, _settings(path)), environ, rehearsed)
    return explain(role_named(program, role), read_usage(_folder(path)))


def _registered(path: Path, subject: Subject, environ: Mapping[str, str], rehearsed: Any) -> Program:
    """What the program registers; it is run again where nothing came of the rehearsal, to say why."""
    return understood(rehearsed) if rehearsed else rehearse(path, subject, environ)


def _answered(subject: Subject, settings: Settings) -> Subject:
    return replace(subject, answers={**settings.answers, **subject.answers})


def _settings(path: Path) -> Settings:
    return read_settings(_folder(path), frozenset(rule.id for rule in rules()))


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent
