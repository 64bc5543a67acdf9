"""What started a sweep: an event with its age, and the Lambda invocation with the time that it has left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import times

FOREVER_SECONDS = 900.0  # what is left of an invocation that has no context: Lambda's longest
AHEAD_SECONDS = 5.0  # how far an event may seem to lie ahead: AWS's `Date` has no fractions, and clocks differ a little
SHOWN = 100  # characters of what cannot be read
GROUP_CHANGED = frozenset({"EC2 Instance Launch Successful", "EC2 Instance Terminate Successful"})
"""`detail-type` of the events of Auto Scaling upon which the healer marks nobody, and may say that all is well."""


@dataclass(frozen=True)
class Trigger:
    """One invocation.

    Attributes:
        due: When the event was due; None for a run by hand.
        unreadable: What of the event cannot be read; "" if all can.
        after_change: The group has launched or terminated an instance: not the schedule.
        log_group: The function's own log group; "" outside of Lambda.
        remaining: Seconds left of the invocation.
    """

    due: datetime | None
    unreadable: str
    after_change: bool
    log_group: str
    remaining: Callable[[], float]

    def stale(self, limit_seconds: float, now: datetime | None) -> str:
        """Why the event is not to be acted upon; "" if it is.

        Nobody can tell by hand-made events, nor while AWS has told no time (which makes the sweep blind anyway).
        """
        if self.unreadable:
            return f"{self.unreadable} cannot be read"
        if self.due is None or now is None:
            return ""
        age = (now - self.due).total_seconds()
        if age < -AHEAD_SECONDS:
            return f"the event lies {-age:.0f} s in the future"
        return f"the event is {age:.0f} s old, more than {limit_seconds:.0f} s" if age > limit_seconds else ""


def trigger_of(event: object, context: Any) -> Trigger:
    """The trigger out of what Lambda passes: EventBridge's event (`time` counts) and a context, which may be None.

    Whatever the event is, this raises nothing: what cannot be read makes the trigger stale.
    """
    told = event if isinstance(event, Mapping) else {}
    text = told.get("time")
    by_hand = text is None or text == ""
    due = None if by_hand else times.parse(text)
    unreadable = "" if by_hand or due else f"the event's time {_shown(text)}"
    if not isinstance(event, Mapping):
        unreadable = f"the event {_shown(event)}, which is no JSON object,"
    kind = told.get("detail-type")
    return Trigger(
        due=due,
        unreadable=unreadable,
        after_change=isinstance(kind, str) and kind in GROUP_CHANGED,
        log_group=getattr(context, "log_group_name", None) or "",
        remaining=_remaining(context),
    )


def _shown(value: object) -> str:
    """The value as a text that is not too long for a line, however deeply nested the value is."""
    try:
        text = repr(value)
    except RecursionError:
        return "(deeply nested)"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _remaining(context: Any) -> Callable[[], float]:
    """With AWS's `Date`, the only clock that the healer looks at."""
    if not hasattr(context, "get_remaining_time_in_millis"):
        return lambda: FOREVER_SECONDS
    return lambda: context.get_remaining_time_in_millis() / 1000
