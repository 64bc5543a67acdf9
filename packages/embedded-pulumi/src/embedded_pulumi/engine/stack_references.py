"""The package `pulumi`, whose only resource is the reference to another stack: its outputs.

Source: pulumi/pkg/resource/deploy/builtins.go.
"""
# ruff: noqa: ARG002, D102 - it implements the whole protocol of ConfiguredProvider, where its methods are described

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from embedded_pulumi.engine.properties import compare, has_secret
from embedded_pulumi.provider import (
    Checked,
    CheckFailure,
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

STACK_REFERENCE = "pulumi:pulumi:StackReference"
READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"

StackOutputs: TypeAlias = Callable[[str], Properties]
"""The outputs of the stack with a name such as `organization/project/stack`; raises ProviderError if there is none."""


def no_other_stacks(name: str) -> Properties:
    """Know no other stack."""
    raise ProviderError(f"unknown stack {name!r}: this deployment knows no other stack")


class PulumiPackage:
    """The package."""

    package = "pulumi"
    version = ""

    def __init__(self, stack_outputs: StackOutputs) -> None:
        self._stack_outputs = stack_outputs

    def supports(self, type_: str) -> bool:
        return type_ == STACK_REFERENCE

    def check_config(self, news: Properties) -> Checked:
        return Checked(news)

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        return Diff(compare(olds, news))

    def configure(self, inputs: Mapping[str, Value]) -> StackReferences:
        return StackReferences(self._stack_outputs)


class StackReferences:
    """Reads the outputs of other stacks. It never changes them."""

    def __init__(self, stack_outputs: StackOutputs) -> None:
        self._stack_outputs = stack_outputs

    def check(self, request: CheckRequest) -> Checked:
        if request.type != STACK_REFERENCE:
            return Checked(
                request.news, (CheckFailure("", f"resource type {request.type!r} is not supported by this engine"),)
            )
        failures = () if isinstance(request.news.get("name"), str) else (CheckFailure("name", "is required"),)
        return Checked(request.news, failures)

    def diff(self, request: DiffRequest) -> Diff:
        return Diff(compare(request.old_inputs, request.news))

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        return Created(inputs["name"], self._read(inputs["name"]))

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        return self.create(type_, inputs, token, preview=preview)

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        if type_ != STACK_REFERENCE:
            raise ProviderError(f"resource type {type_!r} is not supported by this engine")
        return ReadResult(id_, self._read(str(inputs.get("name") or id_)), inputs)

    def update(self, request: UpdateRequest) -> Properties:
        return self._read(request.news["name"])

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """There is nothing but the entry in the state."""

    def invoke(self, token: str, args: Properties) -> Invoked:
        if token != READ_OUTPUTS:
            raise ProviderError(f"the function {token!r} is not supported by this engine")
        return Invoked(self._read(args["name"]))

    def _read(self, name: str) -> Properties:
        outputs = self._stack_outputs(name)
        secret = sorted(key for key, value in outputs.items() if has_secret(value))
        return {"name": name, "outputs": outputs, "secretOutputNames": secret}
