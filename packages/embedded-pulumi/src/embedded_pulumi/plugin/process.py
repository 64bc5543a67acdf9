"""The plugin's process: serves one port on loopback, writes its number to stdout, and shuts down gracefully.

    started by an engine    its address is the last argument; ends on Cancel, on a signal, or when its parent has ended
    started by hand         no address; engines attach to it (PULUMI_DEBUG_PROVIDERS=aws:<port>); ends on a signal

In each case the calls that run may finish first, so that no resource is lost while it is created.
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
from embedded_pulumi.wire.channel import OPTIONS

_THREADS = 64
"""How many RPCs may be open at once; an engine has as many as its `--parallel`, by default four for each core."""

_CANCEL_SECONDS = 600.0
"""How long calls may still run after Cancel; the engine waits for them."""

_SIGNAL_SECONDS = 4.0
"""How long calls may still run after a signal; the engine kills the process after five seconds."""

_LOOK_SECONDS = 0.5

_ADDRESS = re.compile(r"(?P<host>\S+):\d{1,5}")


class Shutdown:
    """Whether the process must shut down, and how long calls may still run.

    Args:
        after_signal: Seconds that calls may still run after a signal.

    Attributes:
        seconds: Seconds that calls may still run now.
    """

    def __init__(self, after_signal: float = _SIGNAL_SECONDS) -> None:
        self._asked = threading.Event()
        self._after_signal = after_signal
        self.seconds = _CANCEL_SECONDS

    def cancel(self) -> None:
        """Shut down when the calls that run have finished."""
        self._asked.set()

    def interrupt(self, *_: object) -> None:
        """Shut down soon; this is a signal handler."""
        self.seconds = self._after_signal
        self._asked.set()

    def asked(self) -> bool:
        """Wait a moment for the order to shut down; returns whether it came."""
        return self._asked.wait(_LOOK_SECONDS)


def main() -> int:
    """Run the plugin; returns the exit code."""
    with _stdout_for_the_port() as stdout:
        address = engine_address(sys.argv[1:])
        if address and not is_loopback(address.rpartition(":")[0].strip("[]")):
            sys.stderr.write(f"the engine's address {address} is not on this machine\n")
            return 2
        serve(os.environ, address, stdout)
    # Python's own exit would wait for a call that hangs.
    os._exit(0)


def engine_address(arguments: Sequence[str]) -> str:
    """The engine's address, `host:port`, which is the last argument; empty without one."""
    last = arguments[-1] if arguments else ""
    return last if _ADDRESS.fullmatch(last) else ""


@contextmanager
def _stdout_for_the_port() -> Iterator[IO[str]]:
    """The standard output, for the port only: everything else that is printed goes to the standard error."""
    with os.fdopen(os.dup(1), "w", encoding="ascii") as stdout:
        os.dup2(2, 1)
        yield stdout


def serve(environ: Mapping[str, str], engine: str, stdout: IO[str]) -> None:
    """Serve until the process must shut down.

    Args:
        environ: Names the embedded AWS.
        engine: The address of the engine that started this process, or empty.
        stdout: Where to write the port.
    """
    parent = os.getppid()
    shutdown = Shutdown()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, shutdown.interrupt)
    console = Console()
    if engine:
        console.connect(engine)
    # Without an engine, Cancel does not end the process: a preview and the update after it attach to the same one.
    service = _service(environ, console, shutdown if engine else None)
    server, port = serve_on_loopback(service)
    stdout.write(f"{port}\n")
    stdout.flush()
    while not shutdown.asked():
        if engine and os.getppid() != parent:
            shutdown.interrupt()
    stop_gracefully(server, shutdown)


def _service(environ: Mapping[str, str], console: Console, shutdown: Shutdown | None) -> ProviderService:
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
        cancel=shutdown.cancel if shutdown else lambda: None,
    )


def serve_on_loopback(service: ProviderService) -> tuple[grpc.Server, int]:
    """Start a server; returns it and its port."""
    server = grpc.server(ThreadPoolExecutor(_THREADS), handlers=[service.handler()], options=OPTIONS)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def stop_gracefully(server: grpc.Server, shutdown: Shutdown) -> None:
    """Take no more calls, and let those that run finish; a signal shortens their time."""
    seconds = shutdown.seconds
    stopped = server.stop(seconds)
    while not stopped.wait(_LOOK_SECONDS):
        if shutdown.seconds < seconds:
            seconds = shutdown.seconds
            server.stop(seconds)
