"""Log groups say how long they keep."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import LOG_GROUP


def _judge(resource: Resource) -> Iterator[str]:
    if resource.knows("retentionInDays") and not resource.value("retentionInDays"):
        yield "it keeps its logs for ever"


RULE = Rule(
    id="log-group-retention",
    title="Log groups say how long they keep",
    severity=MANDATORY,
    controls=("FSBP CloudWatch.16", "CKV_AWS_66", "AVD-AWS-0017"),
    why="Without a retention logs are kept, and paid for, for ever.",
    mend="Set retention_in_days.",
    judge=OfOne((LOG_GROUP,), _judge),
)
