"""One AWS account as the simulation keeps it: its group, what was done to it, and who watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from tap_stack.in_process_aws.faults import ApiFaults
from tap_stack.in_process_aws.replica import Replica
from tap_stack.in_process_aws.requests import RequestCheck, shared
from tap_stack.in_process_aws.world import World


@dataclass
class Call:
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

    def sees(self, call: Call) -> None:
        """A call has ended, one way or another."""

    def before_effect(self, call: Call) -> None:
        """A call is about to be carried out."""


@dataclass
class Account:
    """One AWS account and region, with one group.

    Attributes:
        witnesses: Told of each call.
        calls: Calls by operation.
        streams: Log streams that were created.
        metrics: Values by name, of each PutMetricData with its time.
        notices: What was published.
        sessions: How many sweeps have had clients.
    """

    world: World
    rng: Random
    faults: ApiFaults = field(default_factory=ApiFaults)
    witnesses: list[Witness] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    streams: set[str] = field(default_factory=set)
    metrics: list[tuple[datetime, dict[str, float]]] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    checks: RequestCheck = field(default_factory=shared)
    sessions: int = 0

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


@dataclass(frozen=True)
class Rest:
    """What is left of an answer that comes in pages: items from a position on, and how one is told."""

    items: list[Any]
    position: int
    tell: Callable[[Any], dict[str, Any]]


class Pages:
    """The answers of one session that have not been read to their end, by token."""

    def __init__(self) -> None:
        self._rest: dict[str, Rest] = {}

    def keep(self, rest: Rest) -> str:
        """Keep the rest of an answer; returns its token."""
        token = f"page-{len(self._rest) + 1}"
        self._rest[token] = rest
        return token

    def get(self, token: str) -> Rest | None:
        """The rest of an answer; it can be asked for again."""
        return self._rest.get(token)
