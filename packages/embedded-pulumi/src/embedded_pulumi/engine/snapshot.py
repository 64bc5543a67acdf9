"""What stands during a deployment, in an order in which everything comes after what it depends on.

Two lists, as in Pulumi's snapshot manager (pulumi/pkg/backend/snapshot.go): `new` holds what this deployment has
registered, in the order in which it was done, and `base` what the last one left and this one has not come to yet. All
of `new` comes before all of `base`. A resource that is done moves from one to the other.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from embedded_pulumi.engine.resource import PendingOperation, ResourceState
from embedded_pulumi.engine.urn import STACK_TYPE, ProviderRef
from embedded_pulumi.values import Properties


class BrokenRule(ValueError):
    """The resources break a rule of the deployment format; the message names the resource and the rule."""


class Snapshot:
    """Resources and pending operations; every method may be called from any thread."""

    def __init__(self, base: Iterable[ResourceState] = (), pending: Iterable[PendingOperation] = ()) -> None:
        self._entries = itertools.count(1)
        self._lock = threading.RLock()
        self._new: dict[int, ResourceState] = {}
        self._base = {state.entry: state for state in (self._numbered(state) for state in base)}
        self._pending: list[PendingOperation] = []
        self.prior_pending = tuple(pending)
        self._keeps_prior_pending = True

    def _numbered(self, state: ResourceState) -> ResourceState:
        return replace(state, entry=next(self._entries))

    @property
    def base(self) -> list[ResourceState]:
        """What the last deployment left and this one has not come to, in order."""
        with self._lock:
            return list(self._base.values())

    @property
    def resources(self) -> list[ResourceState]:
        """Everything that stands, in the order of the file."""
        with self._lock:
            return [*self._new.values(), *self._base.values()]

    @property
    def outputs(self) -> Properties:
        """The stack's outputs."""
        return next((state.outputs for state in self.resources if state.type == STACK_TYPE), {})

    @property
    def pending(self) -> list[PendingOperation]:
        """Operations begun and not finished: this deployment's, and those inherited that nobody has cleared."""
        with self._lock:
            return [*(self.prior_pending if self._keeps_prior_pending else ()), *self._pending]

    def clear_prior_pending(self) -> None:
        """Forget the last deployment's pending operations: the user was warned, and all is done by now."""
        with self._lock:
            self._keeps_prior_pending = False

    def begin(self, operation: PendingOperation) -> None:
        """Note that an operation is about to be tried."""
        with self._lock:
            self._pending.append(operation)

    def end(self, operation: PendingOperation) -> None:
        """Note that the outcome of an operation is known."""
        with self._lock:
            self._pending = [known for known in self._pending if known is not operation]

    def record(self, new: ResourceState, old: ResourceState | None = None) -> ResourceState:
        """Record that `new` stands, in place of `old` if one is given; returns it with its entry."""
        with self._lock:
            if old is not None:
                self._follow_rename(old.urn, new.urn)
                self.drop(old)
            new = self._numbered(new)
            self._new[new.entry] = new
            return new

    def record_replacement(self, new: ResourceState, old: ResourceState) -> ResourceState:
        """Record that `new` stands and that `old` is to be deleted when the program has ended."""
        with self._lock:
            self._follow_rename(old.urn, new.urn)
            # A replacement that the program no longer protects has lifted the protection of the old one too.
            self._amend(old, delete=True, pending_replacement=False, protect=new.protect)
            return self.record(new)

    def record_recovered(self, made: ResourceState) -> None:
        """Record what the last deployment made and could not record any more, in the way it would have done it."""
        with self._lock:
            old = next((state for state in self._base.values() if state.urn == made.urn and not state.delete), None)
            if old is not None and (old.external or old.pending_replacement):
                self.drop(old)
            elif old is not None:
                self._amend(old, delete=True, protect=made.protect)
            self._insert(self._numbered(made))

    def _insert(self, new: ResourceState) -> None:
        """Put it where its place is at the earliest: right after what it needs, and so before all that needs it."""
        missing, entries = set(new.needs()), list(self._base.items())
        place = 0
        while missing and place < len(entries):
            missing.discard(entries[place][1].urn)
            place += 1
        self._base = dict([*entries[:place], (new.entry, new), *entries[place:]])

    def resolve(self, operation: PendingOperation) -> None:
        """Forget one of the last deployment's pending operations: it is known now what came of it."""
        with self._lock:
            self.prior_pending = tuple(known for known in self.prior_pending if known is not operation)

    def mark_pending_replacement(self, old: ResourceState) -> None:
        """Record that `old` has been deleted but will be replaced: others still refer to it."""
        with self._lock:
            self._amend(old, pending_replacement=True)

    def drop(self, old: ResourceState) -> None:
        """Record that `old` no longer stands."""
        with self._lock:
            self._base.pop(old.entry, None)
            self._new.pop(old.entry, None)

    def drop_missing(self, gone: ResourceState) -> None:
        """Record that something turned out not to stand any more, and that nothing can depend on it."""
        with self._lock:
            self.drop(gone)
            if all(state.urn != gone.urn for state in self.resources):
                self._base = {entry: without(state, gone) for entry, state in self._base.items()}

    def put(self, state: ResourceState) -> None:
        """Replace an entry by a later version of itself, where it stands."""
        with self._lock:
            where = self._new if state.entry in self._new else self._base
            where[state.entry] = state

    def record_refreshed(self, found: ResourceState) -> None:
        """Record the id and properties of a resource that was read anew; the rest of its entry stays as it is."""
        with self._lock:
            current = self.current(found)
            if current is not None:
                self.put(replace(current, id=found.id, inputs=found.inputs, outputs=found.outputs))

    def add_init_error(self, state: ResourceState, reason: str) -> None:
        """Record why something is not whole: the next deployment updates it whatever the comparison says."""
        with self._lock:
            current = self.current(state)
            if current is not None:
                self.put(replace(current, init_errors=(*current.init_errors, reason)))

    def registered(self, urn: str) -> ResourceState | None:
        """The resource of this URN, if this deployment has come to it."""
        with self._lock:
            return next((state for state in self._new.values() if state.urn == urn), None)

    def current(self, state: ResourceState) -> ResourceState | None:
        """An entry as it is now, or None if it no longer stands."""
        with self._lock:
            return self._new.get(state.entry) or self._base.get(state.entry)

    def _amend(self, old: ResourceState, **changes: Any) -> None:
        if old.entry in self._base:
            self._base[old.entry] = replace(self._base[old.entry], **changes)

    def _follow_rename(self, before: str, after: str) -> None:
        """An aliased resource has a new URN: what still refers to the old one must follow, or it would dangle."""
        if before != after:
            self._base = {entry: renamed(state, before, after) for entry, state in self._base.items()}


