"""Dependent replacements: which resources to delete first, when a resource is deleted before it is replaced.

Source: calculateDependentReplacements in pulumi/pkg/resource/deploy/step_generator.go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.provider_registry import ProviderRegistry
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.resource_diff import ResourceDiff
from embedded_pulumi.engine.urn import ProviderRef
from embedded_pulumi.values import UNKNOWN


@dataclass(frozen=True)
class DependentReplacements:
    """What to delete before a resource.

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
    """The resources to delete before `root`, because they depend on it and cannot be updated in place.

    Args:
        root: The resource to delete.
        olds: The states that the last deployment left, in order.
        registered: Entries that the program has registered already. They do not depend on `root` any more, or else the
            program would wait for it. But if one was replaced, its old state still does.
        current: The present state of an entry, or None if it is deleted or has a successor.
        providers: Tell whether a dependent would have to be replaced.
    """
    deletes: list[ResourceState] = []
    in_progress: set[int] = set()
    urns = {root.urn}
    # A resource that was imported in this deployment has no old state, and nothing depends on it.
    position = next((index for index, state in enumerate(olds) if state.entry == root.entry), len(olds))
    for old in olds[position + 1 :]:
        state = current(old)
        if state is None:
            continue
        if state.entry in registered and not state.delete:
            in_progress |= {state.entry} if state.needs() & urns else set()
        elif _must_be_deleted(state, urns, providers):
            deletes.append(state)
            urns.add(state.urn)
    return DependentReplacements(tuple(deletes), frozenset(in_progress))


def _must_be_deleted(state: ResourceState, urns: set[str], providers: ProviderRegistry) -> bool:
    if not state.custom or state.external or state.pending_replacement:
        return False
    if state.delete:
        # It waits for its deletion anyway, and must be deleted before the resources that it depends on.
        return bool(state.needs() & urns)
    if state.provider and ProviderRef.parse(state.provider).urn in urns:
        return True
    if state.deleted_with in urns:
        return True
    return _would_be_replaced(state, urns, providers)


def _would_be_replaced(state: ResourceState, urns: set[str], providers: ProviderRegistry) -> bool:
    """Whether this resource would be replaced if the properties that come from `urns` are unknown."""
    unknown = {name for name, needs in state.property_dependencies.items() if urns.intersection(needs)}
    inputs = {name: UNKNOWN if name in unknown else value for name, value in state.inputs.items()}
    if not unknown & state.inputs.keys():
        return False
    provider = providers.provider_for(state.type, state.provider)
    diff = ResourceDiff.of(provider_calls.diff(provider, state, inputs, state.ignore_changes))
    return diff.with_replace_on_changes(state.replace_on_changes).replace
