"""A YAML text as a tree with its comments and styles, so that a change of its values leaves the rest as it was.

A comment belongs to the entry that it stands above, beside or below, as with the library of the Pulumi CLI. Source:
gopkg.in/yaml.v3, the comments of `yaml_parser_scan_comments`, held against the CLI 3.274.1 in `tests/realcli`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import yaml

from embedded_pulumi.engine import yaml_file

_INDENT = "  "
_PLAIN_EXPONENTS = range(-4, 6)
"""Beyond these Go's `%g` writes a number with an exponent (strconv.FormatFloat)."""

_ONCE_SPECIAL = re.compile(
    r"y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
)
"""Plain scalars that YAML 1.1 took for truths and for numbers to the base 60: yaml.v3 puts new ones in quotes."""


@dataclass
class Entry:
    """An entry of a mapping or a list, with its comments.

    Attributes:
        key: Its key, a scalar; None in a list.
        above: The lines of comments before it; an empty one between two blocks.
        beside: The comment on its line.
        below: The lines of comments after it.
    """

    key: Node | None
    value: Node
    above: list[str] = field(default_factory=list)
    beside: str = ""
    below: list[str] = field(default_factory=list)


@dataclass
class Node:
    """A scalar with its text, or a collection with its entries.

    Attributes:
        kind: `scalar`, `mapping` or `list`.
        style: Of a scalar: `'`, `"`, `|`, `>`, or empty for a plain one.
        flow: Whether a collection is written in brackets.
    """

    kind: str
    text: str = ""
    style: str = ""
    entries: list[Entry] = field(default_factory=list)
    flow: bool = False

    def child(self, key: str) -> Entry | None:
        """The entry of a mapping with a key."""
        return next((each for each in self.entries if each.key is not None and each.key.text == key), None)


@dataclass
class CommentedYaml:
    """A document.

    Attributes:
        above: The comments before everything, apart from it.
        below: Those after everything.
        root: Its content; None if it has none.
    """

    root: Node | None = None
    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)


class CannotEdit(ValueError):
    """The text uses something of YAML that is not kept when it is changed."""


@dataclass(frozen=True)
class _Block:
    """Comments on lines of their own that follow each other; `first` and `last` are the numbers of the lines."""

    first: int
    last: int
    column: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    """Where an entry begins, and the place of the entry that it is in."""

    entry: Entry
    line: int
    column: int
    outer: _Place | None

    def around(self, column: int) -> Entry:
        """This entry, or else the innermost around it that is not to the right of a column."""
        return self.entry if self.outer is None or self.column <= column else self.outer.around(column)


def parse(text: str) -> CommentedYaml:
    """Read a text.

    Raises:
        yaml.YAMLError: it is not YAML.
        CannotEdit: it has anchors, or comments within brackets.
    """
    if any(getattr(event, "anchor", None) for event in yaml.parse(text, yaml.SafeLoader)):
        raise CannotEdit("it has anchors or aliases (`&name`, `*name`)")
    reader = _LineReader(text.splitlines())
    composed = yaml.compose(text, yaml.SafeLoader)
    document = CommentedYaml(None if composed is None else reader.node(composed, None))
    for block in reader.blocks():
        reader.attach(block, document)
    return document


