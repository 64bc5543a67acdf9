"""The snapshot: the states of all resources, and the pending operations, at one moment of a deployment.

It has two parts, as in Pulumi's snapshot manager (pulumi/pkg/backend/snapshot.go). `new` holds the states that this
deployment has recorded, in the order of recording. `base` holds the states that the last deployment left and this one
has not registered yet. A resource comes after those that it depends on, and all of `new` before all of `base`.

What changes is noted, so that saving it costs no more than that (see `journal`). What only recovery does is not: after
it, only the whole can be saved.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from embedded_pulumi.engine.changes import Begun, Dropped, Ended, Moved, Put, SnapshotChange, WholeSnapshot
from embedded_pulumi.engine.resource import PendingOperation, ResourceState
from embedded_pulumi.engine.urn import STACK_TYPE, ProviderRef
from embedded_pulumi.values import Properties


class Snapshot:
    """Resources and pending operations; every method may be called from any thread.

    Attributes:
        prior_pending: The operations that the last deployment left pending and `recovery` has not resolved.
    """

    def __init__(self, base: Iterable[ResourceState] = (), pending: Iterable[PendingOperation] = ()) -> None:
        self._entries = itertools.count(1)
        self._lock = threading.RLock()
        self._new: dict[int, ResourceState] = {}
        self._base = {state.entry: state for state in (self._numbered(state) for state in base)}
        self._registered: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._pending: dict[int, PendingOperation] = {}
        self._changes: list[SnapshotChange] = []
        self._only_whole = False
        self.prior_pending = tuple(pending)
        self._keeps_prior_pending = True

    def _numbered(self, state: ResourceState) -> ResourceState:
        return replace(state, entry=next(self._entries))

    @property
    def base(self) -> list[ResourceState]:
        """The states that the last deployment left and this one has not registered, in order."""
        with self._lock:
            return list(self._base.values())

    @property
    def resources(self) -> list[ResourceState]:
        """All states, in the order of the file."""
        with self._lock:
            return [*self._new.values(), *self._base.values()]

    @property
    def outputs(self) -> Properties:
        """The stack's outputs."""
        return next((state.outputs for state in self.resources if state.type == STACK_TYPE), {})

    @property
    def pending(self) -> list[PendingOperation]:
        """The pending operations of this deployment, and those of the last one unless they are cleared."""
        with self._lock:
            return [*(self.prior_pending if self._keeps_prior_pending else ()), *self._pending.values()]

    def whole(self) -> WholeSnapshot:
        """All of it; the changes until now are not noted any more."""
        with self._lock:
            self._changes, self._only_whole = [], False
            prior = self.prior_pending if self._keeps_prior_pending else ()
            return WholeSnapshot(self.resources, len(self._new), prior, dict(self._pending))

    def changes(self) -> list[SnapshotChange] | None:
        """What has changed since it was saved; None if only the whole can be saved."""
        with self._lock:
            return None if self._only_whole else list(self._changes)

    def forget_changes(self, count: int) -> None:
        """Note the first so many changes no more: they are saved."""
        with self._lock:
            del self._changes[:count]

    def clear_prior_pending(self) -> None:
        """Forget the pending operations of the last deployment: this one has succeeded, after a warning."""
        with self._lock:
            self._only_whole |= bool(self.prior_pending)
            self._keeps_prior_pending = False

    def begin(self, operation: PendingOperation) -> None:
        """Record that an operation begins."""
        with self._lock:
            number = next(self._numbers)
            self._pending[number] = operation
            self._changes.append(Begun(number, operation))

    def end(self, operation: PendingOperation) -> None:
        """Record that an operation has ended."""
        with self._lock:
            for number in [number for number, known in self._pending.items() if known is operation]:
                del self._pending[number]
                self._changes.append(Ended(number))

    def record(self, new: ResourceState, old: ResourceState | None = None) -> ResourceState:
        """Record a new state, in place of the old one if there is one; returns it with its entry."""
        with self._lock:
            before = None
            if old is not None:
                self._follow_rename(old.urn, new.urn)
                before = self._remove(old.entry)
            new = self._numbered(new)
            self._new[new.entry] = new
            self._registered[new.urn] = new.entry
            if before is not None and before == new:
                self._changes.append(Moved(new, before.entry))
            else:
                self._changes += [Dropped(before.entry)] if before is not None else []
                self._changes.append(Put(new))
            return new

    def record_replacement(self, new: ResourceState, old: ResourceState) -> ResourceState:
        """Record the state of a replacement; the old state waits for its deletion."""
        with self._lock:
            self._follow_rename(old.urn, new.urn)
            # If the program has removed `protect`, the old resource is not protected any more either.
            self._amend(old, delete=True, pending_replacement=False, protect=new.protect)
            return self.record(new)

    def record_recovered(self, made: ResourceState) -> None:
        """Record a resource that the last deployment created but did not record; the result is as if it had."""
        with self._lock:
            old = next((state for state in self._base.values() if state.urn == made.urn and not state.delete), None)
            if old is not None and (old.external or old.pending_replacement):
                self.drop(old)
            elif old is not None:
                self._amend(old, delete=True, protect=made.protect)
            self._insert(self._numbered(made))

    def _insert(self, new: ResourceState) -> None:
        """Insert a state right after those that it depends on, and so before those that depend on it."""
        missing, entries = set(new.needs()), list(self._base.items())
        place = 0
        while missing and place < len(entries):
            missing.discard(entries[place][1].urn)
            place += 1
        self._base = dict([*entries[:place], (new.entry, new), *entries[place:]])
        self._only_whole = True

    def resolve(self, operation: PendingOperation) -> None:
        """Forget a pending operation of the last deployment: it is known now how it ended."""
        with self._lock:
            self.prior_pending = tuple(known for known in self.prior_pending if known is not operation)
            self._only_whole = True

    def mark_pending_replacement(self, old: ResourceState) -> None:
        """Record that a resource is deleted but will be replaced; other states still refer to it."""
        with self._lock:
            self._amend(old, pending_replacement=True)

    def drop(self, old: ResourceState) -> None:
        """Remove the state of a resource that is deleted."""
        with self._lock:
            if self._remove(old.entry) is not None:
                self._changes.append(Dropped(old.entry))

    def _remove(self, entry: int) -> ResourceState | None:
        return self._base.pop(entry, None) or self._new.pop(entry, None)

    def drop_missing(self, gone: ResourceState) -> None:
        """Remove the state of a resource that a refresh did not find, and every reference to it."""
        with self._lock:
            self.drop(gone)
            if all(state.urn != gone.urn for state in self.resources):
                self._replace_each(lambda state: without(state, gone))

    def put(self, state: ResourceState) -> None:
        """Replace the state of an entry, in its place."""
        with self._lock:
            where = self._new if state.entry in self._new else self._base
            where[state.entry] = state
            self._changes.append(Put(state))

    def record_refreshed(self, found: ResourceState) -> None:
        """Record the id and properties of a refreshed resource; the rest of its state stays as it is."""
        with self._lock:
            current = self.current(found)
            if current is not None:
                self.put(replace(current, id=found.id, inputs=found.inputs, outputs=found.outputs))

    def add_init_error(self, state: ResourceState, reason: str) -> None:
        """Record an init error: the next deployment updates the resource even if its inputs do not differ."""
        with self._lock:
            current = self.current(state)
            if current is not None:
                self.put(replace(current, init_errors=(*current.init_errors, reason)))

    def registered(self, urn: str) -> ResourceState | None:
        """The state with this URN, if this deployment has recorded one."""
        with self._lock:
            return self._new.get(self._registered.get(urn, 0))

    def current(self, state: ResourceState) -> ResourceState | None:
        """The present state of an entry, or None if it was removed."""
        with self._lock:
            return self._new.get(state.entry) or self._base.get(state.entry)

    def _amend(self, old: ResourceState, **changes: Any) -> None:
        if old.entry in self._base:
            self.put(replace(self._base[old.entry], **changes))

    def _follow_rename(self, before: str, after: str) -> None:
        """Replace the former URN of an aliased resource in the states that refer to it."""
        if before != after:
            self._replace_each(lambda state: renamed(state, before, after))

    def _replace_each(self, other: Callable[[ResourceState], ResourceState]) -> None:
        for state in list(self._base.values()):
            if (changed := other(state)) is not state:
                self.put(changed)


