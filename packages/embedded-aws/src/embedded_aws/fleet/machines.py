"""Where a group gets its machines from: moto's EC2, or a counter."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class LaunchFailed(Exception):
    """EC2 could not launch a machine; `str()` of it is EC2's reason and becomes the activity's status message."""


class Machines(Protocol):
    """Where machines come from. Called at the model's time, never concurrently."""

    def launch(self, zone: str, template_version: str, now: datetime) -> str:
        """Start one machine in `zone` and return its instance id, never one that was returned before.

        Raises:
            LaunchFailed: there is no machine; the group tries another zone, then backs off.
        """

    def terminate(self, instance_id: str, now: datetime) -> None:
        """Give a machine back. One that is gone already is success."""
