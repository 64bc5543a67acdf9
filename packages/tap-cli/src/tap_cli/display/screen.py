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
from tap_cli.display.tree import NOT_MODELLED, REPLACE, SIGNS, Line, grow, is_made_up, lines, short_type

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
        self._print(Text(text, style))

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
        padding = self._padding(column - len(line.branch) - len(row.label), len(text) + len(row.label), row.name)
        text.append(f"{row.label}{padding}", "" if row.sign else "dim")
        text.append(f"  {row.name}", "bold" if row.sign else "dim")
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
        text.append(f"{change.path}: ")
        if change.old is values.ABSENT:
            text.append(values.text(change.new))
        elif change.new is values.ABSENT:
            text.append(values.text(change.old))
        else:
            text.append(" => ".join(side for side in values.change(change.old, change.new) if side))
        if change.replaces:
            text.append("  forces replacement", STYLES[REPLACE])
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
            self._print(Text(f"{' ' * 14}{event.reason}", "red"))
        else:
            self.messages(event)

    def messages(self, event: Event) -> None:
        """What the program or the engine has to say, and nothing else. A listener of the engine's."""
        if isinstance(event, ProgramOutput):
            self._print(Text(f"    {event.line}", "dim"))
        elif isinstance(event, Diagnostic) and event.severity is not Severity.DEBUG:
            about = f"{Urn.parse(event.urn).name}: " if event.urn else ""
            severity = (f"    {event.severity.value}: ", _SEVERITIES[event.severity])
            self._print(Text.assemble(severity, f"{about}{event.message}"))

    def _step(self, event: StepFinished | StepFailed, when: str, sign: str, style: str = "dim") -> None:
        text = Text.assemble((f" {sign:<2} ", STYLES[sign]), (f"{when}  ", style))
        label, name = short_type(event.type), Urn.parse(event.urn).name
        text.append(label + self._padding(_TYPE - len(label), len(text) + len(label), name))
        text.append(f"  {name}", "bold")
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

    def _padding(self, wanted: int, used: int, name: str) -> str:
        """What brings a name into its column, less where it would then run over the end of the line."""
        room = wanted if self._width is None else self._width - used - len(name) - 2
        return " " * max(0, min(wanted, room))

    @property
    def _width(self) -> int | None:
        """The terminal's width, None where there is no terminal."""
        return self._console.width if self._console.is_terminal else None

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)
