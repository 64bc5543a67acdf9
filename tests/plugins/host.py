"""The engine's side of the wire: starts the executable and calls it as the Pulumi CLI does.

What is known of that: secrets and references are taken off, unknowns are sentinels and only kept in preview, and an
asset whose content the provider need not see is told by its hash alone (pulumi/pkg/resource/plugin/provider_plugin.go).
"""

from __future__ import annotations

import select
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from embedded_pulumi import wire
from embedded_pulumi.provider import (
    Autonaming,
    Checked,
    CheckFailure,
    CheckRequest,
    Created,
    Diff,
    DiffKind,
    DiffRequest,
    InitFailed,
    Invoked,
    ProviderError,
    ReadResult,
    UpdateRequest,
)
from embedded_pulumi.values import Archive, Asset, Properties, Value
from embedded_pulumi.wire.signatures import UNKNOWN

SEED = bytes(range(32))
READY_SECONDS = 10.0
END_SECONDS = 5.0
OPTIONS = [
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.absolute_max_metadata_size", 1024 * 1024),  # a half-made resource comes in the trailing metadata
    ("grpc.enable_http_proxy", 0),
]
KINDS = {number: kind for kind, number in zip(DiffKind, range(6), strict=True)}


class EngineLog(engine_pb2_grpc.EngineServicer):
    """The engine's Log, which a plugin may call."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's own name
        del context
        self.messages.append(request.message)
        return empty_pb2.Empty()


@contextmanager
def engine() -> Iterator[tuple[str, EngineLog]]:
    """An engine's address, and what it is told."""
    log = EngineLog()
    server = grpc.server(ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}", log
    finally:
        server.stop(None).wait()


@dataclass
class Plugin:
    """The executable as a child process, and a connection to it."""

    process: subprocess.Popen[str]
    port: int
    channel: Any = field(init=False)
    rpc: Any = field(init=False)

    def __post_init__(self) -> None:
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=OPTIONS)
        self.rpc = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def handshake(self, address: str) -> Any:
        return self.rpc.Handshake(
            provider_pb2.ProviderHandshakeRequest(engine_address=address, configure_with_urn=True),
            timeout=READY_SECONDS,
            wait_for_ready=True,
        )

    def attach(self, address: str) -> Any:
        return self.rpc.Attach(plugin_pb2.PluginAttach(address=address))

    def cancel(self) -> None:
        self.rpc.Cancel(empty_pb2.Empty())

    def wait(self) -> int:
        return self.process.wait(END_SECONDS)

    def close(self) -> None:
        """As the engine: SIGINT, then SIGKILL."""
        self.channel.close()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise


