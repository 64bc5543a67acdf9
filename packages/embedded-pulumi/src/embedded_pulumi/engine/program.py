"""The program as a child process. It starts early, runs when the engine is ready, and never outlives the engine."""

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
from embedded_pulumi.engine.virtualenv import folder_of, run_module
from embedded_pulumi.engine.virtualenv import interpreter as interpreter_of

REFUSED = 3
"""Exit code of a program that raised pulumi.RunError: its message is enough, without a traceback."""

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "SSL_CERT_FILE")
"""The user's environment variables that a program gets; credentials and regions must be given on purpose."""

_QUIET = {"GRPC_VERBOSITY": "NONE"}
"""Without this, gRPC would log to the program's output that a connection is closed, which happens on purpose."""

_PRINTS = {"PYTHONIOENCODING": "utf-8"}
"""What a program prints goes to the engine, whatever the locale is: it must not fail at a character that it lacks."""

_GRACE_SECONDS = 1.0
"""How long a program may take to end after the monitor has refused its requests."""


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
    """A function that a fork of the program's process calls before the program runs. The fork need not import again.

    Attributes:
        call: The function, `module:function`; it takes and returns JSON.
        argument: Its argument.
    """

    call: str
    argument: Any

    @property
    def package(self) -> str:
        """The package that the function is in."""
        return self.call.partition(":")[0].partition(".")[0]


@dataclass(frozen=True)
class ProgramExit:
    """How a program ended: its exit code, the message of its error, and the traceback."""

    code: int
    message: str = ""
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether the program raised pulumi.RunError."""
        return self.code == REFUSED and bool(self.message)  # any program may exit with this code


class RunningProgram(Protocol):
    """A process that has been started and waits: first for `prepare`, then for `begin`."""

    def prepare(self, forked_call: ForkedCall | None) -> Callable[[], Any]:
        """Set up the process. The returned function waits for the answer of the forked call; None if it has failed."""

    def begin(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        """Let the program run; `ended` is called, on another thread, when it has ended."""

    def wait(self) -> ProgramExit:
        """Wait until the program has ended. That is soon: it has no monitor any more, if it has not ended yet."""

    def kill(self) -> None:
        """Kill the program and every process that it started. May be called at any time, and again."""


class Interpreter:
    """A process that imports modules, and then waits for a program to run; it ends when this process ends.

    Args:
        modules: The modules that it imports beside pulumi; a module that is not installed is skipped.
        python: The interpreter.
    """

    def __init__(self, modules: Sequence[str] = (), python: str = sys.executable) -> None:
        self.control, theirs = socket.socketpair()
        self.answers, answer = os.pipe()
        descriptors = [theirs.fileno(), answer]
        self.process = subprocess.Popen(  # noqa: S603 - the project's interpreter, on our own module
            run_module(python, "embedded_pulumi.engine.launcher", *map(str, descriptors), *modules),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            pass_fds=descriptors,
            env=passed_on(),
            # A Ctrl-C in the terminal must reach only the engine, which ends the program after its steps.
            start_new_session=True,
        )
        theirs.close()
        os.close(answer)

    def discard(self) -> None:
        """End the process without a program."""
        self.process.kill()
        self.process.communicate()
        self.control.close()
        os.close(self.answers)


class PrestartedLauncher:
    """Starts programs. Their first interpreter starts at once, before the program is known.

    Use it as a context manager: leaving it ends an interpreter that no program has used.

    Args:
        modules: The modules that a program will probably import.
        make: Starts an interpreter of this Python that imports the modules.
    """

    def __init__(self, modules: Sequence[str] = (), make: Callable[[Sequence[str]], Interpreter] = Interpreter) -> None:
        self._modules, self._make = modules, make
        self._waiting: Interpreter | None = make(modules)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the interpreter, if no program has used it."""
        if self._waiting is not None:
            self._waiting.discard()

    def __call__(self, environ: Mapping[str, str], on_output: Callable[[ProgramOutput], None]) -> ChildProcess:
        """Start a program; one in a virtual environment needs an interpreter of its own."""
        python = interpreter_of(environ)
        if python != sys.executable:
            return ChildProcess(environ, on_output, Interpreter(self._modules, python))
        interpreter, self._waiting = self._waiting or self._make(self._modules), None
        return ChildProcess(environ, on_output, interpreter)

    def call_forked(self, forked_call: ForkedCall, environ: Mapping[str, str]) -> Any:
        """The answer of a forked call, without a program after it; None if the call has failed."""
        program = self(environ, lambda _: None)
        try:
            return program.prepare(forked_call)()
        finally:
            program.kill()


class ChildProcess:
    """A Pulumi Python program in a process, and process group, of its own.

    Args:
        environ: Its environment variables, beside those that every program gets.
        on_output: Takes the lines that it prints.
        interpreter: The process; None starts a new one.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        on_output: Callable[[ProgramOutput], None],
        interpreter: Interpreter | None = None,
    ) -> None:
        interpreter = interpreter or Interpreter(python=interpreter_of(environ))
        self._environ = dict(environ)
        self._control, self._process = interpreter.control, interpreter.process
        self._answers = os.fdopen(interpreter.answers, encoding="utf-8")
        self._readers = [
            _reader("stdout", self._process.stdout, on_output),
            _reader("stderr", self._process.stderr, on_output),
        ]

    def prepare(self, forked_call: ForkedCall | None) -> Callable[[], Any]:
        """Send the environment and the forked call."""
        folder = folder_of(forked_call.package) if forked_call else ""
        call = {**asdict(forked_call), "package": forked_call.package, "folder": folder} if forked_call else None
        self._order({"environ": self._environ, "forked_call": call})
        return self._answer

    def _answer(self) -> Any:
        with self._answers:
            text = self._answers.read()
        try:
            return json.loads(text)
        except ValueError:  # the fork has died before it wrote everything
            return None

    def begin(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        """Send the settings."""
        self._order(asdict(settings))

        def await_end() -> None:
            self._process.wait()
            ended()

        threading.Thread(target=await_end, daemon=True).start()

    def _order(self, order: object) -> None:
        with suppress(OSError):  # the process has died; `wait` finds that out
            self._control.sendall(json.dumps(order).encode() + b"\n")

    def wait(self) -> ProgramExit:
        """Wait until the program has ended, and kill it if that takes too long."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        self._kill_group()
        with self._control.makefile("r", encoding="utf-8") as stream:
            error: dict[str, str] = json.loads(stream.readline() or "{}")
        return ProgramExit(self._process.returncode, **error)

    def kill(self) -> None:
        """Kill the process group, and close the files to it."""
        self._kill_group()
        self._control.close()
        self._answers.close()

    def _kill_group(self) -> None:
        """Kill the process and every process that it started, and read its output to the end."""
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


def passed_on() -> dict[str, str]:
    """The environment variables that every program gets."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _QUIET | _PRINTS
