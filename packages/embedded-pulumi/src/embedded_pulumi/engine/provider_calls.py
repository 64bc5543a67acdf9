"""Calls of a provider with resource states: secrets are unwrapped for the call, and wrapped again in the answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from embedded_pulumi.engine.properties import compare, keep_secret
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import Urn
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.paths import PathError, parse, reset
from embedded_pulumi.provider import (
    Autonaming,
    CheckRequest,
    ConfiguredProvider,
    Diff,
    DiffKind,
    DiffRequest,
    InitFailed,
    UpdateRequest,
    allowing,
)
from embedded_pulumi.values import Properties
from embedded_pulumi.wire.plain import plain


def check(
    provider: ConfiguredProvider,
    state: ResourceState,
    olds: Properties,
    news: Properties,
    seed: bytes,
    *,
    autonaming: Autonaming | None,
) -> Properties:
    """The checked and completed inputs.

    Raises:
        ResourceFailed: the provider does not accept them.
        ProviderError: the provider could not check them.
    """
    name = Urn.parse(state.urn).name
    checked = provider.check(CheckRequest(state.type, name, plain(olds), plain(news), seed, autonaming))
    if checked.failures:
        reasons = (f"{each.property}: {each.reason}" if each.property else each.reason for each in checked.failures)
        raise ResourceFailed(state.urn, "check", "; ".join(reasons))
    return keep_secret(checked.inputs, news)


def ignore_changes(ignored: Sequence[str], olds: Properties, news: Properties) -> tuple[Properties, tuple[str, ...]]:
    """Undo the changes that `ignoreChanges` names.

    Returns:
        The new inputs with the old values; and the paths of which some element was added or removed.
    """
    incomplete = []
    for text in ignored:
        with suppress(PathError):  # as the CLI's engine: no error, because the program may be older than its resources
            news, complete = reset(parse(text), olds, news)
            incomplete += [] if complete else [text]
    return news, tuple(incomplete)


def diff(provider: ConfiguredProvider, old: ResourceState, news: Properties, ignored: Sequence[str] = ()) -> Diff:
    """How checked inputs differ from the old state, but for the paths in `ignored`."""
    return provider.diff(
        DiffRequest(old.type, old.id, plain(old.inputs), plain(old.outputs), plain(news), tuple(ignored))
    )


def create(provider: ConfiguredProvider, new: ResourceState, token: str, *, preview: bool) -> ResourceState:
    """Create a resource; returns it with its id and outputs. Raises as `ConfiguredProvider.create`."""
    with allowing(new.custom_timeouts.create):
        created = provider.create(new.type, plain(new.inputs), token, preview=preview)
    return with_outputs(replace(new, id=created.id), created.outputs)


def resume(provider: ConfiguredProvider, new: ResourceState, token: str, *, preview: bool) -> ResourceState | None:
    """The resource that an interrupted create made, or None if it made none; raises as `ConfiguredProvider.create`."""
    with allowing(new.custom_timeouts.create):
        created = provider.resume(new.type, plain(new.inputs), token, preview=preview)
    return None if created is None else with_outputs(replace(new, id=created.id), created.outputs)


def update(provider: ConfiguredProvider, old: ResourceState, new: ResourceState, *, preview: bool) -> ResourceState:
    """Update a resource; returns it with its new outputs. Raises as `ConfiguredProvider.update`."""
    states = (plain(old.inputs), plain(old.outputs), plain(new.inputs))
    with allowing(new.custom_timeouts.update):
        outputs = provider.update(UpdateRequest(new.type, old.id, *states, new.ignore_changes, preview=preview))
    return with_outputs(replace(new, id=old.id), outputs)


def delete(provider: ConfiguredProvider, old: ResourceState) -> None:
    """Delete a resource; raises as `ConfiguredProvider.delete`."""
    with allowing(old.custom_timeouts.delete):
        provider.delete(old.type, old.id, plain(old.inputs), plain(old.outputs))


def read(provider: ConfiguredProvider, state: ResourceState) -> ResourceState | None:
    """The resource as the provider reads it, or None if it does not exist; raises as `ConfiguredProvider.read`."""
    found = provider.read(state.type, state.id, plain(state.inputs), plain(state.outputs))
    if found is None:
        return None
    inputs = keep_secret(found.inputs, state.inputs)
    seen = with_outputs(replace(state, id=found.id), found.outputs)
    return replace(seen, inputs=inputs, outputs=keep_secret(seen.outputs, state.outputs))


def with_outputs(state: ResourceState, outputs: Properties) -> ResourceState:
    """The state with a provider's outputs. An output is secret if its input is, or if the program says so."""
    return replace(state, outputs=keep_secret(outputs, state.inputs, state.additional_secret_outputs))


def with_init_errors(state: ResourceState, failure: InitFailed) -> ResourceState:
    """The state of a resource whose initialization failed: the next deployment updates it."""
    created = with_outputs(replace(state, id=failure.id), failure.outputs)
    return replace(created, init_errors=tuple(failure.reasons))


def drift(provider: ConfiguredProvider, before: ResourceState, after: ResourceState) -> Diff:
    """How a refreshed resource differs from its inputs. Outputs that no input sets do not count.

    This is the inverse of the changes that the next update would make. For an external resource every output counts
    (pulumi/pkg/resource/deploy/step.go, RefreshStep).

    Raises:
        ProviderError: the provider could not compare them.
    """
    if before.external:
        return Diff(compare(before.outputs, after.outputs))
    inputs, _ = ignore_changes(before.ignore_changes, after.inputs, before.inputs)
    undone = diff(provider, after, inputs, before.ignore_changes).detailed
    return Diff({path: _INVERSE.get(kind, kind) for path, kind in undone.items()})


_INVERSE = {
    DiffKind.ADD: DiffKind.DELETE,
    DiffKind.ADD_REPLACE: DiffKind.DELETE_REPLACE,
    DiffKind.DELETE: DiffKind.ADD,
    DiffKind.DELETE_REPLACE: DiffKind.ADD_REPLACE,
}
