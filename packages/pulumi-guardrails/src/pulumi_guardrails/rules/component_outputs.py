"""Every component registers its outputs."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import STACK_TYPE, Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation


def _judge(program: Program) -> Iterator[Violation]:
    for resource in program.resources:
        component = not resource.custom and resource.type != STACK_TYPE
        if component and resource.outputs is None:
            yield Violation(resource.urn, "it never calls register_outputs")


RULE = Rule(
    id="component-outputs",
    title="Every component registers its outputs",
    severity=MANDATORY,
    controls=("seed:10",),
    why="A component that does not is shown as unfinished, and its outputs cannot be used from another program.",
    mend="Call register_outputs last, in every branch of __init__.",
    judge=_judge,
)
