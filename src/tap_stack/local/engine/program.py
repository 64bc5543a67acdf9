"""The program as a child process: started early, told what to do when the engine is ready, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Protocol

from tap_stack.local.engine.events import ProgramOutput
from tap_stack.local.engine.launcher import REFUSED

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "SSL_CERT_FILE")
"""What a program needs of the user's environment; no credentials or regions, which must be given on purpose."""

_QUIET = {"GRPC_VERBOSITY": "NONE"}
"""gRPC's own log of a connection that was closed on purpose is no output of the program."""

_GRACE_SECONDS = 1.0
"""How long a program may take to end of itself after its requests have been refused."""


@dataclass(frozen=True)
class ProgramSettings:
    """What the launcher is told."""

    program: str
    working_directory: str
    root_directory: str
    project: str
    stack: str
    organization: str
    address: str
    dry_run: bool
    parallel: int
    config: Mapping[str, str]
    secret_keys: tuple[str, ...]


@dataclass(frozen=True)
class Ending:
    """How a program ended: its exit code, its last words, and the traceback that goes with them."""

    code: int
    message: str = ""
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether the program itself refused to go on."""
        return self.code == REFUSED and bool(self.message)  # a program may end with any code of its own


class Program(Protocol):
    """A program that has been started and waits for its settings."""

    def begin(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        """Let it run; `ended` is called, from another thread, when it has ended."""

    def wait(self) -> Ending:
        """Wait for its end, which is near: it has ended, or its monitor has gone."""

    def kill(self) -> None:
        """End it and everything that it started. May be called at any time, and again."""


class ChildProcess:
    """A Pulumi Python program in a process, and process group, of its own."""

    def __init__(self, environ: Mapping[str, str], on_output: Callable[[ProgramOutput], None]) -> None:
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-u", "-m", "tap_stack.local.engine.launcher", str(theirs.fileno())]
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, on our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=[theirs.fileno()],
            env=_clean_environment(environ),
            # A Ctrl-C in the terminal is for the engine alone, which ends the program when its steps are done.
            start_new_session=True,
        )
        theirs.close()
        self._readers = [
            _reader("stdout", self._process.stdout, on_output),
            _reader("stderr", self._process.stderr, on_output),
        ]

    def begin(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        """Send the settings."""
        self._control.sendall(json.dumps(asdict(settings)).encode() + b"\n")
        threading.Thread(target=self._await, args=(ended,), daemon=True).start()

    def _await(self, ended: Callable[[], None]) -> None:
        self._process.wait()
        ended()

    def wait(self) -> Ending:
        """Wait for the end, with a limit after which it is killed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        self._kill_group()
        return Ending(self._process.returncode, **self._last_words())

    def _last_words(self) -> dict[str, str]:
        with self._control.makefile("r", encoding="utf-8") as stream:
            words: dict[str, str] = json.loads(stream.readline() or "{}")
            return words

    def kill(self) -> None:
        """Kill it, and let go of everything that belonged to it."""
        self._kill_group()
        self._control.close()

    def _kill_group(self) -> None:
        """Kill the process and whatever it has started, and hear its output to the end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for reader in self._readers:
            reader.join()


def _reader(name: str, stream: IO[str] | None, on_output: Callable[[ProgramOutput], None]) -> threading.Thread:
    def read() -> None:
        if stream is not None:
            with stream:
                for line in stream:
                    on_output(ProgramOutput(name, line.rstrip("\n")))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed_on, **_QUIET, **environ}
