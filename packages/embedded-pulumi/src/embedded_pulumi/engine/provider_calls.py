"""Calls of a provider with resource states: secrets are unwrapped for the call, and wrapped again in the answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from embedded_pulumi.engine.paths import PathError, reset
from embedded_pulumi.engine.properties import compare, keep_secret
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import Urn
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.provider import ConfiguredProvider, Diff, DiffKind, InitFailed, allowing
from embedded_pulumi.values import Properties
from embedded_pulumi.wire.plain import plain


def check(
    provider: ConfiguredProvider,
    state: ResourceState,
    olds: Properties,
    news: Properties,
    seed: bytes,
) -> Properties:
    """The checked and completed inputs.

    Raises:
        ResourceFailed: the provider does not accept them.
        ProviderError: the provider could not check them.
    """
    checked = provider.check(state.type, Urn.parse(state.urn).name, plain(olds), plain(news), seed)
    if checked.failures:
        reasons = (f"{failure.property}: {failure.reason}" for failure in checked.failures)
        raise ResourceFailed(state.urn, "check", "; ".join(reasons))
    return keep_secret(checked.inputs, news)


def diff(provider: ConfiguredProvider, old: ResourceState, news: Properties) -> Diff:
    """How checked inputs differ from the old state."""
    return provider.diff(old.type, old.id, plain(old.inputs), plain(old.outputs), plain(news))


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
    olds, news = (plain(old.inputs), plain(old.outputs)), plain(new.inputs)
    with allowing(new.custom_timeouts.update):
        outputs = provider.update(new.type, old.id, *olds, news, preview=preview)
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
    inputs = before.inputs
    for path in before.ignore_changes:
        with suppress(PathError):  # the property is gone, and that is a difference to tell
            inputs = reset(path, after.inputs, inputs)
    undone = diff(provider, after, inputs).detailed
    return Diff({path: _INVERSE.get(kind, kind) for path, kind in undone.items()})


_INVERSE = {
    DiffKind.ADD: DiffKind.DELETE,
    DiffKind.ADD_REPLACE: DiffKind.DELETE_REPLACE,
    DiffKind.DELETE: DiffKind.ADD,
    DiffKind.DELETE_REPLACE: DiffKind.ADD_REPLACE,
}
