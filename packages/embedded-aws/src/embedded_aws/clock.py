"""The cloud's own time: a timeline of things to come, moved by hand in tests and by real time in a demo.

One kernel, two ways of moving it: `advance` jumps from event to event at once; `start` follows real time at a speed.
Cloud time stands still while a callback runs, and counts at speed 1 at most while somebody holds the clock: work that
takes real seconds (a Lambda invocation) is never billed as cloud minutes.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

log = logging.getLogger(__name__)

TICK_SECONDS = 0.02  # how often real time is looked at while the clock runs by itself


class Clock:
    """Cloud time and what is scheduled in it.

    Callbacks run one at a time, in order of time and then of scheduling, on the thread that moves the clock; during
    one, `now()` is its scheduled time or later. Other threads may read and schedule at any moment.

    Args:
        start: Cloud time at the beginning (UTC, aware); whole seconds, as AWS reports most times.
        speed: Cloud seconds for each real second while nobody holds the clock; 0 stands still until `advance`.

    Attributes:
        failures: Tracebacks of callbacks that raised while the clock ran by itself, and of what was `contained`;
            it goes on without them.

    Raises:
        ValueError: `start` names no time zone.
    """

    def __init__(self, start: datetime | None = None, speed: float = 0.0) -> None:
        self._now = _aware(start or datetime.now(UTC).replace(microsecond=0))
        self.speed = speed
        self.failures: list[str] = []
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._sequence = itertools.count()
        self._holders = 0
        self._lock = threading.RLock()
        self._moving = threading.RLock()
        self._runner: _Runner | None = None

    def now(self) -> datetime:
        """Cloud time, UTC."""
        with self._lock:
            return self._now

    def at(self, when: datetime, callback: Callable[[], None]) -> None:
        """Run `callback` once when cloud time reaches `when` (at the next move if that is past).

        Raises:
            ValueError: `when` names no time zone.
        """
        with self._lock:
            heapq.heappush(self._due, (_aware(when), next(self._sequence), callback))

    def every(self, period: timedelta, callback: Callable[[], None]) -> None:
        """Run `callback` each `period`, the first time one period from now, for as long as the clock lives.

        Raises:
            ValueError: `period` is not positive: time would never get past it.
        """
        if period <= timedelta(0):
            raise ValueError(f"a period must be positive, not {period}")

        def fire(when: datetime) -> None:
            self.at(when + period, lambda: fire(when + period))
            callback()

        first = self.now() + period
        self.at(first, lambda: fire(first))

    def advance(self, seconds: float) -> None:
        """Move cloud time forward and run all that falls due on the way, in order.

        An exception of a callback comes out here and leaves time at that callback; what was due after it runs at the
        next move.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"time does not go back, and so not by {seconds} seconds")
        self._move_to(self.now() + timedelta(seconds=seconds))

    @contextmanager
    def hold(self) -> Iterator[None]:
        """While inside, real time counts at speed 1 at most. May be nested and used from many threads."""
        with self._lock:
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1

    @contextmanager
    def contained(self, what: str) -> Iterator[None]:
        """Let an exception inside end what is inside and nothing else: it is logged, and kept in `failures`.

        For work on one thing of many: an alarm, a group, a target. The next one must not wait for a mistake here.
        """
        try:
            yield
        except Exception:  # any mistake at all: the others go on
            log.exception("%s failed", what)
            self.failures.append(f"{what}\n{traceback.format_exc()}")

    def set_speed(self, speed: float) -> None:
        """Follow real time at another speed from now on; 0 stands still until `advance`."""
        self.speed = speed
        if speed:
            self.start()

    def start(self) -> None:
        """Follow real time from now on, on a thread of its own."""
        with self._lock:
            if self._runner is None:
                self._runner = _Runner(self._tick)
                self._runner.start()

    def stop(self) -> None:
        """Stand still again; waits for a running callback, so hold no lock that one may want.

        A callback may stop the clock too: that one ends, and what else is due stays due.
        """
        with self._lock:
            runner, self._runner = self._runner, None
        if runner is not None:
            runner.end()

    def _tick(self, elapsed: float) -> None:
        """Let `elapsed` real seconds pass."""
        try:
            self.advance(elapsed * (min(self.speed, 1.0) if self._holders else self.speed))
        except Exception:  # noqa: BLE001 - the thread's entry point: one bad callback must not stop time for all others
            self.failures.append(traceback.format_exc())

    def _move_to(self, target: datetime) -> None:
        with self._moving:
            while (callback := self._next_due(target)) is not None:
                callback()
            with self._lock:
                self._now = max(self._now, target)

    def _next_due(self, target: datetime) -> Callable[[], None] | None:
        """Take the next callback off the timeline and set the time to it; None if nothing is due by `target`."""
        with self._lock:
            if not self._due or self._due[0][0] > target:
                return None
            when, _, callback = heapq.heappop(self._due)
            self._now = max(self._now, when)
            return callback


class _Runner(threading.Thread):
    """Tells how much real time has passed, again and again, until it is ended; time spent in telling does not count."""

    def __init__(self, tick: Callable[[float], None]) -> None:
        super().__init__(name="cloud-clock", daemon=True)
        self._tick = tick
        self._ending = threading.Event()

    def run(self) -> None:
        """Tick until ended."""
        last = time.monotonic()
        while not self._ending.wait(TICK_SECONDS):
            self._tick(time.monotonic() - last)
            last = time.monotonic()

    def end(self) -> None:
        """Tick no more; waits for the current tick unless called from within it."""
        self._ending.set()
        if self is not threading.current_thread():
            self.join()


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} names no time zone")
    return moment
