"""The private folder of a project: for its owner alone, and whatever is in it too.

    local.json   where the embedded AWS that runs answers, with the token for its control channel
    local.lock   held by that process for as long as it lives, so that a stale local.json is known for one
    local.log    what it has to say
    stacks/      the state of each stack in it

Nothing in it is worth keeping when the embedded AWS has ended, because that AWS is gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

_PATIENCE_SECONDS = 1.0  # somebody who only looks whether the lock is held has it for a moment


class Taken(Exception):
    """Another process holds the lock."""


@dataclass(frozen=True)
class Running:
    """An embedded AWS that runs.

    Attributes:
        endpoint: Where AWS's services answer.
        control: Where the control channel answers.
        token: What it must be shown.
        region: Where clients call when they name no region.
    """

    pid: int
    endpoint: str
    control: str
    token: str
    region: str


class Folder:
    """The private folder of a project."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record = self.path / "local.json"
        self.lock = self.path / "local.lock"
        self.log = self.path / "local.log"
        self.stacks = self.path / "stacks"

    def prepare(self) -> None:
        """Make it, and let nobody else in. Raises OSError: it belongs to somebody else."""
        for path in (self.path, self.stacks):
            path.mkdir(exist_ok=True)
            path.chmod(0o700)

    def state(self, stack: str) -> Path:
        """The file that holds a stack's state."""
        return self.stacks / f"{stack}.json"

    def stack_names(self) -> list[str]:
        """The stacks that have a state."""
        return sorted(path.stem for path in self.stacks.glob("*.json"))

    def running(self) -> Running | None:
        """The embedded AWS that runs, None if none does; a record that a dead one has left is removed."""
        if not self.lock.exists():
            return None
        try:
            with self.lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                self.record.unlink(missing_ok=True)
        except BlockingIOError:
            with suppress(FileNotFoundError):  # it has the lock, and will write its record in a moment
                return Running(**json.loads(self.record.read_text(encoding="utf-8")))
        return None

    def write(self, running: Running) -> None:
        """Tell others how to come here; whole or not at all."""
        temporary = self.record.with_suffix(".tmp")
        with open_private(temporary) as file:
            json.dump(asdict(running), file)
        temporary.replace(self.record)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the one process that runs, until the end of the `with` or of the process, whatever ends it.

        Raises:
            Taken: there is one already.
        """
        with open_private(self.lock) as file:
            _lock(file)
            self.record.unlink(missing_ok=True)
            yield

    def set_states_aside(self) -> list[str]:
        """Rename the states of all stacks to `.bak`, because what they describe has gone with its AWS.

        Returns:
            The names of the stacks.
        """
        states = sorted(self.stacks.glob("*.json"))
        for path in states:
            aside = path.with_suffix(".json.bak")
            # What a deployment that was cut off has written since, beside the state of which it is a part.
            journal, its_journal = (each.with_name(f"{each.name}.journal") for each in (path, aside))
            path.replace(aside)
            its_journal.unlink(missing_ok=True)
            if journal.exists():
                journal.replace(its_journal)
        return [path.stem for path in states]


def open_private(path: Path) -> TextIO:
    """Open a file for writing from its beginning that nobody else may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")


def _lock(file: TextIO) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise Taken from error
            time.sleep(0.02)
        else:
            return
