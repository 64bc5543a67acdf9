"""What happened in a demo, as values: the document that `tap demo --json` prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Member:
    """One instance of the group, as `DescribeAutoScalingGroups` reports it."""

    id: str
    zone: str
    state: str
    health: str

    @property
    def is_whole(self) -> bool:
        """In service and healthy."""
        return self.state == "InService" and self.health == "Healthy"


@dataclass(frozen=True)
class BrokenInstance:
    """The instance that was broken, where it is, and what fails: a status check, or the `health path` of a service."""

    instance_id: str
    zone: str
    kind: str
    at: datetime


@dataclass(frozen=True)
class Sweep:
    """One run of the healer.

    Attributes:
        at: Cloud time at which the schedule fired.
        aws_calls: API calls that the healer's role made, counted by the cloud, not by the healer.
        reasons: Impaired instance to what was decided about it.
    """

    at: datetime
    aws_calls: int
    reasons: dict[str, str] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class TargetChange:
    """What the load balancer says of an instance from now on.

    Attributes:
        at: Cloud time at which that was seen.
        instance_id: The instance.
        state: As in Elastic Load Balancing's TargetHealth, or `gone`.
        why: Its description, empty if there is none.
    """

    at: datetime
    instance_id: str
    state: str
    why: str


@dataclass(frozen=True)
class ReplacedInstance:
    """The broken instance, its successor, and the cloud seconds from fault to a whole group."""

    old: str
    new: str
    cloud_seconds: float


@dataclass(frozen=True)
class Seconds:
    """Real seconds: of the deployment, and of the whole demo."""

    deploy: float
    total: float


@dataclass(frozen=True)
class DemoReport:
    """A demo from beginning to end.

    `replaced` is None if the group did not become whole again in time. Without a load balancer there are no `targets`.
    """

    outputs: dict[str, Any]
    resources: dict[str, int]
    seconds: Seconds
    fault: BrokenInstance
    sweeps: tuple[Sweep, ...]
    replaced: ReplacedInstance | None
    fleet: tuple[Member, ...]
    targets: tuple[TargetChange, ...] = ()

    @property
    def healed(self) -> bool:
        """Whether the group is whole again and the broken instance is gone."""
        return self.replaced is not None and all(member.is_whole for member in self.fleet)

    def to_json(self) -> dict[str, Any]:
        """The document, with times as RFC 3339."""
        return {**_plain(asdict(self)), "healed": self.healed}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value
