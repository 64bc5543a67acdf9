"""Records any Pulumi Python program, in a process of its own: what it imports and prints stays there.

`python -m pulumi_guardrails.recording.rehearsal <descriptor>` is that process. It reads one JSON document, the
settings, from its standard input, and writes one, what was registered or why the program failed, to the descriptor.

A program is rehearsed with outputs that are made up, so that what it writes from them can be judged. If it fails then,
what was made up may be the reason. So it is rehearsed again as in a first preview, where every output of the cloud is
unknown. Only a program that fails there too is itself at fault.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from embedded_pulumi.engine.missing_modules import missing_module
from embedded_pulumi.engine.program import ForkedCall
from embedded_pulumi.engine.program_traceback import program_traceback
from embedded_pulumi.engine.project import FILE, open_project, read_project_file, virtual_environment
from embedded_pulumi.engine.virtualenv import activated, interpreter, run_module
from embedded_pulumi.errors import ProgramFailed, ProgramRefused
from pulumi_guardrails.model import Program
from pulumi_guardrails.recording.codec import program_from_json, program_to_json
from pulumi_guardrails.recording.subject import Subject


def rehearse(path: Path, subject: Subject, environ: Mapping[str, str]) -> Program:
    """Run the program at a path with nothing behind it; what it registers.

    Args:
        path: A folder with Pulumi.yaml or `__main__.py`, or a Python file.
        subject: What it is run as; the defaults that Pulumi.yaml declares are added to its configuration.
        environ: What the program finds in its environment.

    Raises:
        UserError: there is no program, or its configuration is not in order, or it refuses to go on.
        ProgramFailed: it ended with an exception.
    """
    environ = activated(environ, virtual_environment(path))
    return settled(_run_child(rehearsal(path, subject).argument, environ), path, subject, environ)


def settled(said: Mapping[str, Any], path: Path, subject: Subject, environ: Mapping[str, str]) -> Program:
    """The program, given the outcome of its rehearsal; where it failed, it is rehearsed again if that may help.

    Raises:
        UserError: as `rehearse`.
        ProgramFailed: likewise.
    """
    if "program" not in said and said.get("guessed"):
        said = _run_child({**rehearsal(path, subject).argument, "make_up": False}, environ)
    return _understood(said)


def rehearsal(path: Path, subject: Subject) -> ForkedCall:
    """The first rehearsal, for another process to do; `settled` makes a program of what it answers.

    Raises:
        UserError: there is no program, or its configuration is not in order.
    """
    project = open_project(path, subject.project)
    settings = {
        "program": str(project.program),
        "working_directory": str(project.working_directory),
        "make_up": True,
        "subject": asdict(subject) | {"config": project.complete(subject.config, subject.stack)},
    }
    return ForkedCall(f"{__name__}:{perform.__name__}", settings)


def _understood(said: Mapping[str, Any]) -> Program:
    """What was registered; raises as `rehearse` where it was not."""
    if "program" in said:
        return program_from_json(said["program"])
    if said.get("refused"):
        raise ProgramRefused(said["error"])
    functions = ", ".join(said.get("functions") or ())
    hint = f"these functions had made-up answers, and `answers` in guardrails.yaml may give others: {functions}"
    lines = (f"the program failed: {said['error']}", said.get("detail", "").rstrip(), hint if functions else "")
    raise ProgramFailed("\n".join(line for line in lines if line))


def project_name(path: Path) -> str:
    """The name in Pulumi.yaml, which configuration keys of the program's own begin with; that of its folder if none."""
    return read_project_file(path).name if (path / FILE).is_file() else path.resolve().stem


def _run_child(settings: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    read, write = os.pipe()
    with os.fdopen(read, encoding="utf-8") as answer:
        process = subprocess.Popen(  # noqa: S603 - the project's interpreter, on our own module
            run_module(interpreter(environ), "pulumi_guardrails.recording.rehearsal", str(write)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[write],
            env=dict(environ),
            text=True,
        )
        os.close(write)
        if process.stdin is not None:
            with process.stdin as stream:
                json.dump(settings, stream)
        text = answer.read()
        process.wait()
    said: dict[str, Any] = json.loads(text) if text else {"error": f"it ended with exit code {process.returncode}"}
    return said


def main(descriptor: int) -> None:
    """Run the program that standard input names, and write the outcome."""
    settings = json.load(sys.stdin)
    # Whatever the program itself writes there, nobody is to take it for the answer.
    with os.fdopen(descriptor, "w", encoding="utf-8") as answer:
        json.dump(perform(settings), answer)
    gc.freeze()  # or Python looks through all of pulumi_aws for garbage before it ends, which takes half a second


def perform(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Run the program in this process, which is spoilt for anything else; what was registered, or what went wrong."""
    import pulumi  # noqa: PLC0415 - dear, and only the child needs it

    from pulumi_guardrails.recording.run import monitor_for, run  # noqa: PLC0415 - likewise

    folder, subject = settings["working_directory"], Subject(**settings["subject"])
    os.chdir(folder)
    # As if the program had been started itself; runpy would take the entry away again before late imports happen.
    sys.path[0] = folder
    monitor = monitor_for(subject, make_up=settings["make_up"])
    try:
        run(lambda: runpy.run_path(settings["program"], run_name="__main__"), subject, monitor)
    except pulumi.RunError as error:
        failure: dict[str, Any] = {"error": str(error), "refused": True}
    except SystemExit as error:
        failure = {"error": f"it ended itself with exit code {error.code}"}
    except Exception as error:  # noqa: BLE001 - the entry point: whatever the program raised is what there is to report
        missing = missing_module(error, Path(folder))
        failure = {
            "error": missing or traceback.format_exception_only(error)[-1].strip(),
            "refused": bool(missing),
            "detail": program_traceback(error, Path(folder)),
        }
    else:
        return {"program": program_to_json(monitor.program())}
    return failure | {"guessed": bool(monitor.guesses), "functions": sorted(monitor.guesses.functions)}


if __name__ == "__main__":
    main(int(sys.argv[1]))
