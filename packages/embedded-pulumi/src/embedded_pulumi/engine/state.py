"""The state file: `{"version":3,"checkpoint":{"stack":"organization/<project>/<stack>","latest":<DeploymentV3>}}`.

A deployment saves after each step, to the journal beside the file; at its end the journal is folded into the file. A
new file is written beside the old one, flushed to the disk, and renamed over it. So file and journal together always
say either the old state or the new one, whenever this process dies. The JSON of each resource is kept between saves,
so that only changes are encoded.

An export, which another engine takes, is `{"version":3,"deployment":<DeploymentV3>}`. Version 4 of either has the key
`features` as well: what an engine must know to understand the resources.

Source: pulumi/pkg/backend/diy/store.go, pulumi/pkg/resource/stack/{checkpoint,deployment}.go and
pulumi/sdk/go/common/apitype/core.go (read on 2026-11-30).
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib.metadata
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from embedded_pulumi.engine.changes import Begun, Dropped, Ended, Moved, Put, SnapshotChange, WholeSnapshot
from embedded_pulumi.engine.codec import Codec, require
from embedded_pulumi.engine.integrity import BrokenRule, Integrity, verify
from embedded_pulumi.engine.journal import Journal, journal_of, note_folding, open_private, read_document
from embedded_pulumi.engine.passphrase import Crypter, WrongPassphrase
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.urn import Urn
from embedded_pulumi.errors import StackInUse, StateError
from embedded_pulumi.wire.objects import MalformedValue

_PLAIN, _WITH_FEATURES = 3, 4
"""The versions of the format."""
_HOOKS = "hooks"
_FEATURES = frozenset({_HOOKS})
"""The features of version 4 that this engine knows."""
_ZERO_TIME = "0001-01-01T00:00:00Z"


T = TypeVar("T")
OpenJournal: TypeAlias = Callable[[Path, str, WholeSnapshot], Journal]


@dataclass
class _Recording:
    """A deployment that is being recorded.

    Attributes:
        salt: What the file or the journal has for the key of its secrets.
        lines: How many were written.
    """

    stack: str
    snapshot: Snapshot
    journal: Journal
    integrity: Integrity
    salt: str
    lines: int = 0


class _Sealed:
    """Stands for a crypter where no secret is asked for."""

    def encrypt(self, _: str) -> str:
        """Is not called: nothing is written with it."""
        raise NotImplementedError

    def decrypt(self, _: str) -> str:
        """JSON's null."""
        return "null"


