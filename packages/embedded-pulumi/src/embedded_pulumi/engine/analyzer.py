"""Analyzers: they accept or refuse a program before its first step, as Pulumi's policy packs do in a preview."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from embedded_pulumi.engine.events import Diagnostic
from embedded_pulumi.engine.program import ForkedCall
from embedded_pulumi.errors import UnsupportedTypes


@dataclass(frozen=True)
class AnalyzedProgram:
    """The program to analyze.

    Attributes:
        program: A folder with Pulumi.yaml or `__main__.py`, or a Python file.
        project: The project's name.
        stack: The stack's name.
        config: Full key to value, with the defaults of Pulumi.yaml.
        environ: The program's environment variables.
        supports: Whether a provider of the deployment has a resource type.
    """

    program: Path
    project: str
    stack: str
    config: Mapping[str, str]
    environ: Mapping[str, str]
    supports: Callable[[str], bool]

    def check_types(self, resources: Iterable[tuple[str, str]]) -> None:
        """Check the types of all resources that the program registers, given as type and name.

        Raises:
            UnsupportedTypes: the providers do not have all of them.
        """
        unsupported: dict[str, list[str]] = {}
        for type_, name in resources:
            if not self.supports(type_):
                unsupported.setdefault(type_, []).append(name)
        if unsupported:
            raise UnsupportedTypes(unsupported)


class Analyzer(Protocol):
    """Accepts or refuses programs.

    Pulumi's engine shows an analyzer each resource before it is created, and all of them at the end of a preview. This
    engine shows it the program, and executes no step before the analyzer has accepted it. So a refused program has
    changed nothing, not even in an `up` without a preview. And the analyzer may run the program in its own way, to
    learn more than a preview knows.
    """

    def forked_call(self, program: AnalyzedProgram) -> ForkedCall:
        """What a fork of the program's process calls for the analyzer, before the process runs the program.

        Raises:
            UserError: the program cannot be analyzed.
        """

    def analyze(self, program: AnalyzedProgram, answer: Any, tell: Callable[[Diagnostic], None]) -> None:
        """Analyze a program; to return is to accept it.

        Args:
            program: The program.
            answer: What the forked call returned; None if it did not return.
            tell: Takes diagnostics about the program.

        Raises:
            UserError: the program is refused.
        """


def start_analysis(
    analyzer: Analyzer, program: AnalyzedProgram, answer: Callable[[], Any], tell: Callable[[Diagnostic], None]
) -> Future[None]:
    """Analyze a program on a thread of its own; meanwhile the program runs up to its first step.

    Args:
        analyzer: The analyzer.
        program: The program.
        answer: Waits for the answer of the forked call.
        tell: Takes diagnostics about the program.

    Returns:
        None if the program is accepted, and otherwise the error of the refusal.
    """
    analysis: Future[None] = Future()

    def work() -> None:
        try:
            analyzer.analyze(program, answer(), tell)
        except BaseException as error:  # noqa: BLE001 - whoever asks for the analysis gets it
            analysis.set_exception(error)
        else:
            analysis.set_result(None)

    threading.Thread(target=work, name="analyzer", daemon=True).start()
    return analysis


def no_analysis() -> Future[None]:
    """The analysis of a deployment without an analyzer: it accepts."""
    analysis: Future[None] = Future()
    analysis.set_result(None)
    return analysis