@contextmanager
def running(
    executable: Path, environ: Mapping[str, str], *arguments: str, folder: Path | None = None
) -> Iterator[Plugin]:
    """The executable, from its port line to its end."""
    process = subprocess.Popen(
        [executable, *arguments],
        env=dict(environ),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        plugin = Plugin(process, _port(process))
    except BaseException:
        process.kill()
        process.communicate()
        raise
    try:
        yield plugin
    finally:
        plugin.close()


def _port(process: subprocess.Popen[str]) -> int:
    """The first line is a port in decimal, and nothing else stands before it."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], READY_SECONDS)
    line = process.stdout.readline() if ready else ""
    assert line.rstrip("\n").isdecimal(), f"not a port: {line!r}"
    return int(line)


class Refused(ProviderError):
    """A call that ended with another status than OK."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::tap:index:Stack${type_}::{name}"


@contextmanager
def _errors() -> Iterator[None]:
    """Read a status as the engine reads it."""
    try:
        yield
    except grpc.RpcError as error:
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                raise _init_failed(status_pb2.Status.FromString(value)) from error
        raise Refused(error.code(), error.details()) from error


def _init_failed(status: Any) -> InitFailed:
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return InitFailed(detail.id, wire.decode(detail.properties), list(detail.reasons))


def _elided(value: Value) -> Value:
    if isinstance(value, Asset):
        return Asset(hash=value.hash)
    if isinstance(value, Archive):
        return Archive(hash=value.hash)
    if isinstance(value, dict):
        return {key: _elided(item) for key, item in value.items()}
    return [_elided(item) for item in value] if isinstance(value, list) else value


def _told(properties: Properties) -> Any:
    return wire.encode(_elided(properties))


def _known(properties: Properties) -> Properties:
    """The outcome of a real call: the engine refuses any unknown in it."""
    assert UNKNOWN not in repr(wire.encode(properties))
    return properties


class Remote:
    """A plugin as the engine's provider: `plugin.Provider` and, once configured, `plugin.ConfiguredProvider`."""

    package = "aws"

    def __init__(self, plugin: Plugin) -> None:
        self.rpc = plugin.rpc
        self.version = self.rpc.GetPluginInfo(empty_pb2.Empty()).version
        self.calls: list[str] = []
        self._lock = threading.Lock()

    def _call(self, method: str, request: Any) -> Any:
        with self._lock:
            self.calls.append(method)
        with _errors():
            return getattr(self.rpc, method)(request)

    def supports(self, type_: str) -> bool:
        raise NotImplementedError(f"a plugin tells by its schema, and not whether it has {type_}")

    def check_config(self, news: Properties) -> Checked:
        type_ = "pulumi:providers:aws"
        request = provider_pb2.CheckRequest(urn=urn(type_, "aws"), type=type_, name="aws", news=wire.encode(news))
        return _checked(self._call("CheckConfig", request))

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        olds_ = wire.encode(olds)
        return _diff(
            self._call("DiffConfig", provider_pb2.DiffRequest(old_inputs=olds_, olds=olds_, news=wire.encode(news)))
        )

    def configure(self, inputs: Mapping[str, Value]) -> Remote:
        variables = {f"aws:config:{name}": str(value) for name, value in inputs.items()}
        args = wire.encode(dict(inputs))
        self._call(
            "Configure",
            provider_pb2.ConfigureRequest(args=args, variables=variables, acceptSecrets=True, acceptResources=True),
        )
        return self

    def check(self, request: CheckRequest) -> Checked:
        wish = request.autonaming
        asked = provider_pb2.CheckRequest(
            urn=urn(request.type, request.name),
            type=request.type,
            name=request.name,
            olds=wire.encode(request.olds),
            news=wire.encode(request.news),
            randomSeed=request.seed,
            autonaming=None if wish is None else _autonaming(wish),
        )
        return _checked(self._call("Check", asked))

    def diff(self, request: DiffRequest) -> Diff:
        asked = provider_pb2.DiffRequest(
            id=request.id,
            urn=urn(request.type, "x"),
            type=request.type,
            name="x",
            old_inputs=_told(request.old_inputs),
            olds=_told(request.old_outputs),
            news=_told(request.news),
            ignoreChanges=request.ignore_changes,
        )
        return _diff(self._call("Diff", asked))

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        """The protocol has no place for a token."""
        del token
        request = provider_pb2.CreateRequest(
            urn=urn(type_, "x"), type=type_, name="x", properties=wire.encode(inputs), preview=preview
        )
        answer = self._call("Create", request)
        outputs = wire.decode(answer.properties)
        assert preview or answer.id, "an empty id"
        return Created(answer.id, outputs if preview else _known(outputs))

    def resume(self, *asked: Any, preview: bool) -> Created | None:
        raise AssertionError(f"the protocol has no such call: {asked}, {preview}")

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        request = provider_pb2.ReadRequest(
            id=id_, urn=urn(type_, "x"), type=type_, name="x", inputs=_told(inputs), properties=_told(outputs)
        )
        answer = self._call("Read", request)
        if not answer.id:
            return None
        read = (wire.decode(each) for each in (answer.properties, answer.inputs))
        return ReadResult(answer.id, *(_known(_with_content(each, inputs)) for each in read))

    def update(self, request: UpdateRequest) -> Properties:
        asked = provider_pb2.UpdateRequest(
            id=request.id,
            urn=urn(request.type, "x"),
            type=request.type,
            name="x",
            old_inputs=_told(request.old_inputs),
            olds=_told(request.old_outputs),
            news=wire.encode(request.news),
            preview=request.preview,
            ignoreChanges=request.ignore_changes,
        )
        outputs = wire.decode(self._call("Update", asked).properties)
        return outputs if request.preview else _known(outputs)

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        request = provider_pb2.DeleteRequest(
            id=id_, urn=urn(type_, "x"), type=type_, name="x", old_inputs=_told(inputs), properties=_told(outputs)
        )
        self._call("Delete", request)

    def invoke(self, token: str, args: Properties) -> Invoked:
        answer = self._call("Invoke", provider_pb2.InvokeRequest(tok=token, args=wire.encode(args)))
        return Invoked(_known(wire.decode(getattr(answer, "return"))), _failures(answer.failures))


def _autonaming(wish: Autonaming) -> Any:
    options = provider_pb2.CheckRequest.AutonamingOptions
    return options(proposed_name=wish.proposed_name, mode=options.Mode.Value(wish.mode.name))


def _with_content(found: Properties, known: Properties) -> Properties:
    """An echoed asset gets its content back, as in `restoreElidedAssetContents`."""
    whole = {value.hash: value for value in known.values() if isinstance(value, (Asset, Archive))}
    return {
        name: whole.get(value.hash, value) if isinstance(value, (Asset, Archive)) and value.elided else value
        for name, value in found.items()
    }


def _failures(found: Any) -> tuple[CheckFailure, ...]:
    return tuple(CheckFailure(each.property, each.reason) for each in found)


def _checked(answer: Any) -> Checked:
    return Checked(wire.decode(answer.inputs), _failures(answer.failures))


def _diff(answer: Any) -> Diff:
    """A difference must tell the same in each of its forms."""
    assert answer.hasDetailedDiff
    detailed = {path: KINDS[each.kind] for path, each in answer.detailedDiff.items()}
    assert answer.changes == (answer.DIFF_SOME if detailed else answer.DIFF_NONE)
    assert bool(answer.replaces) == any("replace" in kind.value for kind in detailed.values())
    assert set(answer.replaces) <= set(answer.diffs)
    return Diff(detailed, answer.deleteBeforeReplace, tuple(answer.stables))
