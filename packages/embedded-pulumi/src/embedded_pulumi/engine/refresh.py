"""Refresh: reads every resource, records how it is, and drops those that do not exist any more."""

from __future__ import annotations

from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.provider_registry import ProviderRegistry
from embedded_pulumi.engine.report import Report, StepResult
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.step_executor import SnapshotPersister
from embedded_pulumi.engine.steps import Op, Step
from embedded_pulumi.engine.urn import is_provider_type


class Refresher:
    """Refreshes resources, one at a time or several at once."""

    def __init__(
        self, providers: ProviderRegistry, snapshot: Snapshot, persister: SnapshotPersister, report: Report
    ) -> None:
        self._providers = providers
        self._snapshot = snapshot
        self._persister = persister
        self._report = report

    def candidates(self) -> list[ResourceState]:
        """The resources that can have changed: those that exist outside of the state."""
        return [
            state
            for state in self._snapshot.resources
            if state.custom and not is_provider_type(state.type) and not state.pending_replacement
        ]

    def refresh(self, old: ResourceState) -> None:
        """Read one resource; the report tells an `update`, a `delete` or a `same`.

        Raises:
            ResourceFailed: the provider could not read it.
        """
        with self._report.step(Step(Op.REFRESH, old, old)) as finished:
            finished(self.reread(old))

    def reread(self, old: ResourceState) -> StepResult:
        """Read one resource, and record how it is, without a report; raises ProviderError."""
        provider = self._providers.provider_for(old.type, old.provider)
        found = provider_calls.read(provider, old)
        if found is None:
            self._snapshot.drop_missing(old)
            self._persister.commit()
            return StepResult(old, Op.DELETE, {})
        diff = provider_calls.drift(provider, old, found).detailed
        if not diff and found == old:
            return StepResult(old, Op.SAME, {})
        # The entry may have changed meanwhile, if a resource that it refers to was dropped.
        self._snapshot.record_refreshed(found)
        self._persister.commit()
        return StepResult(found, Op.UPDATE if diff else Op.SAME, diff)
