"""Takes steps: has the provider do what they say, and records what came of it.

For each step that changes anything, the file first says that it has begun, then what it came to. So whatever moment
the process dies at, the file tells what stands and about what it cannot know. A preview takes the same steps with
other hands, which change nothing, and a persister that writes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol, TypeAlias

from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.provider_registry import ProviderRegistry
from embedded_pulumi.engine.resource import Operation, PendingOperation, ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.steps import DELETIONS, REPLACEMENTS, Op, Step
from embedded_pulumi.engine.urn import is_provider_type
from embedded_pulumi.provider import InitFailed, OutcomeUnknown, ProviderError
from embedded_pulumi.wire import signatures


class SnapshotPersister(Protocol):
    """Brings the snapshot to where it is kept."""

    def commit(self) -> None:
        """Return when all changes made so far are safe, or will be with the verdict on the program."""

    def catch_up(self) -> None:
        """Return when all changes that were to be safe with the verdict are."""


class Hands(Protocol):
    """What is done to resources outside of the state."""

    def create(self, new: ResourceState, token: str) -> ResourceState:
        """Make it, by a call that the token tells from every other; returns it with id and outputs."""

    def update(self, old: ResourceState, new: ResourceState) -> ResourceState:
        """Change it in place; returns it with its outputs."""

    def delete(self, old: ResourceState) -> None:
        """Delete it."""


class ProviderHands:
    """Hands that have the providers do it."""

    def __init__(self, providers: ProviderRegistry) -> None:
        self._providers = providers

    def create(self, new: ResourceState, token: str) -> ResourceState:
        """Make it.

        Raises:
            ProviderError: nothing was made, or (InitFailed) it exists and is not whole, or (OutcomeUnknown) who knows.
        """
        created = provider_calls.create(self._providers.provider_for(new.type, new.provider), new, token, preview=False)
        if not created.id:
            raise ProviderError("the provider created it and gave no id")
        return created

    def update(self, old: ResourceState, new: ResourceState) -> ResourceState:
        """Change it in place; raises as `create`."""
        return provider_calls.update(self._providers.provider_for(new.type, new.provider), old, new, preview=False)

    def delete(self, old: ResourceState) -> None:
        """Delete it.

        Raises:
            ProviderError: it stands still.
        """
        provider_calls.delete(self._providers.provider_for(old.type, old.provider), old)


class PreviewHands:
    """Hands that change nothing, and say what would come of it as far as that can be known."""

    def __init__(self, providers: ProviderRegistry) -> None:
        self._providers = providers

    def create(self, new: ResourceState, token: str) -> ResourceState:
        """What it would be; the id, and whatever only the cloud can tell, is unknown."""
        return provider_calls.create(self._providers.provider_for(new.type, new.provider), new, token, preview=True)

    def update(self, old: ResourceState, new: ResourceState) -> ResourceState:
        """What it would become."""
        return provider_calls.update(self._providers.provider_for(new.type, new.provider), old, new, preview=True)

    def delete(self, old: ResourceState) -> None:
        """Nothing is deleted in a preview."""


_Take: TypeAlias = Callable[[Step], ResourceState]


class StepExecutor:
    """Takes steps. Safe to call from many threads, as long as the order among resources is kept."""

    def __init__(
        self,
        hands: Hands,
        providers: ProviderRegistry,
        snapshot: Snapshot,
        persister: SnapshotPersister,
        now: Callable[[], str],
    ) -> None:
        self._hands = hands
        self._providers = providers
        self._snapshot = snapshot
        self._persister = persister
        self._now = now
        self._deleting: set[str] = set()
        self._takers: Mapping[Op, _Take] = {
            Op.SAME: self._same,
            Op.CREATE: self._create,
            Op.CREATE_REPLACEMENT: self._create,
            Op.UPDATE: self._update,
            Op.DELETE: self._delete,
            Op.DELETE_REPLACED: self._delete,
            Op.REMOVE_PENDING_REPLACE: self._forget,
            Op.READ: self._read,
            Op.READ_REPLACEMENT: self._read,
            Op.IMPORT: self._read,
            Op.IMPORT_REPLACEMENT: self._read,
        }

    def announce_deletions(self, steps: Iterable[Step]) -> None:
        """Note what is going to be deleted: whatever is `deletedWith` one of these needs no deletion of its own."""
        self._deleting |= {step.urn for step in steps if step.op in DELETIONS}

    def take(self, step: Step) -> ResourceState:
        """Take a step; returns the resource as it stands now, or as it was if it is gone.

        Raises:
            ProviderError: it failed; what is recorded is how things stand.
        """
        return self._takers[step.op](step)

    def _same(self, step: Step) -> ResourceState:
        new, old = step.resource, step.old
        self._bind(new)
        state = self._snapshot.record(new, old)
        if new != old:
            self._persister.commit()
        return state

    def _create(self, step: Step) -> ResourceState:
        new = replace(step.resource, created=self._now(), modified=self._now())
        if not new.custom:
            return self._place(step, new)
        token = uuid.uuid4().hex
        pending = PendingOperation.creation(new, token)
        return self._change(step, pending, new, lambda: self._hands.create(new, token))

    def _update(self, step: Step) -> ResourceState:
        old = step.existing
        new = replace(step.resource, id=old.id, created=old.created, modified=self._now())
        if not new.custom:
            return self._place(step, replace(new, outputs=old.outputs))
        pending = PendingOperation(old, Operation.UPDATING)
        return self._change(step, pending, new, lambda: self._hands.update(old, new))

    def _change(
        self,
        step: Step,
        pending: PendingOperation,
        new: ResourceState,
        act: Callable[[], ResourceState],
    ) -> ResourceState:
        with self._begun(pending):
            try:
                changed = act()
            except InitFailed as failure:
                self._put(step, provider_calls.with_init_errors(new, failure))
                raise
            self._bind(changed)
            state = self._put(step, changed)
        self._persister.commit()
        return state

    def _delete(self, step: Step) -> ResourceState:
        old = step.existing
        if self._is_of_the_state_alone(old):
            self._take_away(step, old)
        else:
            with self._begun(PendingOperation(old, Operation.DELETING)):
                self._hands.delete(old)
                self._take_away(step, old)
        self._persister.commit()
        return old

    def _take_away(self, step: Step, old: ResourceState) -> None:
        if step.op is Op.DELETE_REPLACED and not old.delete:
            # Deleted before it is replaced: its dependents in the state still refer to it.
            self._snapshot.mark_pending_replacement(old)
        else:
            self._snapshot.drop(old)

    def _is_of_the_state_alone(self, old: ResourceState) -> bool:
        """Whether deleting it takes no call (pulumi/pkg/resource/deploy/step.go, DeleteStep)."""
        return (
            not old.custom
            or is_provider_type(old.type)
            or old.external
            or old.retain_on_delete
            or old.deleted_with in self._deleting
        )

    def _forget(self, step: Step) -> ResourceState:
        self._snapshot.drop(step.existing)
        self._persister.commit()
        return step.existing

    def _read(self, step: Step) -> ResourceState:
        """Read or import; what dies here has changed nothing, so nothing is pending."""
        wanted = replace(step.resource, created=step.resource.created or self._now(), modified=self._now())
        if wanted.id in signatures.UNKNOWNS:
            # The id of something that a preview has not made: nothing can be known of it.
            return self._place(step, replace(wanted, id=""))
        found = provider_calls.read(self._providers.provider_for(wanted.type, wanted.provider), wanted)
        if found is None:
            raise ProviderError(f"there is no {wanted.type} with the id {wanted.id!r}")
        return self._place(step, found)

    def _place(self, step: Step, new: ResourceState) -> ResourceState:
        self._bind(new)
        state = self._put(step, new)
        self._persister.commit()
        return state

    def _put(self, step: Step, new: ResourceState) -> ResourceState:
        current = None if step.old is None else self._snapshot.current(step.old)
        if current is not None and step.op in REPLACEMENTS and not current.pending_replacement:
            return self._snapshot.record_replacement(new, current)
        return self._snapshot.record(new, step.old)

    def _bind(self, state: ResourceState) -> None:
        if is_provider_type(state.type):
            self._providers.bind(state)

    @contextmanager
    def _begun(self, pending: PendingOperation) -> Iterator[None]:
        """Record that an operation has begun. Within, its outcome must be put on record before it counts as ended.

        An answer that was lost, and whatever a provider does not report as its own error, leave the operation standing:
        nobody knows how it ended, until the next deployment finds out (see `recovery`).
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
