"""Scheduled scaling: at its time an action changes the sizes of the group.

Sources: AWS, "Scheduled scaling for Amazon EC2 Auto Scaling" (a desired capacity that is not given follows a limit that
moves past it); API PutScheduledUpdateGroupAction, DescribeScheduledActions (actions that have run or have reached their
end are no longer there); "Suspend and resume processes" (what falls into a suspension is not made up for).

Assumed: an action whose sizes do not fit those of the group when its time has come does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeAlias

from embedded_aws.fleet import capacity
from embedded_aws.fleet.errors import Refused, invalid
from embedded_aws.fleet.limits import check_sizes
from embedded_aws.fleet.state import Process, State

NextAfter: TypeAlias = Callable[[datetime], datetime | None]
"""The first time after another one; None if there is none."""


@dataclass(frozen=True, eq=False)
class ScheduledAction:
    """A scheduled action.

    Attributes:
        min_size, max_size, desired: What it sets; None leaves it alone.
        start: When it is run, or the first time.
        end: When a recurring one ends; None for never.
        recurs: When a recurring one is run again; None for one that is run once.
    """

    name: str
    min_size: int | None
    max_size: int | None
    desired: int | None
    start: datetime
    end: datetime | None = None
    recurs: NextAfter | None = None


def put(state: State, action: ScheduledAction) -> None:
    """PutScheduledUpdateGroupAction: create an action or replace the one of this name."""
    state.schedule[action.name] = action
    _plan(state, action, action.start)


def delete(state: State, name: str) -> None:
    """DeleteScheduledAction. Raises Refused: `ValidationError`, there is none of this name."""
    if state.schedule.pop(name, None) is None:
        raise invalid(f"Scheduled action name not found - Scheduled action {name} not found")


def _plan(state: State, action: ScheduledAction, due: datetime) -> None:
    if action.end is not None and due > action.end:
        state.timeline.at(action.end, partial(_forget, state, action))
    else:
        state.timeline.at(due, partial(_run, state, action, due))


def _forget(state: State, action: ScheduledAction) -> None:
    if state.schedule.get(action.name) is action:
        del state.schedule[action.name]


def _run(state: State, action: ScheduledAction, due: datetime) -> None:
    if state.schedule.get(action.name) is not action:
        return
    following = action.recurs(due) if action.recurs is not None else None
    if following is None:
        _forget(state, action)
    else:
        _plan(state, action, following)
    if not state.is_suspended(Process.SCHEDULED_ACTIONS):
        _apply(state, action)


def _apply(state: State, action: ScheduledAction) -> None:
    settings = state.settings
    least = settings.min_size if action.min_size is None else action.min_size
    most = settings.max_size if action.max_size is None else action.max_size
    desired = max(least, min(settings.desired, most)) if action.desired is None else action.desired
    try:
        check_sizes(least, most, desired)
    except Refused:
        return
    state.settings = replace(settings, min_size=least, max_size=most)
    limits = f"min: {least}, max: {most}, desired: {desired}"
    capacity.ask(state, desired, f"a scheduled action update of AutoScalingGroup constraints to {limits}")
