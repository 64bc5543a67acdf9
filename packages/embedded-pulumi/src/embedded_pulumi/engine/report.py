"""Keeps the account of a deployment: tells each step as it begins and ends, and sums up.

What the engine does in its own books alone, before the program has been judged, is told when the analyzer accepts it,
or never.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from embedded_pulumi.engine.events import (
    Diagnostic,
    Event,
    Listener,
    ProgramOutput,
    StepFailed,
    StepFinished,
    StepStarted,
    Summary,
)
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.steps import COUNTED_AS, DELETIONS, TOUCHES, Op, Step
from embedded_pulumi.engine.urn import is_provider_type
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.provider import DiffKind, ProviderError
from embedded_pulumi.values import Properties

_VERBS: Mapping[Op, str] = {
    Op.CREATE_REPLACEMENT: "create",
    Op.DELETE_REPLACED: "delete",
    Op.READ_REPLACEMENT: "read",
    Op.IMPORT_REPLACEMENT: "import",
}
"""What an error calls a step, where it is not the step's own name."""


@dataclass(frozen=True)
class StepResult:
    """What a step came to; a refresh knows only afterwards what it was."""

    state: ResourceState
    op: Op
    diff: Mapping[str, DiffKind]


class Report:
    """Tells events one at a time, from whatever thread they come."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._finished: list[StepFinished] = []
        self._held: list[Event] | None = []
        self._began = time.perf_counter()
        self.touched = False

    def tell(self, event: Event) -> None:
        """Hand an event to the listener, or keep it until there is a verdict."""
        with self._lock:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        if self._held is None or isinstance(event, Diagnostic | ProgramOutput):
            self._listener(event)
        else:
            self._held.append(event)

    def release(self) -> None:
        """Tell what was kept: the analyzer accepted the program."""
        with self._lock:
            held, self._held = self._held or [], None
            for event in held:
                self._listener(event)

    def take(self, step: Step, act: Callable[[], StepResult]) -> ResourceState:
        """Take a step and tell about it.

        Args:
            step: What is to be done.
            act: Does it.

        Raises:
            ResourceFailed: the provider could not do it.
        """
        subject = step.resource
        self.tell(StepStarted(step.op, step.urn, subject.type, step.diff, step.old, step.new))
        began = time.perf_counter()
        self.touched |= step.op in TOUCHES and subject.custom and not is_provider_type(subject.type)
        try:
            outcome = act()
        except ProviderError as error:
            seconds = time.perf_counter() - began
            told = StepFailed(step.op, step.urn, subject.type, step.diff, seconds, str(error), step.old, step.new)
            self.tell(told)
            raise ResourceFailed(step.urn, _VERBS.get(step.op, step.op.value), str(error)) from error
        self._finish(step, outcome, time.perf_counter() - began)
        return outcome.state

    def _finish(self, step: Step, outcome: StepResult, seconds: float) -> None:
        state = outcome.state
        now = None if outcome.op in DELETIONS else state
        event = StepFinished(outcome.op, state.urn, state.type, outcome.diff, seconds, state.id, step.old, now)
        with self._lock:
            self._finished.append(event)
            self._tell(event)

    def summary(self, outputs: Properties) -> Summary:
        """Everything that was done so far."""
        with self._lock:
            steps = tuple(self._finished)
        changes = Counter(COUNTED_AS[step.op] for step in steps if step.op in COUNTED_AS)
        return Summary(outputs, dict(changes), steps, time.perf_counter() - self._began)
