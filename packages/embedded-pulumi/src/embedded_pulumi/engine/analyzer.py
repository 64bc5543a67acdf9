"""What may judge a program before the engine takes a step for it, as Pulumi's policy packs do in a preview."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from embedded_pulumi.engine.events import Diagnostic
from embedded_pulumi.engine.program import ForkedCall


@dataclass(frozen=True)
class AnalyzedProgram:
    """A program that is about to be run.

    Attributes:
        program: A folder with Pulumi.yaml or `__main__.py`, or a Python file.
        project: The project's name.
        stack: The stack's name.
        config: Full key to value, with the defaults of Pulumi.yaml.
        environ: What the program finds in its environment.
    """

    program: Path
    project: str
    stack: str
    config: Mapping[str, str]
    environ: Mapping[str, str]


class Analyzer(Protocol):
    """Judges programs.

    The real engine shows an analyzer each resource before it is created, and all of them when a preview ends. This one
    hands over the program itself, and takes no step before there is an analysis: what an analyzer refuses has changed
    nothing, not even in an `up` without a preview, and it may run the program in its own way to learn what a preview
    does not know.
    """

    def forked_call(self, program: AnalyzedProgram) -> ForkedCall:
        """What the program's process is to do for the analyzer before it runs the program.

        Raises:
            UserError: the program cannot be judged.
        """

    def analyze(self, program: AnalyzedProgram, answer: Any, tell: Callable[[Diagnostic], None]) -> None:
        """Look at a program; returning means that it may be run.

        Args:
            program: The program.
            answer: What the forked call returned; None if it did not return.
            tell: Gets what there is to say of it.

        Raises:
            UserError: it may not.
        """


def start_analysis(
    analyzer: Analyzer, program: AnalyzedProgram, answer: Callable[[], Any], tell: Callable[[Diagnostic], None]
) -> Future[None]:
    """Have a program judged on a thread while it is already running up to its first step.

    Args:
        analyzer: Who judges.
        program: The program.
        answer: Waits for the answer of the forked call.
        tell: Gets what there is to say of it.

    Returns:
        The analysis: nothing, or what a refusal raises.
    """
    analysis: Future[None] = Future()

    def work() -> None:
        try:
            analyzer.analyze(program, answer(), tell)
        except Exception as error:  # noqa: BLE001 - whoever asks for the analysis gets it
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
