"""A deployment on the terminal: what would change as a tree, what happens line by line, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from embedded_pulumi.engine.events import Diagnostic, Event, ProgramOutput, Severity, StepFailed, StepFinished
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.engine.urn import Urn, is_provider_type
from embedded_pulumi.values import Properties
from tap_cli.display import values
from tap_cli.display.changes import PropertyChange, Told
from tap_cli.display.printable import wrapped
from tap_cli.display.tree import NOT_MODELLED, REPLACE, SIGNS, Line, grow, is_made_up, lines, short_type
from tap_cli.terminal.waits import cut_middle

STYLES: Mapping[str, str] = {
    "+": "green",
    "~": "yellow",
    "-": "red",
    REPLACE: "magenta",
    ">": "cyan",
    "=": "blue",
    "": "dim",
}
_SEVERITIES: Mapping[Severity, str] = {Severity.INFO: "blue", Severity.WARNING: "yellow", Severity.ERROR: "red"}

_GUTTER = 4  # columns before the tree, for the sign
_BECOMES = " => "
_REASON = " " * 14  # columns before why a step failed
_SHORTEST = 8  # characters that are left of a value, however narrow the terminal is
_TYPE = 38  # columns for a type, where nobody knows yet which ones will come


@dataclass(frozen=True)
class Count:
    """One kind of change in a summary: its sign, what would be done, and what was."""

    sign: str
    would: str
    was: str


COUNTS: Mapping[str, Count] = {
    "create": Count("+", "to create", "created"),
    "update": Count("~", "to update", "updated"),
    "replace": Count(REPLACE, "to replace", "replaced"),
    "delete": Count("-", "to delete", "deleted"),
    "read": Count(">", "to read", "read"),
    "discard": Count("<", "to discard", "discarded"),
    "import": Count("=", "to import", "imported"),
    "same": Count("", "unchanged", "unchanged"),
}


class Screen:
    """Shows deployments on a console.

    Args:
        console: Where. On a terminal its width counts; in a file, lines may have any length.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def heading(self, doing: str, stack: str) -> None:
        """Say what is about to happen, as `Previewing update (dev)`."""
        self._print(Text(f"{doing} ({stack})", "bold"))

    def say(self, text: str = "", style: str = "") -> None:
        """A line of plain text."""
        self._print(Text(wrapped(text, self._width, indent=""), style))

    def tree(self, steps: Iterable[Told]) -> None:
        """What changes, below its parents, property by property."""
        rows = list(lines(grow(steps)))
        if not rows:
            return
        self.say()
        column = max(len(line.branch) + len(line.row.label) for line in rows)
        for line in rows:
            self._row(line, column)

    def _row(self, line: Line, column: int) -> None:
        row = line.row
        text = Text.assemble((f" {row.sign:<{_GUTTER - 2}} ", STYLES[row.sign]))
        text.append(line.branch, "dim")
        style = "" if row.sign else "dim"
        named = (row.name, "bold" if row.sign else "dim")
        self._name(text, column - len(line.branch), (row.label, style), named)
        if row.sign and row.note:
            text.append(f"  {row.note}", "dim")
        self._print(text)
        for change in row.changes:
            text = Text(" " * _GUTTER)
            text.append(f"{line.below}  ", "dim")
            self._change(text, change)

    def _change(self, text: Text, change: PropertyChange) -> None:
        """One property: what it was and what it will be."""
        text.append(f"{change.sign} ", STYLES[change.sign])
        path = change.path if self._width is None else cut_middle(change.path, self._width // 2)
        text.append(f"{path}: ")
        ending = "  forces replacement" if change.replaces else ""
        room = self._room(len(text) + len(ending))
        if change.old is values.ABSENT:
            text.append(values.text(change.new, width=room))
        elif change.new is values.ABSENT:
            text.append(values.text(change.old, width=room))
        else:
            each = self._room(len(text) + len(ending), sides=2)
            text.append(_BECOMES.join(side for side in values.change(change.old, change.new, width=each) if side))
        if self._width is not None:
            text.truncate(self._width - len(ending), overflow="ellipsis")
        text.append(ending, STYLES[REPLACE])
        self._print(text)

    def outputs(self, changed: Iterable[PropertyChange]) -> None:
        """The stack's outputs that change."""
        changed = list(changed)
        if not changed:
            return
        self._print(Text("\nOutputs:", "bold"))
        for change in changed:
            text = Text(" " * _GUTTER)
            self._change(text, change)

    def new_outputs(self, changed: Iterable[PropertyChange]) -> None:
        """The stack's outputs that are new or another value now, whole; nothing if there are none."""
        outputs = {change.path: change.new for change in changed if change.new is not values.ABSENT}
        if outputs:
            self.all_outputs(outputs)

    def all_outputs(self, outputs: Properties) -> None:
        """The stack's outputs as they are, whole, so that they can be copied."""
        self._print(Text("\nOutputs:" if outputs else "\nNo outputs.", "bold"))
        width = max(map(len, outputs), default=0)
        for name, value in outputs.items():
            text = Text.assemble((f"    {name:<{width}}", "cyan"), f"  {values.whole_text(value)}")
            self._print(text)

    def progress(self, event: Event) -> None:
        """One line for each step that is taken, and whatever the program has to say. A listener of the engine's."""
        if isinstance(event, StepFinished):
            if event.op not in {Op.SAME, Op.REFRESH} and not is_provider_type(event.type):
                self._step(event, f"{event.seconds:6.2f} s", SIGNS[event.op])
        elif isinstance(event, StepFailed):
            self._step(event, "  failed", SIGNS[event.op], "bold red")
            self._print(Text(wrapped(event.reason, self._width, first=_REASON, indent=_REASON), "red"))
        else:
            self.messages(event)

    def messages(self, event: Event) -> None:
        """What the program or the engine has to say, and nothing else. A listener of the engine's."""
        if isinstance(event, ProgramOutput):
            self._print(Text(f"    {event.line}", "dim"))
        elif isinstance(event, Diagnostic) and event.severity is not Severity.DEBUG:
            room = None if self._width is None else self._width - len("    warning: :")
            about = f"{cut_middle(Urn.parse(event.urn).name, room)}: " if event.urn else ""
            severity = (f"    {event.severity.value}: ", _SEVERITIES[event.severity])
            first, *more = f"{about}{event.message}".splitlines() or [""]
            head = wrapped(first, self._width, first=" " * len(severity[0]), indent="      ")[len(severity[0]) :]
            rows = [wrapped(row, self._width, first="    ", indent="      ") for row in more]
            self._print(Text.assemble(severity, "\n".join([head, *rows])))

    def _step(self, event: StepFinished | StepFailed, when: str, sign: str, style: str = "dim") -> None:
        text = Text.assemble((f" {sign:<2} ", STYLES[sign]), (f"{when}  ", style))
        self._name(text, _TYPE, (short_type(event.type), ""), (Urn.parse(event.urn).name, "bold"))
        if is_made_up(event):
            text.append(f"  {NOT_MODELLED}", "dim")
        self._print(text)

    def summary(
        self, counts: Mapping[str, int], *, foreseen: bool, seconds: float | None = None, made_up: int = 0
    ) -> None:
        """What it came to, or would: `+ 3 to create, ~ 1 to update, 64 unchanged`.

        Args:
            counts: How many resources, by the kind of change.
            foreseen: Whether it would be done, and is not.
            seconds: How long it took.
            made_up: How many of the resources are only noted.
        """
        parts = []
        for kind, count in COUNTS.items():
            if number := counts.get(kind):
                sign = (f"{count.sign} " if count.sign else "", STYLES[count.sign])
                parts.append(Text.assemble(sign, f"{number} {count.would if foreseen else count.was}"))
        self._print(Text.assemble(("\nResources: ", "bold"), Text(", ").join(parts) if parts else "none"))
        if made_up:
            self._print(Text.assemble(("Not modelled: ", "bold"), f"{made_up}, with made-up outputs (docs/types.md)"))
        if seconds is not None:
            self._print(Text.assemble(("Duration:  ", "bold"), f"{seconds:.1f} s"))

    def error(self, message: str) -> None:
        """Something went wrong."""
        self._console.print(f"[red]error:[/] {escape(message)}", soft_wrap=True)

    def _room(self, used: int, sides: int = 1) -> int:
        """Characters for a value, or for each of two with what stands between them and the ellipses around them."""
        if self._width is None:
            return values.WIDTH
        between = len(_BECOMES) + 4 if sides > 1 else 0
        return max(_SHORTEST, min(values.WIDTH, (self._width - used - between) // sides))

    def _name(self, text: Text, column: int, labelled: tuple[str, str], named: tuple[str, str]) -> None:
        """Append a type and, in a column, a name; both are cut in the middle where the line has no room for them."""
        (label, style), (name, name_style) = labelled, named
        if self._width is not None:
            room = self._width - len(text) - 2
            label = cut_middle(label, max(room // 2, room - len(name)))
            name = cut_middle(name, max(1, room - len(label)))
            column = min(column, room - len(name))
        text.append(f"{label:<{max(column, 0)}}", style)
        text.append(f"  {name}", name_style)

    @property
    def _width(self) -> int | None:
        """The terminal's width, None where there is no terminal."""
        return self._console.width if self._console.is_terminal else None

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)
