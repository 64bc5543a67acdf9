"""Waits for AWS: polls at once, and then with growing pauses, for a limited time; the caller is told what for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from embedded_pulumi.provider import ProviderError, allowed, requester

T = TypeVar("T")

FIRST_PAUSE = 0.02  # seconds; an AWS on this machine is ready in milliseconds
LONGEST_PAUSE = 1.0  # seconds
GROWTH = 1.2  # from one pause to the next: at most a fifth of the whole time is waited in vain
PATIENCE = 120.0  # seconds; the limit for most resources


def wait_for(what: str, poll: Callable[[], T | None], *, timeout: float = PATIENCE) -> T:
    """Call `poll` until it returns something other than None, and return that.

    Args:
        what: Completes the message "timed out waiting for".
        poll: Looks once.
        timeout: Seconds, unless `customTimeouts` sets another limit.

    Raises:
        ProviderError: the time is over.
    """
    timeout = allowed() or timeout
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while (answer := poll()) is None:
        requester().told(f"waiting for {what}")
        if time.monotonic() >= deadline:
            raise ProviderError(f"timed out waiting for {what} after {timeout:g} s")
        time.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE)
    return answer
