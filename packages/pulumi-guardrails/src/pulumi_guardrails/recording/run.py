"""Runs a program in this process and hands back what it registered."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.settings import ROOT, SETTINGS

from pulumi_guardrails.model import Program
from pulumi_guardrails.recording.monitor import RecordingMonitor
from pulumi_guardrails.recording.subject import Subject

_GARBAGE = 100_000
"""Objects after which garbage is looked for while a program is recorded. It makes many, nearly all of which stay: to
look after every 700, as Python does, takes a third of the time."""


class _SilentEngine:
    """Pulumi's engine service, of which a program uses the log alone."""

    def Log(self, _: Any) -> Any:  # noqa: N802 - gRPC's name for it
        """Say nothing: what matters comes as a finding, or as the program's exception."""
        return empty_pb2.Empty()


def record(program: Callable[[], object], subject: Subject | None = None) -> Program:
    """Run a program to its end; what it raises goes through.

    Args:
        program: What `__main__` would do.
        subject: What it is run as.
    """
    monitor = monitor_for(subject or Subject())
    run(program, subject or Subject(), monitor)
    return monitor.program()


def monitor_for(subject: Subject, *, make_up: bool = True) -> RecordingMonitor:
    """A monitor that records a program which is run as `subject`."""
    region = subject.config.get("aws:region", subject.region)
    return RecordingMonitor(subject.project, subject.stack, region, subject.answers, make_up=make_up)


def run(program: Callable[[], object], subject: Subject, monitor: RecordingMonitor) -> None:
    """Run a program to its end against a monitor; what it raises goes through."""
    # Pulumi keeps its state in context variables: a context of its own is an engine of its own.
    contextvars.Context().run(_run, program, subject, monitor)


def _run(program: Callable[[], object], subject: Subject, monitor: RecordingMonitor) -> None:
    with _rare_collections(), _event_loop() as loop:
        # As in a preview: a function that the program applies to an unknown output is not called.
        configure(Settings(subject.project, subject.stack, monitor=monitor, engine=_SilentEngine(), dry_run=True))
        # Some of Pulumi's state outlives its context; what another program left behind is not this one's.
        SETTINGS.rpc_manager.clear()
        SETTINGS.outputs.clear()
        ROOT.set(None)
        set_all_config(dict(subject.config), [])
        loop.run_until_complete(run_in_stack(lambda: _nothing(program())))


def _nothing(_: object) -> None:
    """What a Pulumi program returns."""


@contextmanager
def _rare_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(_GARBAGE)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    workers = ThreadPoolExecutor()
    loop.set_default_executor(workers)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        workers.shutdown()
        asyncio.set_event_loop(None)
        loop.close()
