"""What may judge a program before the engine takes a step for it, as Pulumi's policy packs do in a preview."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tap_stack.local.engine.events import Diagnostic


@dataclass(frozen=True)
class Planned:
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
    hands over the program itself, and takes no step before all have spoken: what an analyzer refuses has changed
    nothing, not even in an `up` without a preview, and it may run the program in its own way to learn what a preview
    does not know.
    """

    def analyze(self, planned: Planned, tell: Callable[[Diagnostic], None]) -> None:
        """Look at a program; returning means that it may be run.

        Args:
            planned: The program.
            tell: Gets what there is to say of it.

        Raises:
            UserError: it may not.
        """


def judge(analyzers: Sequence[Analyzer], planned: Planned, tell: Callable[[Diagnostic], None]) -> Future[None]:
    """Have a program judged on a thread, one analyzer after the other, while its process is still importing.

    Returns:
        Their verdict: nothing, or what the first that refuses raises.
    """
    verdict: Future[None] = Future()

    def work() -> None:
        try:
            for analyzer in analyzers:
                analyzer.analyze(planned, tell)
        except Exception as error:  # noqa: BLE001 - whoever asks for the verdict gets it
            verdict.set_exception(error)
        else:
            verdict.set_result(None)

    threading.Thread(target=work, name="analyzers", daemon=True).start()
    return verdict


def acquitted() -> Future[None]:
    """The verdict where there is no program to be judged."""
    verdict: Future[None] = Future()
    verdict.set_result(None)
    return verdict
