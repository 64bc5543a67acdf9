"""Every policy is attached to something."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import POLICY


def _judge(program: Program) -> Iterator[Violation]:
    for policy in program.of(POLICY):
        if not program.users(policy):
            yield Violation(policy.urn, "nobody has this policy")


RULE = Rule(
    id="iam-policy-attached",
    title="Every policy is attached to something",
    severity=ADVISORY,
    controls=("seed:4",),
    why="A policy that nobody has is permission lying about.",
    mend="Attach it, or remove it.",
    judge=_judge,
)
