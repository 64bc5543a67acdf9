"""Which resources fall with one that must be deleted before it can be replaced.

Source: calculateDependentReplacements in pulumi/pkg/resource/deploy/step_generator.go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.provider_registry import Providers
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import ProviderRef
from embedded_pulumi.values import UNKNOWN


@dataclass(frozen=True)
class Collateral:
    """What goes with a resource that is deleted.

    Attributes:
        falling: Entries that have to be deleted before it, dependencies first: delete them from the end.
        unsettled: Entries that needed it and that the program has come to, but which are being changed at this moment:
            only when that is done is it known what falls.
    """

    falling: tuple[ResourceState, ...]
    unsettled: frozenset[int]


def collateral_of(
    root: ResourceState,
    olds: Sequence[ResourceState],
    registered: Collection[int],
    standing: Callable[[ResourceState], ResourceState | None],
    providers: Providers,
) -> Collateral:
    """What goes with a resource.

    Args:
        root: What is to be deleted.
        olds: What the last deployment left, in order.
        registered: Entries that the program has come to already. They do not depend on `root` any more, or else the
            program would have had to wait for it; but the old copy of one that was replaced does.
        standing: Gives an entry as it is by now, or None if it is gone or has a successor.
        providers: Asked whether a dependent would have to be replaced.
    """
    falling: list[ResourceState] = []
    unsettled: set[int] = set()
    urns = {root.urn}
    for old in olds[_position(root, olds) + 1 :]:
        state = standing(old)
        if state is None:
            continue
        if state.entry in registered and not state.delete:
            unsettled |= {state.entry} if state.needs() & urns else set()
        elif _falls(state, urns, providers):
            falling.append(state)
            urns.add(state.urn)
    return Collateral(tuple(falling), frozenset(unsettled))


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
    return bool(provider_calls.diff(provider, state, inputs).replaces)
