"""Runs a Pulumi program in a process of its own.

    python -m embedded_pulumi.engine.launcher <control> <answers> [module ...]

`control` is one end of a socket, whose other end the engine holds. Over it come two lines of JSON, by when this process
has already imported what it can: first the environment and what to call first, in a fork of this process that
writes what comes of it to `answers`; then the program's settings. Over it goes back one line, if the program ends with
an error. When the engine's end closes, however that comes about, this process ends: no program outlives its engine.

Only what `pulumi` publishes is used, and nothing of its CLI.
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

from embedded_pulumi.engine.program import REFUSED

FAILED = 1
_ORPHANED = 4
_THREADS_PER_STEP = 4
"""As many as Pulumi's own launcher has: each request that is being answered holds one."""


def main(control_descriptor: int, answers: int, modules: Sequence[str] = ()) -> int:
    """Run the program that the engine names; returns the exit code."""
    _import(modules)
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
    except Exception as error:  # noqa: BLE001 - the entry point: whatever the program raised is what there is to report
        _report(control, _headline(error), "".join(_program_frames(error, Path(settings["working_directory"]))))
        return FAILED
    return 0


def _import(modules: Iterable[str]) -> None:
    """Import what is there of these.

    Hardly anything that an import makes is ever garbage, and to look through all of it again and again takes a fifth
    of the time; frozen, it is not looked through later either, nor copied in a fork.
    """
    gc.disable()
    for module in modules:
        with suppress(ImportError):
            # Asking for anything loads it: pulumi_aws puts off loading its modules until then.
            hasattr(importlib.import_module(module), "__all__")
    gc.freeze()
    gc.enable()


def _next(orders: IO[str]) -> dict[str, Any]:
    line = orders.readline()
    if not line:
        os._exit(_ORPHANED)  # nobody needs this process, or nobody is left who could
    order: dict[str, Any] = json.loads(line)
    return order


def _call_in_fork(forked_call: dict[str, Any], answers: int) -> None:
    """Do it in a fork, which is cheap now: nothing but the main thread runs yet."""
    if os.fork():
        return
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    module, _, function = forked_call["call"].partition(":")
    try:
        answer = json.dumps(getattr(importlib.import_module(module), function)(forked_call["argument"]))
        with os.fdopen(answers, "w", encoding="utf-8") as stream:
            stream.write(answer)
    finally:
        os._exit(0)  # neither exit handlers nor the program are this fork's business


def _end_with(control: socket.socket) -> None:
    """Wait for the engine's end of the socket to close; nothing else is ever sent."""
    while control.recv(1):
        pass
    os._exit(_ORPHANED)


def _run(settings: dict[str, Any]) -> None:
    os.chdir(settings["working_directory"])
    # As if the program had been started itself; runpy would take the entry away again before late imports happen.
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
    loop.run_until_complete(run_in_stack(lambda: _run_program(settings["program"])))


def _run_program(path: str) -> None:
    runpy.run_path(path, run_name="__main__")


def _report(control: socket.socket, message: str, detail: str = "") -> None:
    control.sendall(json.dumps({"message": message, "detail": detail}).encode() + b"\n")


def _headline(error: Exception) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


def _program_frames(error: Exception, root: Path) -> list[str]:
    """The traceback from where the program's own files come into it; all of it if they do not."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((index for index, frame in enumerate(frames) if Path(frame.filename).is_relative_to(root)), 0)
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames[first:])]
    return [*lines, *traceback.format_exception_only(error)]


def _leave(codes: list[int]) -> None:
    """End at once with the last exit code: to take an interpreter with pulumi_aws in it apart takes half a second."""
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
    exit_codes = [FAILED]
    # Exit handlers run in reverse order: those that the program registers come before this one.
    atexit.register(_leave, exit_codes)
    try:
        exit_codes.append(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
    except SystemExit as system_exit:
        exit_codes.append(_code_of(system_exit))
