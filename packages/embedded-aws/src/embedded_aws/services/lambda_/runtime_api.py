"""Lambda's Runtime API: the loopback HTTP server that a function's runtime polls for work and posts its answers to.

Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
"""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import cast

from embedded_aws.peers import OwnUserOnly

API = "/2018-06-01/runtime"
MAX_RESPONSE_BYTES = 6_291_556  # quota "Invocation payload", synchronous response: 6 MB and a little


@dataclass(frozen=True)
class InvocationRequest:
    """One invocation on its way to the handler; `timeout` is in seconds."""

    request_id: str
    function_arn: str
    payload: bytes
    timeout: float
    client_context: str | None = None


@dataclass(frozen=True)
class InvocationResponse:
    """What the runtime posted: the handler's result, or an error with its type."""

    payload: bytes
    error_type: str | None


class RuntimeApi(OwnUserOnly, socketserver.ThreadingTCPServer):
    """The HTTP server that a runtime polls; on loopback, one for each execution environment as on AWS.

    The runtime's side is `next_request`, `answer` and `fail_to_load`, called from the server's threads; the platform's
    side is the rest.
    """

    daemon_threads = True  # one of them waits in `next_request` for as long as the process is idle

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RuntimeApiHandler)
        self._changed = threading.Condition()
        self._polls = 0
        self._offered: InvocationRequest | None = None
        self._current: InvocationRequest | None = None
        self._answer: InvocationResponse | None = None
        self.failed_to_load = False
        self.closed = False
        host, port = cast("tuple[str, int]", self.server_address)
        self.address = f"{host}:{port}"

        def serve() -> None:
            while not self.closed:  # not `serve_forever`, which would look for a shutdown only now and then
                self.handle_request()

        self._accepting = threading.Thread(target=serve, name=f"runtime-api-{port}", daemon=True)
        self._accepting.start()

    def offer(self, request: InvocationRequest) -> None:
        """Hand a request to the runtime as soon as it asks."""
        with self._changed:
            self._offered = self._current = request
            self._changed.notify_all()

    def polled(self) -> bool:
        """Whether the runtime has asked for work, or said that it never will."""
        return self._polls > 0 or self._answer is not None

    def answered(self) -> bool:
        """Whether there is an answer to take."""
        return self._answer is not None

    def take_answer(self) -> InvocationResponse:
        """The answer, once."""
        with self._changed:
            answer, self._answer = self._answer, None
        if answer is None:
            raise RuntimeError("there is no answer to take: wait for `answered` first")
        return answer

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Wait for a change that makes `done` true; False if there was none in time."""
        with self._changed:
            return self._changed.wait_for(done, max(seconds, 0))

    def close(self) -> None:
        """Let nobody wait any more, and stop serving. May be called twice."""
        with self._changed:
            already, self.closed = self.closed, True
            self._changed.notify_all()
        if not already:
            with suppress(OSError):  # a visit, so that `handle_request` returns now
                socket.create_connection(cast("tuple[str, int]", self.server_address)).close()
            self._accepting.join()
            self.server_close()

    def next_request(self) -> InvocationRequest | None:
        """Block until there is a request; None when the environment is closed."""
        with self._changed:
            self._polls += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._offered is not None or self.closed)
            request, self._offered = self._offered, None
            return request

    def answer(self, request_id: str, answer: InvocationResponse) -> bool:
        """Take the runtime's answer; False if it is not the answer to what it was asked."""
        with self._changed:
            if self._current is None or self._current.request_id != request_id:
                return False
            self._current, self._answer = None, answer
            self._changed.notify_all()
            return True

    def fail_to_load(self, answer: InvocationResponse) -> None:
        """The handler could not be loaded: that answers the first request, whichever it is."""
        with self._changed:
            self._answer, self.failed_to_load = answer, True
            self._changed.notify_all()


class RuntimeApiHandler(BaseHTTPRequestHandler):
    """One connection of the runtime. HTTP/1.1, because its client keeps the connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement
    disable_nagle_algorithm = True
    server: RuntimeApi

    def do_GET(self) -> None:
        """`/invocation/next`."""
        if self.path != f"{API}/invocation/next":
            self._reply(404, {"errorType": "NotFound", "errorMessage": self.path})
            return
        request = self.server.next_request()
        if request is None:
            self.close_connection = True
            return
        self._send(200, request.payload, _headers(request))

    def do_POST(self) -> None:
        """`/invocation/<id>/response`, `/invocation/<id>/error`, `/init/error`."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = self.path.removeprefix(f"{API}/").split("/")
        match parts:
            case ["init", "error"]:
                self.server.fail_to_load(self._error(body))
                self._reply(202, {"status": "OK"})
            case ["invocation", request_id, "error"]:
                self._take(request_id, self._error(body))
            case ["invocation", request_id, "response"]:
                self._take(request_id, _sized(body))
            case _:
                self._reply(404, {"errorType": "NotFound", "errorMessage": self.path})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Say nothing: the function's output is not the place for the platform's traffic."""

    def _error(self, body: bytes) -> InvocationResponse:
        return InvocationResponse(body, self.headers.get("Lambda-Runtime-Function-Error-Type") or _error_type(body))

    def _take(self, request_id: str, answer: InvocationResponse) -> None:
        if self.server.answer(request_id, answer):
            self._reply(202, {"status": "OK"})
        else:
            self._reply(400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"})

    def _reply(self, status: int, body: dict[str, str]) -> None:
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _headers(request: InvocationRequest) -> dict[str, str]:
    """What the runtime learns beside the event. AWS's client needs each of them but the client context."""
    trace = request.request_id.replace("-", "")[:24]
    deadline_ms = int((time.time() + request.timeout) * 1000)
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": request.request_id,
        "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": request.function_arn,
        "Lambda-Runtime-Trace-Id": f"Root=1-{deadline_ms // 1000:08x}-{trace};Sampled=0",
    }
    if request.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = request.client_context
    return headers


def _sized(body: bytes) -> InvocationResponse:
    if len(body) <= MAX_RESPONSE_BYTES:
        return InvocationResponse(body, None)
    message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
    error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return InvocationResponse(json.dumps(error).encode(), error["errorType"])


def _error_type(body: bytes) -> str:
    """The name of what was raised, which AWS's runtime puts into the body."""
    try:
        found = json.loads(body).get("errorType")
    except (ValueError, AttributeError):
        found = None
    return found or "Unhandled"
