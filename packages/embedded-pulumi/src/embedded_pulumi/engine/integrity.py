"""The rules by which Pulumi accepts a deployment: of a whole one, and of a few changes to one that keeps them.

Source: pulumi/pkg/resource/deploy/snapshot.go, VerifyIntegrity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from embedded_pulumi.engine.changes import Dropped, Moved, Put, SnapshotChange
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import ProviderRef


class BrokenRule(ValueError):
    """A resource breaks a rule of the deployment format; the message names both."""


def verify(resources: Sequence[ResourceState]) -> None:
    """Check a whole deployment.

    Raises:
        BrokenRule: the resources break a rule.
    """
    seen: dict[str, ResourceState] = {}
    alive: set[str] = set()
    for state in resources:
        _verify_own(state)
        for urn in sorted(state.needs()):
            if urn not in seen:
                raise BrokenRule(f"{state.urn} refers to {urn}, which does not come before it")
        if state.provider:
            reference = ProviderRef.parse(state.provider)
            if not seen[reference.urn].custom:
                raise BrokenRule(f"{state.urn} names {reference.urn} as its provider, which is none")
        if not state.delete and state.urn in alive:
            raise _twice(state)
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


def _twice(state: ResourceState) -> BrokenRule:
    return BrokenRule(f"{state.urn} stands twice without being marked for deletion")


class Integrity:
    """Checks changes at a cost that does not depend on how many resources there are.

    Of the order it sees less than `verify`: that what a resource refers to is there, not that it comes before. A new
    entry comes after all that are recorded, so the order can be wrong only if a reference was to what is not recorded
    yet. Whoever writes the whole deployment verifies it.

    Args:
        resources: A deployment that keeps the rules.
    """

    def __init__(self, resources: Iterable[ResourceState]) -> None:
        self._states: dict[int, ResourceState] = {}
        self._by_urn: dict[str, dict[int, ResourceState]] = {}
        self._references: Counter[str] = Counter()
        for state in resources:
            self._put(state)

    def check(self, changes: Iterable[SnapshotChange]) -> None:
        """Check changes that are made together. May be called again with the same ones, and more.

        Raises:
            BrokenRule: the deployment would break a rule with them.
        """
        touched: dict[int, None] = {}
        left: dict[str, None] = {}
        for change in changes:
            gone = change.entry if isinstance(change, Dropped) else change.before if isinstance(change, Moved) else None
            if gone is not None and (state := self._drop(gone)) is not None:
                left[state.urn] = None
            if isinstance(change, Put | Moved):
                if (state := self._drop(change.state.entry)) is not None:
                    left[state.urn] = None
                self._put(change.state)
                touched[change.state.entry] = None
        for entry in touched:
            if entry in self._states:
                self._verify(self._states[entry])
        for urn in left:
            if urn not in self._by_urn and self._references[urn] > 0:
                raise BrokenRule(f"{urn} is gone, and another resource refers to it")

    def _verify(self, state: ResourceState) -> None:
        _verify_own(state)
        for urn in sorted(state.needs()):
            if urn not in self._by_urn:
                raise BrokenRule(f"{state.urn} refers to {urn}, which is not there")
        if state.provider:
            reference = ProviderRef.parse(state.provider)
            if not any(each.custom for each in self._by_urn[reference.urn].values()):
                raise BrokenRule(f"{state.urn} names {reference.urn} as its provider, which is none")
        if sum(not each.delete for each in self._by_urn[state.urn].values()) > 1:
            raise _twice(state)

    def _put(self, state: ResourceState) -> None:
        self._states[state.entry] = state
        self._by_urn.setdefault(state.urn, {})[state.entry] = state
        self._references.update(state.needs())

    def _drop(self, entry: int) -> ResourceState | None:
        state = self._states.pop(entry, None)
        if state is not None:
            self._references.subtract(state.needs())
            standing = self._by_urn[state.urn]
            del standing[entry]
            if not standing:
                del self._by_urn[state.urn]
        return state
