"""What scaling activities mean for the rules: who was taken out for its health, and what replaced it."""

from __future__ import annotations

from .model import Activity, ActivityKind, Cause, History, Outcome

HEALTH_CAUSES = frozenset({Cause.USER_MARK, Cause.HEALTH_CHECK, Cause.UNKNOWN})
REPLACING = frozenset({Cause.REPLACEMENT, Cause.UNKNOWN})


def is_health_termination(activity: Activity) -> bool:
    """It took an instance out because of its health, by a mark or by the group's own check, or nobody knows why."""
    return activity.kind is ActivityKind.TERMINATE and activity.cause in HEALTH_CAUSES


def launches(history: History) -> History:
    """The launches, newest first."""
    return tuple(item for item in history if item.kind is ActivityKind.LAUNCH)


def replacements(history: History) -> History:
    """Launches that take the place of a broken instance, newest first: those that say so, and their retries.

    Where the launch of a replacement fails, AWS launches again "in response to a difference between desired and
    actual capacity": that instance is the replacement. A launch for a reason that nobody knows may be one too.
    """
    found: list[Activity] = []
    owed = 0
    for launch in reversed(launches(history)):
        replaces = launch.cause in REPLACING
        if not replaces and not owed:
            continue
        found.append(launch)
        if launch.outcome is Outcome.FAILED:
            owed += replaces
        elif not replaces:
            owed -= 1
    return tuple(reversed(found))
