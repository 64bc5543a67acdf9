"""The state file: `{"version":3,"checkpoint":{"stack":"organization/<project>/<stack>","latest":<DeploymentV3>}}`.

A save writes a temporary file, flushes it to the disk, and renames it over the old one: the file always holds either
the old state or the new one. The JSON of each resource is kept between saves, so that only changes are encoded.

Source: pulumi/pkg/backend/diy/store.go and pulumi/sdk/go/common/apitype/core.go.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib.metadata
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from embedded_pulumi.engine.codec import Codec
from embedded_pulumi.engine.passphrase import Crypter, WrongPassphrase
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.snapshot import BrokenRule, Snapshot, verify
from embedded_pulumi.errors import StateError
from embedded_pulumi.wire.objects import MalformedValue

_FORMAT = 3
_ZERO_TIME = "0001-01-01T00:00:00Z"


class StateFile:
    """The file of a stack's state.

    Args:
        path: The file; the first save creates it and its folder.
        passphrase: Encrypts secrets, as PULUMI_CONFIG_PASSPHRASE does; the empty one does not protect them.
        clock: The time for the manifest, and for `created` and `modified`; without a clock they stay empty.
    """

    def __init__(self, path: Path, passphrase: str = "", clock: Callable[[], datetime] | None = None) -> None:
        self.path = path
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
        """Hold the stack's lock; the system releases it if this process dies.

        Raises:
            StateError: another deployment is under way.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _open_private(self.path.with_suffix(".lock")) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StateError(f"{self.path} is in use: another deployment of this stack is under way") from error
            yield

    def load(self) -> Snapshot:
        """The saved snapshot; an empty one if there is no file.

        Raises:
            StateError: the file cannot be read, breaks a rule of the format, or has secrets of another passphrase.
        """
        self._written.clear()
        if not self.path.exists():
            return Snapshot()
        try:
            return self._parse(json.loads(self.path.read_text()))
        except (KeyError, TypeError, ValueError) as error:
            # These ValueErrors have a readable message.
            readable = isinstance(error, MalformedValue | WrongPassphrase | BrokenRule | json.JSONDecodeError)
            raise StateError(f"{self.path}: {error if readable else f'malformed state: {error!r}'}") from error

    def _parse(self, data: dict[str, Any]) -> Snapshot:
        if data["version"] != _FORMAT:
            raise BrokenRule(f"version {data['version']} of the format is not supported, only {_FORMAT}")
        latest = data["checkpoint"].get("latest")
        if latest is None:
            return Snapshot()
        version = latest["manifest"].get("version", "")
        if latest["manifest"].get("magic", "") != (_magic(version) if version else ""):
            raise BrokenRule("the manifest's magic does not fit its version: the file was tampered with or is damaged")
        self._use_secrets_of(latest.get("secrets_providers"))
        resources = [self._codec.read(item) for item in latest.get("resources") or ()]
        verify(resources)
        return Snapshot(resources, [self._codec.read_pending(item) for item in latest.get("pending_operations") or ()])

    def _use_secrets_of(self, provider: dict[str, Any] | None) -> None:
        if not provider:
            return
        if provider["type"] != "passphrase":
            raise BrokenRule(f"secrets are kept by {provider['type']!r}; only 'passphrase' is supported")
        if provider["state"]["salt"] != self._salt:
            self._salt = provider["state"]["salt"]
            self._crypter = None

    def _open_crypter(self) -> Crypter:
        if self._crypter is None:
            salt = self._salt
            self._crypter = Crypter.open(self._passphrase, salt) if salt else self._new_crypter()
            self._salt = self._crypter.state
        return self._crypter

    def save(self, stack: str, snapshot: Snapshot) -> None:
        """Save a snapshot.

        Args:
            stack: The full name of the stack, `organization/<project>/<stack>`.
            snapshot: The snapshot.

        Raises:
            StateError: the resources break a rule of the format; the file does not change.
        """
        with self._writing:
            text = self._render(stack, snapshot)
            temporary = self.path.with_suffix(".tmp")
            with _open_private(temporary) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)

    def _render(self, stack: str, snapshot: Snapshot) -> str:
        resources = snapshot.resources
        try:
            verify(resources)
        except BrokenRule as error:
            raise StateError(f"{self.path} is not written: {error}") from error
        # Resources first: encrypting their secrets may make the salt.
        parts = ",\n".join(self._fragment(state) for state in resources)
        version = _written_by()
        salt = {"secrets_providers": {"type": "passphrase", "state": {"salt": self._salt}}} if self._salt else {}
        latest = {
            "manifest": {"time": self.now() or _ZERO_TIME, "magic": _magic(version), "version": version},
            **salt,
            "resources": [],
            "pending_operations": [self._codec.write_pending(item) for item in snapshot.pending],
            "metadata": {},
        }
        frame = json.dumps({"version": _FORMAT, "checkpoint": {"stack": stack, "latest": latest}})
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


def _open_private(path: Path) -> TextIO:
    """Open a file for writing that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")


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
