"""The tree of a deployment: every resource that changes, below its parents, with its change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from embedded_pulumi.engine.steps import Op
from embedded_pulumi.engine.urn import Urn, is_provider_type
from embedded_pulumi.provider import UNMODELLED
from tap_cli.display.changes import PropertyChange, Told, changes

REPLACE = "+-"

SIGNS: Mapping[Op, str] = {
    Op.SAME: "",
    Op.CREATE: "+",
    Op.UPDATE: "~",
    Op.DELETE: "-",
    Op.CREATE_REPLACEMENT: REPLACE,
    Op.DELETE_REPLACED: "-",
    Op.READ: ">",
    Op.READ_REPLACEMENT: ">",
    Op.DISCARD: "<",
    Op.DISCARD_REPLACED: "<",
    Op.IMPORT: "=",
    Op.IMPORT_REPLACEMENT: "=",
    Op.REFRESH: "",
    Op.REMOVE_PENDING_REPLACE: "-",
}
"""Pulumi's own signs (pulumi/pkg/display)."""

LEFT_OVER = "what an earlier replacement left"
NOT_MODELLED = "not modelled: outputs made up"
"""Beside a resource that the provider has only noted."""


@dataclass
class TreeRow:
    """One resource of the tree.

    Attributes:
        sign: Its change; empty if it does not change and is shown as a parent only.
    """

    urn: str
    type: str
    parent: str
    sign: str = ""
    changes: list[PropertyChange] = field(default_factory=list)
    note: str = ""
    children: list[TreeRow] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The resource's name."""
        return Urn.parse(self.urn).name

    @property
    def label(self) -> str:
        """The type as Pulumi shows it: `aws:ec2/vpc:Vpc` is `aws:ec2:Vpc`."""
        return short_type(self.type)


@dataclass(frozen=True)
class Line:
    """A row and where it stands: the branches before it, and those before what belongs to it."""

    row: TreeRow
    branch: str
    below: str


def is_made_up(step: Told) -> bool:
    """Whether the provider only notes the resource, because it does not model the type."""
    return any(state is not None and UNMODELLED in state.outputs for state in (step.old, step.new))


def short_type(type_: str) -> str:
    """A type token without the file name in its module."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.rpartition(":")
    return ":".join(part for part in (package, module.partition("/")[0], name) if part)


def grow(steps: Iterable[Told]) -> list[TreeRow]:
    """The roots of the tree: what changes, and whatever is above it.

    Args:
        steps: What the engine has told, `same` included: it knows the parents.
    """
    rows: dict[str, TreeRow] = {}
    for step in steps:
        _merge(rows, step)
    wanted: set[str] = set()
    for row in rows.values():
        above: TreeRow | None = row if row.sign else None
        while above is not None and above.urn not in wanted:
            wanted.add(above.urn)
            above = rows.get(above.parent)
    chosen = [row for row in rows.values() if row.urn in wanted]
    for row in chosen:
        if row.parent in wanted:
            rows[row.parent].children.append(row)
    return [row for row in chosen if row.parent not in wanted]


def _merge(rows: dict[str, TreeRow], step: Told) -> None:
    """Add a step to the row of its resource; the two steps of a replacement are one row."""
    state = step.new or step.old
    row = rows.setdefault(step.urn, TreeRow(step.urn, step.type, state.parent if state else ""))
    # The engine's own bookkeeping: a default provider is nothing that the program asked for.
    is_default_provider = is_provider_type(step.type) and row.name.startswith("default")
    sign = "" if is_default_provider else SIGNS[step.op]
    if sign == REPLACE or row.sign in {"", "-"}:
        row.sign = sign or row.sign
    left_over = step.op in {Op.DELETE_REPLACED, Op.DISCARD_REPLACED} and row.sign != REPLACE
    row.note = LEFT_OVER if left_over else NOT_MODELLED if is_made_up(step) else ""
    row.changes = row.changes or changes(step)


def lines(roots: Iterable[TreeRow]) -> Iterator[Line]:
    """The tree line by line, with the branches that Pulumi draws."""
    for root in roots:
        yield Line(root, "", "│  " if root.children else "   ")
        yield from _below(root, "")


def _below(row: TreeRow, trunk: str) -> Iterator[Line]:
    for child in row.children:
        last = child is row.children[-1]
        inner = trunk + ("   " if last else "│  ")
        yield Line(child, trunk + ("└─ " if last else "├─ "), inner + ("│  " if child.children else "   "))
        yield from _below(child, inner)
