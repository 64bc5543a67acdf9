"""The report: tells the listener when each step begins and ends, and sums up.

Before the analyzer has accepted the program, it tells only diagnostics and the program's output, and holds the rest.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from embedded_pulumi.engine.events import (
    Diagnostic,
    Event,
    Listener,
    ProgramOutput,
    StepFailed,
    StepFinished,
    StepStarted,
    StepWaiting,
    Summary,
)
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.steps import COUNTED_AS, DELETIONS, TOUCHES, Op, Step
from embedded_pulumi.engine.urn import is_default_provider, is_provider_type
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.provider import DiffKind, ProviderError, Requester, requested_by
from embedded_pulumi.values import Properties

_VERBS: Mapping[Op, str] = {
    Op.CREATE_REPLACEMENT: "create",
    Op.DELETE_REPLACED: "delete",
    Op.DISCARD_REPLACED: "discard",
    Op.READ_REPLACEMENT: "read",
    Op.IMPORT_REPLACEMENT: "import",
}
"""How an error names a step, where that is not the name of the step."""


@dataclass(frozen=True)
class StepResult:
    """The result of a step. Only this tells whether a refresh was an update, a delete or a same."""

    state: ResourceState
    op: Op
    diff: Mapping[str, DiffKind]


class Report:
    """Tells events one at a time; every method may be called from any thread.

    Attributes:
        touched: Whether a step has begun that changes a resource outside of the state.
        hurry: Set when the deployment was interrupted, for the steps that run.
        unheard: What the listener raised first, None if nothing; from then on it is told nothing. The deployment goes
            on, and whoever asked for it gets the error when it is over.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._finished: list[StepFinished] = []
        self._held: list[Event] | None = []
        self._began = time.perf_counter()
        self.touched = False
        self.hurry = threading.Event()
        self.unheard: BaseException | None = None

    def tell(self, event: Event) -> None:
        """Tell an event, or hold it until the analyzer has accepted the program."""
        with self._lock:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        if self._held is None or isinstance(event, Diagnostic | ProgramOutput):
            self._listen(event)
        else:
            self._held.append(event)

    def _listen(self, event: Event) -> None:
        if self.unheard is None:
            try:
                self._listener(event)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - it would end the thread of a step or of the program
                self.unheard = error

    def release(self) -> None:
        """Tell the held events: the analyzer has accepted the program."""
        with self._lock:
            held, self._held = self._held or [], None
            for event in held:
                self._listen(event)

    @contextmanager
    def step(self, step: Step) -> Iterator[Callable[[StepResult], None]]:
        """Tell that a step begins, and that it fails if it does; it is executed within.

        Yields:
            Takes the result of the step, and tells it.

        Raises:
            ResourceFailed: the provider could not execute it.
        """
        resource = step.resource
        self.tell(StepStarted(step.op, step.urn, resource.type, step.diff, step.old, step.new))
        began = time.perf_counter()
        self.touched |= step.op in TOUCHES and resource.custom and not is_provider_type(resource.type)
        try:
            with requested_by(Requester(self._waiting(step), self.hurry.is_set)):
                yield lambda result: self._finish(step, result, time.perf_counter() - began)
        except ProviderError as error:
            seconds = time.perf_counter() - began
            told = StepFailed(step.op, step.urn, resource.type, step.diff, seconds, str(error), step.old, step.new)
            self.tell(told)
            raise ResourceFailed(step.urn, _VERBS.get(step.op, step.op.value), str(error)) from error

    def _waiting(self, step: Step) -> Callable[[str], None]:
        """Takes what a step waits for, and tells it when it is another reason than before."""
        before = ""

        def told(reason: str) -> None:
            nonlocal before
            if reason != before:
                self.tell(StepWaiting(step.op, step.urn, step.resource.type, reason))
            before = reason

        return told

    @property
    def recorded(self) -> bool:
        """Whether anything was done that an update would record: a resource is changed, or read again."""
        with self._lock:
            return self.touched or any(step.op is not Op.SAME for step in self._finished)

    def _finish(self, step: Step, result: StepResult, seconds: float) -> None:
        state = result.state
        new = None if result.op in DELETIONS else state
        event = StepFinished(result.op, state.urn, state.type, result.diff, seconds, state.id, step.old, new)
        with self._lock:
            self._finished.append(event)
            self._tell(event)

    def summary(self, outputs: Properties) -> Summary:
        """The summary of all steps until now."""
        with self._lock:
            steps = tuple(self._finished)
        changes = Counter(
            COUNTED_AS[step.op] for step in steps if step.op in COUNTED_AS and not is_default_provider(step.urn)
        )
        return Summary(outputs, dict(changes), steps, time.perf_counter() - self._began)
