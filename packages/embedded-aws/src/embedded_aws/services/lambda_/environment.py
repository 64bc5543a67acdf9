"""One execution environment of a Lambda function: a process that polls the Runtime API.

The process runs AWS's own runtime client (or `worker`, which keeps the same contract). It asks for the next
invocation, runs the handler, posts the result, and asks again; what it prints goes to a file of its own, so that
everything printed before a result was posted can be read after it. Times here are real time, measured from outside:
it is a real process, and cloud time stands still meanwhile.

Source: AWS Lambda developer guide, "Understanding the Lambda execution environment lifecycle".
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from embedded_aws.services.lambda_.runtime_api import InvocationRequest, RuntimeApi

INIT_LIMIT_SECONDS = 10.0  # after this the function's own timeout starts to count, ready or not
LOOK_SECONDS = 0.05  # how often a process that has not answered is looked at: is it alive, how big is it


class InvocationStatus(Enum):
    """How an invocation ended."""

    ANSWERED = "answered"
    RAISED = "raised"  # the handler raised, or could not be loaded: the runtime reported it
    TIMED_OUT = "timed out"
    EXITED = "exited"  # the process went away without an answer


@dataclass(frozen=True)
class Launch:
    """What an execution environment is started from.

    Attributes:
        command: The runtime to run; it inherits nothing from this process.
        folder: A private folder of this environment alone.
        task_root: The unpacked code, the process's working directory.
        variables: The whole environment of the process, without the Runtime API's address.
        memory_mb: Beyond this the process is killed, where its size can be seen while it runs (Linux).
    """

    command: tuple[str, ...]
    folder: Path
    task_root: Path
    variables: Mapping[str, str]
    memory_mb: int


@dataclass(frozen=True)
class InvocationResult:
    """The outcome of a request.

    Attributes:
        payload: The handler's answer, or the error as JSON.
        error_type: AWS's name of what went wrong, such as `KeyError`, `Sandbox.Timedout` or `Runtime.ExitError`.
        init_ms: How long the process took to become ready, in the first outcome of each environment only.
        init_output: What was printed while the process became ready, lines without their ends.
        output: What was printed since, lines without their ends.
    """

    ending: InvocationStatus
    payload: bytes
    error_type: str | None
    duration_ms: float
    init_ms: float | None
    max_memory_mb: int
    init_output: tuple[str, ...]
    output: tuple[str, ...]


class ExecutionEnvironment:
    """A running function process that takes one request at a time.

    Args:
        launch: What to start. The process starts at once; `run` waits until it is ready.
    """

    def __init__(self, launch: Launch) -> None:
        self._memory_mb = launch.memory_mb
        self._api = RuntimeApi()
        output = launch.folder / "output.log"
        with output.open("wb", buffering=0) as sink:
            self._born = time.monotonic()
            self._process = subprocess.Popen(  # noqa: S603 - the command is our own interpreter on our own module
                launch.command,
                cwd=launch.task_root,
                env={**launch.variables, "AWS_LAMBDA_RUNTIME_API": self._api.address},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that what it starts dies with it, and a Ctrl-C here does not reach it
            )
        self._output = output.open("rb")
        self._initialised = False
        self._killed = False
        self._peak_mb = 0

    @property
    def alive(self) -> bool:
        """Whether it can take another request."""
        return not self._api.closed and self._process.poll() is None

    @property
    def process_id(self) -> int:
        """The operating system's id of the function's process."""
        return self._process.pid

    def run(self, request: InvocationRequest) -> InvocationResult:
        """Wait for the handler's answer; an environment that failed to give one is closed afterwards."""
        init_output: tuple[str, ...] = ()
        init_ms = None
        if not self._initialised:
            self._wait(self._api.polled, self._born + INIT_LIMIT_SECONDS)
            self._initialised = True
            init_ms = (time.monotonic() - self._born) * 1000
            init_output = self._read_output()
        started = time.monotonic()
        self._api.offer(request)
        stopped_by = self._wait(self._api.answered, started + request.timeout)
        duration_ms = (time.monotonic() - started) * 1000
        self._look_at_size()
        ending, error_type, payload = self._verdict(request, stopped_by)
        broken = self._api.failed_to_load or ending in {InvocationStatus.TIMED_OUT, InvocationStatus.EXITED}
        if broken:
            self.kill()
        output = self._read_output()
        if broken:
            self.close()
        return InvocationResult(ending, payload, error_type, duration_ms, init_ms, self._peak_mb, init_output, output)

    def kill(self) -> None:
        """Kill the process and all that it started; a `run` that waits for it ends with `EXITED`."""
        if not self._killed:  # once: after that, the number may be another process's
            self._killed = True
            with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM for a group of only zombies
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Kill it and let go of everything. Only when nothing runs in it; may be called twice."""
        self.kill()
        self._api.close()
        self._output.close()

    def _wait(self, done: Callable[[], bool], deadline: float) -> InvocationStatus:
        """Until it is done, or cannot become so any more."""
        while not self._api.wait(done, min(LOOK_SECONDS, deadline - time.monotonic())):
            if self._process.poll() is not None and not done():
                return InvocationStatus.EXITED
            if self._outgrew():
                return InvocationStatus.EXITED
            if time.monotonic() >= deadline:
                return InvocationStatus.TIMED_OUT
        return InvocationStatus.ANSWERED

    def _outgrew(self) -> bool:
        self._look_at_size()
        if self._peak_mb <= self._memory_mb:
            return False
        self.kill()  # as the kernel does to a function that is out of memory
        self._peak_mb = self._memory_mb  # never reported as more than there was
        return True

    def _look_at_size(self) -> None:
        self._peak_mb = max(self._peak_mb, peak_memory_mb(self._process.pid))

    def _verdict(
        self, request: InvocationRequest, stopped_by: InvocationStatus
    ) -> tuple[InvocationStatus, str | None, bytes]:
        match stopped_by:
            case InvocationStatus.ANSWERED:
                answer = self._api.take_answer()
                ending = InvocationStatus.RAISED if answer.error_type else InvocationStatus.ANSWERED
                return ending, answer.error_type, answer.payload
            case InvocationStatus.TIMED_OUT:
                reason = f"Task timed out after {request.timeout:.2f} seconds"
                return stopped_by, "Sandbox.Timedout", platform_error(request, "Sandbox.Timedout", reason)
            case _:
                reason = exit_reason(self._process.wait())
                return stopped_by, "Runtime.ExitError", platform_error(request, "Runtime.ExitError", reason)

    def _read_output(self) -> tuple[str, ...]:
        """What was printed since the last look; a carriage return joins the lines of one message."""
        text = self._output.read().decode("utf-8", errors="replace")
        return tuple(line.replace("\r", "\n") for line in text.split("\n") if line)


def platform_error(request: InvocationRequest, error_type: str, reason: str) -> bytes:
    """The answer that Lambda gives in place of a function that could not."""
    message = f"RequestId: {request.request_id} Error: {reason}"
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def exit_reason(status: int) -> str:
    """How a process ended, in the words of Lambda's log. `status` as in `subprocess`: negative for a signal."""
    if status == 0:
        return "Runtime exited without providing a reason"
    if status < 0:
        return f"Runtime exited with error: signal: {(signal.strsignal(-status) or str(-status)).lower()}"
    return f"Runtime exited with error: exit status {status}"


def peak_memory_mb(process_id: int) -> int:
    """The largest that a process has been, in MB; 0 if that cannot be seen.

    Linux tells the peak. Elsewhere `ps` tells the present size, which for a handler that has just answered is close.
    """
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    except OSError:
        if Path("/proc/self").exists():
            return 0
        found = subprocess.run(  # noqa: S603 - fixed program, numeric argument
            ["/bin/ps", "-o", "rss=", "-p", str(process_id)], capture_output=True, text=True, check=False
        )
        return -(-int(found.stdout) // 1024) if found.stdout.strip() else 0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return -(-int(peaks[0]) // 1024) if peaks else 0  # a zombie has no line