class _LineReader:
    """Makes nodes of PyYAML's, and finds the comments between them.

    Args:
        lines: The lines of the text.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._places: list[_Place] = []
        self._within: set[int] = set()
        """Lines of values, where a `#` begins no comment."""

    def node(self, found: Any, outer: _Place | None) -> Node:
        """A node of PyYAML's as one of ours."""
        first, last = found.start_mark.line, found.end_mark.line
        if isinstance(found, yaml.ScalarNode):
            is_block = found.style in ("|", ">")
            self._within.update(range(first + 1, last + (0 if is_block else 1)))
            return Node("scalar", found.value, found.style or "")
        node = Node("mapping" if isinstance(found, yaml.MappingNode) else "list", flow=bool(found.flow_style))
        if node.flow and any(re.search(r"(^|\s)#", line) for line in self._lines[first:last]):
            raise CannotEdit(f"line {first + 1}: it has comments within brackets")
        for each in found.value:
            key, value = each if isinstance(each, tuple) else (None, each)
            entry = Entry(None if key is None else self.node(key, outer), Node("scalar"))
            place = _Place(entry, (key or value).start_mark.line, found.start_mark.column, outer)
            if not node.flow:
                self._places.append(place)
                entry.beside = self._beside(key, value)
            entry.value = self.node(value, outer if node.flow else place)
            node.entries.append(entry)
        return node

    def _beside(self, key: Any, value: Any) -> str:
        """The comment behind a value, or behind the key of a block on the next lines."""
        if not isinstance(value, yaml.ScalarNode) and not value.flow_style:
            if key is None:
                return ""  # the first entry of what is inside has it
            mark, sign = key.end_mark, r"\s*:"
        elif getattr(value, "style", "") in ("|", ">"):
            mark, sign = value.start_mark, r"[|>][0-9+-]*"
        else:
            mark, sign = value.end_mark, ""
        rest = self._lines[mark.line][mark.column :] if mark.line < len(self._lines) else ""
        found = re.fullmatch(rf"{sign}\s+(#.*)", rest)
        return found[1].rstrip() if found else ""

    def blocks(self) -> Iterator[_Block]:
        """The comments on lines of their own."""
        block: list[str] = []
        column = 0
        for number, line in enumerate([*self._lines, ""]):
            bare = line.strip()
            is_comment = bare.startswith("#") and number not in self._within
            indent = len(line) - len(line.lstrip())
            if block and (not is_comment or indent != column):
                yield _Block(number - len(block), number - 1, column, tuple(block))
                block = []
            if is_comment:
                column = indent
                block.append(bare)

    def attach(self, block: _Block, document: CommentedYaml) -> None:
        """Give a block of comments to the entry that it belongs to."""
        before = next((place for place in reversed(self._places) if place.line < block.first), None)
        after = next((place for place in self._places if place.line > block.last), None)
        apart = block.first == 0 or not self._lines[block.first - 1].strip()
        ends = block.last + 1 >= len(self._lines) or not self._lines[block.last + 1].strip()
        if before is None:
            above = document.above if after is None or ends else after.entry.above
        elif after is None:
            last = not any(line.strip() for line in self._lines[block.last + 1 :])
            above = document.below if apart and last else before.around(block.column).below
        elif ends and not apart and after.outer is not before:
            above = before.around(max(block.column, after.column)).below
        elif before.column > after.column and block.column > after.column:
            above = before.around(block.column).below
        else:
            above = after.entry.above
        above.extend(["", *block.lines] if above else block.lines)


def edited(node: Node | None, value: Any) -> Node:
    """A node with another value: what stays the same keeps its comments, its style and its place.

    Args:
        node: What there was.
        value: Texts, numbers, truths, None, and lists and mappings of them.
    """
    new = _fresh(value)
    if node is None or node.kind != new.kind:
        return new
    if node.kind == "scalar":
        special = isinstance(value, str) and not yaml_file.is_text(value)
        return Node("scalar", new.text, node.style or ("|" if "\n" in new.text else '"' if special else ""))
    opened = (
        node.kind == "mapping" and not node.entries and bool(new.entries)
    )  # `{}` says nothing of a wish for brackets
    kept = Node(node.kind, flow=node.flow and not opened)
    if node.kind == "list":
        for entry, item in zip(node.entries, value, strict=False):
            kept.entries.append(replace(entry, value=edited(entry.value, item)))
        kept.entries.extend(new.entries[len(node.entries) :])
        return kept
    for entry in node.entries:
        if entry.key is not None and entry.key.text in value:
            kept.entries.append(replace(entry, value=edited(entry.value, value[entry.key.text])))
    kept.entries.extend(each for each in new.entries if each.key is not None and node.child(each.key.text) is None)
    return kept


