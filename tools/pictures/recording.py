"""docs/pictures/demo.cast is `tap demo` as it ran in a terminal, and docs/pictures/demo.svg a picture of it that plays.

The recording is in the format asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header, then (seconds, "o",
what was printed) on each line. `asciinema play` plays it too.

The drawing is one SVG with CSS animations, which play where an SVG is shown as an image. Rows stand below one another;
each is shown from its moment on, and all move up as a terminal scrolls. Without animations it shows the end.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import sys
import termios
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rich.color import ColorType
from rich.style import Style
from rich.text import Text

from tools.pictures.svg import MONO, document, element, number, text

CAST = "docs/pictures/demo.cast"
FILE = "docs/pictures/demo.svg"
TITLE = "tap demo: a stack is deployed, an instance breaks, and the healer has it replaced"
COMMAND = ("tap", "demo")
COLUMNS, ROWS = 80, 26
LONGEST_PAUSE = 0.9  # seconds: where nothing but a spinner turns for longer, it turns faster
AT_THE_END = 8.0  # seconds for which the end is shown, before it begins anew
_ERASE, _UP, _MOVE = "\x1b[2K", "\x1b[1A", "\r"
_WIDTH, _HEIGHT, _EDGE = 8.4, 18.0, 14.0  # pixels of a character, of a row, and of what is left free around them
_COLOURS = {1: "red", 2: "green", 3: "yellow", 4: "blue", 5: "magenta", 6: "cyan"}
_STYLE = (
    f"text{{font-family:{MONO};font-size:14px;fill:#d1d7e0;white-space:pre}}"
    ".terminal{fill:#151b23;stroke:#3d444d}"
    ".red{fill:#ff7b72}.green{fill:#56d364}.yellow{fill:#e3b341}.blue{fill:#79c0ff}.magenta{fill:#d2a8ff}"
    ".cyan{fill:#76e3ea}.dim{opacity:.65}.bold{font-weight:700}.passing{opacity:0}"
    "@media (prefers-reduced-motion:reduce){*{animation:none!important}}"
)


@dataclass(frozen=True)
class Row:
    """A row of the terminal.

    Attributes:
        at: Its number from the top of all that was printed.
        shown: Second from which it is seen.
        gone: Second from which it is not; None: it stays.
    """

    at: int
    words: Text
    shown: float
    gone: float | None = None


def record(file: Path) -> None:
    """Run the demo in a terminal of its own, and write down what it prints, and when."""
    child, terminal = pty.fork()
    if not child:
        kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "MAKELEVEL"}}
        time.sleep(0.2)  # until the terminal has its size
        os.execvpe(sys.executable, (sys.executable, "-m", "tap_cli", *COMMAND[1:]), kept | {"TERM": "xterm-256color"})  # noqa: S606
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    begun = time.monotonic()
    lines = [json.dumps({"version": 2, "width": COLUMNS, "height": ROWS, "title": TITLE})]
    lines += [
        json.dumps([round(time.monotonic() - begun, 3), "o", printed], ensure_ascii=False)
        for printed in _read(terminal)
    ]
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        sys.exit(f"the demo failed: {lines[-1]}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read(terminal: int) -> Iterator[str]:
    """What a terminal shows, until the program on it has ended; Linux says so with an error."""
    while True:
        try:
            printed = os.read(terminal, 1 << 16)
        except OSError:
            return
        if not printed:
            return
        yield printed.decode("utf-8", "replace")


def read(file: Path) -> list[tuple[float, str]]:
    """A recording: at which second what was printed, without longer pauses between two lines."""
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    found, now, line = list[tuple[float, str]](), 0.6, 0.0
    until_line = list[tuple[float, str]]()
    for at, _, printed in events:
        until_line.append((at - line, printed))
        if "\n" in printed:
            speed = max(1.0, (at - line) / LONGEST_PAUSE)
            found += [(now + after / speed, each) for after, each in until_line]
            now, line, until_line = found[-1][0], at, []
    return found


def rows(events: Iterable[tuple[float, str]]) -> list[Row]:
    """The rows of a terminal over time.

    It knows what TAP prints: colours, and rows that are erased to be drawn over. Where only the spinner of such a row
    turns, it is the same row.
    """
    kept = [Row(0, Text.assemble(("$ ", "green"), " ".join(COMMAND)), 0.0)]
    begun = list[Row]()  # what stands in the rows that are not ended yet
    line, now = "", 0.0
    for now, printed in events:
        for piece in _pieces(printed):
            match piece:
                case "\n":
                    kept += _wrapped(line, len(kept), now)
                    line = ""
                case _ if piece == _ERASE:
                    line = ""
                case _ if piece == _UP:
                    kept.pop()
                case _:
                    line += piece
        waiting = Row(len(kept), Text.from_ansi(line)[:COLUMNS], now)
        if begun and begun[-1].gone is None:
            last = begun[-1]
            if (last.at, last.words.plain[1:]) == (waiting.at, waiting.words.plain[1:]):
                continue
            begun[-1] = Row(last.at, last.words, last.shown, now)
        if waiting.words:
            begun.append(waiting)
    return kept + begun


def _pieces(printed: str) -> Iterator[str]:
    """What was printed, taken apart at what moves the cursor."""
    for mark in (_ERASE, _UP, "\n"):
        printed = printed.replace(mark, f"\x00{mark}\x00")
    yield from (piece for piece in printed.replace(_MOVE, "").split("\x00") if piece)


def _wrapped(line: str, at: int, now: float) -> Iterator[Row]:
    """A line as the rows that it takes."""
    words = Text.from_ansi(line)
    for further, part in enumerate(words.divide(range(COLUMNS, len(words), COLUMNS))):
        yield Row(at + further, part, now)


def draw(events: list[tuple[float, str]]) -> str:
    """The picture."""
    seen = rows(events)
    length = events[-1][0] + AT_THE_END
    scrolled = sorted({row.at: row.shown for row in reversed(seen) if row.at >= ROWS}.items())
    steps = [(shown, row - ROWS + 1) for row, shown in scrolled]
    style = [_STYLE, f".row,.passing,.all{{animation:{length:.2f}s step-end infinite}}"]
    moves = "".join(f"{_percent(at, length)}{{transform:translateY({number(-by * _HEIGHT)}px)}}" for at, by in steps)
    last = steps[-1][1] if steps else 0
    style.append(f"@keyframes all{{0%{{transform:none}}{moves}}}")
    style.append(f".all{{animation-name:all;transform:translateY({number(-last * _HEIGHT)}px)}}")
    parts = []
    for moment in sorted({row.shown for row in seen if row.gone is None}):
        together = [row for row in seen if row.gone is None and row.shown == moment]
        name = f"s{round(moment * 1000)}"
        style.append(f"@keyframes {name}{{0%{{opacity:0}}{_percent(moment, length)}{{opacity:1}}}}")
        parts.append(element("g", *map(_row, together), class_="row", style=f"animation-name:{name}"))
    for count, row in enumerate(row for row in seen if row.gone is not None):
        on, off = _percent(row.shown, length), _percent(row.gone or 0, length)
        style.append(f"@keyframes w{count}{{0%{{opacity:0}}{on}{{opacity:1}}{off}{{opacity:0}}}}")
        parts.append(element("g", _row(row), class_="passing", style=f"animation-name:w{count}"))
    return _framed("".join(style), parts)


def _framed(style: str, parts: list[str]) -> str:
    """The rows in a window, out of which nothing shows."""
    width, height = COLUMNS * _WIDTH + 2 * _EDGE, ROWS * _HEIGHT + 2 * _EDGE
    inner = {"x": _EDGE / 2, "y": _EDGE, "width": width - _EDGE, "height": ROWS * _HEIGHT}
    window = element("rect", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=8, class_="terminal")
    clip = element("defs", element("clipPath", element("rect", **inner), id="window"))
    shown = element("g", element("g", *parts, class_="all"), clip_path="url(#window)")
    return document((width, height), TITLE, style, (window, clip, shown))


def _percent(at: float, length: float) -> str:
    return f"{number(100 * at / length)}%"


def _row(row: Row) -> str:
    """A row as elements of text: one for each run of characters of one style, at its column."""
    plain, down = row.words.plain, _EDGE + (row.at + 0.75) * _HEIGHT
    edges = sorted({0, len(plain), *(edge for span in row.words.spans for edge in (span.start, span.end))})
    found = []
    for start, end in pairwise(edges):
        words = plain[start:end].rstrip()
        column = start + len(words) - len(words.lstrip())
        if words := words.strip():
            styles = (Style.parse(str(each.style)) for each in row.words.spans if each.start <= start < each.end)
            place = (_EDGE + column * _WIDTH, down)
            found.append(text(words, place, _class(sum(styles, Style.null())), textLength=len(words) * _WIDTH))
    return "".join(found)


def _class(style: Style) -> str:
    """The CSS classes of a style."""
    colour = style.color
    kind = "" if colour is None or colour.type is ColorType.DEFAULT else _COLOURS.get(colour.number or 0, "")
    return " ".join(filter(None, (kind, "dim" if style.dim else "", "bold" if style.bold else "")))
