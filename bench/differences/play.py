"""Plays a report's programs on one of the two engines; what it decided is compared as text."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.differences.reports import HEAD, Report

from embedded_aws import access
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Event, StepFinished
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.engine.urn import STACK_TYPE, Urn, is_provider_type
from embedded_pulumi.errors import EngineError

REGION = "eu-west-1"
PROJECT, STACK = "reports", "dev"
TIMEOUT_SECONDS = 120
UNSAID = {"same", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace", "refresh"}
"""Steps in which nothing is done, and the second half of a replacement, which `pulumi preview --json` leaves out."""
REPLACE = {"create-replacement": "replace"}
"""The first half by the name of the whole."""


@dataclass(frozen=True)
class Decided:
    """What an engine made of one program.

    Attributes:
        preview: The steps that it foresaw, and `failed` where it refused.
        outcome: `done` or `failed`.
        state: What it recorded, a line for each resource.
    """

    preview: tuple[str, ...]
    outcome: str
    state: tuple[str, ...]


def write(folder: Path, program: str) -> None:
    """Put a program into its project's folder."""
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": PROJECT, "runtime": runtime}))
    (folder / "__main__.py").write_text(f"{HEAD}\n{program}\n")


def on_ours(report: Report, folder: Path, endpoint: str) -> list[Decided]:
    """Each program in turn, on the embedded engine."""
    state, ids, found = StateFile(folder / "state.json"), dict[str, str](), []
    for program in report.programs:
        write(folder, program)
        told: list[str] = []

        def listen(event: Event, told: list[str] = told) -> None:
            if isinstance(event, StepFinished):
                told.append(_step(event.op.value, event.urn))

        engine = Engine(
            project=PROJECT,
            stack=STACK,
            program=folder,
            providers=[AwsProvider(endpoint_url=endpoint)],
            state=state,
            config={"aws:region": REGION, **dict(report.config)},
            environ=access.environment(endpoint, REGION, os.environ),
            on_event=listen,
        )
        preview = tuple(sorted(set(told) - {""})) if _succeeds(engine.preview) else ("failed",)
        outcome = "done" if _succeeds(engine.up) else "failed"
        exported = state.export()["deployment"] if state.path.exists() else None
        lines, ids = _state(exported, ids)
        found.append(Decided(preview, outcome, lines))
    return found


def _succeeds(run: Any) -> bool:
    try:
        run()
    except EngineError:
        return False
    return True


def on_the_real_one(report: Report, folder: Path, environ: Mapping[str, str]) -> list[Decided]:
    """Each program in turn, on the Pulumi CLI that is on the PATH."""
    (folder / ".venv").symlink_to(sys.prefix)
    write(folder, report.programs[0])
    _pulumi(folder, environ, "stack", "init", STACK)
    for key, value in (("aws:region", REGION), *report.config):
        _pulumi(folder, environ, "config", "set", key, value, "--stack", STACK)
    ids, found = dict[str, str](), []
    for program in report.programs:
        write(folder, program)
        looked = _pulumi(folder, environ, "preview", "--json", "--stack", STACK, check=False)
        steps = json.loads(looked.stdout or "{}").get("steps") or []
        told = tuple(sorted({_step(each["op"], each["urn"]) for each in steps} - {""}))
        done = _pulumi(folder, environ, "up", "--yes", "--skip-preview", "--stack", STACK, check=False)
        exported = json.loads(_pulumi(folder, environ, "stack", "export", "--stack", STACK).stdout)["deployment"]
        lines, ids = _state(exported, ids)
        preview = ("failed",) if looked.returncode else told
        found.append(Decided(preview, "failed" if done.returncode else "done", lines))
    return found


def _pulumi(
    folder: Path, environ: Mapping[str, str], *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("pulumi") or "pulumi", *arguments, "--non-interactive", "--color", "never"],
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=check,
        timeout=TIMEOUT_SECONDS,
    )


def _step(operation: str, urn: str) -> str:
    """A step as text; empty for those that say nothing of a decision."""
    parsed = Urn.parse(urn)
    if operation in UNSAID or parsed.type == STACK_TYPE or is_provider_type(parsed.type):
        return ""
    return f"{REPLACE.get(operation, operation)} {parsed.qualified_type} {parsed.name}"


def _state(deployment: Mapping[str, Any] | None, before: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """What is recorded of each resource, in no order, and the ids by URN; an id is `kept` or `new`, and not told."""
    resources: Iterable[Mapping[str, Any]] = (deployment or {}).get("resources") or []
    lines: list[str] = []
    ids: dict[str, str] = {}
    for each in resources:
        urn, id_ = each["urn"], each.get("id", "")
        if each["type"] == STACK_TYPE or is_provider_type(each["type"]):
            continue
        ids[urn] = id_ if not each.get("delete") else ids.get(urn, "")
        marks = [mark for mark in MARKS if each.get(mark)]
        marks += ["kept"] if id_ and before.get(urn) == id_ else ["new"] if id_ else []
        lines.append(" ".join((_step("has", urn), *marks)))
    pending = (deployment or {}).get("pending_operations") or []
    lines += [f"pending {each['type']} {each['resource']['urn']}" for each in pending]
    return tuple(sorted(lines)), ids


MARKS = (
    "delete",
    "protect",
    "external",
    "retainOnDelete",
    "pendingReplacement",
    "initErrors",
    "additionalSecretOutputs",
)
