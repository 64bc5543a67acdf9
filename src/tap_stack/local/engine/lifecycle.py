"""The provider's part in a resource's life: secrets are taken off what it is asked, and put back on what it answers."""

from __future__ import annotations

from dataclasses import replace

from tap_stack.errors import ResourceFailed
from tap_stack.local.engine.properties import compare, keep_secret
from tap_stack.local.engine.resource import ResourceState
from tap_stack.local.engine.urn import Urn
from tap_stack.local.plugin import ConfiguredProvider, Diff, InitFailed
from tap_stack.local.values import Properties
from tap_stack.local.wire.plain import plain


def check(
    provider: ConfiguredProvider,
    state: ResourceState,
    olds: Properties,
    news: Properties,
    seed: bytes,
) -> Properties:
    """Inputs checked and completed.

    Raises:
        ResourceFailed: they are not acceptable.
        ProviderError: they could not be checked.
    """
    checked = provider.check(state.type, Urn.parse(state.urn).name, plain(olds), plain(news), seed)
    if checked.failures:
        reasons = (f"{failure.property}: {failure.reason}" for failure in checked.failures)
        raise ResourceFailed(state.urn, "check", "; ".join(reasons))
    return keep_secret(checked.inputs, news)


def diff(provider: ConfiguredProvider, old: ResourceState, news: Properties) -> Diff:
    """How checked inputs differ from what stands."""
    return provider.diff(old.type, old.id, plain(old.inputs), plain(old.outputs), plain(news))


def create(provider: ConfiguredProvider, new: ResourceState, *, preview: bool) -> ResourceState:
    """The resource with the id and outputs that it was given; raises as `ConfiguredProvider.create`."""
    created = provider.create(new.type, plain(new.inputs), preview=preview)
    return with_outputs(replace(new, id=created.id), created.outputs)


def update(provider: ConfiguredProvider, old: ResourceState, new: ResourceState, *, preview: bool) -> ResourceState:
    """The resource with the outputs that it has now; raises as `ConfiguredProvider.update`."""
    outputs = provider.update(
        new.type,
        old.id,
        plain(old.inputs),
        plain(old.outputs),
        plain(new.inputs),
        preview=preview,
    )
    return with_outputs(replace(new, id=old.id), outputs)


def delete(provider: ConfiguredProvider, old: ResourceState) -> None:
    """Delete it; raises as `ConfiguredProvider.delete`."""
    provider.delete(old.type, old.id, plain(old.inputs), plain(old.outputs))


def read(provider: ConfiguredProvider, state: ResourceState) -> ResourceState | None:
    """The resource as it is, or None if it is gone; raises as `ConfiguredProvider.read`."""
    found = provider.read(state.type, state.id, plain(state.inputs), plain(state.outputs))
    if found is None:
        return None
    inputs = keep_secret(found.inputs, state.inputs)
    seen = with_outputs(replace(state, id=found.id), found.outputs)
    return replace(seen, inputs=inputs, outputs=keep_secret(seen.outputs, state.outputs))


def with_outputs(state: ResourceState, outputs: Properties) -> ResourceState:
    """The resource with a provider's outputs, secret where its inputs are or the program says so."""
    return replace(state, outputs=keep_secret(outputs, state.inputs, state.additional_secret_outputs))


def half_made(state: ResourceState, failure: InitFailed) -> ResourceState:
    """The resource that exists and is not whole: recorded with the reasons, and updated next time."""
    made = with_outputs(replace(state, id=failure.id), failure.outputs)
    return replace(made, init_errors=tuple(failure.reasons))


def drift(before: ResourceState, after: ResourceState) -> Diff:
    """How a resource read anew differs from what was recorded."""
    return Diff({**compare(before.inputs, after.inputs), **compare(before.outputs, after.outputs)})