def renamed(state: ResourceState, before: str, after: str) -> ResourceState:
    """The same state, with one URN replaced by another."""
    if state.urn != before and before not in state.needs():
        return state

    def swap(urn: str) -> str:
        return after if urn == before else urn

    provider = state.provider
    if provider:
        reference = ProviderRef.parse(provider)
        provider = str(ProviderRef(swap(reference.urn), reference.id))
    return replace(
        state,
        urn=swap(state.urn),
        parent=swap(state.parent),
        deleted_with=swap(state.deleted_with),
        dependencies=tuple(swap(urn) for urn in state.dependencies),
        property_dependencies={
            key: tuple(swap(urn) for urn in urns) for key, urns in state.property_dependencies.items()
        },
        provider=provider,
    )


def without(state: ResourceState, gone: ResourceState) -> ResourceState:
    """The same state without references to a missing resource; its children get its own parent."""
    if gone.urn not in state.needs():
        return state
    return replace(
        state,
        parent=gone.parent if state.parent == gone.urn else state.parent,
        deleted_with="" if state.deleted_with == gone.urn else state.deleted_with,
        dependencies=tuple(urn for urn in state.dependencies if urn != gone.urn),
        property_dependencies={
            key: tuple(urn for urn in urns if urn != gone.urn) for key, urns in state.property_dependencies.items()
        },
    )
