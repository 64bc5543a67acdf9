"""A shell in a terminal of its own, as a person has it: bash, 80 columns, someone who answers and presses Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from support.command import Done

COLUMNS = 80
_DRAWN_OVER = re.compile(r"\r\x1b\[2K|\x1b\[1A\x1b\[2K")
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_END = "end of command"


class Shell:
    """A bash that runs one command after the other, with what the ones before have set.

    Args:
        folder: Where it begins.
        environ: All that it has in its environment.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        given = {**environ, "PS1": "", "PS2": "", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        given = {name: value for name, value in given.items() if name not in {"COLUMNS", "LINES", "PROMPT_COMMAND"}}
        self._child, self._terminal = pty.fork()
        if not self._child:
            os.chdir(folder)
            time.sleep(0.1)  # until the terminal has its size
            os.execvpe("bash", ("bash", "--norc", "--noprofile", "--noediting"), given)  # noqa: S606 - a shell is what it starts
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        self.run("stty -echo; bind 'set enable-bracketed-paste off' 2>/dev/null")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.kill(self._child, signal.SIGHUP)
        os.close(self._terminal)
        os.waitpid(self._child, 0)

    def run(self, command: str, *, answer: str = "", interrupt: bool = False, seconds: float = 180) -> Done:
        """Run a command to its end.

        Args:
            command: As it is typed.
            answer: What is typed where it asks.
            interrupt: Press Ctrl-C once it has printed a line.
            seconds: How long it may take.

        Returns:
            Its exit code, and what stood on the terminal, without colours and without what was drawn over.
        """
        mark = f"{_END} $?"
        os.write(self._terminal, f"{command}; printf '\\n%s\\n' \"{mark}\"\n".encode())
        printed, until = b"", time.monotonic() + seconds
        end = re.compile(rf"\r?\n{_END} (\d+)\r?\n".encode())
        while not (found := end.search(printed)):
            ready, _, _ = select.select([self._terminal], [], [], 0.2)
            printed += os.read(self._terminal, 1 << 16) if ready else b""
            if answer and re.search(
                rb"\? \[[^\]]+\][^\n]*$|: $", _CODES.sub("", printed.decode("utf-8", "replace")).encode()
            ):
                os.write(self._terminal, f"{answer}\n".encode())
                answer = ""
            if interrupt and not ready and self._lines(printed):
                os.write(self._terminal, b"\x03")
                interrupt = False
            assert time.monotonic() < until, f"{command} does not end: {self._text(printed)}"
        return Done(int(found[1]), self._text(printed[: found.start()]), "")

    def _lines(self, printed: bytes) -> list[str]:
        return [line for line in self._text(printed).splitlines()[:-1] if line.strip()]

    @staticmethod
    def _text(printed: bytes) -> str:
        rows = printed.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        return "\n".join(_CODES.sub("", _DRAWN_OVER.split(row)[-1]).rpartition("\r")[2] for row in rows)
