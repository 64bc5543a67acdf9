"""The package `pulumi-python`: dynamic providers, which a program defines itself.

The SDK serves them: `python -m pulumi.dynamic` speaks the protocol of a provider plugin. It gets the provider's code
with each resource, in the secret input `__provider`.
"""
# ruff: noqa: ARG002, D102 - both implement whole protocols, whose methods are described in embedded_pulumi.provider

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2

from embedded_pulumi import wire
from embedded_pulumi.engine.program import passed_on
from embedded_pulumi.engine.properties import compare
from embedded_pulumi.engine.provider_process import ProviderProcess
from embedded_pulumi.engine.virtualenv import activated, interpreter
from embedded_pulumi.paths import parse
from embedded_pulumi.provider import (
    CannotResume,
    Checked,
    CheckFailure,
    CheckRequest,
    Created,
    Diff,
    DiffKind,
    DiffRequest,
    Invoked,
    OutcomeUnknown,
    ProviderError,
    ReadResult,
    UpdateRequest,
)
from embedded_pulumi.values import Properties, Value
from embedded_pulumi.wire.plain import plain

PACKAGE = "pulumi-python"


class DynamicPackage:
    """The package. Its process starts when the first resource needs it.

    Args:
        project: The project's name.
        folder: Where the program runs; its modules are found there.
        config: The stack's configuration, which providers may read.
        environ: The program's environment variables, beside those that every program gets.
    """

    package = PACKAGE
    version = ""

    def __init__(self, project: str, folder: Path, config: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._config = dict(config)
        self._environ = {**activated(passed_on(), None), **environ, "PULUMI_PROJECT": project}
        self._lock = threading.Lock()
        self._process: ProviderProcess | None = None
        self._provider: DynamicProvider | None = None

    def supports(self, type_: str) -> bool:
        return True

    def check_config(self, news: Properties) -> Checked:
        return Checked(news)

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        return Diff()

    def configure(self, inputs: Mapping[str, Value]) -> DynamicProvider:
        with self._lock:
            if self._provider is None:
                self._provider = self._start()
            return self._provider

    def _start(self) -> DynamicProvider:
        command = [interpreter(self._environ), "-u", "-m", "pulumi.dynamic"]
        self._process = ProviderProcess(command, self._folder, self._environ, "the process for dynamic providers")
        provider = DynamicProvider(self._process.stub)
        provider.configure(self._config)
        return provider

    def close(self) -> None:
        """End the process, if it has been started."""
        if self._process is not None:
            self._process.close()


class DynamicProvider:
    """Calls the process. Safe to call from many threads.

    Args:
        stub: The client of the process.
    """

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def configure(self, config: Mapping[str, str]) -> None:
        """Let providers read the stack's configuration."""
        self._call(self._stub.Configure, provider_pb2.ConfigureRequest(args=wire.encode(dict(config))))

    def check(self, request: CheckRequest) -> Checked:
        asked = provider_pb2.CheckRequest(olds=wire.encode(request.olds), news=wire.encode(request.news))
        answer = self._call(self._stub.Check, asked)
        failures = tuple(CheckFailure(each.property, each.reason) for each in answer.failures)
        return Checked(_properties(answer.inputs), failures)

    def diff(self, request: DiffRequest) -> Diff:
        """A dynamic provider says whether something changes, and what it replaces; what differs is for the engine."""
        asked = provider_pb2.DiffRequest(
            id=request.id, olds=wire.encode(request.old_outputs), news=wire.encode(request.news)
        )
        answer = self._call(self._stub.Diff, asked)
        if answer.changes == provider_pb2.DiffResponse.DIFF_NONE:
            return Diff()
        detailed = compare(request.old_inputs, request.news)
        if answer.changes == provider_pb2.DiffResponse.DIFF_SOME:
            told = {_property_of(path) for path in detailed}
            detailed |= {each: DiffKind.UPDATE for each in answer.replaces if each not in told}
            detailed = detailed or {"": DiffKind.UPDATE}  # something that no input shows
        replaces = [path for path in detailed if _property_of(path) in answer.replaces]
        replaced = {path: detailed[path].as_replacement for path in replaces}
        return Diff(detailed | replaced, delete_before_replace=answer.deleteBeforeReplace)

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        """In a preview a dynamic provider is not asked: the inputs stand for the outputs."""
        if preview:
            return Created("", inputs)
        answer = self._call(self._stub.Create, provider_pb2.CreateRequest(properties=wire.encode(inputs)))
        return Created(answer.id, _properties(answer.properties))

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        raise CannotResume("a dynamic provider cannot look for a resource")

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        asked = provider_pb2.ReadRequest(id=id_, inputs=wire.encode(inputs), properties=wire.encode(outputs))
        answer = self._call(self._stub.Read, asked)
        if not answer.id:
            return None
        read_inputs = _properties(answer.inputs) if answer.HasField("inputs") else inputs
        return ReadResult(answer.id, _properties(answer.properties), read_inputs)

    def update(self, request: UpdateRequest) -> Properties:
        if request.preview:
            return request.news
        asked = provider_pb2.UpdateRequest(
            id=request.id, olds=wire.encode(request.old_outputs), news=wire.encode(request.news)
        )
        return _properties(self._call(self._stub.Update, asked).properties)

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        self._call(self._stub.Delete, provider_pb2.DeleteRequest(id=id_, properties=wire.encode(outputs)))

    def invoke(self, token: str, args: Properties) -> Invoked:
        raise ProviderError(f"dynamic providers have no functions, so none called {token!r}")

    def _call(self, method: Callable[[Any], Any], request: Any) -> Any:
        try:
            return method(request)
        except grpc.RpcError as error:
            details = str(error.details()).strip()
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                raise OutcomeUnknown(f"the process for dynamic providers has ended: {details}") from error
            raise ProviderError(details) from error


def _property_of(path: str) -> str:
    return str(parse(path)[0]) if path else ""


def _properties(message: Any) -> Properties:
    return plain(wire.decode(message))
