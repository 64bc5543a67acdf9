"""No role may be assumed by anybody."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import ANYBODY
from pulumi_guardrails.model import Resource
from pulumi_guardrails.roles import trust
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import ROLE


def _judge(resource: Resource) -> Iterator[str]:
    for statement in trust(resource):
        open_to = [name for name in statement.principals.get("AWS", ()) if name == ANYBODY]
        if open_to and not statement.condition:
            yield "anybody may assume this role"


RULE = Rule(
    id="role-trust-anybody",
    title="No role may be assumed by anybody",
    severity=MANDATORY,
    controls=("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_393"),
    why="Every account of AWS could become this role.",
    mend="Name the service, or the one role, that assumes it.",
    judge=OfOne((ROLE,), _judge),
)
