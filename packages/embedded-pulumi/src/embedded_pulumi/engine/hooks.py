"""Hooks: functions of a program that are called before and after a step of a resource, or when it fails.

Source: RunHooks and RunErrorHooks in pulumi/pkg/resource/deploy/deployment.go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from pulumi.runtime.proto import resource_pb2

from embedded_pulumi import wire
from embedded_pulumi.engine.events import Diagnostic, Severity
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import Urn
from embedded_pulumi.provider import OutcomeUnknown, ProviderError
from embedded_pulumi.wire.callbacks import CallbackFailed, Callbacks

MOST_RETRIES = 100
"""After so many failures of a step no error hook is asked any more."""


class HookRefused(ValueError):
    """A hook without a name, or with one that is taken."""


class Hooks:
    """The hooks that a program has registered. Safe to call from many threads.

    Args:
        callbacks: Calls them.
        tell: Takes warnings.
        preview: Whether this is a preview, in which only some are called.
        program_runs: Whether a program runs that can register them.
    """

    def __init__(
        self, callbacks: Callbacks, tell: Callable[[Diagnostic], None], *, preview: bool, program_runs: bool
    ) -> None:
        self._callbacks = callbacks
        self._tell = tell
        self._preview = preview
        self._program_runs = program_runs
        self._lock = threading.Lock()
        self._registered: dict[str, Any] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._registered)

    def register(self, request: Any) -> None:
        """Take a RegisterResourceHookRequest or a RegisterErrorHookRequest.

        Raises:
            HookRefused: it has no name, or the name is taken.
        """
        with self._lock:
            if not request.name:
                raise HookRefused("a resource hook must have a name")
            if request.name in self._registered:
                raise HookRefused(f"a resource hook named {request.name!r} is registered already")
            self._registered[request.name] = request

    def run(self, kind: str, old: ResourceState | None, new: ResourceState | None) -> None:
        """Call the hooks of one kind, such as `BeforeCreate`, of a step from an old state to a new one.

        Raises:
            ProviderError: one of them is not registered, or failed.
        """
        subject = _subject(old, new)
        for name in subject.hooks.get(kind, ()):
            hook = self._registered.get(name)
            if hook is None:
                self._miss(kind, name, subject)
            elif hook.on_dry_run or not self._preview:
                request = _request(resource_pb2.ResourceHookRequest, old, new)
                error = self._call(hook, request, resource_pb2.ResourceHookResponse).error
                when = "before" if kind.startswith("Before") else "after"
                if error and not hook.ignore_errors:
                    raise ProviderError(f"{when} hook {name!r} failed: {error}")
                if error:
                    self._tell(Diagnostic(Severity.WARNING, f"{when} hook {name!r} failed: {error}", subject.urn))

    def _miss(self, kind: str, name: str, subject: ResourceState) -> None:
        """Say that a hook is not registered: an error, unless no program runs that could have registered it."""
        if self._program_runs:
            raise ProviderError(f"the hook {name!r} is not registered")
        message = f"the {kind} hook {name!r} is not called, because the program does not run"
        self._tell(Diagnostic(Severity.WARNING, message, subject.urn))

    def attempts(
        self, operation: str, old: ResourceState | None, new: ResourceState | None
    ) -> Iterator[AbstractContextManager[None]]:
        """Contexts in which to try an operation, until it succeeds or no error hook asks for another attempt.

        Raises:
            ProviderError: the error of the last attempt.
        """
        failures: list[str] = []
        while True:
            attempt = _Attempt()
            yield attempt
            if attempt.failure is None:
                return
            failures.append(str(attempt.failure))
            if not self._wants_retry(operation, failures, old, new):
                raise attempt.failure

    def _wants_retry(
        self, operation: str, failures: list[str], old: ResourceState | None, new: ResourceState | None
    ) -> bool:
        subject = _subject(old, new)
        names = subject.hooks.get("OnError", ())
        if not names:
            return False
        if len(failures) >= MOST_RETRIES:
            message = f"maximum number of error hook retries ({MOST_RETRIES}) reached"
            self._tell(Diagnostic(Severity.WARNING, message, subject.urn))
            return False
        request = _request(resource_pb2.ErrorHookRequest, old, new)
        request.failed_operation = operation
        request.errors.extend(reversed(failures))
        retry = False
        for name in names:
            if name not in self._registered:
                self._miss("OnError", name, subject)
                continue
            answer = self._call(self._registered[name], request, resource_pb2.ErrorHookResponse)
            if answer.error:
                raise ProviderError(f"error hook {name!r} failed: {answer.error}")
            retry |= answer.retry
        if retry:
            message = f"retrying {operation} due to on-error hook request ({len(failures)}/{MOST_RETRIES})"
            self._tell(Diagnostic(Severity.WARNING, message, subject.urn))
        return retry

    def _call(self, hook: Any, request: Any, answer_type: Any) -> Any:
        try:
            return self._callbacks.call(hook.callback, request, answer_type)
        except CallbackFailed as failure:
            raise ProviderError(f"the hook {hook.name!r} failed: {failure}") from failure


class _Attempt(AbstractContextManager[None]):
    """One attempt, which keeps its error."""

    failure: ProviderError | None = None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        # Where the answer is lost, another attempt might do it twice.
        if not isinstance(error, ProviderError) or isinstance(error, OutcomeUnknown):
            return False
        self.failure = error
        return True


def _subject(old: ResourceState | None, new: ResourceState | None) -> ResourceState:
    subject = new or old
    if subject is None:
        raise ValueError("a hook without a resource")
    return subject


def _request(request_type: Any, old: ResourceState | None, new: ResourceState | None) -> Any:
    subject = _subject(old, new)
    states: Mapping[str, Any] = {
        "old_inputs": wire.encode(old.inputs) if old else None,
        "old_outputs": wire.encode(old.outputs) if old else None,
        "new_inputs": wire.encode(new.inputs) if new else None,
        "new_outputs": wire.encode(new.outputs) if new and new.outputs else None,
    }
    known = {name: value for name, value in states.items() if name in request_type.DESCRIPTOR.fields_by_name}
    return request_type(urn=subject.urn, id=subject.id, name=Urn.parse(subject.urn).name, type=subject.type, **known)
