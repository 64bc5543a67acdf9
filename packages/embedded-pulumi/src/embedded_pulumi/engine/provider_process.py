"""A process that serves a provider: a module of Pulumi's SDK, or a package of components."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from embedded_pulumi.provider import ProviderError
from embedded_pulumi.wire.channel import OPTIONS


class ProviderProcess:
    """The process, from now until `close()`.

    Args:
        command: What it runs. It prints the port that it listens on.
        folder: Where it runs.
        environ: Its environment.
        what: What a message calls it.

    Attributes:
        stub: The client of its ResourceProvider service.

    Raises:
        ProviderError: it did not start.
    """

    def __init__(self, command: Sequence[str], folder: Path, environ: Mapping[str, str], what: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the program's interpreter, on Pulumi's module or the project's
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C is the engine's
        )
        port = (self._process.stdout.readline() if self._process.stdout else "").strip()
        if not port.isdigit():
            self.close()
            raise ProviderError(f"{what} did not start: `{' '.join(command)}` shows why")
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
