"""One invocation of a Lambda function, as it is told to whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True)
class Invocation:
    """What happened in one invocation.

    Attributes:
        version: `$LATEST` or the number of a published version.
        role_arn: Whose credentials it had.
        request_id: The same for every attempt of one asynchronous event.
        asynchronous: Whether the caller did not wait for it.
        started: Cloud time at which it began (UTC).
        payload: What it answered, or its error as JSON.
        error: None, or what went wrong: the name of the exception, or AWS's, such as `Sandbox.Timedout`.
        duration_ms: Real milliseconds from the request to the answer.
        init_ms: Real milliseconds until the process was ready, for a cold start; None for a warm one.
        billed_ms: What would be paid for.
        max_memory_mb: The largest that its process has been so far.
        log_stream: The stream there; one for each execution environment.
        log_lines: All its log events in order, with START, END and REPORT.
        process_id: The operating system's id of the process that ran it.
    """

    function_arn: str
    function_name: str
    version: str
    role_arn: str
    request_id: str
    asynchronous: bool
    started: datetime
    event: bytes
    payload: bytes
    error: str | None
    duration_ms: float
    init_ms: float | None
    billed_ms: int
    memory_mb: int
    max_memory_mb: int
    log_group: str
    log_stream: str
    log_lines: tuple[str, ...]
    process_id: int

    @property
    def cold(self) -> bool:
        """Whether a process had to be started for it."""
        return self.init_ms is not None


Listener: TypeAlias = Callable[[Invocation], None]
"""Told of each invocation after it has ended and been logged, on the thread that ran it."""
