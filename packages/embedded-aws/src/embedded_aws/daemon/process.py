"""Start the background process, find it, stop it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from embedded_aws.daemon.errors import DaemonError, NotRunning, RequestRefused
from embedded_aws.daemon.folder import Folder, Running, open_private
from embedded_aws.kinds import STANDARD

START_SECONDS = 60.0  # its imports take one, on a busy machine a few
STOP_SECONDS = 15.0  # a function that is running may end first
_LOOK_SECONDS = 0.05
_LOG_LINES = 8


@dataclass(frozen=True)
class Started:
    """A process that has just been started, and the stacks whose state was set aside: their AWS has gone."""

    running: Running
    forgotten: tuple[str, ...]


def start(
    home: Path, *, region: str, port: int = 0, speed: float, seed: int = 0, account: str = STANDARD.name
) -> Started:
    """Start an embedded AWS that survives this process and its terminal; returns when it can be called.

    Args:
        home: The private folder of the project (`Folder`).
        region: Where clients call when they name no region.
        port: Where it listens on 127.0.0.1; 0 takes a free port.
        speed: Cloud seconds for each real second.
        seed: What its random choices follow from.
        account: What kind of account it is, one of `KINDS`.

    Raises:
        RequestRefused: one runs already, or the port is not free.
        DaemonError: it did not come up.
    """
    folder = Folder(home)
    try:
        folder.prepare()
    except OSError as error:
        raise RequestRefused(f"the folder {error.filename} cannot be written: {error.strerror}") from error
    if (running := folder.running()) is not None:
        raise RequestRefused(f"a local AWS runs already: process {running.pid} at {running.endpoint}")
    settings = {"home": str(home), "region": region, "port": port, "speed": speed, "seed": seed, "account": account}
    reader, writer = os.pipe()
    with os.fdopen(reader) as report, open_private(folder.log) as log:
        process = _launch({**settings, "report": writer}, writer, log)
        os.close(writer)
        try:
            document = _await_report(report, process, folder.log)
        except KeyboardInterrupt:
            process.kill()  # else it would come up after all
            raise
    if "error" in document:
        raise RequestRefused(f"the local AWS did not start: {document['error']}")
    if (running := folder.running()) is None:
        raise DaemonError(f"the local AWS ended as soon as it had started; see {folder.log}")
    return Started(running, tuple(document["forgotten"]))


def _launch(settings: dict[str, object], report: int, log: IO[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "embedded_aws.daemon.service", json.dumps(settings)]
    process = subprocess.Popen(  # noqa: S603 - this interpreter, on our own module
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=[report],
        start_new_session=True,  # a session of its own: neither Ctrl-C nor the end of the terminal reaches it
        umask=0o077,
    )
    # It is meant to outlive this process; should it end before, somebody has to take note.
    threading.Thread(target=process.wait, name="local-aws", daemon=True).start()
    return process


def _await_report(report: IO[str], process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """What the process says of its start.

    Raises:
        DaemonError: it says nothing, because it died or takes too long; then it is ended.
    """
    ready, _, _ = select.select([report], [], [], START_SECONDS)
    line = report.readline() if ready else ""
    if not line:
        process.kill()
        process.wait()
        said = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:])
        raise DaemonError(f"the local AWS did not start; the end of {log}:\n{said}")
    document: dict[str, Any] = json.loads(line)
    return document


def find(home: Path) -> Running:
    """The embedded AWS of the project with this private folder. Raises NotRunning: there is none."""
    running = Folder(home).running()
    if running is None:
        raise NotRunning(home.parent)
    return running


def stop(home: Path) -> Running:
    """End the embedded AWS of that project and everything in it; returns what ran. Raises NotRunning: there is none."""
    running = find(home)
    os.kill(running.pid, signal.SIGTERM)
    if not _gone(home):
        os.killpg(running.pid, signal.SIGKILL)  # the leader of its own session, and so of its group
        _gone(home)
    return running


def _gone(home: Path) -> bool:
    """Wait for its end; whether it came in time."""
    deadline = time.monotonic() + STOP_SECONDS
    while Folder(home).running() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
