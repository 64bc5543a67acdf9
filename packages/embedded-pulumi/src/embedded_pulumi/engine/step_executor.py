"""The step executor: calls the provider as a step says, and records the result in the snapshot.

Each step that changes a resource is saved twice: when it begins, as a pending operation, and when it has ended. So
the state file is right at whatever moment this process dies. A preview executes the same steps; the providers foresee
the results, and nothing is saved.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol, TypeAlias

from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.hooks import Hooks
from embedded_pulumi.engine.provider_registry import ProviderRegistry
from embedded_pulumi.engine.report import Report, StepResult
from embedded_pulumi.engine.resource import Operation, PendingOperation, ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.steps import DELETIONS, REPLACEMENTS, Op, Step
from embedded_pulumi.engine.urn import is_provider_type
from embedded_pulumi.provider import InitFailed, OutcomeUnknown, ProviderError
from embedded_pulumi.wire import signatures


class SnapshotPersister(Protocol):
    """Saves the snapshot."""

    def commit(self) -> None:
        """Return when all changes made so far are saved, or will be when the analyzer accepts the program."""

    def catch_up(self) -> None:
        """Save all changes that waited for the analyzer."""


_Execute: TypeAlias = Callable[[Step], ResourceState]


class StepExecutor:
    """Executes steps. Safe to call from many threads, as long as the order among resources is kept.

    Args:
        providers: Whom to call.
        snapshot: Where to record the result.
        persister: Saves the snapshot.
        report: Is told when a step begins and ends.
        now: The time, for `created` and `modified`.
        hooks: The program's hooks.
        preview: Have the providers foresee the result instead, and delete nothing.
    """

    def __init__(
        self,
        providers: ProviderRegistry,
        snapshot: Snapshot,
        persister: SnapshotPersister,
        report: Report,
        now: Callable[[], str],
        *,
        hooks: Hooks,
        preview: bool,
    ) -> None:
        self._providers = providers
        self._snapshot = snapshot
        self._persister = persister
        self._report = report
        self._now = now
        self._hooks = hooks
        self._preview = preview
        self._deleting: set[str] = set()
        self._operations: Mapping[Op, _Execute] = {
            Op.SAME: self._same,
            Op.CREATE: self._create,
            Op.CREATE_REPLACEMENT: self._create,
            Op.UPDATE: self._update,
            Op.DELETE: self._delete,
            Op.DELETE_REPLACED: self._delete,
            Op.DISCARD: self._delete,
            Op.DISCARD_REPLACED: self._delete,
            Op.REMOVE_PENDING_REPLACE: self._remove_pending_replace,
            Op.READ: self._read,
            Op.READ_REPLACEMENT: self._read,
            Op.IMPORT: self._read,
            Op.IMPORT_REPLACEMENT: self._read,
        }

    def announce_deletions(self, steps: Iterable[Step]) -> None:
        """Note which of these steps delete: a resource that is `deletedWith` one of theirs needs no call of its own."""
        self._deleting |= {step.urn for step in steps if step.op in DELETIONS}

    def execute(self, step: Step) -> ResourceState:
        """Execute a step; returns the new state, or the old one of a resource that is deleted.

        Raises:
            ResourceFailed: the provider failed; the snapshot says how things stand.
        """
        with self._report.step(step) as finished:
            state = self._operations[step.op](step)
            finished(StepResult(state, step.op, step.diff))
        return state

    def _same(self, step: Step) -> ResourceState:
        state = self._put(step, step.resource)
        if step.resource != step.old:
            self._persister.commit()
        return state

    def _create(self, step: Step) -> ResourceState:
        new = replace(step.resource, created=self._now(), modified=self._now())
        self._hooks.run("BeforeCreate", None, new)
        if new.custom:
            token = uuid.uuid4().hex
            with self._pending(PendingOperation.creation(new, token)), self._keeping_init_errors(step, new):
                provider = self._providers.provider_for(new.type, new.provider)
                for attempt in self._hooks.attempts("create", None, new):
                    with attempt:
                        created = provider_calls.create(provider, new, token, preview=self._preview)
                if not created.id and not self._preview:
                    raise ProviderError("the provider created it and gave no id")
                state = self._put(step, created)
        else:
            state = self._record(step, new)
        self._hooks.run("AfterCreate", None, state)
        return state

    def _update(self, step: Step) -> ResourceState:
        old = step.existing
        new = replace(step.resource, id=old.id, created=old.created, modified=self._now())
        self._hooks.run("BeforeUpdate", old, new)
        if new.custom:
            with self._pending(PendingOperation(old, Operation.UPDATING)), self._keeping_init_errors(step, new):
                provider = self._providers.provider_for(new.type, new.provider)
                for attempt in self._hooks.attempts("update", old, new):
                    with attempt:
                        updated = provider_calls.update(provider, old, new, preview=self._preview)
                state = self._put(step, updated)
        else:
            state = self._record(step, replace(new, outputs=old.outputs))
        self._hooks.run("AfterUpdate", old, state)
        return state

    def _delete(self, step: Step) -> ResourceState:
        old = step.existing
        self._hooks.run("BeforeDelete", old, None)
        if self._is_only_in_the_state(old):
            self._drop(step, old)
            self._persister.commit()
        else:
            with self._pending(PendingOperation(old, Operation.DELETING)):
                for attempt in self._hooks.attempts("delete", old, None):
                    with attempt:
                        if not self._preview:
                            provider_calls.delete(self._providers.provider_for(old.type, old.provider), old)
                self._drop(step, old)
        self._hooks.run("AfterDelete", old, None)
        return old

    def _drop(self, step: Step, old: ResourceState) -> None:
        if step.op is Op.DELETE_REPLACED and not old.delete:
            # It is deleted before it is replaced, and its dependents in the state still refer to it.
            self._snapshot.mark_pending_replacement(old)
        else:
            self._snapshot.drop(old)

    def _is_only_in_the_state(self, old: ResourceState) -> bool:
        """Whether deleting it takes no call (pulumi/pkg/resource/deploy/step.go, DeleteStep)."""
        return (
            not old.custom
            or is_provider_type(old.type)
            or old.external
            or old.retain_on_delete
            or old.deleted_with in self._deleting
        )

    def _remove_pending_replace(self, step: Step) -> ResourceState:
        self._snapshot.drop(step.existing)
        self._persister.commit()
        return step.existing

    def _read(self, step: Step) -> ResourceState:
        """Read or import a resource; this changes nothing, so there is no pending operation."""
        new = replace(step.resource, created=step.resource.created or self._now(), modified=self._now())
        if new.id in signatures.UNKNOWNS:
            # In a preview, the id of a resource that does not exist yet: nothing can be read.
            return self._record(step, replace(new, id=""))
        found = provider_calls.read(self._providers.provider_for(new.type, new.provider), new)
        if found is None:
            raise ProviderError(f"there is no {new.type} with the id {new.id!r}")
        return self._record(step, found)

    def _record(self, step: Step, new: ResourceState) -> ResourceState:
        state = self._put(step, new)
        self._persister.commit()
        return state

    def _put(self, step: Step, new: ResourceState) -> ResourceState:
        """Record the new state; if it replaces one that still exists, that one waits for its deletion."""
        if is_provider_type(new.type):
            self._providers.register(new)
        current = None if step.old is None else self._snapshot.current(step.old)
        if current is not None and step.op in REPLACEMENTS and not current.pending_replacement:
            return self._snapshot.record_replacement(new, current)
        return self._snapshot.record(new, step.old)

    @contextmanager
    def _pending(self, pending: PendingOperation) -> Iterator[None]:
        """Save that an operation begins, and afterwards that it has ended; its result must be recorded within.

        The operation stays pending if the provider's answer is lost, or if the provider fails with an error that is
        not a ProviderError: only the next deployment can find out how it ended (see `recovery`).
        """
        self._snapshot.begin(pending)
        self._persister.commit()
        try:
            yield
        except OutcomeUnknown:
            raise
        except ProviderError:
            self._snapshot.end(pending)
            self._persister.commit()
            raise
        self._snapshot.end(pending)
        self._persister.commit()

    @contextmanager
    def _keeping_init_errors(self, step: Step, new: ResourceState) -> Iterator[None]:
        """Record a resource that exists although its initialization failed."""
        try:
            yield
        except InitFailed as failure:
            self._put(step, provider_calls.with_init_errors(new, failure))
            raise
