"""The provider's part in a resource's life: secrets are taken off what it is asked, and put back on what it answers."""

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


def create(provider: ConfiguredProvider, new: ResourceState, token: str, *, preview: bool) -> ResourceState:
    """The resource with the id and outputs that it was given; raises as `ConfiguredProvider.create`."""
    with allowing(new.custom_timeouts.create):
        created = provider.create(new.type, plain(new.inputs), token, preview=preview)
    return with_outputs(replace(new, id=created.id), created.outputs)


def resume(provider: ConfiguredProvider, new: ResourceState, token: str, *, preview: bool) -> ResourceState | None:
    """The resource if a creation that was cut off had made it, or None; raises as `ConfiguredProvider.create`."""
    with allowing(new.custom_timeouts.create):
        created = provider.resume(new.type, plain(new.inputs), token, preview=preview)
    return None if created is None else with_outputs(replace(new, id=created.id), created.outputs)


def update(provider: ConfiguredProvider, old: ResourceState, new: ResourceState, *, preview: bool) -> ResourceState:
    """The resource with the outputs that it has now; raises as `ConfiguredProvider.update`."""
    olds, news = (plain(old.inputs), plain(old.outputs)), plain(new.inputs)
    with allowing(new.custom_timeouts.update):
        outputs = provider.update(new.type, old.id, *olds, news, preview=preview)
    return with_outputs(replace(new, id=old.id), outputs)


def delete(provider: ConfiguredProvider, old: ResourceState) -> None:
    """Delete it; raises as `ConfiguredProvider.delete`."""
    with allowing(old.custom_timeouts.delete):
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


def with_init_errors(state: ResourceState, failure: InitFailed) -> ResourceState:
    """The resource that exists and is not whole: recorded with the reasons, and updated next time."""
    made = with_outputs(replace(state, id=failure.id), failure.outputs)
    return replace(made, init_errors=tuple(failure.reasons))


def drift(provider: ConfiguredProvider, before: ResourceState, after: ResourceState) -> Diff:
    """How a resource read anew differs from what was wished for it; outputs that nobody set may differ unheeded.

    It is what the next deployment would undo, told the other way round; of a resource that is only read, whatever
    differs counts (pulumi/pkg/resource/deploy/step.go, RefreshStep).

    Raises:
        ProviderError: the two could not be compared.
    """
    if before.external:
        return Diff(compare(before.outputs, after.outputs))
    wished = before.inputs
    for path in before.ignore_changes:
        with suppress(PathError):  # what is not there any more cannot be ignored, and is told
            wished = reset(path, after.inputs, wished)
    undoing = diff(provider, after, wished).detailed
    return Diff({path: _INVERSE.get(kind, kind) for path, kind in undoing.items()})


_INVERSE = {
    DiffKind.ADD: DiffKind.DELETE,
    DiffKind.ADD_REPLACE: DiffKind.DELETE_REPLACE,
    DiffKind.DELETE: DiffKind.ADD,
    DiffKind.DELETE_REPLACE: DiffKind.ADD_REPLACE,
}
