"""One deployment in a process of its own, which can be interrupted."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pulumi_aws.autoscaling
import pulumi_aws.cloudwatch
import pulumi_aws.ec2
import pulumi_aws.iam
import pulumi_aws.kms
import pulumi_aws.lambda_
import pulumi_aws.sns
import pulumi_aws.ssm
import pulumi_aws.vpc  # noqa: F401 - these are what the program would import, in each of its processes

import tap_stack.stack  # noqa: F401
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.aws.session import isolated_botocore, load_models
from embedded_pulumi.engine import launcher
from embedded_pulumi.engine.changes import WholeSnapshot
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Event, ProgramOutput, StepFinished
from embedded_pulumi.engine.journal import Journal
from embedded_pulumi.engine.program import ChildProcess, passed_on
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.engine.steps import DELETIONS
from embedded_pulumi.engine.urn import Urn
from embedded_pulumi.errors import EngineError

from .points import Point

ROOT = Path(__file__).parents[2]
STACK = "dev"
CONTROL = 3  # the program's first file after its standard streams
MOST_FILES = 4096
NO_BLOW = Point("", "none", "")

load_models(isolated_botocore())  # once before all forks: to read them takes as long as all calls of a deployment


class Forked:
    """A forked process, as far as `ChildProcess` needs a Popen."""

    def __init__(self, act: Callable[[], int]) -> None:
        self.returncode = 0
        self._ended = threading.Event()
        self.pid = os.fork()
        if self.pid == 0:
            exit_with(act)
        threading.Thread(target=self._reap, daemon=True).start()

    def _reap(self) -> None:
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self._ended.set()

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("the program", timeout or 0)
        return self.returncode


def exit_with(act: Callable[[], int]) -> NoReturn:
    """End this process with the exit code that `act` returns."""
    code = 70
    try:
        code = act()
    except BaseException:  # noqa: BLE001 - the entry point of a forked process
        traceback.print_exc()
    finally:
        os._exit(code)


class Mortal(ChildProcess):
    """The program in a process that has imported what it will need, and that can be killed as if from outside."""

    def __init__(self, environ: Mapping[str, str], on_output: Callable[[ProgramOutput], None]) -> None:
        del on_output
        self._environ, self._answers = dict(environ), open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
        self._control, theirs = socket.socketpair()

        def run() -> int:
            os.setsid()
            os.dup2(theirs.fileno(), CONTROL)
            os.closerange(CONTROL + 1, MOST_FILES)  # of the engine's files, its lock above all, a program has none
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in range(CONTROL):
                os.dup2(silence, stream)
            os.environ.clear()
            os.environ.update(passed_on())
            return launcher.main(CONTROL, os.open(os.devnull, os.O_WRONLY))

        self._process: Any = Forked(run)
        theirs.close()
        self._readers = []

    def strike(self) -> None:
        """Kill it outright, and nothing else."""
        os.killpg(self._process.pid, signal.SIGKILL)


class MortalJournal(Journal):
    """A journal whose process may be killed when half of a line is written."""

    def __init__(self, path: Path, text: str, whole: WholeSnapshot, run: Run) -> None:
        self._run = run
        super().__init__(path, text, whole)

    def write(self, line: str) -> None:
        if self._run.falls_at_write():
            self._file.write(line[: len(line) // 2])
            self._file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(line)


@dataclass
class Run:
    """What is deployed, how, and what happens on the way.

    Attributes:
        blow: What is interrupted where, if that is not on the wire.
        steps: Steps that were told as done.
        registered: Those of them that answered a registration.
        writes: States, and lines of their journals, that were written.
    """

    folder: Path
    endpoint_url: str
    environ: Mapping[str, str]
    config: Mapping[str, str]
    now: Callable[[], Any]
    blow: Point
    steps: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    writes: int = 0
    program: Mortal | None = None

    def engine(self) -> Engine:
        """The engine, one step at a time so that each point is always the same one."""
        return Engine(
            project="tap",
            stack=STACK,
            program=ROOT,
            providers=[AwsProvider(endpoint_url=self.endpoint_url)],
            state=StateFile(self.folder / "state.json", clock=self.now, open_journal=self.open_journal),
            config=self.config,
            on_event=self.hear,
            parallel=1,
            environ=self.environ,
            launch=self.launch,
        )

    def launch(self, environ: Mapping[str, str], on_output: Callable[[ProgramOutput], None]) -> Mortal:
        """Start the program."""
        self.program = Mortal(environ, on_output)
        return self.program

    def hear(self, event: Event) -> None:
        """Note each step, and let the blow fall that is due after it."""
        if not isinstance(event, StepFinished):
            return
        name = f"{event.op.value}:{event.type.rpartition(':')[2]}/{Urn.parse(event.urn).name}"
        self.steps.append(name)
        if self.blow.kind == "step" and self.blow.place == name:
            os.kill(os.getpid(), signal.SIGKILL)
        if event.op not in DELETIONS and self.program is not None:
            self.registered.append(name)
            if self.blow.kind == "program" and self.blow.place == name:
                self.program.strike()

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note each state that takes the place of the one before; Python tells of a renaming before it is done."""
        if event == "os.rename" and str(arguments[1]) == str(self.folder / "state.json") and self.falls_at_write():
            os.kill(os.getpid(), signal.SIGKILL)

    def falls_at_write(self) -> bool:
        """Note that the state is written; whether the blow falls meanwhile."""
        self.writes += 1
        return self.blow.kind == "write" and self.blow.place == f"#{self.writes}"

    def open_journal(self, path: Path, text: str, whole: WholeSnapshot) -> Journal:
        """Begin the journal."""
        return MortalJournal(path, text, whole, self)

    def carry_out(self, operation: str) -> int:
        """Do it in this process; returns the exit code, and leaves what happened in the folder."""
        sys.addaudithook(self.audit)
        code, error = 0, ""
        try:
            engine = self.engine()
            (engine.destroy if operation == "destroy" else engine.up)()
        except EngineError as failure:
            code, error = 1, str(failure)
        told = {"steps": self.steps, "registered": self.registered, "writes": self.writes, "error": error}
        (self.folder / "told.json").write_text(json.dumps(told))
        return code