class StateFile:
    """The file of a stack's state.

    Args:
        path: The file; the first save creates it and its folder.
        passphrase: Encrypts secrets, as PULUMI_CONFIG_PASSPHRASE does; the empty one does not protect them.
        clock: The time for the manifest, and for `created` and `modified`; without a clock they stay empty.
        open_journal: Begins a journal.
    """

    def __init__(
        self,
        path: Path,
        passphrase: str = "",
        clock: Callable[[], datetime] | None = None,
        open_journal: OpenJournal = Journal,
    ) -> None:
        self.path = path
        self._open_journal = open_journal
        self._journal: _Recording | None = None
        self._passphrase = passphrase
        self._clock = clock
        self._salt = ""
        self._crypter: Crypter | None = None
        self._new_crypter: Callable[[], Crypter] = partial(Crypter.create, passphrase)
        self._codec = Codec(self._open_crypter)
        self._written: dict[int, tuple[ResourceState, str]] = {}
        self._writing = threading.Lock()

    def now(self) -> str:
        """The time as RFC 3339, or an empty text without a clock."""
        return "" if self._clock is None else self._clock().isoformat().replace("+00:00", "Z")

    def warm(self) -> None:
        """Derive a key on a thread of its own, if the loaded state has none: it will be ready for the first secret."""
        if self._salt:
            return
        made: Future[Crypter] = Future()

        def derive() -> None:
            made.set_result(Crypter.create(self._passphrase))

        threading.Thread(target=derive, name="state-key", daemon=True).start()
        self._new_crypter = made.result

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the stack's lock, and fold the journal at the end; the system releases the lock if this process dies.

        Raises:
            StackInUse: another deployment is under way.
            StateError: the folder cannot be written.
        """
        with self._writable():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = open_private(self.path.with_suffix(".lock"))
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StackInUse(self.path) from error
            try:
                yield
            finally:
                self.fold()

    def load(self, *, secrets: bool = True) -> Snapshot:
        """The saved snapshot; an empty one if there is no file.

        Args:
            secrets: Whether secrets are decrypted. To derive their key takes half a second; without, each is None.

        Raises:
            StateError: the file cannot be read, breaks a rule of the format, or has secrets of another passphrase.
        """
        self._written.clear()

        if not self.path.exists():
            return Snapshot()
        codec = self._codec if secrets else Codec(_Sealed)
        return self._readable(lambda: self._parse(self.document(), codec), self.path)

    def _readable(self, read: Callable[[], T], source: object) -> T:
        """What is read; whatever keeps it from being read becomes a StateError of one line that names the source."""
        try:
            return read()
        except RecursionError as error:
            raise StateError(f"{source}: it is nested too deeply") from error
        except OSError as error:
            raise StateError(f"{source}: {error.strerror}") from error
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise StateError(f"{source} is not JSON: {error}") from error
        except (MalformedValue, WrongPassphrase, BrokenRule) as error:
            raise StateError(f"{source}: {error}") from error

    @contextmanager
    def _writable(self) -> Iterator[None]:
        """Within, what keeps the state from being written, such as a full disk, becomes a StateError."""
        try:
            yield
        except OSError as error:
            raise StateError(f"{error.filename or self.path} cannot be written: {error.strerror}") from error

    def document(self) -> dict[str, Any] | None:
        """What the file and its journal say, as JSON; None if there is no file. May be read while it is written.

        Raises:
            StateError: the journal cannot be read, or is not on this file.
            ValueError: it is not JSON.
        """
        return read_document(self.path)

    def _parse(self, stored: Any, codec: Codec) -> Snapshot:
        require(stored, dict, "the state")
        self._check_version(stored)
        checkpoint = require(stored.get("checkpoint"), dict, "'checkpoint'")
        latest = checkpoint.get("latest")
        return Snapshot() if latest is None else self._deployment(latest, "'latest'", codec)

    def _check_version(self, stored: dict[str, Any]) -> None:
        version, features = stored.get("version"), require(stored.get("features") or [], list, "'features'")
        if version not in (_PLAIN, _WITH_FEATURES):
            raise BrokenRule(f"version {version} of the format is not supported, only {_PLAIN} and {_WITH_FEATURES}")
        if unknown := [str(each) for each in features if each not in _FEATURES]:
            raise BrokenRule(f"it needs features that this engine does not have: {', '.join(unknown)}")

    def _deployment(self, data: Any, where: str, codec: Codec) -> Snapshot:
        deployment = require(data, dict, where)
        manifest = require(deployment.get("manifest") or {}, dict, "'manifest'")
        version = require(manifest.get("version") or "", str, "the manifest's 'version'")
        if manifest.get("magic", "") != (_magic(version) if version else ""):
            raise BrokenRule("the manifest's magic does not fit its version: the file was tampered with or is damaged")
        self._use_secrets_of(require(deployment.get("secrets_providers") or {}, dict, "'secrets_providers'"))
        given = require(deployment.get("resources") or [], list, "'resources'")
        resources = [codec.read(item, f"resource {number}") for number, item in enumerate(given, 1)]
        verify(resources)
        pending = require(deployment.get("pending_operations") or [], list, "'pending_operations'")
        return Snapshot(
            resources,
            [codec.read_pending(item, f"pending operation {number}") for number, item in enumerate(pending, 1)],
        )

    def export(self) -> dict[str, Any]:
        """The saved state in the form that `pulumi stack import` and `import_deployment` take; secrets stay encrypted.

        Raises:
            StateError: the file cannot be read.
        """

        def read() -> dict[str, Any]:
            document = self.document() or {}
            self._parse(document, self._codec)
            return document

        stored = self._readable(read, self.path)
        features = {"features": stored["features"]} if stored.get("features") else {}
        return {"version": stored["version"], **features, "deployment": stored["checkpoint"].get("latest")}

    def import_deployment(self, stack: str, text: str, *, force: bool = False) -> list[str]:
        """Take an exported state in place of the saved one, which is kept beside it as `.bak`.

        As `pulumi stack import` does (pulumi/pkg/cmd/pulumi/stack/io.go, SaveSnapshot): pending operations are left
        out, and resources of another stack are refused unless `force` is given.

        Args:
            stack: The full name of the stack, `organization/<project>/<stack>`.
            text: What an engine has exported.
            force: Take resources of another stack as well.

        Returns:
            Warnings.

        Raises:
            StateError: the text is no exported state, or breaks a rule of the format; nothing has changed.
        """
        snapshot = self._readable(lambda: self._exported(text), "the exported state")
        warnings = [
            f"pending operation left out: {each.operation.value} {each.resource.urn}" for each in snapshot.pending
        ]
        name = stack.rpartition("/")[2]
        foreign = [state.urn for state in snapshot.resources if Urn.parse(state.urn).stack != name]
        if foreign and not force:
            others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
            raise StateError(f"{foreign[0]}{others}: of another stack than {name!r}; --force takes them all the same")
        warnings += [f"of another stack than {name!r}: {urn}" for urn in foreign]
        snapshot.clear_prior_pending()
        for file in (self.path, journal_of(self.path)):
            if file.exists():
                shutil.copy(file, file.with_name(f"{file.name}.bak"))
        self.save(stack, snapshot)
        return warnings

    def _exported(self, text: str) -> Snapshot:
        exported = require(json.loads(text), dict, "the document")
        self._check_version(exported)
        if "deployment" not in exported:
            raise BrokenRule("it lacks the key 'deployment', which `pulumi stack export` writes")
        return (
            Snapshot()
            if exported["deployment"] is None
            else self._deployment(exported["deployment"], "'deployment'", self._codec)
        )

    def _use_secrets_of(self, provider: dict[str, Any]) -> None:
        if not provider:
            return
        if provider.get("type") != "passphrase":
            raise BrokenRule(f"secrets are kept by {provider.get('type')!r}; only 'passphrase' is supported")
        kept = require(provider.get("state"), dict, "the state of 'secrets_providers'")
        salt = require(kept.get("salt"), str, "the 'salt' of 'secrets_providers'")
        if salt != self._salt:
            self._salt = salt
            self._crypter = None

    def _open_crypter(self) -> Crypter:
        if self._crypter is None:
            salt = self._salt
            self._crypter = Crypter.open(self._passphrase, salt) if salt else self._new_crypter()
            self._salt = self._crypter.state
        return self._crypter

    def save(self, stack: str, snapshot: Snapshot) -> None:
        """Write a snapshot, and end its journal.

        Args:
            stack: The full name of the stack, `organization/<project>/<stack>`.
            snapshot: The snapshot.

        Raises:
            StateError: the resources break a rule of the format; the file does not change.
        """
        with self._writing, self._writable():
            self._save(stack, snapshot)

    def _save(self, stack: str, snapshot: Snapshot) -> tuple[WholeSnapshot, str]:
        whole = snapshot.whole()
        text = self._render(stack, whole)
        temporary = self.path.with_suffix(".tmp")
        with open_private(temporary) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        note_folding(self.path, text)
        temporary.replace(self.path)
        self._end_journal(self._journal)
        return whole, text

    def record(self, stack: str, snapshot: Snapshot) -> None:
        """Write what has changed in a snapshot to its journal; without a journal write all of it, and begin one.

        Args:
            stack: The full name of the stack.
            snapshot: The snapshot; always the same one until `fold`.

        Raises:
            StateError: the resources would break a rule of the format; nothing is written.
        """
        with self._writing, self._writable():
            changes = snapshot.changes()
            if self._journal is None or changes is None:
                whole, text = self._save(stack, snapshot)
                journal = self._open_journal(self.path, text, whole)
                self._journal = _Recording(stack, snapshot, journal, Integrity(whole.resources), self._salt)
            elif changes:
                self._append(self._journal, changes)
                snapshot.forget_changes(len(changes))

    def _append(self, recording: _Recording, changes: list[SnapshotChange]) -> None:
        try:
            recording.integrity.check(changes)
        except BrokenRule as error:
            raise StateError(f"{self.path} is not written: {error}") from error
        parts = [self._change(each) for each in changes]
        if self._salt != recording.salt:  # encrypting a first secret has made it
            recording.salt = self._salt
            parts.insert(0, json.dumps({"salt": self._salt}))
        try:
            recording.journal.write(f"[{', '.join(parts)}]")
        except OSError:
            recording.journal.close()
            self._journal = None  # its last line may not have ended: the next save writes everything
            raise
        recording.lines += 1

    def _change(self, change: SnapshotChange) -> str:
        """A change in the journal's form."""
        match change:
            case Put(state):
                return f'{{"put": {state.entry}, "resource": {self._fragment(state)}}}'
            case Moved(state, before):
                self._written.pop(before, None)
                return json.dumps({"move": before, "to": state.entry})
            case Dropped(entry):
                self._written.pop(entry, None)
                return json.dumps({"drop": entry})
            case Begun(number, operation):
                return json.dumps({"begin": number, "operation": self._codec.write_pending(operation)})
            case Ended(number):
                return json.dumps({"end": number})

    def fold(self) -> None:
        """Write what was recorded into the file itself, and end the journal; raises as `save`."""
        with self._writing, self._writable():
            recording = self._journal
            if recording is None:
                return
            try:
                if recording.lines:
                    self._save(recording.stack, recording.snapshot)
                else:
                    self._end_journal(recording)
            finally:
                recording.journal.close()
                self._journal = None

    def _end_journal(self, recording: _Recording | None) -> None:
        """Remove the journal, whose changes the file has."""
        if recording is not None:
            recording.journal.close()
        self._journal = None
        journal_of(self.path).unlink(missing_ok=True)

    def _render(self, stack: str, whole: WholeSnapshot) -> str:
        resources = whole.resources
        try:
            verify(resources)
        except BrokenRule as error:
            raise StateError(f"{self.path} is not written: {error}") from error
        # Resources first: encrypting their secrets may make the salt.
        parts = ",\n".join(self._fragment(state) for state in resources)
        pending = [self._codec.write_pending(item) for item in (*whole.prior_pending, *whole.pending.values())]
        version = _written_by()
        salt = {"secrets_providers": {"type": "passphrase", "state": {"salt": self._salt}}} if self._salt else {}
        latest = {
            "manifest": {"time": self.now() or _ZERO_TIME, "magic": _magic(version), "version": version},
            **salt,
            "resources": [],
            "pending_operations": pending,
            "metadata": {},
        }
        has_hooks = any(state.hooks for state in resources)
        head = {"version": _WITH_FEATURES, "features": [_HOOKS]} if has_hooks else {"version": _PLAIN}
        frame = json.dumps({**head, "checkpoint": {"stack": stack, "latest": latest}})
        return frame.replace('"resources": []', f'"resources": [{parts}]', 1)

    def _fragment(self, state: ResourceState) -> str:
        known = self._written.get(state.entry)
        if known is None or known[0] is not state:
            known = (state, json.dumps(self._codec.write(state)))
            self._written[state.entry] = known
        return known[1]


