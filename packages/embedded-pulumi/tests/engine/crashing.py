"""Deploys a little program again and again, killing itself at another point each time: `crashing.py <folder>`.

The point is `step:<n>`, after the n-th step was told, or `call:<n>`, within the n-th call that changes the cloud, when
the cloud has changed and nobody knows yet. Each deployment is a process of its own, forked from this one, which has
done the imports and nothing else. The outcome of each point is left in `<folder>/<point>/report.json`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.harness import Client, Script, check_integrity
from support.toy import Cloud, Toy

from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Diagnostic, Event, StepFinished
from embedded_pulumi.engine.journal import read_document
from embedded_pulumi.engine.state import StateFile

STEPS = 9
CALLS = 7
POINTS = [*(f"step:{number}" for number in range(1, STEPS + 1)), *(f"call:{number}" for number in range(1, CALLS + 1))]


def program(client: Client, kind: str) -> None:
    """`a` is deleted before it is replaced, `b` falls with it, `c` is replaced the other way round, `d` is given up."""
    a = client.register("a", {"name": "a", "kind": kind, "exclusive": True})
    client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})
    client.register("c", {"name": f"c-{kind}"})
    if kind == "old":
        client.register("d", {"name": "d"})


def deploy(folder: Path, kind: str, cloud: Cloud, listener: Callable[[Event], None] = lambda _: None) -> None:
    """Deploy one version of the program, with everything in files."""
    (folder / "__main__.py").touch()
    engine = Engine(
        project="shop",
        stack="dev",
        program=folder,
        providers=[Toy(cloud)],
        state=StateFile(folder / "state.json"),
        on_event=listener,
        # One at a time, so that each point is always the same one.
        parallel=1,
        launch=lambda _, __: Script(lambda client: program(client, kind)),
    )
    engine.up()


def open_cloud(folder: Path) -> Cloud:
    """The cloud as its file has it."""
    return Cloud(file=folder / "cloud.json")


def die(folder: Path, point: str) -> None:
    """Deploy the old version, then the new one over it, and be killed at the point."""
    deploy(folder, "old", open_cloud(folder))
    kind, _, number = point.partition(":")
    left = int(number)
    cloud = open_cloud(folder)

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event: Event) -> None:
        if kind == "step" and isinstance(event, StepFinished):
            count()

    if kind == "call":
        cloud.after = lambda _, __: count()
    deploy(folder, "new", cloud, on_event)


def document_of(folder: Path) -> dict[str, Any]:
    """The state, with what its journal has."""
    document = read_document(folder / "state.json")
    assert document is not None
    return document


def latest_of(folder: Path) -> dict[str, Any]:
    """The deployment that the state file holds."""
    latest: dict[str, Any] = document_of(folder)["checkpoint"]["latest"]
    return latest


def recover(folder: Path) -> None:
    """Deploy the new version once more, and report."""
    check_integrity(document_of(folder))
    latest = latest_of(folder)
    told: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Diagnostic):
            told.append(event.urn.rpartition("::")[2])

    cloud = open_cloud(folder)
    deploy(folder, "new", cloud, listen)
    recorded = {item.get("id") for item in latest_of(folder)["resources"]}
    strays = sorted(thing["name"] for id_, thing in cloud.things.items() if id_ not in recorded)
    report = {
        "pending": [
            (item["type"], item["resource"]["urn"].rpartition("::")[2]) for item in latest["pending_operations"]
        ],
        "strays": strays,
        "told": told,
        "names": cloud.names(),
    }
    (folder / "report.json").write_text(json.dumps(report))


def forked(act: Callable[..., None], *arguments: Any) -> int:
    """Do it in a process of its own; returns how that ended."""
    child = os.fork()
    if child == 0:
        act(*arguments)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path) -> None:
    """Go through all points."""
    for point in POINTS:
        (folder / point).mkdir()
        code = forked(die, folder / point, point)
        if code == -signal.SIGKILL:
            forked(recover, folder / point)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
