"""The stack names its gateways and route tables."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program, references_in
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE


def _judge(program: Program) -> Iterator[Violation]:
    stack = program.stack
    if stack is None or not stack.outputs:
        return
    exported = {reference.urn for reference in references_in(stack.outputs)}
    for resource in program.of(NAT_GATEWAY, ROUTE_TABLE, INTERNET_GATEWAY):
        if resource.urn not in exported:
            yield Violation(resource.urn, "no output of the stack names it")


RULE = Rule(
    id="network-outputs",
    title="The stack names its gateways and route tables",
    severity=MANDATORY,
    controls=("seed:7",),
    why="Whoever has to find out why packets get lost begins by searching the console.",
    mend="Export the ids of NAT gateways, internet gateways and route tables.",
    judge=_judge,
)
