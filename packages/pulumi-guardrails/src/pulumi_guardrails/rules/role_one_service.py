"""Each role is assumed by exactly one service."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import is_document
from pulumi_guardrails.model import Resource
from pulumi_guardrails.roles import trust, trusted_services
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import ROLE


def _judge(resource: Resource) -> Iterator[str]:
    services = trusted_services(resource)
    others = [name for statement in trust(resource) for kind, name in statement.principals.items() if kind != "Service"]
    if len(services) > 1:
        yield f"it may be assumed by {', '.join(services)}"
    elif (
        resource.knows("assumeRolePolicy")
        and is_document(resource.value("assumeRolePolicy"))
        and not services
        and not others
    ):
        yield "nobody may assume it"


RULE = Rule(
    id="role-one-service",
    title="Each role is assumed by exactly one service",
    severity=MANDATORY,
    controls=("seed:4", "CKV_AWS_60"),
    why="A role for two services has the permissions of both, and each can act as the other.",
    mend="Make a role for each.",
    judge=OfOne((ROLE,), _judge),
)
