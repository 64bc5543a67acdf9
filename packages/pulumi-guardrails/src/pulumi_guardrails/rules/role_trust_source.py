"""A role says for whose sake a service may assume it."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.roles import trust
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import ROLE

SEND_IT = ("lambda.", "vpc-flow-logs.", "scheduler.", "events.", "sns.", "states.", "backup.", "logs.")
KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})


def _judge(resource: Resource) -> Iterator[str]:
    for statement in trust(resource):
        asking = [name for name in statement.principals.get("Service", ()) if name.startswith(SEND_IT)]
        if asking and not KEYS & statement.condition_keys:
            yield f"{', '.join(asking)} may assume it on behalf of any account"


RULE = Rule(
    id="role-trust-source",
    title="A role says for whose sake a service may assume it",
    severity=ADVISORY,
    controls=("prowler iam_role_cross_service_confused_deputy_prevention",),
    why="A service that works for everybody can be talked into using your role for somebody else.",
    mend="Add the condition aws:SourceAccount or aws:SourceArn. EC2 does not send them.",
    judge=OfOne((ROLE,), _judge),
)
