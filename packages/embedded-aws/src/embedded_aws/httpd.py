"""A small threaded HTTP/1.1 server for one WSGI application on the loopback interface.

It has a thread for each connection, because a request may wait for another one: a Lambda function that is invoked calls
back. It keeps connections alive, as boto3 does. docs/dependencies.md compares it with the servers that others keep.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, TypeAlias
from urllib.parse import unquote

from embedded_aws.peers import OwnUserOnly
from embedded_aws.websocket import WebSocket, accepted

WsgiApplication: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

Channels: TypeAlias = Callable[[str, WebSocket], None]
"""Serves a websocket that was opened at a path, until it returns."""

MAX_BODY_BYTES = 100 * 1024 * 1024  # a Lambda zip of 50 MB, in base64, and its JSON around it
POLL_SECONDS = 0.05  # how soon the accepting thread notices that it should end


class _RequestHandler(BaseHTTPRequestHandler):
    """One connection: reads request after request until the client closes it."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece ...
    disable_nagle_algorithm = True  # ... and at once
    server: LoopbackServer

    def __getattr__(self, name: str) -> Any:
        # http.server looks for a method `do_GET` and so on; every method goes the same way here.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def handle_expect_100(self) -> bool:
        """Say `100 Continue` now, not when the answer leaves."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, *_: Any) -> None:
        """Say nothing: the cloud has its own call log."""

    def _serve(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket" and self.server.channels is not None:
            self._serve_channel(self.server.channels)
            return
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > MAX_BODY_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = b"".join(self.server.application(self._environ(self.rfile.read(int(length))), self._start_response))
            if self.command != "HEAD":
                self.wfile.write(body)

    def _serve_channel(self, channels: Channels) -> None:
        """Switch to the websocket protocol, for good. A web page is no client: browsers name their origin."""
        self.close_connection = True
        key = self.headers.get("Sec-WebSocket-Key", "")
        if not key or "Origin" in self.headers or self.headers.get("Sec-WebSocket-Version") != "13":
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        self.send_response_only(HTTPStatus.SWITCHING_PROTOCOLS)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
            self.send_header(name, value)
        self.send_header("Sec-WebSocket-Accept", accepted(key))
        self.end_headers()
        self.wfile.flush()
        channels(self.path, WebSocket(self.rfile, self.wfile))

    def _start_response(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def _environ(self, body: bytes) -> dict[str, Any]:
        """The request as PEP 3333 wants it; a header name with `_` is dropped, since it could pose as one with `-`."""
        path, _, query = self.path.partition("?")
        host, port = self.server.address
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "iso-8859-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "REQUEST_URI": self.path,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        return environ | {f"HTTP_{_wsgi(name)}": value for name, value in self.headers.items() if "_" not in name}


def _wsgi(name: str) -> str:
    return name.upper().replace("-", "_")


class LoopbackServer(OwnUserOnly, ThreadingMixIn, TCPServer):
    """Serves `application` on 127.0.0.1, to this user, from now until `close()`; a thread for each connection.

    Args:
        application: Answers the requests.
        port: Where; 0 takes a free one.
        channels: Serves websockets; without it there are none.

    Raises:
        OSError: the port is in use or not allowed.
    """

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True  # a port that was just let go of can be taken again

    def __init__(self, application: WsgiApplication, port: int = 0, *, channels: Channels | None = None) -> None:
        super().__init__(("127.0.0.1", port), _RequestHandler)
        self.application = application
        self.channels = channels
        self.address: tuple[str, int] = ("127.0.0.1", self.server_address[1])
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._thread = threading.Thread(
            target=self.serve_forever, args=(POLL_SECONDS,), name="cloud-accept", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """The address as an endpoint URL."""
        return f"http://{self.address[0]}:{self.address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a connection's thread and remember both, so that `close()` can end them."""
        thread = threading.Thread(
            target=self._serve_connection, args=(request, client_address), name="cloud-connection", daemon=True
        )
        self._connections[request] = thread
        thread.start()

    def _serve_connection(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.process_request_thread(request, client_address)
        finally:
            self._connections.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is a fault of ours and belongs on stderr."""
        if not isinstance(sys.exception(), ConnectionError | ValueError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop accepting, end the open connections and wait for their threads."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection, thread in list(self._connections.items()):
            _end(connection)
            if thread is not threading.current_thread():
                thread.join()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # the client was faster
        connection.shutdown(socket.SHUT_RDWR)
