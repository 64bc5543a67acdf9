"""Sweeps that run at once: each a strand with a time of its own, and only the one that is furthest behind goes on.

The healer is plain code that calls and waits. To run two of them against one world, each has a thread, and exactly one
thread runs at any moment: whoever waits hands over to the strand with the least time. So calls happen in the order of
simulated time, and the same seed gives the same order. A strand that is alone needs no thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from embedded_aws.in_process.world import World


class Strand:
    """One sweep's course through time.

    Attributes:
        deadline: When it is ended from outside; None for never.
        too_late: What is raised in it then.
    """

    def __init__(self, world: World, begin: datetime) -> None:
        self.world = world
        self.time = begin
        self.peers: Peers | None = None
        self.turn = threading.Semaphore(0)
        self.deadline: datetime | None = None
        self.too_late: type[BaseException] = TimeoutError

    def wait(self, duration: timedelta) -> None:
        """Let time pass for this strand, and let others go on whose time comes first.

        Raises:
            BaseException: `too_late`, at the deadline.
        """
        self.time += duration
        ended = self.deadline is not None and self.time > self.deadline
        if ended and self.deadline is not None:
            self.time = self.deadline
        if self.peers is not None:
            self.peers.hand_over(self)
        self.world.advance(self.time)
        if ended:
            raise self.too_late


Course: TypeAlias = Callable[[Strand], None]


def run(world: World, courses: Sequence[tuple[datetime, Course]]) -> None:
    """Run the courses, each from its own time on, until all have ended.

    Raises:
        BaseException: Whatever the first of them raised; the others are then finished first.
    """
    if len(courses) == 1:
        begin, course = courses[0]
        strand = Strand(world, max(begin, world.now))
        strand.wait(timedelta())
        course(strand)
        return
    Peers(world, courses).run()


class Peers:
    """Strands that take turns."""

    def __init__(self, world: World, courses: Sequence[tuple[datetime, Course]]) -> None:
        self._courses = {Strand(world, max(begin, world.now)): course for begin, course in courses}
        self._living = list(self._courses)
        self._over = threading.Semaphore(0)
        self._raised: list[BaseException] = []

    def run(self) -> None:
        """Run them all; the caller's thread waits."""
        threads = [threading.Thread(target=self._live, args=(strand,), daemon=True) for strand in self._living]
        for strand in self._living:
            strand.peers = self
        for thread in threads:
            thread.start()
        self._next().turn.release()
        self._over.acquire()
        for thread in threads:
            thread.join()
        if self._raised:
            raise self._raised[0]

    def hand_over(self, strand: Strand) -> None:
        """Let the strand with the least time go on; among equals the one that has not just run."""
        following = self._next(other_than=strand)
        if following is not strand:
            following.turn.release()
            strand.turn.acquire()

    def _next(self, other_than: Strand | None = None) -> Strand:
        return min(self._living, key=lambda strand: (strand.time, strand is other_than))

    def _live(self, strand: Strand) -> None:
        strand.turn.acquire()
        try:
            strand.world.advance(strand.time)
            self._courses[strand](strand)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the caller's: `run` raises it
            self._raised.append(error)
        self._living.remove(strand)
        (self._next().turn if self._living else self._over).release()
