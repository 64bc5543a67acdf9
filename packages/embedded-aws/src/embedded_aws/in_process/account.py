"""One AWS account: its group, what was done to it, who watches, and who interferes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import RLock
from typing import Any, Protocol, TypeAlias

from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.replica import Replica
from embedded_aws.in_process.requests import RequestCheck, shared
from embedded_aws.in_process.world import World

Stream: TypeAlias = tuple[str, str]
"""Log group and log stream."""


@dataclass
class SeenCall:
    """One call as AWS saw it.

    Attributes:
        session: Number of the session, in the order in which they were opened.
        took_effect: When AWS carried it out; None if it never did.
        reply: What AWS answered, whether it arrived or not.
        error: The error that the caller got, by its code; "" if it got the answer.
    """

    session: int
    action: str
    params: dict[str, Any]
    sent: datetime
    took_effect: datetime | None = None
    reply: dict[str, Any] | None = None
    error: str = ""


class Witness(Protocol):
    """Sees every call, without a say in it."""

    def sees(self, call: SeenCall) -> None:
        """A call has ended, one way or another."""

    def before_effect(self, call: SeenCall) -> None:
        """A call is about to be carried out."""


@dataclass
class Account:
    """One AWS account and region, with one group.

    Attributes:
        streams: Log streams, and when they were created.
        metrics: Values by name, of each PutMetricData with its time.
        alarms: CloudWatch alarms by name: the metric that each watches.
        sessions: How many sweeps have had clients.
        before: Called with each call before AWS sees it; it may change the world, or raise what the caller gets.
        after: Called with each call that was carried out, before its answer leaves; it may change `call.reply`, a copy
            made for it, or raise what the caller gets instead.
        answers: Operations that are answered otherwise than from the world, and with what.
        lock: Held while a call is carried out, so that callers may have threads of their own.
    """

    world: World
    rng: Random
    faults: ApiFaults = field(default_factory=ApiFaults)
    witnesses: list[Witness] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    streams: dict[Stream, datetime] = field(default_factory=dict)
    metrics: list[tuple[datetime, dict[str, float]]] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    alarms: dict[str, str] = field(default_factory=dict)
    checks: RequestCheck = field(default_factory=shared)
    sessions: int = 0
    before: Callable[[SeenCall], None] = lambda _: None
    after: Callable[[SeenCall], None] | None = None
    answers: dict[str, Callable[[], dict[str, Any]]] = field(default_factory=dict)
    lock: AbstractContextManager[Any] = field(default_factory=RLock)

    def __post_init__(self) -> None:
        lag = timedelta(seconds=self.faults.lag_seconds)
        self._replicas = [Replica(self.world, timedelta()), *([Replica(self.world, lag)] if lag else [])]

    def number(self) -> int:
        """The number of a new session."""
        self.sessions += 1
        return self.sessions

    def look(self) -> Replica:
        """The copy of the group that the next answer is taken from."""
        return self._replicas[0] if len(self._replicas) == 1 else self.rng.choice(self._replicas)

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens now."""
        return chance > 0 and self.rng.random() < chance
