"""Packages that nobody here provides, such as `random`: their resources are noted, or refused by name."""
# ruff: noqa: ARG002, D102 - both implement a protocol, where its methods are described

from __future__ import annotations

from collections.abc import Mapping

from embedded_pulumi import noted
from embedded_pulumi.provider import (
    Checked,
    CheckRequest,
    Created,
    Diff,
    DiffRequest,
    Invoked,
    ProviderError,
    ReadResult,
    UpdateRequest,
)
from embedded_pulumi.values import Properties, Value


class NotedPackage:
    """Any package.

    Args:
        package: Its name.
        notes: Whether new resources are noted. Those that were noted are kept, and deleted, either way.
    """

    version = ""

    def __init__(self, package: str, *, notes: bool) -> None:
        self.package = package
        self._notes = notes

    def supports(self, type_: str) -> bool:
        return self._notes

    def check_config(self, news: Properties) -> Checked:
        return Checked(news)

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        return noted.diff(olds, news)

    def configure(self, inputs: Mapping[str, Value]) -> NotingProvider:
        return NotingProvider(self.package, notes=self._notes)


class NotingProvider:
    """Notes the resources of a package."""

    def __init__(self, package: str, *, notes: bool) -> None:
        self._package = package
        self._notes = notes

    def check(self, request: CheckRequest) -> Checked:
        self._must_note()
        return Checked({name: value for name, value in request.news.items() if value is not None})

    def diff(self, request: DiffRequest) -> Diff:
        return noted.diff(request.old_inputs, request.news)

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        return noted.note(type_, inputs, preview=preview)

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        """Nothing is made, so that nothing was begun."""

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        return noted.read(type_, id_, inputs, outputs)

    def update(self, request: UpdateRequest) -> Properties:
        return noted.updated(request.old_inputs, request.old_outputs, request.news)

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Nothing is there."""

    def invoke(self, token: str, args: Properties) -> Invoked:
        self._must_note()
        return noted.answered(token, args)

    def _must_note(self) -> None:
        if not self._notes:
            raise ProviderError(f"no provider for package {self._package!r}")
