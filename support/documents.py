"""The commands that the documents show, and what they show of their output.

A command stands in an indented block, in a block marked `sh`, or after `$ ` in a block marked `console`. There the
other lines are what it prints. There `…` stands for anything within a line, and alone on a line for any lines; an id
stands for any id, a number for any number, and any number of spaces for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
NO_COMMANDS = ("CHANGELOG.md",)
DOCUMENTS = tuple(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("packages/*/README.md"))
    if path.name not in NO_COMMANDS
)

_COMMENT = re.compile(r"\s+#\s.*$|; in fish: .*$")
_FENCE = re.compile(r"^```(\w*)$")
_PROGRAM = re.compile(r"(?:[A-Z_]+=\S+ )*(?:\S*/)?(tap|make|python3?|pulumi|aws|go|git|eval|export|mkdir)(?= )")
_PLACEHOLDER = re.compile(r"(…|\b[a-z]+-[0-9a-f]{17}\b|\d+)")
_INLINE = re.compile(r"`((?:tap|make|python)(?: [^`]+))`")


@dataclass
class Shown:
    """A command as it is shown.

    Attributes:
        output: The lines that are shown as its output; None: none are shown.
    """

    document: str
    line: int
    command: str
    output: list[str] | None = field(default=None)

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.command}"


def shown(document: Path) -> list[Shown]:
    """The commands in the blocks of a document, in their order."""
    found: list[Shown] = []
    name = str(document.relative_to(ROOT))
    for number, kind, line in _lines(document):
        if kind == "console" and not line.startswith("$ "):
            last = found[-1]
            last.output = [*(last.output or []), line]
        elif kind in {"sh", "console", "indented"}:
            command = _COMMENT.sub("", line.removeprefix("$ ")).strip()
            if command:
                found.append(Shown(name, number, command))
    return found


def hidden(document: Path) -> list[str]:
    """Lines that begin as commands do, in blocks that are not marked as such."""
    name = document.relative_to(ROOT)
    return [
        f"{name}:{number}: {line}"
        for number, kind, line in _lines(document)
        if kind not in {"sh", "console", "indented", "prose"} and _PROGRAM.match(line)
    ]


def inline(document: Path) -> list[str]:
    """The commands within sentences."""
    prose = "\n".join(line for _, kind, line in _lines(document) if kind == "prose")
    return _INLINE.findall(prose)


def _lines(document: Path) -> Iterator[tuple[int, str, str]]:
    """Each line with its number and the kind of block that it is in."""
    fence: str | None = None
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        mark = _FENCE.match(line)
        if mark or line == "```":
            fence = (mark[1] if mark else "") or "text" if fence is None else None
        elif fence is not None:
            yield number, fence, line
        else:
            yield number, "indented" if line.startswith("    ") else "prose", line


def _meaning(part: str) -> str:
    """A part of a shown line as a pattern."""
    if not _PLACEHOLDER.fullmatch(part):
        return re.escape(part)
    return ".*" if part == "…" else r"\d+" if part.isdigit() else rf"{part.partition('-')[0]}-[0-9a-f]{{17}}"


def differs(output: list[str], printed: str) -> str | None:
    """What of the shown output was not printed; None: all was."""
    told = [" ".join(line.split()) for line in printed.splitlines() if line.strip()]
    at = 0
    anywhere = False
    for line in (" ".join(line.split()) for line in output if line.strip()):
        if line == "…":
            anywhere = True
            continue
        pattern = re.compile("".join(_meaning(each) for each in _PLACEHOLDER.split(line)))
        for further, each in enumerate(told[at:] if anywhere else told[at : at + 1]):
            if pattern.fullmatch(each):
                at += further + 1
                break
        else:
            return line
        anywhere = False
    return None if anywhere or at == len(told) else f"(not shown) {told[at]}"