def _fresh(value: Any) -> Node:
    """A value as the CLI writes one that is new."""
    if isinstance(value, dict):
        entries = [Entry(_fresh(str(key)), _fresh(value[key])) for key in sorted(value, key=_natural)]
        return Node("mapping", entries=entries, flow=not value)
    if isinstance(value, list):
        return Node("list", entries=[Entry(None, _fresh(item)) for item in value], flow=not value)
    if not isinstance(value, str):
        return Node("scalar", _text(value))
    plain = yaml_file.is_text(value) and not _ONCE_SPECIAL.fullmatch(value)
    return Node("scalar", value, "|" if "\n" in value else "" if plain else '"')


def _natural(key: str) -> list[tuple[int, int, str]]:
    """The order of new keys: numbers within them by value."""
    return [
        (0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in re.split(r"([0-9]+)", key) if part
    ]


def _text(value: Any) -> str:
    """A value that is no text, as Go writes it into YAML."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value) or math.isinf(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    exponent = Decimal(repr(value)).adjusted() if value else 0
    if exponent in _PLAIN_EXPONENTS:
        return f"{Decimal(repr(value)).normalize():f}"
    digits = "".join(map(str, Decimal(repr(value)).normalize().as_tuple().digits))
    point = f".{digits[1:]}" if digits[1:] else ""
    return f"{'-' if value < 0 else ''}{digits[0]}{point}e{exponent:+03d}"


def written(document: CommentedYaml) -> str:
    """The text of a document, as the CLI lays it out."""
    rows = [*document.above, ""] if document.above else []
    if document.root is not None:
        rows.extend(
            _rows(document.root, "") if not _is_inline(document.root) else [_inline(None, document.root)[0][2:]]
        )
    if document.below:
        rows.extend(["", *document.below])
    return "".join(f"{row}\n" for row in rows)


def _is_inline(node: Node) -> bool:
    return node.kind == "scalar" or node.flow or not node.entries


def _rows(node: Node, pad: str) -> Iterator[str]:
    """The rows of a collection that is a block."""
    for number, entry in enumerate(node.entries):
        yield from (f"{pad}{line}" if line else "" for line in entry.above)
        beside = f" {entry.beside}" if entry.beside else ""
        if _is_inline(entry.value):
            first, *more = _inline(entry.key, entry.value)
            yield f"{pad}{first}{beside}"
            yield from (f"{pad}{row}" if row else "" for row in more)
        elif entry.key is not None:
            yield f"{pad}{_inline(entry.key, Node('scalar'))[0].rstrip()}{beside}"
            yield from _rows(entry.value, f"{pad}{_INDENT}")
        else:
            first, *more = _rows(entry.value, f"{pad}{_INDENT}")
            yield f"{pad}- {first.lstrip()}"
            yield from more
        yield from (f"{pad}{line}" if line else "" for line in entry.below)
        if entry.below and number + 1 < len(node.entries):
            yield ""


def _inline(key: Node | None, value: Node) -> list[str]:
    """The rows of an entry whose value begins on the entry's own row."""
    mapping = key is not None
    start, end = (
        (yaml.MappingStartEvent, yaml.MappingEndEvent) if mapping else (yaml.SequenceStartEvent, yaml.SequenceEndEvent)
    )
    events = [
        yaml.StreamStartEvent(),
        yaml.DocumentStartEvent(explicit=False),
        start(None, None, implicit=True, flow_style=False),
        *([_scalar(key)] if key is not None else []),
        *_events(value),
        end(),
        yaml.DocumentEndEvent(explicit=False),
        yaml.StreamEndEvent(),
    ]
    text: str = yaml.emit(events, width=math.inf, allow_unicode=True)
    return text.removesuffix("\n").split("\n")


def _scalar(node: Node) -> Any:
    return yaml.ScalarEvent(None, None, (True, True), node.text, style=node.style or None)


def _events(node: Node) -> Iterator[Any]:
    """The events of PyYAML's emitter for a scalar, or for a collection in brackets."""
    if node.kind == "scalar":
        yield _scalar(node)
        return
    mapping = node.kind == "mapping"
    yield (yaml.MappingStartEvent if mapping else yaml.SequenceStartEvent)(None, None, implicit=True, flow_style=True)
    for entry in node.entries:
        if entry.key is not None:
            yield _scalar(entry.key)
        yield from _events(entry.value)
    yield (yaml.MappingEndEvent if mapping else yaml.SequenceEndEvent)()
