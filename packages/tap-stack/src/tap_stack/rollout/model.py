"""What the rollout knows and what it decides, as frozen values: no call, no clock, no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from tap_stack.healer.model import Decision, Facts, Group, Member, Template

NAMESPACE = "tap/Rollout"
DIMENSION = "AutoScalingGroupName"
"""Of the rollout's metrics."""

GROUP_TAG = "tap:rollout"
SUCCESSFUL = "Successful"
ROLLING_BACK = "RollbackInProgress"
ENDED_BADLY = frozenset({"Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"})
"""Statuses of a refresh that has ended and has not brought the group to its version (API: InstanceRefresh)."""


class Result(StrEnum):
    """One run of the rollout in one word. The list is closed; those from HELD on say why nothing was begun."""

    DONE = "done"
    RUNNING = "running"
    READY = "ready"
    STARTED = "started"
    FAILED = "failed"
    REFUSED = "refused"
    BLIND = "blind"
    STALE = "stale"
    OFF = "off"
    UNNUMBERED = "unnumbered"
    PROCESS_SUSPENDED = "process_suspended"
    HEALING = "healing"
    BURST = "burst"
    ZONE_BRAKE = "zone_brake"
    BAD_IMAGE = "bad_image"
    ALARM = "alarm"
    BUSY = "busy"


HELD = frozenset(
    {
        Result.OFF,
        Result.UNNUMBERED,
        Result.PROCESS_SUSPENDED,
        Result.HEALING,
        Result.BURST,
        Result.ZONE_BRAKE,
        Result.BAD_IMAGE,
        Result.ALARM,
        Result.BUSY,
    }
)
"""Another version is wanted, and something says that it must wait."""


class RecordKind(StrEnum):
    """What the rollout has written down."""

    WANTED = "wanted"
    FAILED = "failed"
    RETRY = "retry"


@dataclass(frozen=True)
class Record:
    """One entry of the rollout's own record: from `at` on a version was wanted, had failed, or may be tried again."""

    at: datetime
    kind: RecordKind
    template: Template


@dataclass(frozen=True)
class SeenRefresh:
    """An instance refresh as DescribeInstanceRefreshes shows it.

    Attributes:
        target: The version of its desired configuration; None without one.
        percent: How much is replaced.
        checkpoints: The percentages at which it pauses.
        reason: Why it ended or rolls back, in AWS's words; "" where AWS says nothing.
    """

    id: str
    status: str
    target: Template | None
    started: datetime | None
    ended: datetime | None = None
    percent: int = 0
    remaining: int = 0
    checkpoints: tuple[int, ...] = ()
    reason: str = ""

    @property
    def running(self) -> bool:
        """Whether it is under way in either direction; a status that nobody knows counts as such."""
        return self.status != SUCCESSFUL and self.status not in ENDED_BADLY


@dataclass(frozen=True)
class View:
    """The group and its rollouts at one moment.

    Attributes:
        current: The version that the group launches from, within its mixed instances policy too.
        mixed: The group's mixed instances policy in AWS's own shape; None where it has none.
        switch: Value of the group's tag `tap:rollout` in lower case; "" without one.
        refreshes: Newest first.
        records: The rollout's own, newest first.
    """

    group: Group
    now: datetime
    current: Template | None = None
    mixed: Mapping[str, Any] | None = None
    switch: str = ""
    refreshes: tuple[SeenRefresh, ...] = ()
    records: tuple[Record, ...] = ()

    @property
    def refresh(self) -> SeenRefresh | None:
        """The refresh under way."""
        return next((each for each in self.refreshes[:1] if each.running), None)


@dataclass(frozen=True)
class RolloutStep:
    """What is to be done now, and why: a value."""

    result: Result
    why: str = ""


@dataclass(frozen=True)
class Evidence:
    """What speaks against a version.

    Attributes:
        impaired: Members of it with a failing check, by id, each as a sentence.
        failed_launches: How many launches have failed since the refresh began.
    """

    impaired: Mapping[str, str] = field(default_factory=dict)
    failed_launches: int = 0


@dataclass(frozen=True)
class HealersView:
    """How the group is by the healer's own look at it and the healer's own rules.

    Attributes:
        facts: What the healer would see.
        decision: What the healer would decide.
        alarmed: Those of the rollout's alarms that are in ALARM.
    """

    facts: Facts
    decision: Decision
    alarmed: tuple[str, ...] = ()


def named(template: Template | None) -> str:
    """A version as it is written everywhere: `lt-0a1b2c3d4e5f60718:3`."""
    return "nothing" if template is None else f"{template.id}:{template.version}"


def serves(member: Member) -> bool:
    """Whether a member is in service and nobody wants it replaced."""
    return member.in_service and not member.marked
