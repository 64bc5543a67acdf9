"""The standard streams, whose reader may go away: a closed pipe, a full disk, a terminal that was closed.

The first write that fails is remembered, and from then on the stream's file is the null device. So no thread of a
deployment dies of a write, and no library finds its own answer to a broken pipe. Only the main thread is told, with
`OutputLost`, because what it does next would be for nobody; a deployment asks not to be told (`going_on`), finishes,
and the exit code says how it went (`exit_code`).
"""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tap_cli.terminal.waits import GETTING_READY, WAITS

_DESCRIPTORS = (0, 1, 2)
_going_on = 0


class OutputLost(Exception):
    """The standard output cannot be written any more."""


class OutputStream(io.TextIOWrapper):
    """A text stream that loses its reader at most once.

    Args:
        stream: The stream that it takes the place of.
        raises: Whether the main thread is told.

    Attributes:
        lost: The error of the first write that failed.
    """

    def __init__(self, stream: io.TextIOWrapper, *, raises: bool) -> None:
        encoding, buffered = stream.encoding, stream.line_buffering
        # A character that the terminal's encoding lacks becomes an escape.
        super().__init__(stream.detach(), encoding, "backslashreplace", line_buffering=buffered)
        self.lost: OSError | None = None
        self._raises = raises

    def write(self, text: str, /) -> int:
        """Write, over the spinner if there is one."""
        if self._raises:
            WAITS.end(GETTING_READY)
        with WAITS.hidden():
            try:
                return super().write(text)
            except OSError as error:
                self._lose(error)
                return len(text)

    def flush(self) -> None:
        """Flush."""
        with WAITS.hidden():
            try:
                super().flush()
            except OSError as error:
                self._lose(error)

    def _lose(self, error: OSError) -> None:
        first, self.lost = self.lost is None, self.lost or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if not self._raises:
            return
        if _going_on and first:
            sys.stderr.write("the reader of the output has gone: what was begun goes on to its end\n")
        elif not _going_on and threading.current_thread() is threading.main_thread():
            raise OutputLost from error


def install() -> None:
    """Take the place of the standard streams; one that is closed becomes the null device, as in a program of Go's.

    Otherwise the next file that is opened, such as a stack's state, would get its number, and be printed into.
    """
    for number in _DESCRIPTORS:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the standard input
    sys.stdout = _installed(sys.stdout, 1, raises=True)
    sys.stderr = _installed(sys.stderr, 2, raises=False)
    # The originals are detached, and who asks them for the terminal's width (`shutil`) would be told 80 columns.
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]


def _installed(stream: Any, number: int, *, raises: bool) -> Any:
    if stream is None:
        stream = open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a standard stream
    # Anything else was put there by somebody who wants to read it, such as a test.
    return OutputStream(stream, raises=raises) if type(stream) is io.TextIOWrapper else stream


@contextmanager
def going_on() -> Iterator[None]:
    """Within, nobody is told that the output is lost: what was begun is finished."""
    global _going_on  # noqa: PLW0603 - of the process, as the streams are
    _going_on += 1
    try:
        yield
    finally:
        _going_on -= 1


def exit_code() -> int:
    """The exit code of a command whose output was lost; 0 if it was not, or if nobody wanted more of it.

    141 for a closed pipe, as a shell reports a program that SIGPIPE has ended (`yes | head -1`); else 1, after saying
    why on the standard error.
    """
    with suppress(OutputLost):
        sys.stdout.flush()
    lost = sys.stdout.lost if isinstance(sys.stdout, OutputStream) else None
    if lost is None:
        return 0
    if lost.errno == errno.EPIPE:
        return 141
    sys.stderr.write(f"error: the output cannot be written: {lost.strerror}\n")
    return 1
