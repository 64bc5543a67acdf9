"""What the process waits for, and since when: a spinner on a terminal, lines on the standard error elsewhere.

On a terminal the last row shows what has been waited for longest, from the first moment. It is drawn over and over by a
thread of its own, and whoever writes to the terminal takes it away first. Where there is no terminal, a wait is told
when it has taken two seconds, ten, and then each thirty.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

DRAWN_AFTER = 0.1
"""Seconds after which the spinner is drawn, so that a command which answers at once shows none."""

TOLD_AFTER = 2.0
_TOLD_AGAIN = 10.0
_TOLD_EVERY = 30.0
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PLAIN_FRAMES = "|/-\\"
_TICK = 0.1
_CLEAR = "\r\x1b[2K"


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

    def row(self, now: float, width: int | None = None, more: int = 0) -> str:
        """It in one row, of at most `width` characters: what is too long is cut in the middle."""
        age = now - self.since
        end = f", {age:.0f} s" if age >= 1 else ""
        end += f" (and {more} more)" if more else ""
        words = f"{self.what}: {self.why}" if self.why else self.what
        return cut_middle(words, None if width is None else max(1, width - len(end))) + end


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
        self._drawn = False
        self._paused = 0
        self._began = time.monotonic()
        self._terminal: int | None = None
        self._frames = _PLAIN_FRAMES

    def begin(self, key: object, what: str) -> None:
        """Begin to wait."""
        with self._lock:
            self._waits[key] = Wait(what, time.monotonic())

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
    def on(self, what: str) -> Iterator[None]:
        """Within, this is waited for."""
        key = object()
        self.begin(key, what)
        try:
            yield
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
            width = shutil.get_terminal_size().columns
            row = shown[0].row(now, width - 3, len(shown) - 1)
            text = f"{_CLEAR}{self._frames[tick % len(self._frames)]} {row}"
            self._drawn = True
            _write(terminal, text.encode(sys.stdout.encoding, "replace"))

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

    def _erase(self) -> None:
        if self._drawn and self._terminal is not None:
            self._drawn = False
            _write(self._terminal, _CLEAR.encode())


def _write(terminal: int, data: bytes) -> None:
    """Write to a terminal; one that is gone is found out by whoever has something to say."""
    with suppress(OSError):
        os.write(terminal, data)


WAITS = Waits()
"""Those of this process."""
