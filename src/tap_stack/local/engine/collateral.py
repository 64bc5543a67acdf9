"""Which resources fall with one that must be deleted before it can be replaced.

Source: calculateDependentReplacements in pulumi/pkg/resource/deploy/step_generator.go.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tap_stack.local.engine import lifecycle
from tap_stack.local.engine.providers import Providers
from tap_stack.local.engine.resource import ResourceState
from tap_stack.local.engine.urn import ProviderRef
from tap_stack.local.values import UNKNOWN


def falling_with(
    root: ResourceState,
    olds: Sequence[ResourceState],
    registered: Collection[int],
    providers: Providers,
) -> list[ResourceState]:
    """The entries that have to be deleted before `root`, dependencies first: delete them from the end.

    Args:
        root: What is to be deleted.
        olds: What the last deployment left, in order.
        registered: Entries that the program has come to already. They cannot depend on `root` any more, or else the
            program would have had to wait for it.
        providers: Asked whether a dependent would have to be replaced.
    """
    falling: list[ResourceState] = []
    urns = {root.urn}
    for state in olds[_position(root, olds) + 1 :]:
        if state.entry in registered or not _falls(state, urns, providers):
            continue
        falling.append(state)
        urns.add(state.urn)
    return falling


def _position(root: ResourceState, olds: Sequence[ResourceState]) -> int:
    # What was imported a moment ago is not among the old ones, and nothing depends on it.
    return next((index for index, state in enumerate(olds) if state.entry == root.entry), len(olds))


def _falls(state: ResourceState, urns: set[str], providers: Providers) -> bool:
    if not state.custom or state.external or state.pending_replacement:
        return False
    if state.delete:
        # A leftover that goes anyway: before what it needs, hence now.
        return bool(state.needs() & urns)
    if state.provider and ProviderRef.parse(state.provider).urn in urns:
        return True
    return _would_be_replaced(state, urns, providers)


def _would_be_replaced(state: ResourceState, urns: set[str], providers: Providers) -> bool:
    """Whether not knowing the properties that come from falling resources would replace this one."""
    doubtful = {name for name, needs in state.property_dependencies.items() if urns.intersection(needs)}
    inputs = {name: UNKNOWN if name in doubtful else value for name, value in state.inputs.items()}
    if not doubtful & state.inputs.keys():
        return False
    provider = providers.serving(state.type, state.provider)
    return bool(lifecycle.diff(provider, state, inputs).replaces)
