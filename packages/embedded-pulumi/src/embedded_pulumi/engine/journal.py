"""The journal of a deployment: what has changed since the state file was written, beside it and line by line.

A step costs one line however large the state is. The file is `<state file>.journal`; its first line says on which state
file it is, by the digest, and each other line is a list of changes that are made together:

    {"on": "<digest>", "entries": [1, 2, ...], "recorded": 1, "pending": []}
    [{"put": 3, "resource": {...}}, {"drop": 1}, {"move": 2, "to": 4}, {"begin": 1, "operation": {...}}, {"end": 1}]
    {"folded": "<digest>"}

A line counts when it has ended: a process that is killed while it writes one leaves the state as it was before. The
changes are folded into the state file at the end of a deployment, or else at the beginning of the next one. Before the
new state file takes the place of the old one, the journal says so with its last line; so a process that is killed
between this and the removal of the journal leaves no doubt about what has been folded already.

Source: Pulumi's own journal has the same parts (pulumi/pkg/backend/journal.go, 886e2e3e87fa, read 2026-11-30): entries
begin, succeed, fail; a replayer makes the snapshot of them. It is sent to Pulumi Cloud; for files there is a draft,
which keeps the checkpoint's digest as well (pulumi/pulumi issue 22075, pull request 22074).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from embedded_pulumi.engine.changes import WholeSnapshot
from embedded_pulumi.errors import StateError
from embedded_pulumi.wire.objects import Object


def journal_of(path: Path) -> Path:
    """The journal of a state file."""
    return path.with_name(f"{path.name}.journal")


def open_private(path: Path) -> TextIO:
    """Open a file for writing from its beginning that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")


class Journal:
    """Writes the journal of a state file; whoever does holds the stack's lock.

    Args:
        path: The state file.
        text: What it holds.
        whole: The snapshot of which it was made.
    """

    def __init__(self, path: Path, text: str, whole: WholeSnapshot) -> None:
        self._file = open_private(journal_of(path))
        head = {
            "on": _digest(text.encode()),
            "entries": [state.entry for state in whole.resources],
            "recorded": whole.recorded,
            "pending": list(whole.pending),
        }
        self.write(json.dumps(head))

    def write(self, line: str) -> None:
        """Write a line; returns when it is on the disk."""
        self._file.write(f"{line}\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write no more."""
        self._file.close()


def note_folding(path: Path, text: str) -> None:
    """Note in the journal of a state file, if there is one, that the file is about to become this, with all changes."""
    journal = journal_of(path)
    if not journal.exists():
        return
    with journal.open("r+b") as file:
        ended = file.read().rpartition(b"\n")[0]
        file.truncate(len(ended) + 1 if ended else 0)
        file.seek(0, os.SEEK_END)
        file.write(json.dumps({"folded": _digest(text.encode())}).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_document(path: Path) -> dict[str, Any] | None:
    """What the state file says, with the changes of its journal; None if there is no file.

    May be called while a deployment writes: it is the state at one moment.

    Raises:
        StateError: the journal cannot be read, or is not on this file.
        ValueError: the file, or a line, is not JSON.
    """
    while True:
        try:
            with path.open("rb") as file:
                data = file.read()
                journal = journal_of(path)
                lines = journal.read_bytes() if journal.exists() else b""
                # Another file in its place: its changes may have been folded between the two readings.
                if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                    break
        except FileNotFoundError:
            if not path.exists():
                return None
    document: dict[str, Any] = json.loads(data)
    try:
        return _replayed(document, _digest(data), _ended(lines), journal)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StateError(f"{journal} is damaged: {error!r}") from error


def _ended(lines: bytes) -> list[Any]:
    """The lines that have been written to their end."""
    *ended, _ = lines.split(b"\n")
    return [json.loads(each) for each in ended]


def _replayed(document: dict[str, Any], digest: str, lines: Sequence[Any], journal: Path) -> dict[str, Any]:
    if not lines or {"folded": digest} == lines[-1]:
        return document
    head, *rest = lines
    if head["on"] != digest:
        raise StateError(
            f"{journal} has changes of a deployment that was cut off, but the state file has been replaced since: "
            "put the old one back, or remove the journal if these changes may be lost"
        )
    changes = [change for line in rest if isinstance(line, list) for change in line]
    if changes:
        _replay(document["checkpoint"]["latest"], head, changes)
    return document


def _replay(latest: dict[str, Any], head: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> None:
    """Make changes, in their order, to a deployment in the file's form."""
    numbered = list(zip(head["entries"], latest.get("resources") or (), strict=True))
    new: dict[int, Object] = dict(numbered[: head["recorded"]])
    base: dict[int, Object] = dict(numbered[head["recorded"] :])
    operations = latest.get("pending_operations") or []
    prior = len(operations) - len(head["pending"])
    pending: dict[int, Object] = dict(zip(head["pending"], operations[prior:], strict=True))
    for change in changes:
        match change:
            case {"put": entry, "resource": resource}:
                (base if entry in base else new)[entry] = resource
            case {"move": entry, "to": other}:
                new[other] = base.pop(entry) if entry in base else new.pop(entry)
            case {"drop": entry}:
                new.pop(entry, None)
                base.pop(entry, None)
            case {"begin": number, "operation": operation}:
                pending[number] = operation
            case {"end": number}:
                pending.pop(number, None)
            case {"salt": salt}:
                latest["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt}}
    latest["resources"] = [*new.values(), *base.values()]
    latest["pending_operations"] = [*operations[:prior], *pending.values()]
