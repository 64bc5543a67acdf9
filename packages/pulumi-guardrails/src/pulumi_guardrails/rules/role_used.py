"""Each permission has a user."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.roles import trust, users_of
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import ROLE


def _judge(program: Program) -> Iterator[Violation]:
    for role in program.of(ROLE):
        outside = any(kind != "Service" for statement in trust(role) for kind in statement.principals)
        if not outside and not users_of(program, role):
            yield Violation(role.urn, "nothing acts as this role")


RULE = Rule(
    id="role-used",
    title="Each permission has a user",
    severity=MANDATORY,
    controls=("seed:4", "FSBP IAM.22"),
    why="A role that nobody uses is there for whoever finds it.",
    mend="Use it, or remove it.",
    judge=_judge,
)
