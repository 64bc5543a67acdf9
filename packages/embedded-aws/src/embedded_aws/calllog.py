"""The cloud's CloudTrail: every API call that reached it, who made it and how it ended.

What AWS's services do in their own name or as a role is recorded only where it was denied.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from embedded_aws.calls import Caller

SECRETS = frozenset({"SecretBinary", "SecretString"})
"""Parameters of which nothing is written down."""

CAPACITY = 100_000  # records kept; a simulation of days must not grow without bound


def told(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of a call as they may be written down: no secret, and of what is uploaded only its size."""
    if not params.keys() & {*SECRETS, "Body"}:
        return params
    shown = {name: "***" if name in SECRETS else value for name, value in params.items()}
    if isinstance(shown.get("Body"), bytes):
        shown["Body"] = f"{len(shown['Body'])} bytes"
    return shown


@dataclass(frozen=True)
class CallRecord:
    """One API call that was answered.

    Attributes:
        time: Cloud time of its arrival.
        service: botocore's service name, empty if the request could not be understood.
        action: botocore's operation name, empty if the request could not be understood.
        region: Region it was signed for.
        caller: Who signed it, or None if it was not signed.
        allowed: False if a guard (IAM) refused it.
        seconds: Real seconds it took.
        refusal: What IAM said if it refused: who may not do what on which resource, and which policy lacks it.
    """

    time: datetime
    service: str
    action: str
    params: Mapping[str, Any]
    region: str
    caller: Caller | None
    allowed: bool
    error: str | None
    seconds: float
    refusal: str = ""


Subscriber: TypeAlias = Callable[[CallRecord], None]


class CallLog:
    """The last `CAPACITY` calls in order of their answers. Safe to use from many threads."""

    def __init__(self) -> None:
        self._records: deque[CallRecord] = deque(maxlen=CAPACITY)
        self._subscribers: list[Subscriber] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[CallRecord]:
        with self._lock:
            return iter(list(self._records))

    def __len__(self) -> int:
        return len(self._records)

    def record(self, record: CallRecord) -> None:
        """Add one call and tell the subscribers, on the thread that served it."""
        with self._lock:
            self._records.append(record)
            subscribers = list(self._subscribers)
        for tell in subscribers:
            tell(record)

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call `callback` with each record from now on; returns what ends that."""
        with self._lock:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers.remove(callback)

        return unsubscribe

    def of(self, service: str, action: str) -> list[CallRecord]:
        """The records of one API, oldest first."""
        return [record for record in self if (record.service, record.action) == (service, action)]

    def clear(self) -> None:
        """Forget all records; subscribers stay."""
        with self._lock:
            self._records.clear()
