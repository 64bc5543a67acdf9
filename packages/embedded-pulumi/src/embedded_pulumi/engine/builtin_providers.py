"""The built-in provider, which manages provider resources; and the one for a provider that is not configured yet."""
# ruff: noqa: ARG002, D102 - both implement the whole protocol of ConfiguredProvider, where its methods are described

from __future__ import annotations

import uuid

from embedded_pulumi.engine.properties import compare
from embedded_pulumi.provider import (
    VERSION_INPUT,
    Checked,
    CheckRequest,
    Created,
    Diff,
    DiffRequest,
    Invoked,
    Provider,
    ProviderError,
    ReadResult,
    UpdateRequest,
    settings_of,
)
from embedded_pulumi.values import UNKNOWN, Properties


class UnknownResult(Exception):
    """In a preview, the result of a data source is unknown: it needs a resource that does not exist yet."""


def _version_of(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name == VERSION_INPUT}


class BuiltinProvider:
    """Manages the provider resources of a package, which checks and compares their inputs."""

    def __init__(self, package: Provider) -> None:
        self._package = package

    def check(self, request: CheckRequest) -> Checked:
        checked = self._package.check_config(settings_of(request.news))
        return Checked({**checked.inputs, **_version_of(request.news)}, checked.failures)

    def diff(self, request: DiffRequest) -> Diff:
        """The package's diff, and the change of the version."""
        diff = self._package.diff_config(settings_of(request.old_inputs), settings_of(request.news))
        version = compare(_version_of(request.old_inputs), _version_of(request.news))
        return Diff({**diff.detailed, **version}, diff.delete_before_replace)

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        return Created("" if preview else str(uuid.uuid4()), inputs)

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        """A provider resource exists only in the state."""

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        raise ProviderError("a provider resource cannot be read or imported")

    def update(self, request: UpdateRequest) -> Properties:
        return request.news

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """A provider resource exists only in the state."""

    def invoke(self, token: str, args: Properties) -> Invoked:
        raise ProviderError(f"{token} is no function")


class UnconfiguredProvider:
    """In a preview, a provider whose inputs are not known yet: its outputs are unknown."""

    def check(self, request: CheckRequest) -> Checked:
        return Checked(request.news)

    def diff(self, request: DiffRequest) -> Diff:
        return Diff(compare(request.old_inputs, request.news))

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        return Created("", inputs)

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        raise ProviderError("the provider's settings are not known")

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        return ReadResult(id_, dict.fromkeys(outputs, UNKNOWN), inputs)

    def update(self, request: UpdateRequest) -> Properties:
        return {**dict.fromkeys(request.old_outputs, UNKNOWN), **request.news}

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        raise ProviderError("the provider's settings are not known")

    def invoke(self, token: str, args: Properties) -> Invoked:
        raise UnknownResult
