"""The life of a program of one's own, through the installed command: preview, up, once more, destroy."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.command import Done, clean

FOLDER = Path(__file__).parent / "programs"
PROGRAMS = tuple(sorted(each.stem for each in FOLDER.glob("*.py") if each.stem != "__init__"))
TAP = Path(sys.executable).with_name("tap")


@dataclass(frozen=True)
class Owner:
    """Somebody with a project, in which one program after the other is deployed into one local AWS."""

    folder: Path

    def tap(self, *args: str) -> Done:
        """Run the installed command to its end."""
        done = subprocess.run(
            [TAP, *args], cwd=self.folder, env=clean({}), capture_output=True, text=True, timeout=300, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def writes(self, program: str) -> None:
        """Make it the project's program."""
        (self.folder / "__main__.py").write_text((FOLDER / f"{program}.py").read_text())


@contextmanager
def owner(folder: Path) -> Iterator[Owner]:
    """An owner with an empty project and a local AWS, which ends with the block."""
    (folder / "Pulumi.yaml").write_text("name: own\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("")
    made = Owner(folder)
    made.tap("local", "start")
    try:
        yield made
    finally:
        made.tap("local", "stop")


@dataclass(frozen=True)
class Life:
    """What one program came to.

    Attributes:
        documents: What each operation printed: `preview`, `up`, `again`, `destroy`.
        seconds: How long each took.
    """

    program: str
    documents: dict[str, dict[str, Any]]
    seconds: dict[str, float]

    def disagreements(self) -> Iterator[str]:
        """In words, what is not as the others say."""
        counts = {name: document["changes"] for name, document in self.documents.items()}
        for name, document in self.documents.items():
            if document["result"] != "succeeded":
                yield f"{name} failed: {document['error']}"
        if counts["preview"] != counts["up"]:
            yield f"preview says {counts['preview']}, up does {counts['up']}"
        if set(counts["again"]) - {"same"}:
            yield f"a second preview finds {counts['again']}"
        if counts["destroy"] != {"delete": counts["up"].get("create")}:
            yield f"up does {counts['up']}, destroy {counts['destroy']}"
        marked = {each["type"] for each in self.documents["up"]["steps"] if each["unmodelled"]}
        if marked:
            yield f"marked as not modelled: {sorted(marked)}"


def live(person: Owner, program: str) -> Life:
    """Let a program live."""
    person.writes(program)
    documents, seconds = {}, {}
    operations = {
        "preview": ("preview", "--json"),
        "up": ("up", "--yes", "--json"),
        "again": ("preview", "--json"),
        "destroy": ("destroy", "--yes", "--json"),
    }
    for name, args in operations.items():
        began = time.perf_counter()
        done = person.tap(*args)
        seconds[name] = time.perf_counter() - began
        documents[name] = json.loads(done.out) if done.out else _failed(done.err)
    return Life(program, documents, seconds)


def _failed(error: str) -> dict[str, Any]:
    """What stands for the document of an operation that was refused before it began."""
    return {"result": "refused", "error": error, "changes": {}, "steps": []}
