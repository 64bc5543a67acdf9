"""Recovery: what became of the operations in the midst of which the last deployment was cut off.

Whoever was killed, or lost its connection, left a pending operation in the state. Before anything is decided:

    creating    the provider is asked what the call made: it is brought to its end and recorded, or there is none
    updating    the resource is read anew and counts as not whole, so that it is updated again: what of the update was
                done is for the provider to see
    deleting    it is read anew; what is gone is forgotten

So the deployment that follows compares the program with how things are. The real engine warns and leaves the rest to
its user; so does this one where a creation has no token, because another engine began it.
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
from embedded_pulumi.provider import InitFailed, ProviderError

_HALFWAY = "an update of it was cut off"


class Recovery:
    """Settles inherited pending operations, before the deployment begins and so one at a time.

    Args:
        providers: Are asked.
        snapshot: What the last deployment left.
        refresher: Reads anew.
        report: Is told what was found.
        preview: Whether nothing is to be changed outside of the snapshot.
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
        """Settle all that can be settled.

        Raises:
            ResourceFailed: the provider could not tell; what was not settled stays pending.
        """
        for pending in self._snapshot.prior_pending:
            try:
                self._settle(pending)
            except ProviderError as error:
                raise ResourceFailed(pending.resource.urn, "recover", str(error)) from error

    def _settle(self, pending: PendingOperation) -> None:
        if pending.operation is not Operation.CREATING:
            found = self._look_again(pending)
        elif pending.token:
            found = self._resume(pending)
        else:
            self._tell(pending, Severity.WARNING, "it may exist without the state knowing: look, and import it")
            return
        self._snapshot.resolve(pending)
        self._tell(pending, Severity.INFO, found)

    def _look_again(self, pending: PendingOperation) -> str:
        was = pending.resource
        stands = [state for state in self._snapshot.base if (state.urn, state.id) == (was.urn, was.id)]
        if not stands or stands[0].pending_replacement:
            return "that had been recorded"
        if self._refresher.reread(stands[0]).op is Op.DELETE:
            return "it is gone"
        if pending.operation is Operation.UPDATING:
            self._snapshot.add_init_error(stands[0], _HALFWAY)
        return "it stands, and was read anew"

    def _resume(self, pending: PendingOperation) -> str:
        made = self._made(pending)
        if made is None:
            return "nothing had been made"
        if not any((state.urn, state.id) == (made.urn, made.id) for state in self._snapshot.base):
            self._snapshot.record_recovered(made)
        return f"{made.id} had been made, and is recorded now"

    def _made(self, pending: PendingOperation) -> ResourceState | None:
        new = pending.resource
        provider = self._providers.provider_for(new.type, new.provider)
        try:
            return provider_calls.resume(provider, new, pending.token, preview=self._preview)
        except InitFailed as failure:
            return provider_calls.with_init_errors(new, failure)

    def _tell(self, pending: PendingOperation, severity: Severity, found: str) -> None:
        message = f"the last deployment was cut off while {pending.operation.value} this resource: {found}"
        self._report.tell(Diagnostic(severity, message, pending.resource.urn))
