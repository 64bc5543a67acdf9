"""Checks a program: run it with nothing behind it, judge what it registers, leave out what is excepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tap_stack.guardrails.catalogue import rules
from tap_stack.guardrails.exceptions import read_settings
from tap_stack.guardrails.findings import Report, judge
from tap_stack.guardrails.recording.rehearsal import rehearse
from tap_stack.guardrails.recording.subject import Subject


def check_program(path: Path, subject: Subject, environ: Mapping[str, str], today: str) -> Report:
    """Check the program at a path.

    Args:
        path: A folder with Pulumi.yaml or `__main__.py`, or a Python file.
        subject: What it is run as.
        environ: What it finds in its environment.
        today: The date, as `2027-06-30`.

    Raises:
        UserError: there is no program, or its configuration or `guardrails.yaml` is not in order.
        ProgramFailed: the program ended with an exception.
    """
    asked = rules()
    folder = path if path.is_dir() else path.parent
    settings = read_settings(folder, frozenset(rule.id for rule in asked))
    program = rehearse(path, replace(subject, answers={**settings.answers, **subject.answers}), environ)
    return judge(program, asked, settings.exemptions, today)
