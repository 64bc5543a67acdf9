"""A group with a clock: its state, how time passes in it, and what may be read of it.

Passive: nothing happens but in a call. Each call says when it is; whatever was due until then happens first, at its
own exact time, and then the call takes effect. After every event the group looks, in this order, at what it may do:

1. end the replacements whose new member is warm               replacement
2. replace whoever is unhealthy and may go                     replacement
3. go on with an instance refresh                              rolling
4. terminate what is too many, launch what is missing          capacity
5. bring the warm pool to its size                             warmpool
6. even out the zones                                          rebalance

Each of these looks only at members that have something to it (`roster` keeps them), never at all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from embedded_aws.fleet import applications, capacity, health, lifetime, rebalance, replacement, rolling, warmpool
from embedded_aws.fleet.activities import ActivityLog
from embedded_aws.fleet.errors import no_such_instance
from embedded_aws.fleet.events import Listener
from embedded_aws.fleet.health import Checks
from embedded_aws.fleet.hooks import Hook
from embedded_aws.fleet.limits import check_sizes
from embedded_aws.fleet.machines import Machines
from embedded_aws.fleet.members import Member
from embedded_aws.fleet.refreshes import Refresh
from embedded_aws.fleet.roster import Roster
from embedded_aws.fleet.schedules import ScheduledAction
from embedded_aws.fleet.settings import GroupSettings, Timings
from embedded_aws.fleet.state import Process, State
from embedded_aws.fleet.words import Words

KEPT_REFRESHES = timedelta(weeks=6)
STEPS = (
    replacement.finish_landed,
    replacement.hurry_stopped,
    replacement.replace_unhealthy,
    lifetime.replace_old,
    rolling.step,
    capacity.drop_needless_replacements,
    capacity.scale_in,
    capacity.scale_out,
    warmpool.fill,
    rebalance.even_out,
)


class Clocked:
    """One Auto Scaling group. Not safe for threads: whoever shares it locks.

    Times are aware datetimes and never go back: a `now` before the last one counts as the last one.

    Args:
        rng: Source of activity ids and boot jitter: the same seed and calls give the same history.
        listeners: Told of each event as it happens.
        hooks: Lifecycle hooks that hold its first instances too.

    Raises:
        Refused: `ValidationError`, the sizes do not fit each other.
    """

    def __init__(
        self,
        name: str,
        settings: GroupSettings,
        machines: Machines,
        rng: Random,
        now: datetime,
        *,
        timings: Timings | None = None,
        words: Words | None = None,
        listeners: Sequence[Listener] = (),
        hooks: Sequence[Hook] = (),
    ) -> None:
        check_sizes(settings.min_size, settings.max_size, settings.desired)
        empty = replace(settings, desired=0)
        self._state = State(name, empty, timings or Timings(), machines, rng, now, ActivityLog(rng), words or Words())
        self._state.listeners.extend(listeners)
        self._state.hooks.update((hook.name, hook) for hook in hooks)
        self._deleting = False
        with self._taking_effect(now):
            capacity.ask(self._state, settings.desired, "a user request created an AutoScalingGroup")

    # What it is

    @property
    def name(self) -> str:
        """The group's name."""
        return self._state.name

    @property
    def settings(self) -> GroupSettings:
        """What is asked of it now, with the desired capacity as it has become."""
        return self._state.settings

    @property
    def now(self) -> datetime:
        """How far its time has come."""
        return self._state.now

    @property
    def members(self) -> Roster:
        """All members, iterable and indexed; `revision` counts their changes."""
        return self._state.roster

    @property
    def pool(self) -> list[Member]:
        """The instances of its warm pool, the longest there first; none of them is among `members`."""
        return list(self._state.pool.values())

    @property
    def activities(self) -> ActivityLog:
        """Scaling activities, iterable: in progress first, then newest first."""
        return self._state.log

    @property
    def suspended(self) -> dict[Process, str]:
        """Suspended processes, and why."""
        return dict(self._state.suspended)

    @property
    def refreshes(self) -> list[Refresh]:
        """Instance refreshes of the last six weeks, the newest first (API: DescribeInstanceRefreshes)."""
        return [each for each in reversed(self._state.refreshes) if each.start >= self.now - KEPT_REFRESHES]

    @property
    def hooks(self) -> list[Hook]:
        """Its lifecycle hooks, in the order in which they were put."""
        return list(self._state.hooks.values())

    @property
    def schedule(self) -> list[ScheduledAction]:
        """Its scheduled actions that are still to come, in the order in which they were put."""
        return list(self._state.schedule.values())

    @property
    def shifted_zones(self) -> frozenset[str]:
        """Zones under a zonal shift."""
        return frozenset(self._state.shifted)

    @property
    def gone(self) -> bool:
        """Whether it was deleted and its last instance is terminated."""
        return self._deleting and not len(self._state.roster) and not self._state.pool

    @property
    def deleting(self) -> bool:
        """Whether it was deleted."""
        return self._deleting

    @property
    def natives_in_progress(self) -> int:
        """The group's own replacements of impaired members that are under way."""
        return replacement.natives_in_progress(self._state)

    def next_event(self) -> datetime | None:
        """When something happens next by itself; None for never. It may turn out to be nothing."""
        return self._state.timeline.next()

    def member(self, instance_id: str) -> Member:
        """The member with this id. Raises Refused: `ValidationError`, there is none."""
        member = self._state.roster.get(instance_id)
        if member is None:
            raise no_such_instance(instance_id)
        return member

    def warmed(self, instance_id: str) -> Member | None:
        """The instance of the warm pool with this id, or None."""
        return self._state.pool.get(instance_id)

    def checks(self, instance_id: str, now: datetime) -> Checks:
        """A member's status checks, as DescribeInstanceStatus shows them.

        Raises:
            Refused: `ValidationError`, there is no such member.
        """
        self.advance(now)
        if warmed := self.warmed(instance_id):
            return health.checks(self._state, warmed)
        member = self.member(instance_id)
        told, application = health.checks(self._state, member), applications.status(self._state, member)
        return told if application == told.application else replace(told, application=application)

    # Time

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due until `now`, in order, each at its own time."""
        while (due := self._state.timeline.take(now)) is not None:
            self._state.now = max(self._state.now, due[0])
            due[1]()
            self._look()
        self._state.now = max(self._state.now, now)

    @contextmanager
    def _taking_effect(self, now: datetime) -> Iterator[State]:
        self.advance(now)
        yield self._state
        self._look()
        self.advance(self._state.now)

    def _look(self) -> None:
        if self._deleting:
            return
        for step in STEPS:
            step(self._state)
        if not self._state.missing:
            self._state.request = None
