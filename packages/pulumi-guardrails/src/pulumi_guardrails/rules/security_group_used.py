"""Every security group protects something."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.groups import HAVE_RULES
from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import SECURITY_GROUP


def _judge(program: Program) -> Iterator[Violation]:
    for group in program.of(SECURITY_GROUP):
        users = [user for user in program.users(group) if user.type not in HAVE_RULES]
        if not users:
            yield Violation(group.urn, "nothing is in this security group")


RULE = Rule(
    id="security-group-used",
    title="Every security group protects something",
    severity=ADVISORY,
    controls=("CKV2_AWS_5", "FSBP EC2.22"),
    why="An unused group is taken for protection that is not there, and is picked by mistake.",
    mend="Attach it, or remove it.",
    judge=_judge,
)
