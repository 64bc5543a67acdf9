"""Every route table has a subnet."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION


def _judge(program: Program) -> Iterator[Violation]:
    for table in program.of(ROUTE_TABLE):
        if not program.users(table, ROUTE_TABLE_ASSOCIATION, by="routeTableId"):
            yield Violation(table.urn, "no subnet follows this route table")


RULE = Rule(
    id="route-table-used",
    title="Every route table has a subnet",
    severity=ADVISORY,
    controls=("seed:7",),
    why="A table that no subnet follows is a change that was never finished.",
    mend="Associate a subnet with it, or remove it.",
    judge=_judge,
)
