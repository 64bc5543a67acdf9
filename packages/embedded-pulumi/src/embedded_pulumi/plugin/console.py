"""What the user is told: the engine shows it among the messages of the deployment."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from embedded_pulumi.plugin.endpoint import is_loopback

_TIMEOUT_SECONDS = 5.0
_NO_PROXY = [("grpc.enable_http_proxy", 0)]


class Console:
    """The engine's log. Until an engine is known, and when it has gone, nothing is said."""

    def __init__(self) -> None:
        self._engine: Any = None

    def connect(self, address: str) -> None:
        """Say it to the engine at `host:port` from now on; one that is not on this machine is not dialled."""
        if is_loopback(address.rpartition(":")[0].strip("[]")):
            self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address, options=_NO_PROXY))

    def info(self, message: str) -> None:
        """Tell the user something."""
        self._log(engine_pb2.INFO, message)

    def debug(self, message: str) -> None:
        """Tell whoever looks for a fault (`pulumi --debug`)."""
        self._log(engine_pb2.DEBUG, message)

    def _log(self, severity: engine_pb2.LogSeverity.ValueType, message: str) -> None:
        if self._engine is None:
            return
        with suppress(grpc.RpcError):  # an engine that has gone misses nothing
            self._engine.Log(engine_pb2.LogRequest(severity=severity, message=message), timeout=_TIMEOUT_SECONDS)
