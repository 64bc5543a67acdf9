"""What the process waits for, and since when: a spinner on a terminal, lines on the standard error elsewhere.

On a terminal the last row shows what has been waited for longest, from the first moment. It is drawn over and over by a
thread of its own, and whoever writes to the terminal takes it away first. Where there is no terminal, a wait is told
when it has taken two seconds, ten, and then each thirty.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

DRAWN_AFTER = 0.05
"""Seconds after which the spinner is drawn, so that a command which answers at once shows none."""

TOLD_AFTER = 2.0
_TOLD_AGAIN = 10.0
_TOLD_EVERY = 30.0
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PLAIN_FRAMES = "|/-\\"
_TICK = 0.08
_CLEAR, _UP = "\r\x1b[2K", "\x1b[1A\x1b[2K"
_WIDTH = 80
"""Columns of a terminal that does not say."""


GETTING_READY = "getting ready"
"""What is waited for from the beginning until something else is, or the command says something."""


class Wait:
    """Something that is waited for.

    Attributes:
        since: When it began, by the monotonic clock.
        why: What keeps it, if that is known.
        due: The age at which it is told next.
    """

    def __init__(self, what: str, since: float) -> None:
        self.what = what
        self.since = since
        self.why = ""
        self.due = TOLD_AFTER

    def row(self, now: float) -> str:
        """It in one row, however long: what is waited for, what keeps it, how long it has taken."""
        why = f": {self.why}" if self.why else ""
        return f"{self.what}{why}{self._age(now)}"

    def rows(self, now: float, width: int, more: int) -> list[str]:
        """It in rows of at most `width` characters, what keeps it on one of its own; and how many more there are."""
        end = self._age(now) + (f" (and {more} more)" if more else "")
        first = cut_middle(self.what, max(1, width - len(end))) + end
        return [first, cut_middle(self.why, width)] if self.why else [first]

    def _age(self, now: float) -> str:
        age = now - self.since
        return f", {age:.0f} s" if age >= 1 else ""


def cut_middle(text: str, width: int | None) -> str:
    """A text with its middle left out where it is longer than `width`: names differ at both ends."""
    if width is None or len(text) <= width:
        return text
    head = max(0, width - 1) // 2
    tail = max(0, width - 1 - head)
    return f"{text[:head]}…{text[len(text) - tail :]}"


class Waits:
    """All that is waited for now; the waits of a `with` hide those around it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._waits: dict[object, Wait] = {}
        self._drawn = 0
        self._paused = 0
        self._began = time.monotonic()
        self._terminal: int | None = None
        self._frames = _PLAIN_FRAMES

    def begin(self, key: object, what: str) -> None:
        """Begin to wait."""
        with self._lock:
            self.end(GETTING_READY)
            self._waits[key] = Wait(what, time.monotonic())
            if key == GETTING_READY:
                self._waits[key].due = _TOLD_AGAIN  # it is the same for every command, and says little

    def explain(self, key: object, why: str) -> None:
        """Say what keeps it; another reason than before is told at once, if the wait is told at all."""
        with self._lock:
            wait = self._waits.get(key)
            if wait is not None and wait.why != why:
                wait.why = why
                wait.due = min(wait.due, max(TOLD_AFTER, time.monotonic() - wait.since))

    def end(self, key: object) -> None:
        """Wait no more."""
        with self._lock:
            self._waits.pop(key, None)

    def end_steps(self) -> None:
        """Wait for none of the steps any more: what ran them has ended."""
        with self._lock:
            for key in [each for each in self._waits if isinstance(each, str)]:
                del self._waits[key]

    @contextmanager
    def on(self, what: str) -> Iterator[Callable[[str], None]]:
        """Within, this is waited for.

        Yields:
            Takes other words for it, such as how far it is.
        """
        key = object()
        self.begin(key, what)

        def rename(what: str) -> None:
            self._waits[key].what = what

        try:
            yield rename
        finally:
            self.end(key)

    def rows(self) -> list[str]:
        """What is waited for, longest first; what was begun last where nothing below it is."""
        now = time.monotonic()
        with self._lock:
            return [wait.row(now) for wait in self._shown()]

    def _shown(self) -> list[Wait]:
        """Those that say most: steps have a text for a key, and stand in a `with` that need not be told as well."""
        steps = [wait for key, wait in self._waits.items() if isinstance(key, str)]
        return sorted(steps, key=lambda each: each.since) or list(self._waits.values())[-1:]

    # --- how it is shown ---

    def show(self) -> None:
        """Begin to show it, from a thread of its own."""
        if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            self._terminal = sys.stdout.fileno()
            with suppress(UnicodeEncodeError, LookupError):
                _FRAMES.encode(sys.stdout.encoding)
                self._frames = _FRAMES
        threading.Thread(target=self._keep_showing, name="waits", daemon=True).start()

    def _keep_showing(self) -> None:
        tick = 0
        while True:
            time.sleep(_TICK)
            tick += 1
            if self._terminal is None:
                self._tell()
            else:
                self._draw(self._terminal, tick)

    def _draw(self, terminal: int, tick: int) -> None:
        with self._lock:
            now = time.monotonic()
            shown = self._shown()
            if self._paused or not shown or now - self._began < DRAWN_AFTER:
                self._erase()
                return
            first, *more = shown[0].rows(now, _width(terminal) - 3, len(shown) - 1)
            rows = [f"{self._frames[tick % len(self._frames)]} {first}", *(f"  {each}" for each in more)]
            before = self._taken_away()
            self._drawn = len(rows)
            _write(terminal, before + "\n".join(rows).encode(sys.stdout.encoding, "replace"))

    def _tell(self) -> None:
        with self._lock:
            now = time.monotonic()
            due = [wait for wait in self._shown() if not self._paused and now - wait.since >= wait.due]
            for wait in due:
                age = now - wait.since
                wait.due = _TOLD_AGAIN if age < _TOLD_AGAIN else age + _TOLD_EVERY
            rows = [wait.row(now) for wait in due]
        for row in rows:
            sys.stderr.write(f"{row}\n")
            sys.stderr.flush()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Within, the spinner is not there, and does not come: somebody writes."""
        with self._lock:
            self._erase()
            yield

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Within, nothing is shown: the user is asked something."""
        with self._lock:
            self._erase()
            self._paused += 1
        try:
            yield
        finally:
            self._paused -= 1

    def show_no_more(self) -> None:
        """Show nothing from now on: the command ends."""
        self._paused += 1

    def _erase(self) -> None:
        if self._drawn and self._terminal is not None:
            _write(self._terminal, self._taken_away())

    def interject(self, text: str) -> None:
        """Print a line on the standard error over the spinner, from a signal handler as well.

        It does not go through the stream, which the interrupted code may be writing to, and waits for nobody for long.
        """
        ours = self._lock.acquire(timeout=_TICK)
        try:
            _, ready, _ = select.select([], [2], [], 0)
            if ready:
                _write(2, self._taken_away() + f"{text}\n".encode(sys.stderr.encoding or "utf-8", "backslashreplace"))
        finally:
            if ours:
                self._lock.release()

    @property
    def drawn(self) -> bool:
        """Whether there is a terminal, on which all of this is seen."""
        return self._terminal is not None

    def _taken_away(self) -> bytes:
        """What takes the spinner off the terminal."""
        drawn, self._drawn = self._drawn, 0
        return (_CLEAR + _UP * (drawn - 1)).encode() if drawn else b""


def _width(terminal: int) -> int:
    try:
        return os.get_terminal_size(terminal).columns or _WIDTH
    except OSError:
        return _WIDTH


def _write(terminal: int, data: bytes) -> None:
    """Write to a terminal; one that is gone is found out by whoever has something to say."""
    with suppress(OSError):
        os.write(terminal, data)


WAITS = Waits()
"""Those of this process."""
