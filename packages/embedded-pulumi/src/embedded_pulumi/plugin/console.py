"""Messages to the user, which the engine shows among those of the deployment."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from embedded_pulumi.plugin.endpoint import is_loopback

_TIMEOUT_SECONDS = 5.0
_NO_PROXY = [("grpc.enable_http_proxy", 0)]


class Console:
    """The engine's log. Without an engine, messages are dropped."""

    def __init__(self) -> None:
        self._engine: Any = None

    def connect(self, address: str) -> None:
        """Log to the engine at `host:port` from now on. An engine on another machine is ignored."""
        if is_loopback(address.rpartition(":")[0].strip("[]")):
            self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address, options=_NO_PROXY))

    def info(self, message: str) -> None:
        """Log a message to the user."""
        self._log(engine_pb2.INFO, message)

    def debug(self, message: str) -> None:
        """Log a message for debugging (`pulumi --debug`)."""
        self._log(engine_pb2.DEBUG, message)

    def _log(self, severity: engine_pb2.LogSeverity.ValueType, message: str) -> None:
        if self._engine is None:
            return
        with suppress(grpc.RpcError):  # the engine has ended
            self._engine.Log(engine_pb2.LogRequest(severity=severity, message=message), timeout=_TIMEOUT_SECONDS)
