"""Where a group gets its machines from: moto's EC2, or a counter where only the group matters."""

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

    def weight(self, instance_id: str) -> int | None:
        """How many units of capacity a machine that was launched is; None where its override says it."""

    def ends_with(self, instance_id: str) -> str | None:
        """Why a machine that was launched never comes into service, in AWS's words; None if it does."""

    def terminate(self, instance_id: str, now: datetime) -> None:
        """Give a machine back. One that is gone already is success."""


class Park:
    """An endless supply of machines, zone by zone, that can run dry.

    Attributes:
        running: Machines that were launched and not given back, with their zone.
    """

    def __init__(self) -> None:
        self.running: dict[str, str] = {}
        self.launched = 0
        self._dry: dict[str, str] = {}

    def launch(self, zone: str, template_version: str, now: datetime) -> str:  # noqa: ARG002 - the port's signature
        """Start a machine; its id is EC2's form of a running number. Raises LaunchFailed: the zone is dry."""
        if zone in self._dry:
            raise LaunchFailed(self._dry[zone])
        self.launched += 1
        instance_id = f"i-{self.launched:017x}"
        self.running[instance_id] = zone
        return instance_id

    def weight(self, instance_id: str) -> int | None:  # noqa: ARG002 - the port's signature
        """They are as heavy as their override says."""
        return None

    def ends_with(self, instance_id: str) -> str | None:  # noqa: ARG002 - the port's signature
        """Nothing is wrong with any of them."""
        return None

    def terminate(self, instance_id: str, now: datetime) -> None:  # noqa: ARG002 - the port's signature
        """Give a machine back; one that is gone already is success."""
        self.running.pop(instance_id, None)

    def dry_up(self, zone: str, reason: str) -> None:
        """No more machines in this zone, for this reason."""
        self._dry[zone] = reason

    def refill(self, zone: str) -> None:
        """Machines again in this zone."""
        self._dry.pop(zone, None)
