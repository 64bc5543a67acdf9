"""The program as a child process: started early, told what to do when the engine is ready, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Any, Protocol, Self

from embedded_pulumi.engine.events import ProgramOutput

REFUSED = 3
"""Exit code of a program that raised pulumi.RunError: it says itself what is wrong, and a traceback would not help."""

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "SSL_CERT_FILE")
"""What a program needs of the user's environment; no credentials or regions, which must be given on purpose."""

_QUIET = {"GRPC_VERBOSITY": "NONE"}
"""gRPC's own log of a connection that was closed on purpose is no output of the program."""

_GRACE_SECONDS = 1.0
"""How long a program may take to end of itself after its requests have been refused."""


@dataclass(frozen=True)
class ProgramSettings:
    """What the launcher needs to run a program.

    Attributes:
        address: Of the resource monitor; empty until it is served.
    """

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
class ForkedCall:
    """What the program's process runs in a fork of itself, before the program: what it has imported serves both.

    Attributes:
        call: What is called, `module:function`; it takes and returns JSON.
        argument: With what.
    """

    call: str
    argument: Any


@dataclass(frozen=True)
class ProgramExit:
    """How a program ended: its exit code, its last words, and the traceback that goes with them."""

    code: int
    message: str = ""
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether the program itself refused to go on."""
        return self.code == REFUSED and bool(self.message)  # a program may end with any code of its own


class Program(Protocol):
    """A program that has been started and waits to be told what to do: first `prepare`, then `begin`."""

    def prepare(self, forked_call: ForkedCall | None) -> Callable[[], Any]:
        """Set it up; what is returned waits for what came of the forked_call, and returns None if it did not come."""

    def begin(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        """Let it run; `ended` is called, from another thread, when it has ended."""

    def wait(self) -> ProgramExit:
        """Wait for its end, which is near: it has ended, or its monitor has gone."""

    def kill(self) -> None:
        """End it and everything that it started. May be called at any time, and again."""


class Interpreter:
    """A process that imports what programs need, and waits to become one; it ends when this one does.

    Args:
        modules: What it imports beside pulumi, if they are there.
    """

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self.control, theirs = socket.socketpair()
        self.answers, answer = os.pipe()
        descriptors = [theirs.fileno(), answer]
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter, on our own module
            [sys.executable, "-u", "-m", "embedded_pulumi.engine.launcher", *map(str, descriptors), *modules],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=descriptors,
            env=_passed_on(),
            # A Ctrl-C in the terminal is for the engine alone, which ends the program when its steps are done.
            start_new_session=True,
        )
        theirs.close()
        os.close(answer)

    def discard(self) -> None:
        """End it: it is not needed."""
        self.process.kill()
        self.process.communicate()
        self.control.close()
        os.close(self.answers)


class PrestartedLauncher:
    """Starts programs, the first of them in an interpreter that has been started before anything was known of it.

    To be left as a context, or what has not been needed would stay.

    Args:
        modules: What a program will probably import.
    """

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self._modules = modules
        self._waiting: Interpreter | None = Interpreter(modules)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the interpreter, if nobody has needed it."""
        if self._waiting is not None:
            self._waiting.discard()

    def __call__(self, environ: Mapping[str, str], on_output: Callable[[ProgramOutput], None]) -> ChildProcess:
        """Start a program."""
        interpreter, self._waiting = self._waiting or Interpreter(self._modules), None
        return ChildProcess(environ, on_output, interpreter)

    def call_forked(self, forked_call: ForkedCall, environ: Mapping[str, str]) -> Any:
        """What comes of an forked_call, with no program after it; None if nothing came."""
        program = self(environ, lambda _: None)
        try:
            return program.prepare(forked_call)()
        finally:
            program.kill()


class ChildProcess:
    """A Pulumi Python program in a process, and process group, of its own.

    Args:
        environ: What it finds in its environment, beside the bare necessities.
        on_output: Is told what it prints.
        interpreter: The process.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        on_output: Callable[[ProgramOutput], None],
        interpreter: Interpreter | None = None,
    ) -> None:
        interpreter = interpreter or Interpreter()
        self._environ = dict(environ)
        self._control, self._process = interpreter.control, interpreter.process
        self._answers = os.fdopen(interpreter.answers, encoding="utf-8")
        self._readers = [
            _reader("stdout", self._process.stdout, on_output),
            _reader("stderr", self._process.stderr, on_output),
        ]

    def prepare(self, forked_call: ForkedCall | None) -> Callable[[], Any]:
        """Send the environment and the forked_call."""
        self._order({"environ": self._environ, "forked_call": asdict(forked_call) if forked_call else None})
        return self._answer

    def _answer(self) -> Any:
        with self._answers:
            text = self._answers.read()
        try:
            return json.loads(text)
        except ValueError:  # nothing, or not all of it: the fork has died
            return None

    def begin(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        """Send the settings."""
        self._order(asdict(settings))
        threading.Thread(target=self._await, args=(ended,), daemon=True).start()

    def _order(self, order: object) -> None:
        with suppress(OSError):  # it has died, or was killed; whoever waits for it finds that out
            self._control.sendall(json.dumps(order).encode() + b"\n")

    def _await(self, ended: Callable[[], None]) -> None:
        self._process.wait()
        ended()

    def wait(self) -> ProgramExit:
        """Wait for the end, with a limit after which it is killed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        self._kill_group()
        return ProgramExit(self._process.returncode, **self._last_words())

    def _last_words(self) -> dict[str, str]:
        with self._control.makefile("r", encoding="utf-8") as stream:
            words: dict[str, str] = json.loads(stream.readline() or "{}")
            return words

    def kill(self) -> None:
        """Kill it, and let go of everything that belonged to it."""
        self._kill_group()
        self._control.close()
        self._answers.close()

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


def _passed_on() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _QUIET
