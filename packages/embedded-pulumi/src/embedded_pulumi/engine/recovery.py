"""Recovery: finds out how the operations ended that the last deployment left pending.

A deployment that was killed, or lost an answer, leaves pending operations in the state. Before the next deployment
decides on any step:

    creating    the provider looks for the resource that the call made. If there is one, its creation is completed and
                recorded
    updating    the resource is refreshed, and gets an init error, so that it is updated again
    deleting    the resource is refreshed; if it does not exist any more, it is dropped from the state

Pulumi's engine only warns about pending operations. This one warns about a creation without a token, which another
engine began.
"""

from __future__ import annotations

from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.events import Diagnostic, Severity
from embedded_pulumi.engine.provider_registry import ProviderRegistry
from embedded_pulumi.engine.refresh import Refresher
from embedded_pulumi.engine.report import Report
from embedded_pulumi.engine.resource import Operation, PendingOperation, ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.provider import CannotResume, InitFailed, ProviderError

_UPDATE_CUT_OFF = "an update of it was cut off"


class Recovery:
    """Resolves the pending operations of the last deployment, one at a time.

    Args:
        providers: Look for resources.
        snapshot: What the last deployment left.
        refresher: Reads resources.
        report: Is told what was found.
        preview: Change only the snapshot.
    """

    def __init__(
        self, providers: ProviderRegistry, snapshot: Snapshot, refresher: Refresher, report: Report, *, preview: bool
    ) -> None:
        self._providers = providers
        self._snapshot = snapshot
        self._refresher = refresher
        self._report = report
        self._preview = preview

    def run(self) -> None:
        """Resolve every operation.

        Raises:
            ResourceFailed: the provider could not tell; the operations that are not resolved stay pending.
        """
        for pending in self._snapshot.prior_pending:
            try:
                self._resolve(pending)
            except ProviderError as error:
                raise ResourceFailed(pending.resource.urn, "recover", str(error)) from error

    def _resolve(self, pending: PendingOperation) -> None:
        try:
            found = self._refresh(pending) if pending.operation is not Operation.CREATING else self._resume(pending)
        except CannotResume:
            self._tell(pending, Severity.WARNING, "it may exist without being in the state: look for it, and import it")
            return
        self._snapshot.resolve(pending)
        self._tell(pending, Severity.INFO, found)

    def _refresh(self, pending: PendingOperation) -> str:
        was = pending.resource
        stands = [state for state in self._snapshot.base if (state.urn, state.id) == (was.urn, was.id)]
        if not stands or stands[0].pending_replacement:
            return "that had been recorded"
        if self._refresher.reread(stands[0]).op is Op.DELETE:
            return "it is gone"
        if pending.operation is Operation.UPDATING:
            self._snapshot.add_init_error(stands[0], _UPDATE_CUT_OFF)
        return "it stands, and was read anew"

    def _resume(self, pending: PendingOperation) -> str:
        if not pending.token:
            raise CannotResume("another engine began this")
        made = self._find_created(pending)
        if made is None:
            return "nothing had been made"
        if not any((state.urn, state.id) == (made.urn, made.id) for state in self._snapshot.base):
            self._snapshot.record_recovered(made)
        return f"{made.id} had been made, and is recorded now"

    def _find_created(self, pending: PendingOperation) -> ResourceState | None:
        new = pending.resource
        provider = self._providers.provider_for(new.type, new.provider)
        try:
            return provider_calls.resume(provider, new, pending.token, preview=self._preview)
        except InitFailed as failure:
            return provider_calls.with_init_errors(new, failure)

    def _tell(self, pending: PendingOperation, severity: Severity, found: str) -> None:
        message = f"the last deployment was cut off while {pending.operation.value} this resource: {found}"
        self._report.tell(Diagnostic(severity, message, pending.resource.urn))
