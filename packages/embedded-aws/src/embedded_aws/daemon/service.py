"""The background process: one embedded AWS and its control channel, from now until it is told to end.

    python -m embedded_aws.daemon.service <settings as JSON>

`process.start` is who starts it.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from embedded_aws.daemon.control import Control
from embedded_aws.daemon.folder import Folder, Running, Taken
from embedded_aws.embedded import Cloud
from embedded_aws.httpd import LoopbackServer
from embedded_aws.kinds import KINDS


@dataclass(frozen=True)
class DaemonSettings:
    """The arguments of `process.start`.

    Attributes:
        report: A file descriptor that is told, in one line, how the start went.
    """

    home: str
    region: str
    port: int
    speed: float
    seed: int
    account: str
    report: int


def run(settings: DaemonSettings) -> None:
    """Serve until a signal says to end; the start is reported as `{"forgotten": [stacks]}` or `{"error": why}`."""
    ending = _ended_by_signals()
    folder = Folder(Path(settings.home))
    try:
        with folder.held():
            forgotten = folder.set_states_aside()
            with _serving(settings, folder) as cloud:
                _report(settings.report, {"forgotten": forgotten})
                ending.wait()
                sys.stderr.writelines(cloud.failures)
            # End at once, the lock still held: whoever finds it free finds no process either.
            sys.stderr.flush()
            os._exit(0)
    except Taken:
        _report(settings.report, {"error": "one is being started or runs already"})
    except OSError as error:
        _report(settings.report, {"error": f"127.0.0.1:{settings.port}: {error.strerror}"})


@contextmanager
def _serving(settings: DaemonSettings, folder: Folder) -> Iterator[Cloud]:
    token = secrets.token_urlsafe(32)
    with Cloud(
        speed=settings.speed,
        seed=settings.seed,
        region=settings.region,
        port=settings.port,
        kind=KINDS[settings.account],
    ) as cloud:
        control = LoopbackServer(Control(cloud, token))
        try:
            folder.write(Running(os.getpid(), cloud.endpoint_url, control.url, token, settings.region))
            yield cloud
        finally:
            control.close()


def _ended_by_signals() -> threading.Event:
    """Set when somebody wants the process to end; the terminal that started it does not count."""
    ending = threading.Event()

    def on_signal(_: int, __: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return ending


def _report(descriptor: int, document: dict[str, Any]) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8") as report:
        report.write(json.dumps(document) + "\n")


if __name__ == "__main__":
    run(DaemonSettings(**json.loads(sys.argv[1])))
