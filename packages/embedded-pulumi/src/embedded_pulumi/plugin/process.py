"""The plugin's process: one port on loopback, its number on stdout, and an end in good order.

    started by an engine    its address is the last argument; ends on Cancel, on a signal, or when its parent is gone
    started by hand         no address; engines attach to it (PULUMI_DEBUG_PROVIDERS=aws:<port>); ends on a signal

Whatever ends it, what is running may finish first: a resource that is being made must not be lost.
Source: pulumi/pkg/resource/plugin/plugin.go (newPlugin, ExecPlugin).
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO

import grpc

from embedded_pulumi.aws.provider import PACKAGE, VERSION, AwsProvider
from embedded_pulumi.plugin.console import Console
from embedded_pulumi.plugin.endpoint import embedded_endpoint, is_loopback
from embedded_pulumi.plugin.service import ProviderService

_THREADS = 64
"""How many RPCs may be open at once; an engine has as many as its `--parallel`, by default four for each core."""

_MAX_MESSAGE = 400 * 1024 * 1024
"""Bytes; the limit that Pulumi's own processes set."""

_CANCEL_SECONDS = 600.0
"""How long what is running may take after Cancel: the engine waits for it."""

_SIGNAL_SECONDS = 4.0
"""How long after a signal: the engine kills what is still there after five seconds."""

_LOOK_SECONDS = 0.5

_ADDRESS = re.compile(r"(?P<host>\S+):\d{1,5}")


class Ending:
    """Whether the process is to end, and how long what is running may take.

    Args:
        after_signal: Seconds that it may take after a signal.

    Attributes:
        seconds: How many it may take now.
    """

    def __init__(self, after_signal: float = _SIGNAL_SECONDS) -> None:
        self._asked = threading.Event()
        self._after_signal = after_signal
        self.seconds = _CANCEL_SECONDS

    def cancel(self) -> None:
        """End when what is running has finished."""
        self._asked.set()

    def interrupt(self, *_: object) -> None:
        """End soon. Fit to be a signal's handler."""
        self.seconds = self._after_signal
        self._asked.set()

    def asked(self) -> bool:
        """Whether it is to end; takes a moment if not."""
        return self._asked.wait(_LOOK_SECONDS)


def main() -> int:
    """Run the plugin; returns the exit code."""
    with _stdout_for_the_port() as stdout:
        address = engine_address(sys.argv[1:])
        if address and not is_loopback(address.rpartition(":")[0].strip("[]")):
            sys.stderr.write(f"the engine's address {address} is not on this machine\n")
            return 2
        serve(os.environ, address, stdout)
    # Not through the interpreter's own end, which would wait for a call that is stuck.
    os._exit(0)


def engine_address(arguments: Sequence[str]) -> str:
    """The engine's address, `host:port`, which is the last argument; empty if nobody gave one."""
    last = arguments[-1] if arguments else ""
    return last if _ADDRESS.fullmatch(last) else ""


@contextmanager
def _stdout_for_the_port() -> Iterator[IO[str]]:
    """The standard output for the port alone: whatever else is printed goes to the standard error."""
    with os.fdopen(os.dup(1), "w", encoding="ascii") as stdout:
        os.dup2(2, 1)
        yield stdout


def serve(environ: Mapping[str, str], engine: str, stdout: IO[str]) -> None:
    """Serve until it is time to end.

    Args:
        environ: Names the embedded AWS.
        engine: The address of the engine that started us, or empty.
        stdout: Is told the port.
    """
    parent = os.getppid()
    ending = Ending()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ending.interrupt)
    console = Console()
    if engine:
        console.connect(engine)
    # Who is attached to outlives the deployment: a preview and the update after it come one after the other.
    service = _service(environ, console, ending if engine else None)
    server, port = serve_on_loopback(service)
    stdout.write(f"{port}\n")
    stdout.flush()
    while not ending.asked():
        if engine and os.getppid() != parent:
            ending.interrupt()
    stop_in_good_order(server, ending)


def _service(environ: Mapping[str, str], console: Console, ending: Ending | None) -> ProviderService:
    def open_provider() -> AwsProvider:
        endpoint = embedded_endpoint(environ)
        console.info(f"aws: an embedded AWS at {endpoint}, not Amazon's")
        provider = AwsProvider(endpoint_url=endpoint)
        provider.warm()
        return provider

    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    return ProviderService(
        PACKAGE,
        VERSION,
        open_provider=open_provider,
        defaults={"region": region} if region else {},
        console=console,
        cancel=ending.cancel if ending else lambda: None,
    )


def serve_on_loopback(service: ProviderService) -> tuple[grpc.Server, int]:
    """Answer calls from now on; returns the server and its port."""
    limits = [("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.max_send_message_length", _MAX_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), handlers=[service.handler()], options=limits)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def stop_in_good_order(server: grpc.Server, ending: Ending) -> None:
    """Take no more calls, and let those that are running finish; a signal meanwhile leaves them less time."""
    seconds = ending.seconds
    stopped = server.stop(seconds)
    while not stopped.wait(_LOOK_SECONDS):
        if ending.seconds < seconds:
            seconds = ending.seconds
            server.stop(seconds)
