"""Which resources fall with one that must be deleted before it can be replaced.

Source: calculateDependentReplacements in pulumi/pkg/resource/deploy/step_generator.go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.provider_registry import ProviderRegistry
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import ProviderRef
from embedded_pulumi.values import UNKNOWN


@dataclass(frozen=True)
class DependentReplacements:
    """What goes with a resource that is deleted.

    Attributes:
        deletes: Entries to delete before it, dependencies first: delete them from the end.
        in_progress: Entries that depended on it, that the program has registered, and whose steps still run. What to
            delete is only known when those steps are done.
    """

    deletes: tuple[ResourceState, ...]
    in_progress: frozenset[int]


def calculate_dependent_replacements(
    root: ResourceState,
    olds: Sequence[ResourceState],
    registered: Collection[int],
    current: Callable[[ResourceState], ResourceState | None],
    providers: ProviderRegistry,
) -> DependentReplacements:
    """What goes with a resource.

    Args:
        root: What is to be deleted.
        olds: What the last deployment left, in order.
        registered: Entries that the program has come to already. They do not depend on `root` any more, or else the
            program would have had to wait for it; but the old copy of one that was replaced does.
        current: Gives an entry as it is by now, or None if it is gone or has a successor.
        providers: Asked whether a dependent would have to be replaced.
    """
    deletes: list[ResourceState] = []
    in_progress: set[int] = set()
    urns = {root.urn}
    for old in olds[_position(root, olds) + 1 :]:
        state = current(old)
        if state is None:
            continue
        if state.entry in registered and not state.delete:
            in_progress |= {state.entry} if state.needs() & urns else set()
        elif _must_be_deleted(state, urns, providers):
            deletes.append(state)
            urns.add(state.urn)
    return DependentReplacements(tuple(deletes), frozenset(in_progress))


def _position(root: ResourceState, olds: Sequence[ResourceState]) -> int:
    # What was imported a moment ago is not among the old ones, and nothing depends on it.
    return next((index for index, state in enumerate(olds) if state.entry == root.entry), len(olds))


def _must_be_deleted(state: ResourceState, urns: set[str], providers: ProviderRegistry) -> bool:
    if not state.custom or state.external or state.pending_replacement:
        return False
    if state.delete:
        # A leftover that goes anyway: before what it needs, hence now.
        return bool(state.needs() & urns)
    if state.provider and ProviderRef.parse(state.provider).urn in urns:
        return True
    return _would_be_replaced(state, urns, providers)


def _would_be_replaced(state: ResourceState, urns: set[str], providers: ProviderRegistry) -> bool:
    """Whether not knowing the properties that come from deletes resources would replace this one."""
    doubtful = {name for name, needs in state.property_dependencies.items() if urns.intersection(needs)}
    inputs = {name: UNKNOWN if name in doubtful else value for name, value in state.inputs.items()}
    if not doubtful & state.inputs.keys():
        return False
    provider = providers.provider_for(state.type, state.provider)
    return bool(provider_calls.diff(provider, state, inputs).replaces)
