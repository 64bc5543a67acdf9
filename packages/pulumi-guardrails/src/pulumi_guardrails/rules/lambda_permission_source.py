"""Who may invoke a function is named."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import PERMISSION


def _judge(resource: Resource) -> Iterator[str]:
    principal = resource.value("principal")
    named = any(resource.raw(name) for name in ("sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken"))
    if principal == "*" and not named:
        yield "anybody may invoke the function"
    elif isinstance(principal, str) and principal.endswith(".amazonaws.com") and not named:
        yield f"{principal} may invoke the function on anybody's behalf (no sourceArn)"


RULE = Rule(
    id="lambda-permission-source",
    title="Who may invoke a function is named",
    severity=MANDATORY,
    controls=("FSBP Lambda.1", "CKV_AWS_301", "CKV_AWS_364"),
    why="Without a source, anybody's rule, topic or bucket can invoke the function.",
    mend="Set source_arn (or source_account) on the permission, and a service as its principal.",
    judge=OfOne((PERMISSION,), _judge),
)
