"""Calls of functions that a program has handed over: transforms and hooks.

Source: pulumi/proto/pulumi/callback.proto.
"""

from __future__ import annotations

import threading
from typing import Any

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc

from embedded_pulumi.wire.channel import OPTIONS


class CallbackFailed(Exception):
    """The program's function failed; `str()` of it is the reason."""


class Callbacks:
    """Calls a program's functions at the address that the program serves them. Safe to call from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stubs: dict[str, Any] = {}

    def call(self, callback: Any, request: Any, answer_type: Any) -> Any:
        """Call a function.

        Args:
            callback: The Callback message that names it.
            request: The message that it takes.
            answer_type: The class of the message that it returns.

        Raises:
            CallbackFailed: it raised an exception, or the program does not serve it any more.
        """
        with self._lock:
            if callback.target not in self._stubs:
                channel = grpc.insecure_channel(callback.target, options=OPTIONS)
                self._stubs[callback.target] = callback_pb2_grpc.CallbacksStub(channel)
            stub = self._stubs[callback.target]
        asked = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        try:
            return answer_type.FromString(stub.Invoke(asked).response)
        except grpc.RpcError as error:
            raise CallbackFailed(str(error.details()).strip()) from error
