"""Ctrl-C and its like (SIGINT, SIGTERM, SIGHUP), in whatever a command is doing.

    the first     answers at once, and either stops what runs in good order (`stopped_by`), or is a KeyboardInterrupt
    the second    ends the process, whatever its threads wait for

The answer to the second comes from a thread of its own, because the main thread may wait for something that no signal
reaches. A SIGHUP is never the second one: a terminal that goes away sends it more than once.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tap_cli.terminal.waits import WAITS

_PATIENCE_SECONDS = 5.0
"""How long a command that has nothing to finish may take to end."""

_LOOK_SECONDS = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """How this process is interrupted.

    Attributes:
        signal: The first signal that came, 0 if none has.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._stop: Callable[[], bool] | None = None
        self._last_words = ""
        self._finishing = False

    def install(self) -> None:
        """Take the signals from now on; one of a terminal that is to be ignored (`nohup`) stays ignored."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in _SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._first)
        os.register_at_fork(after_in_child=_forget)
        threading.Thread(target=self._watch, args=(reader,), name="interruption", daemon=True).start()

    @contextmanager
    def stopped_by(self, stop: Callable[[], bool], last_words: str = "") -> Iterator[None]:
        """Within, the first signal calls `stop`, if it takes note of it.

        Args:
            stop: Has what runs end soon; whether it will.
            last_words: What is said if a second signal comes.
        """
        self._stop, self._last_words = stop, last_words
        try:
            yield
        finally:
            self._stop, self._last_words = None, ""

    @property
    def exit_code(self) -> int:
        """The exit code of an interrupted command, as shells have it: 130 for Ctrl-C."""
        return 128 + (self.signal or signal.SIGINT)

    def _first(self, number: int, _: FrameType | None) -> None:
        if self.signal:
            return  # `_watch` has heard it
        self.signal = number
        if self._stop is not None and self._stop():
            self._finishing = True
            rows = [] if WAITS.drawn else WAITS.rows()
            waits = f" ({rows[0]})" if rows else ""
            WAITS.interject(f"interrupted: what runs is finished first{waits}; a second Ctrl-C ends it")
            return
        WAITS.interject("interrupted")
        WAITS.show_no_more()
        raise KeyboardInterrupt

    def _watch(self, reader: int) -> None:
        heard = 0
        began = time.monotonic()
        while True:
            ready, _, _ = select.select([reader], [], [], _LOOK_SECONDS)
            numbers = os.read(reader, 16) if ready else b""
            if numbers and not heard:
                began = time.monotonic()
            counted = sum(number != signal.SIGHUP for number in numbers)
            heard += counted or (1 if numbers and not heard else 0)
            if heard > 1:
                WAITS.interject(f"ended at once{self._last_words}")
            elif not heard or self._finishing or time.monotonic() - began < _PATIENCE_SECONDS:
                continue
            os._exit(self.exit_code)


def _forget() -> None:
    """In a fork: die of a signal as any process does."""
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


INTERRUPTION = Interruption()
"""That of this process."""
