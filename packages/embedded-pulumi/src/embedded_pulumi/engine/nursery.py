"""Programs that are forked from a process which has imported what they need: to import it takes two seconds.

For who deploys many programs, such as a suite of tests. `python -m embedded_pulumi.engine.nursery <descriptor>
[module ...]` is that process. It reads requests from a socket, each
with five descriptors: the launcher's control socket and answers, the program's two output streams, and a pipe on which
the exit code is written. It ends when the other end of the socket is closed.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Self

from embedded_pulumi.engine import launcher
from embedded_pulumi.engine.events import ProgramOutput
from embedded_pulumi.engine.program import ChildProcess, Interpreter, passed_on
from embedded_pulumi.engine.virtualenv import interpreter as interpreter_of
from embedded_pulumi.engine.virtualenv import run_module

LONGEST = 1 << 16  # bytes of a request: the environment


class Nursery:
    """The process, as those see it who ask it for programs. Called, it starts one: it is an engine's `launch`.

    Args:
        modules: What the programs will probably import; a module that is not installed is skipped.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = run_module(sys.executable, __name__, str(theirs.fileno()), *modules)
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, on this module
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=passed_on()
        )
        theirs.close()
        self._lock = threading.Lock()
        atexit.register(self.close)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()

    def __call__(self, environ: Mapping[str, str], on_output: Callable[[ProgramOutput], None]) -> ChildProcess:
        """Start a program; one in another virtual environment needs an interpreter of its own."""
        own = interpreter_of(environ) == sys.executable
        return ChildProcess(environ, on_output, self.interpreter() if own else None)

    def close(self) -> None:
        """End it. Closing twice does nothing."""
        atexit.unregister(self.close)
        self._socket.close()
        self._process.wait()

    def interpreter(self) -> Interpreter:
        """An interpreter with everything imported."""
        return _ForkedInterpreter(self._fork)

    def _fork(self, descriptors: Sequence[int]) -> int:
        """Fork a process that waits for a program; its id."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(passed_on()).encode()], descriptors)
            return int(self._socket.recv(16))


class _ForkedInterpreter(Interpreter):
    """An interpreter that was forked: `fork` takes descriptors for the process, and tells its id."""

    def __init__(self, fork: Callable[[Sequence[int]], int]) -> None:
        self.control, theirs = socket.socketpair()
        self.answers, answer = os.pipe()
        out, err, ended = os.pipe(), os.pipe(), os.pipe()
        given = [theirs.fileno(), answer, out[1], err[1], ended[1]]
        pid = fork(given)
        theirs.close()
        for descriptor in given[1:]:
            os.close(descriptor)
        self.process = _Process(pid, out[0], err[0], ended[0])  # type: ignore[assignment]  # all that is needed of one

    def discard(self) -> None:
        """End the process without a program."""
        self.control.close()  # then it ends by itself
        self.process.wait()
        for stream in filter(None, (self.process.stdout, self.process.stderr)):
            stream.close()
        os.close(self.answers)


class _Process:
    """A process that is not this one's child, as far as `ChildProcess` needs a Popen."""

    def __init__(self, pid: int, out: int, err: int, ended: int) -> None:
        self.pid = pid
        self.stdout: IO[str] = os.fdopen(out, errors="replace")
        self.stderr: IO[str] = os.fdopen(err, errors="replace")
        self.returncode = 0
        self._over = threading.Event()
        threading.Thread(target=self._await, args=(ended,), daemon=True).start()

    def _await(self, ended: int) -> None:
        with os.fdopen(ended) as stream:
            self.returncode = int(stream.read())
        self._over.set()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code; raises as Popen does."""
        if not self._over.wait(timeout):
            raise subprocess.TimeoutExpired("the program", timeout or 0)
        return self.returncode


def serve(requests: socket.socket) -> None:
    """Fork a process for each request. Returns in each of them, once its program has ended, and in the last place."""
    ended: dict[int, int] = {}

    def reap(*_: object) -> None:
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                descriptor = ended.pop(found[0])
                os.write(descriptor, str(os.waitstatus_to_exitcode(found[1])).encode())
                os.close(descriptor)

    signal.signal(signal.SIGCHLD, reap)
    while True:
        environ, descriptors, _, _ = socket.recv_fds(requests, LONGEST, 5)
        if not environ:
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # until it is known which process this is
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            requests.close()
            _become(json.loads(environ), descriptors, ended.values())
            return
        ended[pid] = descriptors[-1]
        for descriptor in descriptors[:-1]:
            os.close(descriptor)
        requests.send(str(pid).encode())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def _become(environ: Mapping[str, str], descriptors: Sequence[int], others: Iterable[int]) -> None:
    control, answers, out, err, ended = descriptors
    for descriptor in [ended, *others]:
        os.close(descriptor)
    os.setsid()
    for stream, descriptor in ((1, out), (2, err)):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environ)
    launcher.start(control, answers)


if __name__ == "__main__":
    launcher.import_ahead(sys.argv[2:])
    serve(socket.socket(fileno=int(sys.argv[1])))
