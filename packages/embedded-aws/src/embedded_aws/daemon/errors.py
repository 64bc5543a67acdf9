"""What can go wrong between a command and the embedded AWS that runs in the background."""

from __future__ import annotations

from pathlib import Path


class DaemonError(Exception):
    """It does not come up, or does not answer (any more); `str()` of it is what the user reads."""


class RequestRefused(DaemonError):
    """What was asked for is not possible, and nothing was done."""


class NotRunning(RequestRefused):
    """There is no embedded AWS to talk to."""

    def __init__(self, project: Path) -> None:
        super().__init__(f"no local AWS is running for {project}")