@functools.cache
def _written_by() -> str:
    """The version in the manifest: that of the SDK."""
    return f"v{importlib.metadata.version('pulumi')}"


def _magic(version: str) -> str:
    return hashlib.sha256(version.encode()).hexdigest()


class StateFilePersister:
    """Saves a snapshot to the state file; changes that come together share one save.

    Args:
        save: Saves the snapshot.
        analysis: Before it has ended, nothing is saved: a refused program does not change the file.
    """

    def __init__(self, save: Callable[[], None], analysis: Future[None]) -> None:
        self._save = save
        self._analysis = analysis
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wanted = 0
        self._written = 0

    def commit(self) -> None:
        """Return when all changes made so far are saved, or will be when the analyzer accepts the program."""
        with self._lock:
            self._wanted += 1
            mine = self._wanted
        if self._analysis.done() and not self._analysis.exception():
            self._write(mine)

    def catch_up(self) -> None:
        """Save all changes that waited for the analyzer, which must have accepted the program."""
        self._write(self._wanted)

    def _write(self, upto: int) -> None:
        with self._writing:
            if self._written >= upto:
                return
            with self._lock:
                wanted = self._wanted
            self._save()
            self._written = wanted


class PreviewPersister:
    """The persister of a preview, which saves nothing."""

    def commit(self) -> None:
        """Do nothing."""

    def catch_up(self) -> None:
        """Do nothing."""