def renamed(state: ResourceState, before: str, after: str) -> ResourceState:
    """The same state, with every mention of one URN replaced by another."""

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
    """The same state, with no mention of a resource that no longer stands; its children go to its own parent."""
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


def verify(resources: Sequence[ResourceState]) -> None:
    """Check the rules by which Pulumi accepts a deployment (pulumi/pkg/resource/deploy/snapshot.go, VerifyIntegrity).

    Raises:
        BrokenRule: the first rule that is broken.
    """
    seen: dict[str, ResourceState] = {}
    alive: set[str] = set()
    for state in resources:
        _verify_own(state)
        _verify_references(state, seen)
        if not state.delete and state.urn in alive:
            raise BrokenRule(f"{state.urn} stands twice without being marked for deletion")
        seen[state.urn] = state
        if not state.delete:
            alive.add(state.urn)


def _verify_own(state: ResourceState) -> None:
    if not state.urn or not state.type:
        raise BrokenRule(f"a resource without URN or type: {state.urn!r}")
    if state.id and not state.custom:
        raise BrokenRule(f"{state.urn} has an id although it is not custom")
    if state.custom and not state.id and not state.pending_replacement:
        raise BrokenRule(f"{state.urn} is custom and has no id")


def _verify_references(state: ResourceState, seen: dict[str, ResourceState]) -> None:
    for urn in sorted(state.needs()):
        if urn not in seen:
            raise BrokenRule(f"{state.urn} refers to {urn}, which does not come before it")
    if state.provider:
        reference = ProviderRef.parse(state.provider)
        if not seen[reference.urn].custom:
            raise BrokenRule(f"{state.urn} names {reference.urn} as its provider, which is none")
