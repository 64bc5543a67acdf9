"""Runs a Pulumi program in a process of its own.

    python -m embedded_pulumi.engine.launcher <control> <answers> [module ...]

`control` is the descriptor of a socket to the engine. The process first imports the modules. Then it reads two lines of
JSON from the socket:

    1. environment variables, and a function that the analyzer wants called. A fork of this process calls the function,
       and writes its answer to the descriptor `answers`
    2. the settings of the program, which it then runs

If the program ends with an error, the process writes one line of JSON back. When the engine closes its end of the
socket, or dies, the process ends: no program outlives its engine.

This needs only the public API of `pulumi`, and nothing of the CLI.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import importlib
import json
import logging
import os
import runpy
import socket
import sys
import threading
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config

from embedded_pulumi.engine.elsewhere import add_folder
from embedded_pulumi.engine.missing_modules import missing_module
from embedded_pulumi.engine.program import REFUSED
from embedded_pulumi.engine.program_traceback import program_traceback

FAILED = 1
_ORPHANED = 4
_THREADS_PER_STEP = 4
"""As in Pulumi's own launcher: each open request needs a thread."""


def start(control: int, answers: int, modules: Sequence[str] = ()) -> None:
    """Run the program, and set the exit code with which this process ends as soon as its main module has ended."""
    exit_codes = [FAILED]
    # Exit handlers run in reverse order, so this one runs after those that the program registers.
    atexit.register(_leave, exit_codes)
    try:
        exit_codes.append(main(control, answers, modules))
    except SystemExit as system_exit:
        exit_codes.append(_code_of(system_exit))


def main(control_descriptor: int, answers: int, modules: Sequence[str] = ()) -> int:
    """Run the program that the engine names; returns its exit code."""
    import_ahead(modules)
    control = socket.socket(fileno=control_descriptor)
    with control.makefile("r", encoding="utf-8") as orders:
        first = _next(orders)
        os.environ.update(first["environ"])
        if first["forked_call"]:
            _call_in_fork(first["forked_call"], answers)
        os.close(answers)
        settings = _next(orders)
    threading.Thread(target=_end_with, args=(control,), daemon=True).start()
    try:
        _run(settings)
    except pulumi.RunError as error:
        _report(control, str(error))
        return REFUSED
    except Exception as error:  # noqa: BLE001 - the entry point: every error of the program is reported
        missing = missing_module(error, Path(settings["working_directory"]))
        if missing:
            _report(control, missing)
            return REFUSED
        headline = "".join(traceback.format_exception_only(error)).strip()
        _report(control, headline, program_traceback(error, Path(settings["working_directory"])))
        return FAILED
    return 0


def import_ahead(modules: Iterable[str]) -> None:
    """Import those of the modules that are installed.

    The garbage collector would find next to nothing after an import, and would take a fifth of the time. Frozen
    objects are not examined later either, and a fork does not copy them.
    """
    gc.disable()
    for module in modules:
        with suppress(ImportError):
            # pulumi_aws loads a module only when an attribute of it is read.
            hasattr(importlib.import_module(module), "__all__")
    gc.freeze()
    gc.enable()


def _next(orders: IO[str]) -> dict[str, Any]:
    line = orders.readline()
    if not line:
        os._exit(_ORPHANED)  # the engine has died, or does not need this process
    order: dict[str, Any] = json.loads(line)
    return order


def _call_in_fork(forked_call: dict[str, Any], answers: int) -> None:
    """Call it in a fork, which is safe now: only the main thread runs yet."""
    if os.fork():
        return
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    if forked_call["folder"]:
        add_folder(forked_call["package"], forked_call["folder"])
    module, _, function = forked_call["call"].partition(":")
    try:
        answer = json.dumps(getattr(importlib.import_module(module), function)(forked_call["argument"]))
        with os.fdopen(answers, "w", encoding="utf-8") as stream:
            stream.write(answer)
    finally:
        os._exit(0)  # without the exit handlers, and without running the program


def _end_with(control: socket.socket) -> None:
    """End this process when the engine closes its end of the socket."""
    while control.recv(1):
        pass
    os._exit(_ORPHANED)


def _run(settings: dict[str, Any]) -> None:
    os.chdir(settings["working_directory"])
    # As if Python had started the program. runpy would set this entry only until the program's main module has run.
    sys.path[0] = settings["working_directory"]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max(settings["parallel"], 1) * _THREADS_PER_STEP))
    configure(
        Settings(
            project=settings["project"],
            stack=settings["stack"],
            monitor=settings["address"],
            engine=settings["address"],
            parallel=settings["parallel"],
            dry_run=settings["dry_run"],
            organization=settings["organization"],
            root_directory=settings["root_directory"],
        ),
    )
    set_all_config(settings["config"], settings["secret_keys"])

    def run_program() -> None:
        if settings["program"].endswith(".yaml"):
            from embedded_pulumi.engine import yaml_program  # noqa: PLC0415 - few programs need it

            yaml_program.run(Path(settings["program"]))
            return
        runpy.run_path(settings["program"], run_name="__main__")

    loop.run_until_complete(run_in_stack(run_program))


def _report(control: socket.socket, message: str, detail: str = "") -> None:
    control.sendall(json.dumps({"message": message, "detail": detail}).encode() + b"\n")


def _leave(codes: list[int]) -> None:
    """End at once with the last exit code: Python needs half a second to take pulumi_aws apart."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(codes[-1])


def _code_of(ending: SystemExit) -> int:
    """The exit code that Python makes of a SystemExit."""
    if ending.code is None or isinstance(ending.code, int):
        return ending.code or 0
    sys.stderr.write(f"{ending.code}\n")
    return 1


if __name__ == "__main__":
    start(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
