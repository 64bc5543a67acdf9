"""What started a sweep: the scheduled event with its age, and the Lambda invocation with the time that it has left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FOREVER_SECONDS = 900.0  # what is left of an invocation that has no context: Lambda's longest


@dataclass(frozen=True)
class Trigger:
    """One invocation.

    Attributes:
        due: When the scheduled event was due; None for a run by hand.
        unreadable: The event's time where it is none; "" otherwise.
        log_group: The function's own log group; "" outside of Lambda.
        remaining: Seconds left of the invocation.
    """

    due: datetime | None
    unreadable: str
    log_group: str
    remaining: Callable[[], float]

    def stale(self, limit_seconds: float, now: datetime | None) -> str:
        """Why the event is too old to act upon; "" if it is not.

        Nobody can tell by hand-made events, nor while AWS has told no time (which makes the sweep blind anyway).
        """
        if self.unreadable:
            return f"the event's time {self.unreadable!r} cannot be read"
        if self.due is None or now is None:
            return ""
        age = (now - self.due).total_seconds()
        return f"the event is {age:.0f} s old, more than {limit_seconds:.0f} s" if age > limit_seconds else ""

    def key(self, now: datetime) -> str:
        """What makes two runs one: the time of their event, or by hand the minute in which they run."""
        return f"{self.due or now.replace(second=0, microsecond=0):%Y-%m-%d/%H-%M-%S}"


def trigger_of(event: Mapping[str, Any], context: Any) -> Trigger:
    """The trigger out of what Lambda passes: an EventBridge event (`time` counts) and a context, which may be None."""
    text = event.get("time") or ""
    due = _parse(text)
    return Trigger(
        due=due,
        unreadable=str(text) if text and due is None else "",
        log_group=getattr(context, "log_group_name", None) or "",
        remaining=_remaining(context),
    )


def _parse(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None


def _remaining(context: Any) -> Callable[[], float]:
    """With AWS's `Date`, the only clock that the healer looks at."""
    if not hasattr(context, "get_remaining_time_in_millis"):
        return lambda: FOREVER_SECONDS
    return lambda: context.get_remaining_time_in_millis() / 1000
